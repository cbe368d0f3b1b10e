//! Whether a seeded row is still as seeding wrote it, or somebody's.

use super::digest::Digester;
use super::ledger::Entry;
use super::live::Row;
use crate::schema::{Column, Table, sql};

/// Compares rows of one table with what the ledger says of them.
pub struct Compare<'a> {
    /// How digests are compared.
    pub digester: &'a Digester,
    /// The table as it is now.
    pub table: &'a Table,
}

impl Compare<'_> {
    /// Whether nobody changed the row since it was written.
    pub fn is_untouched(&self, entry: &Entry, row: &Row) -> bool {
        self.touched(entry, row).is_empty()
    }

    /// The columns whose value is somebody else's: another one than was written, or any in a column
    /// that seeding did not write, but for its default. An entry that cannot be read makes the whole
    /// row somebody else's.
    pub fn touched(&self, entry: &Entry, row: &Row) -> Vec<String> {
        if !entry.readable {
            return vec![entry.primary_key.clone()];
        }
        row.iter()
            .filter(|(column, value)| match entry.written.get(*column) {
                Some(digest) => {
                    let was = |value: Option<&str>| self.digester.is(digest, value);
                    !was(*value) && !without_zone(*value).is_some_and(|old| was(Some(&old)))
                }
                None => value.is_some_and(|value| {
                    let found = self.table.columns.iter().find(|c| c.name == *column);
                    !found.is_some_and(|c| is_computed(c) || is_default(c, value))
                }),
            })
            .map(|(column, _)| column.to_owned())
            .collect()
    }
}

/// A time as SQLite's CURRENT_TIMESTAMP has it, for one of UTC in the form that JavaScript writes: a
/// migration turns the former into the latter, and that is no change by hand.
pub(in crate::engine) fn without_zone(value: Option<&str>) -> Option<String> {
    let (day, time) = value?.strip_suffix(".000Z")?.split_once('T')?;
    let digits = |text: &str, mark: char| {
        let mut characters = text.chars();
        characters.all(|c| c.is_ascii_digit() || c == mark)
    };
    let shaped = day.len() == 10 && time.len() == 8 && digits(day, '-') && digits(time, ':');
    shaped.then(|| format!("{day} {time}"))
}

/// Whether the database computes the column's values itself.
fn is_computed(column: &Column) -> bool {
    !column.generation.is_empty() || column.extra.to_ascii_lowercase().contains("generated")
}

/// Whether a value is the column's default, as far as that is a constant: an expression may have given
/// any value.
pub fn is_default(column: &Column, value: &str) -> bool {
    let Some(default) = column.default.as_deref().and_then(constant) else {
        return false;
    };
    let truth = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "t" => "1".to_owned(),
        "false" | "f" => "0".to_owned(),
        other => other.to_owned(),
    };
    let number = |text: &str| text.trim().parse::<f64>().ok();
    default == value
        || truth(&default) == truth(value)
        || number(&default).is_some_and(|n| Some(n) == number(value))
}

/// The value of a default that is a constant: a string, a number, a boolean, with or without brackets
/// and a cast.
fn constant(default: &str) -> Option<String> {
    let mut text = default.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        text = inner.trim();
    }
    if let Some(literal) = sql::text_literal(text) {
        return Some(literal);
    }
    let text = text.split("::").next()?.trim();
    let word = matches!(text.to_ascii_lowercase().as_str(), "true" | "false");
    (word || text.parse::<f64>().is_ok()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn column(name: &str, default: Option<&str>) -> Column {
        Column {
            name: name.to_owned(),
            default: default.map(str::to_owned),
            ..Column::default()
        }
    }

    fn touched(columns: Vec<Column>, entry: &Entry, values: &[Option<&str>]) -> Vec<String> {
        let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
        let table = Table {
            columns,
            ..Table::default()
        };
        let values = values.iter().map(|v| v.map(str::to_owned)).collect();
        let row = Row::new("1".into(), Arc::from(names), values);
        let digester = Digester::default();
        let compare = Compare {
            digester: &digester,
            table: &table,
        };
        compare.touched(entry, &row)
    }

    fn entry() -> Entry {
        let digester = Digester::default();
        Entry {
            primary_key: "id".into(),
            readable: true,
            written: [
                ("a".to_owned(), digester.digest(Some("x"))),
                ("b".to_owned(), digester.digest(None)),
            ]
            .into(),
            ..Entry::default()
        }
    }

    #[test]
    fn a_change_in_any_column_is_noticed() {
        let both = || vec![column("a", None), column("b", None)];
        assert!(touched(both(), &entry(), &[Some("x"), None]).is_empty());
        assert_eq!(touched(both(), &entry(), &[Some("y"), None]), ["a"]);
        assert_eq!(touched(both(), &entry(), &[Some("x"), Some("")]), ["b"]);
        let without = vec![column("a", None)];
        assert!(touched(without, &entry(), &[Some("x")]).is_empty());
        let mut timed = entry();
        let seeded = Digester::default().digest(Some("2026-12-01 10:56:24"));
        timed.written.insert("a".to_owned(), seeded);
        for (value, same) in [
            ("2026-12-01T10:56:24.000Z", true),
            ("2026-12-01T10:56:25.000Z", false),
            ("2026-12-01T10:56:24.001Z", false),
        ] {
            let found = touched(vec![column("a", None)], &timed, &[Some(value)]);
            assert_eq!(found.is_empty(), same, "{value}");
        }
    }

    #[test]
    fn a_value_in_a_column_that_came_later_is_somebody_s_unless_it_is_the_default() {
        let with = |default| vec![column("a", None), column("note", default)];
        for (default, value, mine) in [
            (None, None, false),
            (None, Some("mine"), true),
            (Some("'new'"), Some("new"), false),
            (Some("'new'::text"), Some("old"), true),
            (Some("((0))"), Some("0"), false),
            (Some("0.00"), Some("0"), false),
            (Some("false"), Some("0"), false),
            (Some("false"), Some("true"), true),
            (Some("now()"), Some("2026-01-01"), true),
        ] {
            let found = touched(with(default), &entry(), &[Some("x"), value]);
            assert_eq!(!found.is_empty(), mine, "{default:?} {value:?}");
        }
        let mut computed = column("note", None);
        computed.extra = "STORED GENERATED".into();
        let columns = vec![column("a", None), computed];
        assert!(touched(columns, &entry(), &[Some("x"), Some("9")]).is_empty());
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_hands_off() {
        let unreadable = Entry {
            readable: false,
            ..entry()
        };
        let columns = vec![column("a", None)];
        assert_eq!(touched(columns, &unreadable, &[Some("x")]), ["id"]);
    }
}
