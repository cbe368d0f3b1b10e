//! How much a table holds, and how bad that makes what is done to it.

use crate::checks::Severity;
use crate::dialect::lint::Weight;

/// Below this a statement is over before anybody notices: a thousand rows are scanned, sorted or
/// copied within a few milliseconds.
pub const FEW_ROWS: u64 = 1_000;
/// Below this a table is small however few of its rows the catalogue knows of.
pub const FEW_BYTES: u64 = 10 << 20;
/// From here on it takes seconds on a server that has other work too: requests pile up behind the
/// lock until the application's connections are all in use.
pub const MANY_ROWS: u64 = 100_000;
/// Wide rows are slow even where there are few of them.
pub const MANY_BYTES: u64 = 100 << 20;

/// How much a table holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows. `None` where nobody knows.
    pub rows: Option<u64>,
    /// How the rows are known.
    pub known: Known,
    /// Bytes with indexes. `None` where the database cannot tell.
    pub bytes: Option<u64>,
}

/// How a number of rows is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Known {
    /// The catalogue guesses.
    #[default]
    Guessed,
    /// They were counted.
    Counted,
    /// They were counted up to here, and there are more.
    AtLeast,
    /// Somebody said so.
    Assumed,
}

impl Size {
    /// Whether there is no row.
    pub fn is_empty(self) -> bool {
        self.rows == Some(0) || (self.rows.is_none() && self.bytes == Some(0))
    }

    /// In words: `about 120,000 rows, 45 MB`.
    pub(super) fn words(self) -> String {
        let rows = match (self.rows, self.known) {
            (None, _) => "rows".to_owned(),
            (Some(1), Known::Counted) => "1 row".to_owned(),
            (Some(n), Known::Counted) => format!("{} rows", grouped(n)),
            (Some(n), Known::Guessed) => format!("about {} rows", grouped(n)),
            (Some(n), Known::AtLeast) => format!("more than {} rows", grouped(n)),
            (Some(n), Known::Assumed) => format!("{} rows, as assumed", grouped(n)),
        };
        match self.bytes {
            Some(bytes) if bytes >= 1 << 20 => format!("{rows}, {} MB", grouped(bytes >> 20)),
            _ => rows,
        }
    }

    /// How bad something of that weight is on a table of this size.
    pub(super) fn severity(self, weight: Weight) -> Severity {
        let rows = self.rows.unwrap_or(0);
        let bytes = self.bytes.unwrap_or(0);
        let many = rows >= MANY_ROWS || bytes >= MANY_BYTES;
        let few = rows < FEW_ROWS && bytes < FEW_BYTES;
        match weight {
            Weight::Fails => Severity::Error,
            Weight::Breaks => Severity::Warning,
            Weight::Minor => Severity::Note,
            Weight::Blocks if many => Severity::Error,
            Weight::Blocks if few => Severity::Note,
            Weight::Blocks => Severity::Warning,
            Weight::Works if many => Severity::Warning,
            Weight::Works => Severity::Note,
        }
    }
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: u64) -> Size {
        Size {
            rows: Some(n),
            ..Size::default()
        }
    }

    #[test]
    fn severity_grows_with_rows_and_bytes() {
        for (size, blocks, works) in [
            (rows(999), Severity::Note, Severity::Note),
            (rows(1_000), Severity::Warning, Severity::Note),
            (rows(99_999), Severity::Warning, Severity::Note),
            (rows(100_000), Severity::Error, Severity::Warning),
        ] {
            assert_eq!(size.severity(Weight::Blocks), blocks, "{size:?}");
            assert_eq!(size.severity(Weight::Works), works, "{size:?}");
            assert_eq!(size.severity(Weight::Breaks), Severity::Warning);
            assert_eq!(size.severity(Weight::Fails), Severity::Error);
        }
        let wide = |bytes| Size {
            bytes: Some(bytes),
            ..rows(10)
        };
        assert_eq!(wide(FEW_BYTES).severity(Weight::Blocks), Severity::Warning);
        assert_eq!(wide(MANY_BYTES).severity(Weight::Blocks), Severity::Error);
    }

    #[test]
    fn sizes_are_put_into_words() {
        let size = |rows, known, bytes| Size { rows, known, bytes }.words();
        assert_eq!(
            size(Some(1_234_567), Known::Guessed, Some(45 << 20)),
            "about 1,234,567 rows, 45 MB"
        );
        assert_eq!(size(Some(1), Known::Counted, Some(8192)), "1 row");
        assert_eq!(
            size(Some(100_000), Known::AtLeast, None),
            "more than 100,000 rows"
        );
        assert_eq!(size(None, Known::Guessed, Some(2 << 20)), "rows, 2 MB");
        assert!(rows(0).is_empty() && !rows(1).is_empty() && !Size::default().is_empty());
    }
}
