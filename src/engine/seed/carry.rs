//! Keeping seeded rows recognizable across a migration that changes them.
//!
//! A migration that adds a column with values, or writes values in another form, changes seeded rows,
//! and nobody's hand was in it. So the ledger notes what the rows that nobody had changed before look
//! like after it, in the same transaction. What comes into a column later is then the user's.

use std::collections::BTreeMap;

use super::digest::Digester;
use super::ledger::{self, Entry};
use super::live;
use super::touched::Compare;
use super::walk::Walk;
use crate::engine::database::Database;
use crate::engine::effects::Effect;
use crate::engine::error::Result;
use crate::engine::history;
use crate::engine::journal::Kind;
use crate::engine::migration::{Direction, Migration, Source};
use crate::engine::plan::Step;
use crate::engine::sight::{Need, Sight};
use crate::schema::sql;

/// Entries of rows that nobody had changed before a migration, by table.
#[derive(Default)]
pub struct Carried(BTreeMap<String, Vec<Entry>>);

/// The tables with seeded rows whose rows these steps may change. Most runs ask the database nothing.
///
/// # Errors
/// The database's.
pub async fn tables(db: &mut Database, source: &Source, steps: &[Step]) -> Result<Vec<String>> {
    if !ledger::exists(db) {
        return Ok(Vec::new());
    }
    let statements: Vec<&String> = steps
        .iter()
        .flat_map(|step| changing(&source.migrations[step.index], step.direction))
        .collect();
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let d = db.dialect();
    let mut tables = Walk::new(db, "1 = 1").await?.tables();
    tables.retain(|table| {
        let name = table.rsplit('.').next().unwrap_or(table);
        statements.iter().any(|statement| {
            let tokens = sql::tokens(statement);
            let mut names = tokens.iter().filter_map(|(token, _)| token.name());
            names.any(|n| d.same_name(n, name))
        })
    });
    Ok(tables)
}

/// The statements that may change values of rows which stay.
fn changing(migration: &Migration, direction: Direction) -> impl Iterator<Item = &String> {
    let rebuilds = migration
        .effects(direction)
        .iter()
        .any(|e| matches!(e, Effect::RebuildTable(_)));
    migration
        .statements(direction)
        .iter()
        .filter(move |statement| {
            let has = |word: &str| {
                sql::tokens(statement)
                    .iter()
                    .any(|(token, _)| token.is(word))
            };
            let alters = has("ALTER") && has("TABLE");
            let converts = has("TYPE") || has("MODIFY") || has("CHANGE") || has("USING");
            rebuilds
                || Kind::of(statement) == Kind::Rows
                || (alters && (converts || (direction == Direction::Up && has("ADD"))))
        })
}

/// Reads the rows of these tables that nobody changed.
///
/// # Errors
/// The database's.
pub async fn read(db: &mut Database, tables: &[String]) -> Result<Carried> {
    if tables.is_empty() {
        return Ok(Carried::default());
    }
    // An earlier step of the same run may have dropped columns.
    let script = history::read_lost(db.dialect());
    let found = db.query("the history cannot be read", &script).await?;
    let names = found.into_iter().flat_map(|r| r.rows);
    let lost = names.filter_map(|row| Some((row.into_iter().next()??, String::new())));
    db.history.meta.extend(lost);
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let condition = ledger::among(db.dialect(), "table_name", &names);
    let mut walk = Walk::new(db, &condition).await?;
    let mut carried = Carried::default();
    while let Some(portion) = walk.next(db).await? {
        for (name, entries) in portion {
            let kept = untouched(db, &name, entries).await?;
            carried.0.entry(name).or_default().extend(kept);
        }
    }
    Ok(carried)
}

async fn untouched(db: &mut Database, name: &str, entries: Vec<Entry>) -> Result<Vec<Entry>> {
    let digester = Digester::of(db);
    let rows = rows_of(db, name, &entries).await?;
    let Some((table, rows)) = rows else {
        return Ok(Vec::new());
    };
    let compare = Compare {
        digester: &digester,
        table: &table,
    };
    let same = |entry: &Entry| {
        let row = rows.by_id(&entry.row_id);
        row.is_some_and(|row| compare.is_untouched(entry, row))
    };
    Ok(entries.into_iter().filter(same).collect())
}

/// The rows of entries, where this role is shown all of them. What reading them sets for the
/// transaction is undone: the migration's own statements are not to notice.
async fn rows_of(
    db: &mut Database,
    name: &str,
    entries: &[Entry],
) -> Result<Option<(crate::schema::Table, live::Rows)>> {
    const WHAT: &str = "seeded rows cannot be read";
    let mut schema = db.schema().await?;
    db.look_elsewhere(&mut schema, [name]).await?;
    let sight = Sight::over(db, &schema, [name], Need::Read).await?;
    let (Some(table), Some(first)) = (schema.table(name), entries.first()) else {
        return Ok(None);
    };
    if sight.hides(name) {
        return Ok(None);
    }
    let ids: Vec<&str> = entries.iter().map(|e| e.row_id.as_str()).collect();
    let sets = db.dialect().row_security().is_some();
    if sets {
        db.query(WHAT, "SAVEPOINT saasdb_carry").await?;
    }
    let rows = live::read_ids(db, &sight, name, table, &first.primary_key, &ids).await?;
    if sets {
        db.query(WHAT, "ROLLBACK TO SAVEPOINT saasdb_carry").await?;
    }
    Ok(Some((table.clone(), rows)))
}

impl Carried {
    /// Notes in the ledger what these rows look like now.
    ///
    /// # Errors
    /// The database's.
    pub async fn write(self, db: &mut Database) -> Result<()> {
        const BATCH: usize = 500;
        let digester = Digester::of(db);
        for (name, entries) in self.0 {
            let Some((table, rows)) = rows_of(db, &name, &entries).await? else {
                continue;
            };
            // What it had dropped is back, with what this migration put into it.
            let back: Vec<String> = table
                .columns
                .iter()
                .map(|column| history::lost_column(&name, &column.name))
                .filter(|lost| db.history.meta.contains_key(lost))
                .collect();
            let changed: Vec<Entry> = entries
                .into_iter()
                .filter_map(|entry| {
                    let row = rows.by_id(&entry.row_id)?;
                    let written = row
                        .iter()
                        .map(|(column, value)| match entry.written.get(column) {
                            Some(old) if digester.is(old, value) => {
                                (column.to_owned(), old.clone())
                            }
                            _ => (column.to_owned(), digester.digest(value)),
                        })
                        .collect();
                    let differs = written != entry.written || !back.is_empty();
                    differs.then_some(Entry { written, ..entry })
                })
                .collect();
            for batch in changed.chunks(BATCH) {
                let statement = ledger::write(db.dialect(), batch);
                db.query("the seed ledger cannot be written", &statement)
                    .await?;
            }
            if !back.is_empty() {
                let statement = history::forget_lost_columns(db.dialect(), &back);
                db.query("the seed ledger cannot be written", &statement)
                    .await?;
                for lost in &back {
                    db.history.meta.remove(lost);
                }
            }
        }
        Ok(())
    }
}
