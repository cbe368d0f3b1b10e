//! Carrying undo out: in one transaction that holds the rows first, decides with what it then reads,
//! and looks afterwards whether the database did what it was told, and nothing else.
//!
//! Holding a row keeps others from changing it and from inserting rows that refer to it, and waits for
//! those who did either and have not committed yet: their rows are seen when undo decides.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger;
use super::live;
use super::undo::{self, BATCH, Key, Plan, Undone, Within};
use crate::dialect::Cause;
use crate::engine::attend::Attention;
use crate::engine::database::Database;
use crate::engine::error::{Error, Result};
use crate::engine::send;
use crate::engine::sight::{self, Batch, Refusal};

/// Statements in one message: servers limit its size.
const MESSAGE: usize = 50;

/// Deletes what a plan says that is still so once nobody else can change it: what became of each
/// table's rows.
///
/// # Errors
/// The database's; exit code 6 where rows would go along that are not the seeders'. Then nothing was
/// deleted.
pub async fn run(db: &mut Database, only: &[String], agreed: Plan) -> Result<Vec<Undone>> {
    db.interrupt.enter_critical();
    let mut within = Within {
        held: Some(agreed.candidates.clone()),
        kept: BTreeSet::new(),
    };
    loop {
        match attempt(db, only, &agreed, &within).await {
            Ok((tables, kept)) if kept.is_empty() => return Ok(tables),
            Ok((_, kept)) => {
                // Not with these, then: rows that they refer to have to stay as well.
                let _ = db.run("ROLLBACK").await;
                within.kept.extend(kept);
            }
            Err(error) => {
                let _ = db.run("ROLLBACK").await;
                return Err(error.if_interrupted("nothing was deleted"));
            }
        }
    }
}

/// Deletes; commits unless the database kept rows: then the transaction is open, and these are named.
async fn attempt(
    db: &mut Database,
    only: &[String],
    agreed: &Plan,
    within: &Within,
) -> Result<(Vec<Undone>, BTreeSet<Key>)> {
    hold(db, agreed).await?;
    let plan = undo::plan(db, only, within).await?;
    let before = counts(db, &plan).await?;
    send_all(db, &deletes(db, &plan)).await?;
    let left = remaining(db, &plan).await?;
    if !left.is_empty() {
        return Ok((plan.tables, left));
    }
    let after = counts(db, &plan).await?;
    check_nothing_else(db, &plan, &before, &after)?;
    send_all(db, &closing(db, &plan)).await?;
    Ok((plan.tables, BTreeSet::new()))
}

/// Begins the transaction and holds the rows that may go.
async fn hold(db: &mut Database, plan: &Plan) -> Result<()> {
    let d = db.dialect();
    let begin = d.begin_after_others().iter().map(|s| (*s).to_owned());
    let begin = begin.chain(db.transaction_settings()).collect();
    let mut batch = Batch::after(db, &plan.sight, begin);
    // In the order in which the application would come by them: parents first.
    for table in plan.order.iter().rev() {
        for ids in ids_among(&plan.candidates, table).chunks(BATCH) {
            let key = &plan.primary_keys[table];
            let sql = format!(
                "SELECT {} FROM {} WHERE {}{}{}",
                d.ident(key),
                d.path(table),
                live::id_condition(d, key, ids),
                live::only_own(d, table),
                d.hold_rows_to_delete(),
            );
            batch.on(table, sql);
        }
    }
    let script = batch.into_statements().join(";\n");
    let held = send::patiently(db, &script, true).await;
    held.map(drop).map_err(|(error, blockers)| {
        Error::sql(
            "the seeded rows cannot be held; nothing was deleted",
            &error,
        )
        .on(&db.target)
        .blocked_by(blockers)
    })
}

fn ids_of(plan: &Plan, table: &str) -> Vec<String> {
    ids_among(&plan.deletable, table)
}

fn ids_among(rows: &BTreeSet<Key>, table: &str) -> Vec<String> {
    let rows = rows.iter().filter(|(t, _)| t == table);
    rows.map(|(_, id)| id.clone()).collect()
}

/// The statements that delete, children first.
fn deletes(db: &Database, plan: &Plan) -> Vec<String> {
    let d = db.dialect();
    let mut batch = Batch::new(db, &plan.sight);
    for table in &plan.order {
        // References among the rows that go would otherwise order the deletes against each other.
        let ids = ids_of(plan, table);
        let Some(columns) = plan.schema.table(table).filter(|_| !ids.is_empty()) else {
            continue;
        };
        for fk in columns.foreign_keys.values() {
            let nullable = columns
                .columns
                .iter()
                .any(|c| c.name == fk.columns && c.nullable);
            if nullable && plan.order.contains(&fk.table) && fk.on_delete != "CASCADE" {
                let condition = live::id_condition(d, &plan.primary_keys[table], &ids);
                let (path, column) = (d.path(table), d.ident(&fk.columns));
                let own = live::only_own(d, table);
                let sql = format!("UPDATE {path} SET {column} = NULL WHERE {condition}{own}");
                batch.on(table, sql);
            }
        }
    }
    for table in &plan.order {
        if plan.schema.table(table).is_some() {
            for ids in ids_of(plan, table).chunks(BATCH) {
                let condition = live::id_condition(d, &plan.primary_keys[table], ids);
                let own = live::only_own(d, table);
                let sql = format!("DELETE FROM {} WHERE {condition}{own}", d.path(table));
                batch.on(table, sql);
            }
        }
    }
    batch.into_statements()
}

/// The statements that forget what went, and commit.
fn closing(db: &Database, plan: &Plan) -> Vec<String> {
    let d = db.dialect();
    let mut batch = Batch::new(db, &plan.sight);
    for of_table in plan.forget.chunk_by(|a, b| (&a.0, &a.1) == (&b.0, &b.1)) {
        for entries in of_table.chunks(BATCH) {
            let (seeder, table, _) = &entries[0];
            let keys: Vec<&str> = entries.iter().map(|(_, _, key)| key.as_str()).collect();
            batch.own(ledger::forget(d, seeder, table, &keys));
        }
    }
    batch.own("COMMIT".to_owned());
    batch.into_statements()
}

async fn send_all(db: &mut Database, script: &[String]) -> Result<()> {
    for message in script.chunks(MESSAGE) {
        db.interrupt.check()?;
        let sent = message.join(";\n");
        let Err(error) = db.run_with(&sent, Attention::cancellable()).await else {
            continue;
        };
        let what = if error.cause == Cause::Unreachable {
            "the connection broke during undo; it is done whole or not at all"
        } else {
            "undo failed; nothing was deleted"
        };
        let statement = message.get(error.statement).cloned();
        return Err(Refusal { error, statement }.explain(db, what));
    }
    Ok(())
}

/// Of the rows that were to go, those that are still there.
async fn remaining(db: &mut Database, plan: &Plan) -> Result<BTreeSet<Key>> {
    let d = db.dialect();
    let mut queries = Vec::new();
    for table in &plan.order {
        for ids in ids_of(plan, table).chunks(BATCH) {
            let key = &plan.primary_keys[table];
            let sql = format!(
                "SELECT {} FROM {} WHERE {}{}",
                d.as_text(&d.ident(key)),
                d.path(table),
                live::id_condition(d, key, ids),
                live::only_own(d, table),
            );
            queries.push((table.as_str(), sql));
        }
    }
    let tables: Vec<&str> = queries.iter().map(|(table, _)| *table).collect();
    let what = "what undo left cannot be read";
    let results = sight::read(db, &plan.sight, what, queries).await?;
    let rows = tables.into_iter().zip(results).flat_map(|(table, result)| {
        let ids = result
            .rows
            .into_iter()
            .filter_map(|row| row.into_iter().next()?);
        ids.map(move |id| (table.to_owned(), id))
    });
    Ok(rows.collect())
}

/// How many rows there are in each table that a reference ties to the seeded ones, near or far.
async fn counts(db: &mut Database, plan: &Plan) -> Result<BTreeMap<String, u64>> {
    let d = db.dialect();
    let mut tables: BTreeSet<&str> = plan.order.iter().map(String::as_str).collect();
    loop {
        let more: Vec<&str> = plan
            .schema
            .tables
            .iter()
            .filter(|(name, table)| {
                let mut keys = table.foreign_keys.values();
                !tables.contains(name.as_str())
                    && keys.any(|key| tables.contains(key.table.as_str()))
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if more.is_empty() {
            break;
        }
        tables.extend(more);
    }
    tables.retain(|table| plan.schema.table(table).is_some());
    let names: Vec<&str> = tables.into_iter().collect();
    let count = d.as_text("count(*)");
    let queries = names
        .iter()
        .map(|table| (*table, format!("SELECT {count} FROM {}", d.path(table))))
        .collect();
    let what = "the rows around the seeded ones cannot be counted";
    let results = sight::read(db, &plan.sight, what, queries).await?;
    let numbers = results
        .iter()
        .map(|r| r.single().and_then(|n| n.parse().ok()).unwrap_or(0));
    Ok(names.into_iter().map(str::to_owned).zip(numbers).collect())
}

/// Refuses where more rows went than were deleted: a cascade that the catalogue does not show, or a
/// trigger.
fn check_nothing_else(
    db: &Database,
    plan: &Plan,
    before: &BTreeMap<String, u64>,
    after: &BTreeMap<String, u64>,
) -> Result<()> {
    let mut along = Vec::new();
    for (table, before) in before {
        let meant = plan.deletable.iter().filter(|(t, _)| t == table).count() as u64;
        let gone = before.saturating_sub(*after.get(table).unwrap_or(&0));
        if gone > meant {
            along.push(format!("{} of {table}", gone - meant));
        }
    }
    if along.is_empty() {
        return Ok(());
    }
    Err(
        Error::refused("deleting the seeded rows takes other rows along")
            .on(&db.target)
            .because(format!("rows that are not to go: {}", along.join(", ")))
            .because("nothing was deleted")
            .hint("look for triggers and foreign keys that delete them, or use `seed undo --only NAME`"),
    )
}
