//! Small pieces of SQL, and reading what comes back as text.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::dialect::{Dialect, ResultSet};

/// A point in time, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// From milliseconds since 1970.
    pub fn from_millis(millis: i64) -> Option<Self> {
        DateTime::from_timestamp_millis(millis).map(Self)
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// `2026-11-21 10:33`, for tables whose header says that it is UTC.
    pub fn minute(self) -> String {
        self.0.format("%Y-%m-%d %H:%M").to_string()
    }

    /// As a literal.
    pub fn literal(self, d: &dyn Dialect) -> String {
        d.timestamp_with_zone(&self.0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} UTC", self.minute())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A column of a table, or of an alias.
pub(super) fn of(d: &dyn Dialect, table: &str, column: &str) -> String {
    format!("{}.{}", d.ident(table), d.ident(column))
}

/// A column, as text.
pub(super) fn text(d: &dyn Dialect, table: &str, column: &str) -> String {
    d.as_text(&of(d, table, column))
}

/// A column with a point in time, as text with milliseconds since 1970.
pub(super) fn time(d: &dyn Dialect, table: &str, column: &str) -> String {
    d.as_text(&format!("({})", d.epoch_ms(&of(d, table, column))))
}

/// `column = 'text'`.
pub(super) fn is(d: &dyn Dialect, table: &str, column: &str, value: &str) -> String {
    format!("{} = {}", of(d, table, column), d.literal(value))
}

/// `'a', 'b'`.
pub(super) fn literals<'a>(d: &dyn Dialect, values: impl Iterator<Item = &'a str>) -> String {
    values.map(|v| d.literal(v)).collect::<Vec<_>>().join(", ")
}

/// The literal, or NULL.
pub(super) fn optional(d: &dyn Dialect, value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), |v| d.literal(v))
}

/// The server's clock.
pub(super) fn now(d: &dyn Dialect) -> String {
    format!("SELECT {}", d.now_text())
}

/// What [`now`] returned.
pub(super) fn read_now(result: Option<&ResultSet>) -> Option<Moment> {
    let text = result?.single()?;
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Moment(time.with_timezone(&Utc)))
}

/// A row, every value as text.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a [Option<String>]);

impl<'a> Row<'a> {
    /// The rows of a statement.
    pub fn all(result: Option<&'a ResultSet>) -> impl Iterator<Item = Row<'a>> {
        let rows: &[Vec<Option<String>>] = result.map_or(&[], |r| &r.rows);
        rows.iter().map(|values| Row(values))
    }

    /// A value; empty where it is null.
    pub fn text(self, i: usize) -> String {
        self.optional(i).unwrap_or_default()
    }

    /// A value, if it is not null.
    pub fn optional(self, i: usize) -> Option<String> {
        self.0.get(i)?.clone()
    }

    /// A point in time.
    pub fn moment(self, i: usize) -> Option<Moment> {
        Moment::from_millis(self.optional(i)?.parse().ok()?)
    }

    /// A boolean, in any database's words.
    pub fn flag(self, i: usize) -> bool {
        matches!(self.optional(i).as_deref(), Some("1" | "t" | "true"))
    }
}

/// An id for a new row, of the form that applications make (cuid): `c`, the time, chance.
pub(super) fn new_id(now: Moment) -> String {
    let time = base36(now.millis().unsigned_abs().into(), 8);
    format!("c{time}{}", base36(Uuid::new_v4().as_u128(), 16))
}

fn base36(mut n: u128, digits: usize) -> String {
    let mut out = vec![b'0'; digits];
    for digit in out.iter_mut().rev() {
        *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(n % 36) as usize];
        n /= 36;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Backend;

    #[test]
    fn ids_look_like_the_applications_and_differ() {
        let now = Moment::from_millis(1_760_000_000_000).expect("a time");
        let (a, b) = (new_id(now), new_id(now));
        assert_ne!(a, b);
        for id in [a, b] {
            assert_eq!(id.len(), 25, "{id}");
            assert!(id.starts_with("cmgj6k3cw"), "{id}");
            assert!(
                id.chars()
                    .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()),
                "{id}"
            );
        }
    }

    #[test]
    fn names_and_values_stay_inside_their_quotes() {
        for backend in [Backend::Sqlite, Backend::Postgres, Backend::Mysql] {
            let d = backend.dialect();
            let condition = is(d, "user", "id", "x' OR '1' = '1");
            assert!(condition.ends_with("'x'' OR ''1'' = ''1'"), "{condition}");
            assert!(
                !condition.starts_with("user"),
                "a reserved word: {condition}"
            );
        }
    }
}
