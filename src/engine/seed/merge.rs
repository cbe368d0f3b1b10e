//! What to do with each row: pure decisions from definition, ledger and database.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use seeders::{SeedRow, SeedTable, SeedValue};

use super::digest::{Digester, Texts};
use super::ledger::{Entry, Ledger};
use super::live::Rows;
use super::passwords::Hashing;
use super::touched::Compare;
use crate::dialect::Dialect;
use crate::engine::error::{Error, Result};

/// What to do with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is not there: insert it.
    Insert,
    /// Its definition changed: write these columns, which nobody touched.
    Update(Vec<String>),
    /// Its definition changed, but so did somebody by hand: nothing is written.
    Keep,
    /// It is as it should be.
    Leave,
    /// A row with its natural key was there before seeding.
    Existing,
}

/// A decided row.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The row.
    pub row: &'a SeedRow,
    /// What to do.
    pub action: Action,
    /// Its primary key as text.
    pub id: String,
    /// What its definition says, by column.
    pub definition: Texts,
}

/// The primary keys of seeded rows by table and key, which references resolve to.
pub type Ids = HashMap<(String, String), String>;

/// Decides the rows of one table and adds their ids to `ids`.
///
/// # Errors
/// When a row refers to one that is not described before it.
pub fn decide<'a>(
    seeder: &str,
    table: &'a SeedTable,
    ledger: &Ledger,
    rows: &Rows,
    compare: &Compare<'_>,
    ids: &mut Ids,
) -> Result<Vec<Decision<'a>>> {
    let mut next_free = rows.largest_id;
    let mut wanted: i64 = 0;
    for value in table.rows.iter().flat_map(|r| &r.values) {
        if let SeedValue::Serial(n) = value {
            wanted = wanted.max(*n);
        }
    }
    let mut free_id = || {
        next_free = next_free.max(wanted) + 1;
        next_free.to_string()
    };
    let mut out = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let entry = ledger.get(seeder, table.table, &row.key);
        let live = entry.and_then(|e| rows.by_id(&e.row_id));
        let definition = definition_of(table, row);
        let (action, id) = match (entry, live) {
            (Some(entry), Some(live)) => (
                merge(
                    entry,
                    &definition,
                    &compare.touched(entry, live),
                    compare.digester,
                ),
                live.id.clone(),
            ),
            _ => match rows.by_natural_key(table, row, ids) {
                Some(existing) => (Action::Existing, existing.id.clone()),
                None => {
                    let id = match primary_key(table, row) {
                        SeedValue::Serial(n) if rows.by_id(&n.to_string()).is_some() => free_id(),
                        SeedValue::Serial(n) | SeedValue::Int(n) => n.to_string(),
                        SeedValue::Uuid(u) => u.to_string(),
                        SeedValue::Text(t) => t.clone(),
                        other => {
                            return Err(Error::failed(format!(
                                "seeder {seeder}: {other:?} cannot be the key of a row of {}",
                                table.table
                            )));
                        }
                    };
                    if !matches!(primary_key(table, row), SeedValue::Serial(_))
                        && rows.by_id(&id).is_some()
                    {
                        // A row with our deterministic id that the ledger does not know: seeded
                        // before a ledger was lost. It is not ours to change any more.
                        (Action::Existing, id)
                    } else {
                        (Action::Insert, id)
                    }
                }
            },
        };
        ids.insert((table.table.to_owned(), row.key.clone()), id.clone());
        out.push(Decision {
            row,
            action,
            id,
            definition,
        });
    }
    Ok(out)
}

/// Which columns to write, given those whose definition changed and those changed by hand.
fn merge(entry: &Entry, definition: &Texts, touched: &[String], digester: &Digester) -> Action {
    let is = |column: &String, text: &Option<String>| {
        let digest = entry.definition.get(column);
        digest.is_some_and(|digest| digester.is(digest, text.as_deref()))
    };
    let changed: Vec<String> = definition
        .iter()
        .filter(|(column, text)| !is(column, text))
        .map(|(column, _)| column.clone())
        .collect();
    if changed.is_empty() {
        Action::Leave
    } else if touched.is_empty() {
        Action::Update(changed)
    } else {
        Action::Keep
    }
}

fn primary_key<'a>(table: &SeedTable, row: &'a SeedRow) -> &'a SeedValue {
    table
        .columns
        .iter()
        .position(|c| *c == table.primary_key)
        .map_or(&SeedValue::Null, |i| &row.values[i])
}

/// What a row's definition says, by column. The key is left out: it never changes.
pub(super) fn definition_of(table: &SeedTable, row: &SeedRow) -> Texts {
    table
        .columns
        .iter()
        .zip(&row.values)
        .filter(|(column, _)| **column != table.primary_key)
        .map(|(column, value)| {
            let text = match value {
                SeedValue::Null => None,
                // A password that its owner may have changed is never written again.
                SeedValue::Password(_) => Some("password".to_owned()),
                SeedValue::FromNow(_) => Some("from now".to_owned()),
                SeedValue::Bool(b) => Some(b.to_string()),
                SeedValue::Int(n) | SeedValue::Serial(n) => Some(n.to_string()),
                SeedValue::Decimal(t) | SeedValue::Text(t) => Some(t.clone()),
                SeedValue::Json(j) => Some(j.to_string()),
                SeedValue::Uuid(u) => Some(u.to_string()),
                SeedValue::Timestamp(t) => Some(t.to_rfc3339()),
                SeedValue::Date(day) => Some(day.to_string()),
                SeedValue::Ref { table, key } => Some(format!("{table}/{key}")),
            };
            ((*column).to_owned(), text)
        })
        .collect()
}

/// The SQL literal for a value of a seeded row.
///
/// # Errors
/// When it refers to a row that is not described, or holds a NUL byte.
pub fn literal(
    d: &dyn Dialect,
    value: &SeedValue,
    decision: &Decision<'_>,
    ids: &Ids,
    now: DateTime<Utc>,
    hashing: &mut Hashing<'_>,
) -> Result<String> {
    Ok(match value {
        SeedValue::Null => "NULL".to_owned(),
        SeedValue::Bool(b) => d.boolean(*b).to_owned(),
        SeedValue::Int(n) => n.to_string(),
        SeedValue::Serial(_) => d.literal(&decision.id),
        SeedValue::Decimal(digits) => {
            let plain = digits.trim_start_matches('-');
            if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
                return Err(Error::failed(format!(
                    "`{digits}` in a seeder is no decimal"
                )));
            }
            digits.clone()
        }
        SeedValue::Text(text) => {
            if text.contains('\0') {
                return Err(Error::failed("a text in a seeder has a NUL byte"));
            }
            d.literal(text)
        }
        SeedValue::Json(json) => d.literal(&json.to_string()),
        SeedValue::Uuid(uuid) => d.uuid(uuid),
        SeedValue::Timestamp(at) => d.timestamp(at),
        SeedValue::FromNow(distance) => d.timestamp(&(now + *distance)),
        SeedValue::Date(day) => d.literal(&day.to_string()),
        SeedValue::Password(plain) => d.literal(&hashing.get(&decision.row.key, plain)?),
        SeedValue::Ref { table, key } => {
            let id = ids
                .get(&((*table).to_owned(), key.clone()))
                .ok_or_else(|| {
                    Error::failed(format!(
                        "a seeded row refers to {table}/{key}, which no seeder describes"
                    ))
                })?;
            d.literal(id)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pairs: &[(&str, &str)]) -> Texts {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned())))
            .collect()
    }

    #[test]
    fn only_changed_definitions_of_untouched_rows_are_written() {
        let digester = Digester::default();
        let old = Entry {
            definition: digester.digests(&texts(&[("a", "1"), ("b", "2")])),
            readable: true,
            ..Entry::default()
        };
        let merge = |definition: &[(&str, &str)], touched: &[String]| {
            super::merge(&old, &texts(definition), touched, &digester)
        };
        assert_eq!(merge(&[("a", "1"), ("b", "2")], &[]), Action::Leave);
        assert_eq!(
            merge(&[("a", "1"), ("b", "2")], &["a".into()]),
            Action::Leave,
            "a row changed by hand stays as it is"
        );
        assert_eq!(
            merge(&[("a", "9"), ("b", "2")], &[]),
            Action::Update(vec!["a".into()])
        );
        assert_eq!(
            merge(&[("a", "9"), ("b", "2")], &["b".into()]),
            Action::Keep
        );
    }
}
