//! Seeding: bringing the rows that seeders describe into the database, and taking them out again.
//!
//! Seeders are data (crate `seeders`); this module decides what to do with each row ([`merge`]),
//! writes in one transaction ([`write`]), and keeps the ledger ([`ledger`]) by which a second run
//! changes nothing and undo removes only what seeding made.

pub mod carry;
pub mod digest;
pub mod ledger;
pub mod live;
pub mod merge;
pub mod passwords;
mod references;
mod statements;
pub mod take_out;
pub mod touched;
pub mod undo;
pub mod walk;
pub mod write;

use chrono::{DateTime, NaiveTime, Utc};
use seeders::{ForEach, SeedContext, SeedKind, SeedTable, Seeder};

use super::database::Database;
use super::effects::Effect;
use super::error::{Error, Result};
use super::history::meta;
use super::migration::{Direction, Source};
use super::plan::Survey;
use super::sight::{Need, Sight};
use crate::schema::Schema;
use digest::Digester;
use ledger::Ledger;
use merge::Ids;
use touched::Compare;
use walk::Walk;

pub use passwords::{Account, Given, Giver, Hashing, Origin};
pub use write::{accounts, run};

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
    /// What it wants for each row of a table instead.
    pub each: Option<ForEach>,
    context: SeedContext,
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
            crate::engine::clock::now()
                .date_naive()
                .and_time(NaiveTime::MIN)
                .and_utc(),
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
            each: s.for_each(),
            context,
        })
        .collect()
}

/// The same without the columns that migrations add which are not applied: an application may stay at an
/// earlier version.
pub fn prepare_so_far(
    seeders: &[Box<dyn Seeder>],
    anchor: DateTime<Utc>,
    source: &Source,
    db: &Database,
) -> Vec<Prepared> {
    let survey = Survey::new(source, &db.history);
    let absent: Vec<(&str, &str)> = survey
        .pending()
        .filter_map(|entry| source.get(&entry.name))
        .flat_map(|migration| migration.effects(Direction::Up))
        .filter_map(|effect| match effect {
            Effect::AddColumn(table, column) => Some((table.as_str(), column.as_str())),
            _ => None,
        })
        .collect();
    let mut prepared = prepare(seeders, anchor);
    for table in prepared.iter_mut().flat_map(|p| &mut p.tables) {
        let name = table.table;
        let keep: Vec<bool> = table
            .columns
            .iter()
            .map(|column| !absent.contains(&(name, column)))
            .collect();
        let kept = |i: &mut usize| {
            *i += 1;
            keep[*i - 1]
        };
        let mut at = 0;
        table.columns.retain(|_| kept(&mut at));
        for row in &mut table.rows {
            let mut at = 0;
            row.values.retain(|_| kept(&mut at));
        }
    }
    prepared
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

/// Compares seeders with the database; reads only.
///
/// # Errors
/// The database's.
pub async fn status(db: &mut Database, prepared: &[Prepared]) -> Result<Vec<Standing>> {
    let mut schema = db.schema().await?;
    let names: Vec<&str> = prepared
        .iter()
        .filter(|p| !p.tables.is_empty())
        .map(|p| p.name)
        .collect();
    let ledger = Ledger::of_seeders(db, &names).await?;
    let mut ids = Ids::new();
    let mut out = Vec::new();
    for seeder in prepared {
        let mut standing = Standing {
            seeder: seeder.name.to_owned(),
            kind: seeder.kind.as_str(),
            description: seeder.description,
            ..Standing::default()
        };
        standing
            .add(db, &mut schema, seeder, &ledger, &seeder.tables, &mut ids)
            .await?;
        out.push(standing);
    }
    for (seeder, standing) in prepared.iter().zip(&mut out) {
        let Some(each) = &seeder.each else { continue };
        db.look_elsewhere(&mut schema, [each.table]).await?;
        if schema.table(each.table).is_none() {
            continue;
        }
        let sight = Sight::over(db, &schema, [each.table], Need::Read).await?;
        let sight = sight.all(db)?;
        let mut last = None;
        loop {
            let page = live::next_page(db, &sight, each, last.as_ref()).await?;
            if page.is_empty() {
                break;
            }
            let tables = (each.tables)(&seeder.context, &page);
            let ledger = Ledger::of_rows(db, seeder.name, &tables).await?;
            standing
                .add(db, &mut schema, seeder, &ledger, &tables, &mut Ids::new())
                .await?;
            last = page.into_iter().next_back();
        }
    }
    Ok(out)
}

impl Standing {
    /// Counts how rows stand. `ids` has the rows of earlier tables, and gets those of these.
    async fn add(
        &mut self,
        db: &mut Database,
        schema: &mut Schema,
        seeder: &Prepared,
        ledger: &Ledger,
        tables: &[SeedTable],
        ids: &mut Ids,
    ) -> Result<()> {
        let names = || tables.iter().map(|t| t.table);
        db.look_elsewhere(schema, names()).await?;
        let sight = Sight::over(db, schema, names(), Need::Read).await?;
        let digester = Digester::of(db);
        for table in tables {
            self.rows += table.rows.len();
            let Some(columns) = schema.table(table.table) else {
                self.absent += table.rows.len();
                continue;
            };
            if sight.hides(table.table) {
                self.hidden += table.rows.len();
                continue;
            }
            let rows = live::read(db, &sight, table, columns, ledger, seeder.name, ids).await?;
            let compare = Compare {
                digester: &digester,
                table: columns,
            };
            for row in &table.rows {
                let entry = ledger.get(seeder.name, table.table, &row.key);
                let there = entry.and_then(|e| rows.by_id(&e.row_id));
                let existing = rows.by_natural_key(table, row, ids);
                if let Some(live) = there.or(existing) {
                    ids.insert((table.table.to_owned(), row.key.clone()), live.id.clone());
                }
                match (entry, there) {
                    (Some(entry), Some(live)) if compare.is_untouched(entry, live) => {
                        if digester.are(&entry.definition, &merge::definition_of(table, row)) {
                            self.seeded += 1;
                        } else {
                            self.outdated += 1;
                        }
                    }
                    (Some(_), Some(_)) => self.changed += 1,
                    _ if existing.is_some() => self.existing += 1,
                    _ => self.absent += 1,
                }
            }
        }
        Ok(())
    }
}

/// Shows rows of these tables that seeding made and nobody changed to `visit`, with their table.
///
/// # Errors
/// The database's.
pub async fn own_rows(
    db: &mut Database,
    tables: &[String],
    mut visit: impl FnMut(&str, &live::Row),
) -> Result<()> {
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let condition = ledger::among(db.dialect(), "table_name", &names);
    let mut walk = Walk::new(db, &condition).await?;
    let concerned = walk.tables();
    if concerned.is_empty() {
        return Ok(());
    }
    let concerned = || concerned.iter().map(String::as_str);
    let mut schema = db.schema().await?;
    db.look_elsewhere(&mut schema, concerned()).await?;
    let sight = Sight::over(db, &schema, concerned(), Need::Read).await?;
    let sight = sight.all(db)?;
    let digester = Digester::of(db);
    while let Some(portion) = walk.next(db).await? {
        for (name, entries) in portion {
            let Some(table) = schema.table(&name) else {
                continue;
            };
            let ids: Vec<&str> = entries.iter().map(|e| e.row_id.as_str()).collect();
            let key = &entries[0].primary_key;
            let rows = live::read_ids(db, &sight, &name, table, key, &ids).await?;
            let compare = Compare {
                digester: &digester,
                table,
            };
            for entry in &entries {
                let row = rows.by_id(&entry.row_id);
                if let Some(row) = row.filter(|row| compare.is_untouched(entry, row)) {
                    visit(&name, row);
                }
            }
        }
    }
    Ok(())
}
