//! Rows as values, and what differs between the rows before a step and after it.

use std::collections::{BTreeMap, BTreeSet};

use super::What;
use super::look::Shape;
use crate::engine::seed::touched::without_zone;

/// A value as text, to the byte.
pub(in crate::engine) type Value = Option<String>;

/// The rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::engine) struct Rows {
    /// Its columns with their types, in order.
    pub columns: Vec<(String, String)>,
    /// The columns of its primary key.
    pub key: Vec<String>,
    /// The rows, in the order of their key.
    pub rows: Vec<Vec<Value>>,
}

/// The rows of all tables.
pub(in crate::engine) type Content = BTreeMap<String, Rows>;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Difference {
    pub what: What,
    pub object: String,
    pub detail: String,
}

impl Rows {
    pub(in crate::engine) fn new(shape: &Shape, rows: Vec<Vec<Value>>) -> Self {
        let columns = shape.columns.iter();
        // The same moment in another form is no other value.
        let times: Vec<bool> = columns.clone().map(|c| c.kind == "datetime").collect();
        let mut rows = rows;
        for (value, _) in rows
            .iter_mut()
            .flat_map(|row| row.iter_mut().zip(&times))
            .filter(|(_, time)| **time)
        {
            // Read as a literal.
            let bare = value.as_deref().map(|text| text.trim_matches('\''));
            if let Some(plain) = without_zone(bare) {
                *value = Some(format!("'{plain}'"));
            }
        }
        Self {
            columns: columns.map(|c| (c.name.clone(), c.kind.clone())).collect(),
            key: shape.primary.clone(),
            rows,
        }
    }

    /// Where a column stands.
    pub(in crate::engine) fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| name == column)
    }

    /// The values of a column.
    pub(in crate::engine) fn values(&self, column: &str) -> impl Iterator<Item = &Value> {
        let at = self.position(column);
        self.rows.iter().filter_map(move |row| row.get(at?))
    }

    /// These columns only, besides the primary key.
    pub(in crate::engine) fn only(&self, columns: &[&str]) -> Self {
        let wanted = |name: &String| self.key.contains(name) || columns.contains(&name.as_str());
        let places: Vec<usize> = (0..self.columns.len())
            .filter(|at| wanted(&self.columns[*at].0))
            .collect();
        let rows = self.rows.iter();
        Self {
            columns: places.iter().map(|at| self.columns[*at].clone()).collect(),
            key: self.key.clone(),
            rows: rows
                .map(|row| {
                    places
                        .iter()
                        .map(|at| row.get(*at).cloned().flatten())
                        .collect()
                })
                .collect(),
        }
    }

    /// The columns that have another type on the other side.
    pub(in crate::engine) fn converted<'a>(&'a self, other: &Self) -> Vec<&'a str> {
        let others = |name: &str| other.columns.iter().find(|(n, _)| n == name);
        let columns = self.columns.iter();
        columns
            .filter(|(name, kind)| others(name).is_some_and(|(_, k)| k != kind))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The columns by which rows are told apart among those of both sides: the primary key where both
    /// have it, otherwise everything.
    fn identity<'a>(&'a self, other: &Self, common: &[&'a str]) -> Vec<&'a str> {
        let has = |name: &&str| common.contains(name);
        let key: Vec<&str> = self.key.iter().map(String::as_str).collect();
        if !key.is_empty() && self.key == other.key && key.iter().all(has) {
            key
        } else {
            common.to_vec()
        }
    }

    /// The rows by the values of `identity`; rows that are the same come one after the other.
    fn by(&self, identity: &[&str]) -> BTreeMap<Vec<Value>, Vec<&Vec<Value>>> {
        let places: Vec<Option<usize>> = identity.iter().map(|c| self.position(c)).collect();
        let mut out: BTreeMap<Vec<Value>, Vec<&Vec<Value>>> = BTreeMap::new();
        for row in &self.rows {
            let key = places.iter().map(|p| row.get((*p)?)?.clone()).collect();
            out.entry(key).or_default().push(row);
        }
        out
    }
}

/// Compares the rows of a table on both sides of a step, in the columns that both sides have with the
/// same type: a column that comes, goes or is converted has other values by design.
///
/// `strangers` are rows that the step upwards had brought into the table: on the way down they go.
pub(in crate::engine) fn compare(
    table: &str,
    before: &Rows,
    after: &Rows,
    strangers: &BTreeSet<Vec<Value>>,
) -> Vec<Difference> {
    let common: Vec<&str> = before
        .columns
        .iter()
        .filter(|column| after.columns.contains(column))
        .map(|(name, _)| name.as_str())
        .collect();
    if common.is_empty() {
        return Vec::new();
    }
    let identity = before.identity(after, &common);
    let (old, new) = (before.by(&identity), after.by(&identity));
    let mut out = Vec::new();
    for (key, rows) in &old {
        let object = format!("row {} of {table}", shown(&identity, key));
        let left = new.get(key).map(Vec::as_slice).unwrap_or_default();
        let stranger = strangers.contains(key);
        if stranger && !left.is_empty() {
            out.push(Difference {
                what: What::RowsLeft,
                object,
                detail: "applying the migration brought it, reverting it left it".to_owned(),
            });
            continue;
        }
        if left.len() < rows.len() {
            if !stranger {
                out.push(Difference {
                    what: What::RowsLost,
                    object,
                    detail: "it is gone".to_owned(),
                });
            }
            continue;
        }
        for (row, other) in rows.iter().zip(left) {
            for name in &common {
                let value = |rows: &Rows, row: &[Value]| {
                    rows.position(name).and_then(|at| row.get(at).cloned())
                };
                let (was, is) = (value(before, row), value(after, other));
                if was != is {
                    out.push(Difference {
                        what: What::RowsChanged,
                        object: format!("{object}, column {name}"),
                        detail: format!("{} -> {}", quoted(&was), quoted(&is)),
                    });
                }
            }
        }
    }
    out
}

/// The rows that a step brought into a table, by their identity in the columns of both sides.
pub(in crate::engine) fn arrivals(before: &Rows, after: &Rows) -> BTreeSet<Vec<Value>> {
    let common: Vec<&str> = before
        .columns
        .iter()
        .filter(|column| after.columns.contains(column))
        .map(|(name, _)| name.as_str())
        .collect();
    let identity = before.identity(after, &common);
    let (old, new) = (before.by(&identity), after.by(&identity));
    let arrived = new.into_keys().filter(|key| !old.contains_key(key));
    arrived.collect()
}

/// `id = 3`, with long values cut.
fn shown(columns: &[&str], key: &[Value]) -> String {
    let parts: Vec<String> = columns
        .iter()
        .zip(key)
        .take(3)
        .map(|(column, value)| format!("{column} = {}", text(value)))
        .collect();
    format!("({})", parts.join(", "))
}

fn quoted(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "nothing".to_owned(), text)
}

fn text(value: &Value) -> String {
    let Some(text) = value else {
        return "null".to_owned();
    };
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[(&str, &str)], key: &[&str], rows: &[&[&str]]) -> Rows {
        let value = |v: &&str| (*v != "null").then(|| (*v).to_owned());
        Rows {
            columns: columns
                .iter()
                .map(|(n, k)| ((*n).to_owned(), (*k).to_owned()))
                .collect(),
            key: key.iter().map(|k| (*k).to_owned()).collect(),
            rows: rows.iter().map(|r| r.iter().map(value).collect()).collect(),
        }
    }

    fn found(before: &Rows, after: &Rows) -> Vec<(What, String)> {
        compare("t", before, after, &BTreeSet::new())
            .into_iter()
            .map(|d| (d.what, d.object))
            .collect()
    }

    #[test]
    fn rows_that_are_lost_or_changed_are_named_with_their_column() {
        let columns = [("id", "int"), ("name", "text")];
        let before = rows(
            &columns,
            &["id"],
            &[&["1", "a"], &["2", "b"], &["3", "null"]],
        );
        assert_eq!(found(&before, &before), []);
        let after = rows(&columns, &["id"], &[&["1", "a"], &["3", ""]]);
        assert_eq!(
            found(&before, &after),
            [
                (What::RowsLost, "row (id = 2) of t".to_owned()),
                (
                    What::RowsChanged,
                    "row (id = 3) of t, column name".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn columns_that_come_go_or_are_converted_do_not_count() {
        let before = rows(
            &[("id", "int"), ("gone", "text"), ("n", "text")],
            &["id"],
            &[&["1", "x", "7"]],
        );
        let after = rows(
            &[("id", "int"), ("n", "int"), ("come", "text")],
            &["id"],
            &[&["1", "007", "null"]],
        );
        assert_eq!(found(&before, &after), []);
    }

    #[test]
    fn rows_without_a_key_are_counted() {
        let columns = [("a", "int")];
        let before = rows(&columns, &[], &[&["1"], &["1"], &["2"]]);
        let after = rows(&columns, &[], &[&["1"], &["2"]]);
        assert_eq!(
            found(&before, &after),
            [(What::RowsLost, "row (a = 1) of t".to_owned())]
        );
    }

    #[test]
    fn rows_that_a_migration_brought_have_to_go_with_it() {
        let columns = [("id", "int")];
        let before = rows(&columns, &["id"], &[&["1"]]);
        let after = rows(&columns, &["id"], &[&["1"], &["9"]]);
        let strangers = arrivals(&before, &after);
        assert_eq!(compare("t", &after, &before, &strangers), []);
        let left = compare("t", &after, &after, &strangers);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].what, What::RowsLeft);
    }
}
