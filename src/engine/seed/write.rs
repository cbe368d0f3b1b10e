//! Writing seeded rows: batches in one transaction, with the ledger.

use std::collections::BTreeMap;

use seeders::{SeedTable, SeedValue};

use super::ledger::{self, Digests, Entry, Ledger, digest_of};
use super::live;
use super::merge::{Action, Decision, Ids, decide, literal};
use super::{Hashing, Outcome, Prepared, names_of};
use crate::dialect::{Cause, Dialect, ResultSet};
use crate::engine::database::Database;
use crate::engine::error::{Error, Result};
use crate::engine::history::{self, meta};
use crate::engine::sight::{Batch, Need, Sight};
use crate::schema::Schema;

/// Rows in one INSERT. All three databases take far longer statements; this bounds memory.
const BATCH: usize = 500;

/// A table with the decisions for its rows.
struct Work<'a> {
    seeder: &'a Prepared,
    table: &'a SeedTable,
    decisions: Vec<Decision<'a>>,
}

/// Brings the rows of seeders into the database. The caller holds the lock and made sure that the
/// migrations are applied.
///
/// # Errors
/// The database's; then nothing was written.
pub async fn run(
    db: &mut Database,
    prepared: &[Prepared],
    anchor: chrono::DateTime<chrono::Utc>,
    hashing: &mut Hashing,
) -> Result<Vec<Outcome>> {
    let d = db.dialect();
    let ledger = Ledger::read(db).await?;
    if ledger.is_empty() {
        // The first time everything is written: start the slow part before looking at rows.
        hashing.start(prepared.iter().flat_map(|p| &p.tables));
    }
    let names = names_of(prepared);
    let schema = db.schema_with(&names).await?;
    let sight = Sight::over(db, &schema, names.into_iter(), Need::Write).await?;
    let sight = sight.all(db)?;
    // References may lead to rows of seeders that are not part of this run.
    let mut ids: Ids = ledger
        .iter()
        .map(|e| ((e.table.clone(), e.key.clone()), e.row_id.clone()))
        .collect();
    let mut work = Vec::new();
    for seeder in prepared {
        for table in &seeder.tables {
            let columns = columns_of(&schema, seeder, table)?;
            let rows = live::read(db, &sight, table, columns, &ledger, seeder.name).await?;
            let decisions = decide(seeder.name, table, &ledger, &rows, &mut ids)?;
            work.push(Work {
                seeder,
                table,
                decisions,
            });
        }
    }
    let outcomes = count(prepared, &work);
    if !outcomes.iter().any(Outcome::changed) {
        return Ok(outcomes);
    }
    let inserting = work
        .iter()
        .filter(|w| w.decisions.iter().any(|x| x.action == Action::Insert))
        .map(|w| w.table);
    hashing.start(inserting);
    let mut batch = Batch::new(db, &sight);
    if let Some(announce) = d.announce_seeding() {
        batch.own(announce.to_owned());
    }
    for w in &work {
        for sql in insert(d, w, &ids, hashing)? {
            batch.on(w.table.table, sql);
        }
    }
    for w in &work {
        for sql in update(d, w, &ids, hashing)? {
            batch.on(w.table.table, sql);
        }
    }
    // Columns that were dropped and are back are filled now, if every seeder had its turn.
    let forget_lost = ledger
        .iter()
        .all(|e| prepared.iter().any(|p| p.name == e.seeder));
    write(db, &schema, &work, batch, anchor, forget_lost).await?;
    Ok(outcomes)
}

fn columns_of<'a>(
    schema: &'a Schema,
    seeder: &Prepared,
    table: &SeedTable,
) -> Result<&'a crate::schema::Table> {
    let found = schema.table(table.table).ok_or_else(|| {
        Error::failed(format!(
            "seeder {} needs the table {}, which is not there",
            seeder.name, table.table
        ))
        .hint("`saasdb status` shows what is missing")
    })?;
    match table
        .columns
        .iter()
        .find(|c| !found.columns.iter().any(|f| f.name == **c))
    {
        None => Ok(found),
        Some(missing) => Err(Error::failed(format!(
            "seeder {} needs the column {}.{missing}, which is not there",
            seeder.name, table.table
        ))
        .hint("was the table altered by hand? `saasdb status` shows drift")),
    }
}

fn count(prepared: &[Prepared], work: &[Work<'_>]) -> Vec<Outcome> {
    let mut by_name: BTreeMap<&str, Outcome> = BTreeMap::new();
    for w in work {
        let outcome = by_name.entry(w.seeder.name).or_default();
        for decision in &w.decisions {
            match decision.action {
                Action::Insert => outcome.inserted += 1,
                Action::Update(_) => outcome.updated += 1,
                Action::Keep => outcome.kept += 1,
                Action::Leave => outcome.unchanged += 1,
                Action::Existing => outcome.existing += 1,
            }
        }
    }
    prepared
        .iter()
        .map(|p| Outcome {
            seeder: p.name.to_owned(),
            kind: p.kind.as_str(),
            ..by_name.get(p.name).cloned().unwrap_or_default()
        })
        .collect()
}

/// The INSERTs of one table; deferred columns come as NULL.
fn insert(d: &dyn Dialect, w: &Work<'_>, ids: &Ids, hashing: &mut Hashing) -> Result<Vec<String>> {
    let mut tuples = Vec::new();
    for decision in w.decisions.iter().filter(|x| x.action == Action::Insert) {
        let mut values = Vec::with_capacity(w.table.columns.len());
        for (column, value) in w.table.columns.iter().zip(&decision.row.values) {
            values.push(if w.table.deferred.contains(column) {
                "NULL".to_owned()
            } else {
                literal(d, value, &decision.id, ids, hashing)?
            });
        }
        tuples.push(format!("({})", values.join(", ")));
    }
    let columns: Vec<String> = w.table.columns.iter().map(|c| d.ident(c)).collect();
    let mut out: Vec<String> = tuples
        .chunks(BATCH)
        .map(|batch| {
            format!(
                "INSERT INTO {} ({}) VALUES {}",
                d.path(w.table.table),
                columns.join(", "),
                batch.join(", ")
            )
        })
        .collect();
    let serial = w
        .table
        .rows
        .iter()
        .flat_map(|r| &r.values)
        .any(|v| matches!(v, SeedValue::Serial(_)));
    if serial && !out.is_empty() {
        out.extend(d.after_explicit_ids(w.table.table, w.table.primary_key));
    }
    Ok(out)
}

/// The UPDATEs of one table: changed definitions, and deferred columns of new rows.
fn update(d: &dyn Dialect, w: &Work<'_>, ids: &Ids, hashing: &mut Hashing) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for decision in &w.decisions {
        let columns: Vec<&str> = match &decision.action {
            Action::Insert => w.table.deferred.to_vec(),
            Action::Update(columns) => columns.iter().map(String::as_str).collect(),
            _ => continue,
        };
        let mut sets = Vec::new();
        for column in columns {
            let Some(i) = w.table.columns.iter().position(|c| *c == column) else {
                continue;
            };
            let value = literal(d, &decision.row.values[i], &decision.id, ids, hashing)?;
            sets.push(format!("{} = {value}", d.ident(column)));
        }
        if !sets.is_empty() {
            out.push(format!(
                "UPDATE {} SET {} WHERE {} = {}",
                d.path(w.table.table),
                sets.join(", "),
                d.ident(w.table.primary_key),
                d.literal(&decision.id)
            ));
        }
    }
    Ok(out)
}

/// Sends everything in one transaction: the rows, then what they look like, then the ledger.
async fn write(
    db: &mut Database,
    schema: &Schema,
    work: &[Work<'_>],
    mut batch: Batch<'_>,
    anchor: chrono::DateTime<chrono::Utc>,
    forget_lost: bool,
) -> Result<()> {
    let d = db.dialect();
    if !ledger::exists(db) {
        // Apart, because on MySQL it would end the transaction.
        db.query("the seed ledger cannot be made", &ledger::create_table(d))
            .await?;
        db.look().await?;
    }
    let written: Vec<(&Work<'_>, Vec<&Decision<'_>>)> = work
        .iter()
        .map(|w| {
            let rows: Vec<&Decision<'_>> = w
                .decisions
                .iter()
                .filter(|x| matches!(x.action, Action::Insert | Action::Update(_)))
                .collect();
            (w, rows)
        })
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    for (w, rows) in &written {
        let names = column_names(schema, w.table);
        let ids: Vec<String> = rows.iter().map(|x| x.id.clone()).collect();
        let condition = live::id_condition(d, w.table.primary_key, &ids);
        let select = live::select(d, w.table.table, &names, &condition);
        batch.ask(w.table.table, select);
    }
    db.interrupt.enter_critical();
    let read = batch
        .send(db)
        .await
        .map_err(|e| e.explain(db, "seeding failed; nothing was written"))?;
    let mut outcome = Ok(Vec::new());
    for ((w, rows), result) in written.iter().zip(&read) {
        for batch in entries(w, rows, result, &column_names(schema, w.table)).chunks(BATCH) {
            if outcome.is_ok() {
                outcome = db.run(&ledger::write(d, batch)).await;
            }
        }
    }
    let mut closing = vec![history::write_meta(
        d,
        &[(meta::SEED_ANCHOR, &anchor.to_rfc3339())],
    )];
    if forget_lost {
        closing.push(history::forget_lost(d));
    }
    closing.push("COMMIT".to_owned());
    if outcome.is_ok() {
        outcome = db.run(&closing.join(";\n")).await;
    }
    if let Err(error) = outcome {
        let _ = db.run("ROLLBACK").await;
        let what = if error.cause == Cause::Unreachable {
            "the connection broke while seeding was being committed; it is there whole or not at all"
        } else {
            "the seed ledger cannot be written; nothing was written"
        };
        return Err(Error::sql(what, &error)
            .on(&db.target)
            .hint("run the same command again: what is there is left alone"));
    }
    Ok(())
}

/// The ledger's entries for rows of one table, given what the database holds of them now.
fn entries(
    w: &Work<'_>,
    rows: &[&Decision<'_>],
    result: &ResultSet,
    names: &[String],
) -> Vec<Entry> {
    let key_at = names
        .iter()
        .position(|n| n == w.table.primary_key)
        .unwrap_or(0);
    let by_id: BTreeMap<&str, &Vec<Option<String>>> = result
        .rows
        .iter()
        .filter_map(|r| Some((r.get(key_at)?.as_deref()?, r)))
        .collect();
    rows.iter()
        .map(|decision| {
            let values = by_id.get(decision.id.as_str());
            let written: Digests = names
                .iter()
                .enumerate()
                .filter_map(|(i, n)| Some((n.clone(), digest_of(values?.get(i)?.as_deref()))))
                .collect();
            Entry {
                seeder: w.seeder.name.to_owned(),
                kind: w.seeder.kind.as_str().to_owned(),
                table: w.table.table.to_owned(),
                key: decision.row.key.clone(),
                primary_key: w.table.primary_key.to_owned(),
                row_id: decision.id.clone(),
                definition: decision.definition.clone(),
                written,
            }
        })
        .collect()
}

fn column_names(schema: &Schema, table: &SeedTable) -> Vec<String> {
    schema
        .table(table.table)
        .map(|t| t.columns.iter().map(|c| c.name.clone()).collect())
        .unwrap_or_default()
}
