//! The statements that write decided rows, and what the ledger notes about them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use seeders::{SeedRow, SeedTable, SeedValue};

use super::Prepared;
use super::digest::{Digester, Digests};
use super::ledger::Entry;
use super::merge::{Action, Decision, Ids, literal};
use super::passwords::Hashing;
use crate::dialect::{Dialect, ResultSet};
use crate::engine::error::Result;
use crate::schema::Schema;

/// Rows in one INSERT. All three databases take far longer statements; this bounds memory.
pub(super) const BATCH: usize = 500;

/// A table with the decisions for its rows.
pub(super) struct Work<'a> {
    pub(super) seeder: &'a Prepared,
    pub(super) table: &'a SeedTable,
    pub(super) decisions: Vec<Decision<'a>>,
}

impl<'a> Work<'a> {
    /// The rows of which a password is written.
    pub(super) fn passwords(&self) -> impl Iterator<Item = &'a SeedRow> {
        let columns = &self.table.columns;
        self.decisions
            .iter()
            .filter(move |decision| {
                let is_written = |column: &str| match &decision.action {
                    Action::Insert => true,
                    Action::Update(changed) => changed.iter().any(|c| c == column),
                    _ => false,
                };
                let mut values = columns.iter().zip(&decision.row.values);
                values.any(|(c, value)| matches!(value, SeedValue::Password(_)) && is_written(c))
            })
            .map(|decision| decision.row)
    }
}

/// The literal for a value, in the form in which the table keeps its times.
fn written(
    d: &dyn Dialect,
    table: &SeedTable,
    value: &SeedValue,
    decision: &Decision<'_>,
    ids: &Ids,
    now: DateTime<Utc>,
    hashing: &mut Hashing<'_>,
) -> Result<String> {
    match value {
        SeedValue::Timestamp(at) if table.zoned => Ok(d.timestamp_with_zone(at)),
        SeedValue::FromNow(distance) if table.zoned => {
            Ok(d.timestamp_with_zone(&(now + *distance)))
        }
        other => literal(d, other, decision, ids, now, hashing),
    }
}

/// The INSERTs of one table; deferred columns come as NULL.
pub(super) fn insert(
    d: &dyn Dialect,
    w: &Work<'_>,
    ids: &Ids,
    now: DateTime<Utc>,
    hashing: &mut Hashing<'_>,
) -> Result<Vec<String>> {
    let mut tuples = Vec::new();
    for decision in w.decisions.iter().filter(|x| x.action == Action::Insert) {
        let mut values = Vec::with_capacity(w.table.columns.len());
        for (column, value) in w.table.columns.iter().zip(&decision.row.values) {
            values.push(if w.table.deferred.contains(column) {
                "NULL".to_owned()
            } else {
                written(d, w.table, value, decision, ids, now, hashing)?
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
pub(super) fn update(
    d: &dyn Dialect,
    w: &Work<'_>,
    ids: &Ids,
    now: DateTime<Utc>,
    hashing: &mut Hashing<'_>,
) -> Result<Vec<String>> {
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
            let value = &decision.row.values[i];
            let value = written(d, w.table, value, decision, ids, now, hashing)?;
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

/// The ledger's entries for rows of one table, given what the database holds of them now.
pub(super) fn entries(
    w: &Work<'_>,
    rows: &[&Decision<'_>],
    result: &ResultSet,
    names: &[String],
    digester: &Digester,
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
                .filter_map(|(i, n)| Some((n.clone(), digester.digest(values?.get(i)?.as_deref()))))
                .collect();
            Entry {
                seeder: w.seeder.name.to_owned(),
                kind: w.seeder.kind.as_str().to_owned(),
                table: w.table.table.to_owned(),
                key: decision.row.key.clone(),
                primary_key: w.table.primary_key.to_owned(),
                row_id: decision.id.clone(),
                definition: digester.digests(&decision.definition),
                readable: !written.is_empty(),
                written,
            }
        })
        .collect()
}

pub(super) fn column_names(schema: &Schema, table: &SeedTable) -> Vec<String> {
    schema
        .table(table.table)
        .map(|t| t.columns.iter().map(|c| c.name.clone()).collect())
        .unwrap_or_default()
}
