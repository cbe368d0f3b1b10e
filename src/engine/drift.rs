//! Snapshots of the catalogue after each run, and drift: the live catalogue against the last one.

use super::apply::Run;
use super::database::Database;
use super::error::Result;
use super::history::{self, META, meta};
use super::migration::{Direction, Source};
use crate::dialect::ResultSet;
use crate::schema::{Difference, Grants, Schema, compare};

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

/// The schema that the last run left beside the live one.
#[derive(Debug)]
pub enum Sides {
    /// No run left a snapshot.
    NoSnapshot,
    /// Another program migrated since.
    Outdated,
    /// Both, which may be the same. What this role is not shown is taken to be as it was.
    Both {
        /// The snapshot.
        before: Box<Schema>,
        /// The live schema.
        now: Box<Schema>,
        /// Kinds of objects that this role is not shown: `trigger`.
        unseen: Vec<String>,
    },
}

/// Compares; reads only.
///
/// # Errors
/// The database's.
pub async fn read(db: &mut Database, source: &Source) -> Result<Drift> {
    Ok(match sides(db, source, None).await? {
        Sides::NoSnapshot => Drift::NoSnapshot,
        Sides::Outdated => Drift::Outdated,
        Sides::Both { before, now, .. } => {
            let differences = compare(&before, &now);
            // A snapshot in an older form has another fingerprint without any difference.
            match differences.is_empty() {
                true => Drift::None,
                false => Drift::Found { differences },
            }
        }
    })
}

/// Reads both sides; the live one only where it was not read already.
///
/// # Errors
/// The database's.
pub async fn sides(db: &mut Database, source: &Source, live: Option<&Schema>) -> Result<Sides> {
    let Some(fingerprint) = db.history.meta.get(meta::FINGERPRINT).cloned() else {
        return Ok(Sides::NoSnapshot);
    };
    if db.history.meta.get(meta::SNAPSHOT_OF).map(String::as_str)
        != Some(db.history.applied_list(source).as_str())
    {
        return Ok(Sides::Outdated);
    }
    let mut now = match live {
        Some(schema) => schema.clone(),
        None => db.schema().await?,
    };
    let unseen = db.unseen().await?;
    if now.fingerprint() == fingerprint {
        return Ok(Sides::Both {
            before: Box::new(now.clone()),
            now: Box::new(now),
            unseen,
        });
    }
    let Some(before) = stored(db, &now).await? else {
        return Ok(Sides::NoSnapshot);
    };
    if unseen.iter().any(|kind| kind == "trigger") {
        for (name, table) in &mut now.tables {
            if let Some(was) = before.tables.get(name) {
                table.triggers.clone_from(&was.triggers);
            }
        }
    }
    if let Some(role) = reader(db, &before, &now).await? {
        let was = |grants: Option<&Grants>| grants.is_some_and(|g| g.contains_key(&role));
        for (name, table) in &mut now.tables {
            let old = before.tables.get(name);
            if !was(old.map(|t| &t.grants)) {
                table.grants.remove(&role);
            }
        }
        for (object, grants) in &mut now.grants {
            if !was(before.grants.get(object)) {
                grants.remove(&role);
            }
        }
        now.grants
            .retain(|object, g| !g.is_empty() || before.grants.contains_key(object));
    }
    Ok(Sides::Both {
        before: Box::new(before),
        now: Box::new(now),
        unseen,
    })
}

/// This session's role, if all that it may do here is to read and somebody gave it that since: who sets up
/// a role to check the schema has not changed what there is to check.
async fn reader(db: &mut Database, before: &Schema, now: &Schema) -> Result<Option<String>> {
    fn all(schema: &Schema) -> Vec<&Grants> {
        let tables = schema.tables.values().map(|t| &t.grants);
        let all = tables.chain(schema.grants.values());
        all.filter(|grants| !grants.is_empty()).collect()
    }
    // Where there are none, databases may not even know the question.
    if all(before) == all(now) {
        return Ok(None);
    }
    let results = db
        .query("the role's name cannot be read", "SELECT current_user")
        .await?;
    let Some(role) = results.first().and_then(|r| r.single()) else {
        return Ok(None);
    };
    let reads = |list: &String| {
        list.split(',')
            .all(|p| matches!(p.trim(), "SELECT" | "USAGE"))
    };
    let own = all(now);
    let mut own = own.iter().filter_map(|grants| grants.get(role));
    Ok(own.all(reads).then(|| role.to_owned()))
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
    let applied: Vec<String> = applied
        .into_keys()
        .filter(|name| !db.history.is_external(run.source, name))
        .collect();
    snapshot_of(db, read, &applied.join(","))
}

fn snapshot_of(db: &Database, read: &[ResultSet], applied: &str) -> String {
    let d = db.dialect();
    let mut schema = db.schema_of(read);
    if let Some(kept) = &db.kept_drift {
        schema = kept.into_snapshot(&schema);
    }
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
pub(super) async fn store_snapshot(db: &mut Database, source: &Source) -> Result<()> {
    let d = db.dialect();
    db.look().await?;
    let read = db
        .query("the catalogue cannot be read", d.schema_script())
        .await?;
    let statement = snapshot_of(db, &read, &db.history.applied_list(source));
    db.query("the snapshot cannot be stored", &statement)
        .await
        .map(drop)
}
