//! Undo: taking out what seeding made, and nothing else.
//!
//! A row goes only if it is still as seeding wrote it and nothing that stays refers to it; a row
//! that the user added would otherwise be deleted with its parent, or lose it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ledger;
use super::live::{self, Row, Rows};
use super::walk::Walk;
use crate::dialect::{Cause, Dialect};
use crate::engine::attend::Attention;
use crate::engine::database::Database;
use crate::engine::error::Result;
use crate::engine::sight::{self, Batch, Need, Refusal, Sight};
use crate::schema::{Schema, Table};

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

/// A row: table and primary key.
type Key = (String, String);

/// An entry of the ledger: seeder, table and key.
type EntryKey = (String, String, String);

/// What undo would do.
pub struct Plan {
    /// By table.
    pub tables: Vec<Undone>,
    deletable: BTreeSet<Key>,
    /// Entries of rows that go or went.
    forget: Vec<EntryKey>,
    primary_keys: BTreeMap<String, String>,
    order: Vec<String>,
    schema: Schema,
    sight: Sight,
}

/// Works out what undo would do; reads only.
///
/// # Errors
/// The database's.
pub async fn plan(db: &mut Database, only: &[String]) -> Result<Plan> {
    let mut schema = db.schema().await?;
    let mut primary_keys = BTreeMap::new();
    let mut counts: BTreeMap<String, Undone> = BTreeMap::new();
    let mut candidates: BTreeMap<Key, Row> = BTreeMap::new();
    let mut entries: BTreeMap<Key, EntryKey> = BTreeMap::new();
    let mut gone: Vec<EntryKey> = Vec::new();
    let condition = if only.is_empty() {
        "1 = 1".to_owned()
    } else {
        let only: Vec<&str> = only.iter().map(String::as_str).collect();
        ledger::among(db.dialect(), "seeder", &only)
    };
    let mut walk = Walk::new(db, &condition).await?;
    let seeded = walk.tables();
    db.look_elsewhere(&mut schema, seeded.iter().map(String::as_str))
        .await?;
    // Whatever refers to a seeded row is looked at as well: one that nobody saw would go with it.
    let referring = schema.tables.iter().filter(|(_, table)| {
        let mut keys = table.foreign_keys.values();
        keys.any(|fk| seeded.contains(&fk.table))
    });
    let concerned = referring.map(|(name, _)| name).chain(&seeded);
    let concerned = concerned.map(String::as_str);
    let sight = Sight::over(db, &schema, concerned, Need::Write).await?;
    let sight = sight.all(db)?.strict(db);
    while let Some(portion) = walk.next(db).await? {
        for (name, chosen) in portion {
            let primary_key = &chosen[0].primary_key;
            primary_keys.insert(name.clone(), primary_key.clone());
            let count = counts.entry(name.clone()).or_insert_with(|| Undone {
                table: name.clone(),
                ..Undone::default()
            });
            let rows = match schema.table(&name) {
                None => Rows::default(),
                Some(table) => {
                    let ids: Vec<&str> = chosen.iter().map(|e| e.row_id.as_str()).collect();
                    live::read_ids(db, &sight, &name, table, primary_key, &ids).await?
                }
            };
            // Of rows that may be very many, only what is asked for below is kept.
            let asked_for = referred_columns(&schema, &name, primary_key);
            for entry in chosen {
                match rows.by_id(&entry.row_id) {
                    None => {
                        count.gone += 1;
                        gone.push((entry.seeder, entry.table, entry.key));
                    }
                    Some(row) if entry.untouched(row) => {
                        let key = (name.clone(), entry.row_id);
                        candidates.insert(key.clone(), row.only(&asked_for));
                        entries.insert(key, (entry.seeder, entry.table, entry.key));
                    }
                    Some(_) => count.changed += 1,
                }
            }
        }
    }
    let edges = references(db, &sight, &schema, &candidates, &primary_keys).await?;
    let mut deletable: BTreeSet<Key> = candidates.into_keys().collect();
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
    let mut forget = gone;
    forget.extend(
        entries
            .into_iter()
            .filter(|(key, _)| deletable.contains(key))
            .map(|(_, entry)| entry),
    );
    forget.sort();
    Ok(Plan {
        tables: counts.into_values().collect(),
        deletable,
        forget,
        primary_keys,
        order,
        schema,
        sight,
    })
}

/// The columns of a table that foreign keys lead to.
fn referred_columns(schema: &Schema, table: &str, primary_key: &str) -> Arc<[String]> {
    let tables = schema.tables.values().chain(schema.elsewhere.values());
    let keys = tables.flat_map(|t| t.foreign_keys.values());
    let columns: BTreeSet<String> = keys
        .map(|fk| (&fk.table, &fk.parent_columns))
        .chain(schema.inbound.iter().map(|i| (&i.table, &i.parent_columns)))
        .filter(|(parent, _)| *parent == table)
        .map(|(_, column)| match column.as_str() {
            "rowid" => primary_key.to_owned(),
            other => other.to_owned(),
        })
        .collect();
    columns.into_iter().collect()
}

/// A foreign key to a seeded table, from wherever.
struct Link<'a> {
    /// The child as SQL names it.
    child_sql: String,
    /// The child's name and key column, where it is a table of this schema.
    child: Option<(&'a str, String)>,
    columns: &'a str,
    parent: &'a str,
    parent_columns: &'a str,
}

/// All foreign keys that lead to tables of which rows are to go.
fn links<'a>(
    d: &dyn Dialect,
    schema: &'a Schema,
    primary_keys: &BTreeMap<String, String>,
) -> Vec<Link<'a>> {
    let here = schema.tables.iter().map(|(n, t)| (n, t, d.ident(n)));
    let elsewhere = schema.elsewhere.iter().map(|(n, t)| (n, t, d.path(n)));
    let own = here.chain(elsewhere).flat_map(|(name, table, sql)| {
        let key = primary_keys
            .get(name)
            .cloned()
            .or_else(|| single_key(table))
            .filter(|k| table.columns.iter().any(|c| c.name == *k));
        table.foreign_keys.values().map(move |fk| Link {
            child_sql: sql.clone(),
            child: key.clone().map(|k| (name.as_str(), k)),
            columns: &fk.columns,
            parent: &fk.table,
            parent_columns: &fk.parent_columns,
        })
    });
    let inbound = schema.inbound.iter().map(|i| Link {
        child_sql: i.child.clone(),
        child: None,
        columns: &i.columns,
        parent: &i.table,
        parent_columns: &i.parent_columns,
    });
    own.chain(inbound)
        .filter(|l| primary_keys.contains_key(l.parent))
        .collect()
}

/// The primary key column of a table, if it is one column.
fn single_key(table: &Table) -> Option<String> {
    let index = table.indexes.values().find(|i| i.kind == "primary")?;
    let columns = index
        .columns
        .trim_start_matches("btree ")
        .trim_matches(['(', ')']);
    (!columns.contains(',')).then(|| columns.trim_matches('"').to_owned())
}

/// All rows that refer to a row which is to go: `(child, parent)`. A child that cannot be told
/// apart from others has the key `?`, which never goes, so its parent stays.
async fn references(
    db: &mut Database,
    sight: &Sight,
    schema: &Schema,
    rows: &BTreeMap<Key, Row>,
    primary_keys: &BTreeMap<String, String>,
) -> Result<Vec<(Key, Key)>> {
    let d = db.dialect();
    let mut edges = Vec::new();
    for link in links(d, schema, primary_keys) {
        // What a child would hold to refer to each of the rows that are to go.
        let column = match link.parent_columns {
            "rowid" => primary_keys[link.parent].as_str(),
            other => other,
        };
        let mut parents: BTreeMap<&str, &Key> = BTreeMap::new();
        for (key, row) in rows.iter().filter(|((table, _), _)| table == link.parent) {
            if let Some(value) = row.get(column).flatten() {
                parents.insert(value, key);
            }
        }
        let composite = link.columns.contains(',');
        if parents.is_empty() && !composite {
            continue;
        }
        let own = link
            .child
            .as_ref()
            .map_or_else(|| "'?'".to_owned(), |(_, key)| d.as_text(&d.ident(key)));
        let first = link.columns.split(',').next().unwrap_or_default();
        let condition = if composite {
            format!("{} IS NOT NULL", d.ident(first))
        } else {
            let values: Vec<String> = parents.keys().map(|v| (*v).to_owned()).collect();
            live::id_condition(d, link.columns, &values)
        };
        let script = format!(
            "SELECT {own}, {} FROM {} WHERE {condition}",
            d.as_text(&d.ident(first)),
            link.child_sql,
        );
        let name = link
            .child
            .as_ref()
            .map_or(link.child_sql.as_str(), |(n, _)| n);
        let what = "references to seeded rows cannot be read";
        let results = sight::read(db, sight, what, vec![(name, script)]).await?;
        for row in results.into_iter().flat_map(|r| r.rows) {
            let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
            let child = (name.to_owned(), get(0));
            if composite {
                // Not worth understanding: whatever it may refer to stays.
                let all = rows.keys().filter(|(table, _)| table == link.parent);
                edges.extend(all.map(|parent| (("?".to_owned(), "?".to_owned()), parent.clone())));
            } else if let Some(parent) = parents.get(get(1).as_str()) {
                edges.push((child, (*parent).clone()));
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
                        && schema.table(other).is_some_and(|t| {
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

/// Rows that one statement deletes.
const BATCH: usize = 1_000;
/// Statements in one message: servers limit its size.
const MESSAGE: usize = 50;

/// Deletes what the plan says, in one transaction.
///
/// # Errors
/// The database's; then nothing was deleted.
pub async fn run(db: &mut Database, plan: &Plan) -> Result<()> {
    let d = db.dialect();
    let mut batch = Batch::begin(db, &plan.sight);
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
                let sql = format!("UPDATE {path} SET {column} = NULL WHERE {condition}");
                batch.on(table, sql);
            }
        }
    }
    for table in &plan.order {
        if plan.schema.table(table).is_some() {
            for ids in ids_of(table).chunks(BATCH) {
                let condition = live::id_condition(d, &plan.primary_keys[table], ids);
                let sql = format!("DELETE FROM {} WHERE {condition}", d.path(table));
                batch.on(table, sql);
            }
        }
    }
    for of_table in plan.forget.chunk_by(|a, b| (&a.0, &a.1) == (&b.0, &b.1)) {
        for entries in of_table.chunks(BATCH) {
            let (seeder, table, _) = &entries[0];
            let keys: Vec<&str> = entries.iter().map(|(_, _, key)| key.as_str()).collect();
            batch.own(ledger::forget(d, seeder, table, &keys));
        }
    }
    batch.own("COMMIT".to_owned());
    let script = batch.into_statements();
    db.interrupt.enter_critical();
    for message in script.chunks(MESSAGE) {
        if let Err(stopped) = db.interrupt.check() {
            let _ = db.run("ROLLBACK").await;
            return Err(stopped.if_interrupted("nothing was deleted"));
        }
        let Err(error) = db
            .run_with(&message.join(";\n"), Attention::cancellable())
            .await
        else {
            continue;
        };
        let _ = db.run("ROLLBACK").await;
        let what = if error.cause == Cause::Unreachable {
            "the connection broke during undo; it is done whole or not at all"
        } else {
            "undo failed; nothing was deleted"
        };
        let statement = message.get(error.statement).cloned();
        let refused = Refusal { error, statement }.explain(db, what);
        return Err(refused.if_interrupted("nothing was deleted"));
    }
    Ok(())
}
