//! Snapshots of the catalogue after each run, and drift: the live catalogue against the last one.

use super::apply::Run;
use super::database::Database;
use super::error::Result;
use super::history::{self, META, meta};
use super::migration::Direction;
use crate::dialect::{Dialect, ResultSet};
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
    let Some(before) = stored(db, &now).await? else {
        return Ok(Drift::NoSnapshot);
    };
    let differences = compare(&before, &now);
    // A snapshot in an older form has another fingerprint without any difference.
    Ok(match differences.is_empty() {
        true => Drift::None,
        false => Drift::Found { differences },
    })
}

/// The stored snapshot. What an older version did not know is taken from `live`.
///
/// # Errors
/// The database's.
pub async fn stored(db: &mut Database, live: &Schema) -> Result<Option<Schema>> {
    if !db.history.meta.contains_key(meta::FINGERPRINT) {
        return Ok(None);
    }
    let d = db.dialect();
    let script = format!(
        "SELECT value FROM {META} WHERE name = {}",
        d.literal(meta::SNAPSHOT)
    );
    let results = db.query("the snapshot cannot be read", &script).await?;
    Ok(results
        .first()
        .and_then(|r| r.single())
        .and_then(|text| Schema::from_snapshot(text, live).ok()))
}

/// The statement that stores the schema as it is now. `read` holds the results of
/// [`Dialect::schema_script`].
pub(super) fn snapshot_statement(db: &Database, read: &[ResultSet], run: &Run<'_>) -> String {
    let mut applied = db.history.applied.clone();
    for step in run.steps {
        let name = run.source.migrations[step.index].name.clone();
        match step.direction {
            Direction::Up => drop(applied.insert(name, 0)),
            Direction::Down => drop(applied.remove(&name)),
        }
    }
    let applied: Vec<String> = applied.into_keys().collect();
    snapshot_of(db.dialect(), read, &applied.join(","))
}

fn snapshot_of(d: &dyn Dialect, read: &[ResultSet], applied: &str) -> String {
    let schema = d.schema(read);
    history::write_meta(
        d,
        &[
            (meta::FINGERPRINT, &schema.fingerprint()),
            (meta::SNAPSHOT, &schema.canonical()),
            (meta::SNAPSHOT_OF, applied),
        ],
    )
}

/// Stores the schema as it is now, outside of a migration's transaction.
pub(super) async fn store_snapshot(db: &mut Database) -> Result<()> {
    let d = db.dialect();
    db.look().await?;
    let read = db
        .query("the catalogue cannot be read", d.schema_script())
        .await?;
    let statement = snapshot_of(d, &read, &db.history.applied_list());
    db.query("the snapshot cannot be stored", &statement)
        .await
        .map(drop)
}
