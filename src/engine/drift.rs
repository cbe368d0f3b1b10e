//! Drift: the live catalogue against the snapshot of the last run.

use super::database::Database;
use super::error::Result;
use super::history::{META, meta};
use crate::schema::{Difference, Schema, compare};

/// How the schema stands to the last run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Drift {
    /// As the last run left it.
    None,
    /// No run left a snapshot.
    NoSnapshot,
    /// Another program migrated since, so there is nothing to compare with.
    Outdated,
    /// These objects differ.
    Found {
        /// What was added, removed or changed.
        differences: Vec<Difference>,
    },
}

/// Compares; reads only.
///
/// # Errors
/// The database's.
pub async fn read(db: &mut Database) -> Result<Drift> {
    let Some(fingerprint) = db.history.meta.get(meta::FINGERPRINT).cloned() else {
        return Ok(Drift::NoSnapshot);
    };
    if db.history.meta.get(meta::SNAPSHOT_OF).map(String::as_str)
        != Some(db.history.applied_list().as_str())
    {
        return Ok(Drift::Outdated);
    }
    let now = db.schema().await?;
    if now.fingerprint() == fingerprint {
        return Ok(Drift::None);
    }
    let d = db.dialect();
    let script = format!(
        "SELECT value FROM {META} WHERE name = {}",
        d.literal(meta::SNAPSHOT)
    );
    let results = db.query("the snapshot cannot be read", &script).await?;
    let snapshot: Option<Schema> = results
        .first()
        .and_then(|r| r.single())
        .and_then(|text| serde_json::from_str(text).ok());
    Ok(match snapshot {
        None => Drift::NoSnapshot,
        Some(before) => Drift::Found {
            differences: compare(&before, &now),
        },
    })
}
