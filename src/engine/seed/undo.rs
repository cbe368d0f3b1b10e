//! Undo: taking out what seeding made, and nothing else.
//!
//! A row goes only if it is still as seeding wrote it and nothing that stays refers to it; a row
//! that the user added would otherwise be deleted with its parent, or lose it.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::Digester;
use super::ledger;
use super::live::{self, Row, Rows};
use super::references::{references, referred_columns};
use super::touched::Compare;
use super::walk::Walk;
use crate::engine::database::Database;
use crate::engine::error::Result;
use crate::engine::sight::{Need, Sight};
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
    /// Rows that the database did not delete when it was told to: a trigger or rule kept them.
    #[serde(skip_serializing_if = "is_zero")]
    pub kept: usize,
    /// Rows that were gone already.
    pub gone: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// A row: table and primary key.
pub(super) type Key = (String, String);

/// An entry of the ledger: seeder, table and key.
pub(super) type EntryKey = (String, String, String);

/// What undo would do.
pub struct Plan {
    /// By table.
    pub tables: Vec<Undone>,
    /// Rows that nobody changed.
    pub(super) candidates: BTreeSet<Key>,
    /// Of these, the rows that nothing which stays refers to.
    pub(super) deletable: BTreeSet<Key>,
    /// Entries of rows that go or went.
    pub(super) forget: Vec<EntryKey>,
    pub(super) primary_keys: BTreeMap<String, String>,
    pub(super) order: Vec<String>,
    pub(super) schema: Schema,
    pub(super) sight: Sight,
}

/// Which rows a plan may take.
#[derive(Default)]
pub struct Within {
    /// Only these, which nobody else can change any more.
    pub held: Option<BTreeSet<Key>>,
    /// Not these, which the database keeps.
    pub kept: BTreeSet<Key>,
}

/// Works out what undo would do; reads only.
///
/// # Errors
/// The database's.
pub async fn plan(db: &mut Database, only: &[String], within: &Within) -> Result<Plan> {
    let digester = Digester::of(db);
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
            let table = schema.table(&name);
            let rows = match table {
                None => Rows::default(),
                Some(table) => {
                    let ids: Vec<&str> = chosen.iter().map(|e| e.row_id.as_str()).collect();
                    live::read_ids(db, &sight, &name, table, primary_key, &ids).await?
                }
            };
            let untouched = |entry: &ledger::Entry, row: &Row| {
                table.is_some_and(|table| {
                    let digester = &digester;
                    Compare { digester, table }.is_untouched(entry, row)
                })
            };
            // Of rows that may be very many, only what is asked for below is kept.
            let asked_for = referred_columns(&schema, &name, primary_key);
            for entry in chosen {
                let key = (name.clone(), entry.row_id.clone());
                match rows.by_id(&entry.row_id) {
                    None if !entry.readable => count.changed += 1,
                    None => {
                        count.gone += 1;
                        gone.push((entry.seeder, entry.table, entry.key));
                    }
                    Some(_) if within.kept.contains(&key) => count.kept += 1,
                    Some(row)
                        if untouched(&entry, row)
                            && within.held.as_ref().is_none_or(|held| held.contains(&key)) =>
                    {
                        candidates.insert(key.clone(), row.only(&asked_for));
                        entries.insert(key, (entry.seeder, entry.table, entry.key));
                    }
                    Some(_) => count.changed += 1,
                }
            }
        }
    }
    let edges = references(db, &sight, &schema, &candidates, &primary_keys).await?;
    let candidates: BTreeSet<Key> = candidates.into_keys().collect();
    let mut deletable = candidates.clone();
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
        candidates,
        deletable,
        forget,
        primary_keys,
        order,
        schema,
        sight,
    })
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

/// Rows that one statement is about.
pub(super) const BATCH: usize = 1_000;
