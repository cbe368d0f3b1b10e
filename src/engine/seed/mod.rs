//! Seeding: bringing the rows that seeders describe into the database, and taking them out again.
//!
//! Seeders are data (crate `seeders`); this module decides what to do with each row ([`merge`]),
//! writes in one transaction ([`write`]), and keeps the ledger ([`ledger`]) by which a second run
//! changes nothing and undo removes only what seeding made.

pub mod ledger;
pub mod live;
pub mod merge;
pub mod passwords;
pub mod undo;
pub mod write;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, Utc};
use seeders::{SeedContext, SeedKind, SeedTable, Seeder};

use super::database::Database;
use super::error::{Error, Result};
use super::history::meta;
use super::sight::{Need, Sight};

pub use passwords::Hashing;
pub use write::run;

/// What became of the rows of one seeder.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Outcome {
    /// The seeder's name.
    pub seeder: String,
    /// Its kind.
    pub kind: &'static str,
    /// Rows inserted.
    pub inserted: usize,
    /// Rows updated because their definition changed.
    pub updated: usize,
    /// Rows left as they were.
    pub unchanged: usize,
    /// Rows that were there before seeding, found by their natural key, and left alone.
    pub existing: usize,
    /// Rows whose definition changed but which somebody changed by hand: left alone.
    pub kept: usize,
}

impl Outcome {
    /// Whether anything was written.
    pub fn changed(&self) -> bool {
        self.inserted + self.updated > 0
    }
}

/// A seeder with its rows for this database.
pub struct Prepared {
    /// The seeder's name.
    pub name: &'static str,
    /// Its kind.
    pub kind: SeedKind,
    /// One line about it.
    pub description: &'static str,
    /// Its rows.
    pub tables: Vec<SeedTable>,
}

/// The day that relative dates count from: the one recorded in the database, else today.
pub fn anchor(db: &Database) -> (DateTime<Utc>, bool) {
    let recorded = db
        .history
        .meta
        .get(meta::SEED_ANCHOR)
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|t| t.with_timezone(&Utc));
    match recorded {
        Some(anchor) => (anchor, true),
        None => (
            Utc::now().date_naive().and_time(NaiveTime::MIN).and_utc(),
            false,
        ),
    }
}

/// Works out the rows of seeders.
pub fn prepare(seeders: &[Box<dyn Seeder>], anchor: DateTime<Utc>) -> Vec<Prepared> {
    let context = SeedContext { anchor };
    seeders
        .iter()
        .map(|s| Prepared {
            name: s.name(),
            kind: s.kind(),
            description: s.description(),
            tables: s.tables(&context),
        })
        .collect()
}

/// Picks seeders by name.
///
/// # Errors
/// Exit code 2 with the known names.
pub fn pick(mut all: Vec<Box<dyn Seeder>>, only: &[String]) -> Result<Vec<Box<dyn Seeder>>> {
    if only.is_empty() {
        return Ok(all);
    }
    let known: Vec<&str> = all.iter().map(|s| s.name()).collect();
    if let Some(unknown) = only.iter().find(|n| !known.contains(&n.as_str())) {
        return Err(Error::usage(format!("no seeder is called `{unknown}`"))
            .hint(format!("there are: {}", known.join(", "))));
    }
    all.retain(|s| only.iter().any(|n| n == s.name()));
    Ok(all)
}

/// How the rows of a seeder stand in the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Standing {
    /// The seeder's name.
    pub seeder: String,
    /// Its kind.
    pub kind: &'static str,
    /// One line about it.
    pub description: &'static str,
    /// Rows that it describes.
    pub rows: usize,
    /// Of these, in the database as seeding wrote them.
    pub seeded: usize,
    /// Of these, as seeding wrote them but not as they are described now: `seed` updates them.
    pub outdated: usize,
    /// Of these, changed by hand since.
    pub changed: usize,
    /// Of these, there before seeding.
    pub existing: usize,
    /// Of these, not in the database.
    pub absent: usize,
    /// Of these, in tables of which row level security hides rows from this role.
    #[serde(skip_serializing_if = "is_zero")]
    pub hidden: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// The names of the tables that seeders fill.
fn names_of(prepared: &[Prepared]) -> Vec<&'static str> {
    let tables = prepared.iter().flat_map(|p| &p.tables);
    tables.map(|t| t.table).collect()
}

/// Compares seeders with the database; reads only.
///
/// # Errors
/// The database's.
pub async fn status(db: &mut Database, prepared: &[Prepared]) -> Result<Vec<Standing>> {
    let names = names_of(prepared);
    let schema = db.schema_with(&names).await?;
    let sight = Sight::over(db, &schema, names.into_iter(), Need::Read).await?;
    let ledger = ledger::Ledger::read(db).await?;
    let mut out = Vec::new();
    for seeder in prepared {
        let mut standing = Standing {
            seeder: seeder.name.to_owned(),
            kind: seeder.kind.as_str(),
            description: seeder.description,
            ..Standing::default()
        };
        for table in &seeder.tables {
            standing.rows += table.rows.len();
            let Some(columns) = schema.table(table.table) else {
                standing.absent += table.rows.len();
                continue;
            };
            if sight.hides(table.table) {
                standing.hidden += table.rows.len();
                continue;
            }
            let rows = live::read(db, &sight, table, columns, &ledger, seeder.name).await?;
            for row in &table.rows {
                let entry = ledger.get(seeder.name, table.table, &row.key);
                let there = entry.and_then(|e| rows.by_id(&e.row_id));
                match (entry, there) {
                    (Some(entry), Some(live)) if entry.untouched(live) => {
                        if merge::definition_of(table, row) == entry.definition {
                            standing.seeded += 1;
                        } else {
                            standing.outdated += 1;
                        }
                    }
                    (Some(_), Some(_)) => standing.changed += 1,
                    _ if rows.by_natural_key(table, row).is_some() => standing.existing += 1,
                    _ => standing.absent += 1,
                }
            }
        }
        out.push(standing);
    }
    Ok(out)
}

/// Rows that seeding made and nobody changed, by table: `(id, values by column)`.
///
/// # Errors
/// The database's.
pub async fn own_rows(
    db: &mut Database,
    tables: &[String],
) -> Result<BTreeMap<String, Vec<live::Row>>> {
    let ledger = ledger::Ledger::read(db).await?;
    let mut out = BTreeMap::new();
    if ledger.is_empty() {
        return Ok(out);
    }
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let schema = db.schema_with(&names).await?;
    let sight = Sight::over(db, &schema, names.into_iter(), Need::Read).await?;
    let sight = sight.all(db)?;
    for name in tables {
        let entries = ledger.of_table(name);
        let (Some(table), false) = (schema.table(name), entries.is_empty()) else {
            continue;
        };
        let ids: Vec<&str> = entries.iter().map(|e| e.row_id.as_str()).collect();
        let rows = live::read_ids(db, &sight, name, table, &entries[0].primary_key, &ids).await?;
        let own = entries
            .iter()
            .filter_map(|e| {
                rows.by_id(&e.row_id)
                    .filter(|row| e.untouched(row))
                    .cloned()
            })
            .collect();
        out.insert(name.clone(), own);
    }
    Ok(out)
}
