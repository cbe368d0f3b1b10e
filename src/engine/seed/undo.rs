//! Undo: taking out what seeding made, and nothing else.
//!
//! A row goes only if it is still as seeding wrote it and nothing that stays refers to it; a row
//! that the user added would otherwise be deleted with its parent, or lose it.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{self, Ledger};
use super::live;
use crate::engine::database::Database;
use crate::engine::error::{Error, Result};
use crate::schema::Schema;

/// What undo did with a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Undone {
    /// The table.
    pub table: String,
    /// Rows deleted.
    pub deleted: usize,
    /// Rows left because somebody changed them.
    pub changed: usize,
    /// Rows left because rows that stay refer to them.
    pub referred: usize,
    /// Rows that were gone already.
    pub gone: usize,
}

type Key = (String, String);

/// What undo would do.
pub struct Plan {
    /// By table.
    pub tables: Vec<Undone>,
    deletable: BTreeSet<Key>,
    primary_keys: BTreeMap<String, String>,
    order: Vec<String>,
    schema: Schema,
}

/// Works out what undo would do; reads only.
///
/// # Errors
/// The database's.
pub async fn plan(db: &mut Database, only: &[String]) -> Result<Plan> {
    let schema = db.schema().await?;
    let ledger = Ledger::read(db).await?;
    let mut primary_keys = BTreeMap::new();
    let mut counts: BTreeMap<String, Undone> = BTreeMap::new();
    let mut deletable: BTreeSet<Key> = BTreeSet::new();
    let mut ids_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let chosen: Vec<&ledger::Entry> = ledger
        .iter()
        .filter(|e| only.is_empty() || only.contains(&e.seeder))
        .collect();
    for entry in &chosen {
        primary_keys.insert(entry.table.clone(), entry.primary_key.clone());
        ids_of
            .entry(entry.table.clone())
            .or_default()
            .push(entry.row_id.clone());
    }
    for (name, ids) in &ids_of {
        let count = counts.entry(name.clone()).or_insert_with(|| Undone {
            table: name.clone(),
            ..Undone::default()
        });
        let Some(table) = schema.tables.get(name) else {
            count.gone += ids.len();
            continue;
        };
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let rows = live::read_ids(db, name, table, &primary_keys[name], &ids).await?;
        for entry in chosen.iter().filter(|e| e.table == *name) {
            match rows.by_id(&entry.row_id) {
                None => count.gone += 1,
                Some(row) if entry.untouched(row) => {
                    deletable.insert((name.clone(), entry.row_id.clone()));
                }
                Some(_) => count.changed += 1,
            }
        }
    }
    let edges = references(db, &schema, &deletable, &primary_keys).await?;
    // A child that stays keeps its parent, which keeps its own parent, and so on.
    loop {
        let kept: Vec<Key> = edges
            .iter()
            .filter(|(child, parent)| deletable.contains(parent) && !deletable.contains(child))
            .map(|(_, parent)| parent.clone())
            .collect();
        if kept.is_empty() {
            break;
        }
        for key in kept {
            if deletable.remove(&key)
                && let Some(count) = counts.get_mut(&key.0)
            {
                count.referred += 1;
            }
        }
    }
    for (table, _) in &deletable {
        if let Some(count) = counts.get_mut(table) {
            count.deleted += 1;
        }
    }
    let order = children_first(&schema, counts.keys().cloned().collect());
    Ok(Plan {
        tables: counts.into_values().collect(),
        deletable,
        primary_keys,
        order,
        schema,
    })
}

/// All rows that refer to a row which is to go: `(child, parent)`.
async fn references(
    db: &mut Database,
    schema: &Schema,
    deletable: &BTreeSet<Key>,
    primary_keys: &BTreeMap<String, String>,
) -> Result<Vec<(Key, Key)>> {
    let d = db.dialect();
    let mut edges = Vec::new();
    for (child, table) in &schema.tables {
        for fk in table.foreign_keys.values() {
            let Some(parent_key) = primary_keys.get(&fk.table) else {
                continue;
            };
            // Seeded tables have a key of one column, and that is what rows refer to.
            if fk.parent_columns != *parent_key && fk.parent_columns != "rowid" {
                continue;
            }
            let ids: Vec<String> = deletable
                .iter()
                .filter(|(t, _)| *t == fk.table)
                .map(|(_, id)| id.clone())
                .collect();
            if ids.is_empty() {
                continue;
            }
            let own_key = primary_keys.get(child).cloned().or_else(|| {
                table
                    .indexes
                    .values()
                    .find(|i| i.kind == "primary" && !i.columns.contains(','))
                    .map(|i| {
                        i.columns
                            .trim_start_matches("btree ")
                            .trim_matches(['(', ')', '"'])
                            .to_owned()
                    })
            });
            let own = own_key
                .filter(|k| table.columns.iter().any(|c| c.name == *k))
                .map_or_else(|| "'?'".to_owned(), |k| d.as_text(&d.ident(&k)));
            let script = format!(
                "SELECT {own}, {} FROM {} WHERE {}",
                d.as_text(&d.ident(&fk.columns)),
                d.ident(child),
                live::id_condition(d, &fk.columns, &ids)
            );
            let results = db
                .query("references to seeded rows cannot be read", &script)
                .await?;
            for row in results.into_iter().flat_map(|r| r.rows) {
                let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
                edges.push(((child.clone(), get(0)), (fk.table.clone(), get(1))));
            }
        }
    }
    Ok(edges)
}

/// Orders tables so that those that refer come before those that are referred to; cycles are
/// broken anywhere, because their nullable references are cleared first.
fn children_first(schema: &Schema, tables: Vec<String>) -> Vec<String> {
    let mut left: BTreeSet<String> = tables.into_iter().collect();
    let mut out = Vec::new();
    while !left.is_empty() {
        let free = left
            .iter()
            .find(|candidate| {
                !left.iter().any(|other| {
                    other != *candidate
                        && schema.tables.get(other).is_some_and(|t| {
                            t.foreign_keys.values().any(|fk| fk.table == **candidate)
                        })
                })
            })
            .or_else(|| left.first())
            .cloned();
        if let Some(table) = free {
            left.remove(&table);
            out.push(table);
        }
    }
    out
}

/// Deletes what the plan says, in one transaction.
///
/// # Errors
/// The database's; then nothing was deleted.
pub async fn run(db: &mut Database, plan: &Plan) -> Result<()> {
    let d = db.dialect();
    let mut script = vec![d.begin().to_owned()];
    let ids_of = |table: &str| -> Vec<String> {
        plan.deletable
            .iter()
            .filter(|(t, _)| t == table)
            .map(|(_, id)| id.clone())
            .collect()
    };
    for table in &plan.order {
        // References among the rows that go would otherwise order the deletes against each other.
        let ids = ids_of(table);
        let Some(columns) = plan.schema.tables.get(table).filter(|_| !ids.is_empty()) else {
            continue;
        };
        for fk in columns.foreign_keys.values() {
            let nullable = columns
                .columns
                .iter()
                .any(|c| c.name == fk.columns && c.nullable);
            if nullable && plan.order.contains(&fk.table) && fk.on_delete != "CASCADE" {
                script.push(format!(
                    "UPDATE {} SET {} = NULL WHERE {}",
                    d.ident(table),
                    d.ident(&fk.columns),
                    live::id_condition(d, &plan.primary_keys[table], &ids)
                ));
            }
        }
    }
    let ledger = Ledger::read(db).await?;
    for table in &plan.order {
        let ids = ids_of(table);
        if plan.schema.tables.contains_key(table) && !ids.is_empty() {
            script.push(format!(
                "DELETE FROM {} WHERE {}",
                d.ident(table),
                live::id_condition(d, &plan.primary_keys[table], &ids)
            ));
        }
        // Rows that are gone or went are forgotten; those that stay are still ours to know.
        let entries = ledger.of_table(table);
        let forget: Vec<&ledger::Entry> = entries
            .into_iter()
            .filter(|e| ids.contains(&e.row_id))
            .collect();
        if !forget.is_empty() {
            script.push(ledger::forget(d, table, &forget));
        }
    }
    script.push("COMMIT".to_owned());
    let critical = db.interrupt.critical();
    let outcome = db.run(&script.join(";\n")).await;
    drop(critical);
    if let Err(error) = outcome {
        let _ = db.run("ROLLBACK").await;
        let mut out = Error::sql("undo failed; nothing was deleted", &error).on(&db.target);
        if let Some(sql) = script.get(error.statement) {
            out = out.statement(sql);
        }
        return Err(out);
    }
    Ok(())
}
