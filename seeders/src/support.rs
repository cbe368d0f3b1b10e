//! What the seeders of all sets share: deterministic ids, calendar months, building rows.

use crate::{SeedRow, SeedTable, SeedValue};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

/// The namespace of every uuid that a seeder makes. It never changes: seeded rows are recognized
/// by the ids that follow from it.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x6a29_cdc9_e9db_4b05_ba00_8236_243f_d67b);

/// The id of a seeded row, the same on every machine.
///
/// `key` is the row's [`SeedRow::key`]: where rows are named by slug, this turns a slug into an id.
pub fn id(set: &str, table: &str, key: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{set}/{table}/{key}").as_bytes())
}

/// The id of a seeded row where ids are text that the application makes up with cuid: of the same
/// length and alphabet, and the same on every machine.
pub fn cuid(set: &str, table: &str, key: &str) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = id(set, table, key).as_u128();
    let mut text = String::from("c");
    for _ in 0..24 {
        text.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    text
}

/// A [`SeedRow::key`] for what belongs to a row with that primary key: the primary key itself, or
/// where that is too long what stands for it.
pub fn row_key(primary_key: &str) -> String {
    if primary_key.len() <= 100 {
        primary_key.to_owned()
    } else {
        id("", "", primary_key).to_string()
    }
}

/// The id of a seeded row where ids are 32 hexadecimal digits.
pub fn hex_id(set: &str, table: &str, key: &str) -> String {
    id(set, table, key).simple().to_string()
}

/// The primary key of another seeded row.
pub fn reference(table: &'static str, key: impl Into<String>) -> SeedValue {
    SeedValue::Ref {
        table,
        key: key.into(),
    }
}

/// The value of a text array, which only PostgreSQL has.
pub fn text_array<T: AsRef<str>>(items: &[T]) -> SeedValue {
    let quoted: Vec<String> = items
        .iter()
        .map(|item| {
            let escaped = item.as_ref().replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        })
        .collect();
    SeedValue::Text(format!("{{{}}}", quoted.join(",")))
}

/// The digits of a DECIMAL, given as a whole number of its smallest unit: 34900 with a scale of 2 is
/// `349.00`. Money is never a float.
///
/// # Panics
///
/// Where ten to the power of the scale is too large for an integer.
pub fn decimal(units: i64, scale: u32) -> String {
    let one = 10_u64.checked_pow(scale).expect("a small scale");
    let sign = if units < 0 { "-" } else { "" };
    let (whole, part) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    match scale as usize {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{part:0digits$}"),
    }
}

/// A point in time on a day, in UTC.
///
/// # Panics
///
/// Where the hour or the minute does not exist.
pub fn at(day: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    day.and_hms_opt(hour, minute, 0)
        .expect("an hour below 24 and a minute below 60")
        .and_utc()
}

/// The same day of a later month (an earlier one where `months` is negative), or that month's last
/// day where it has no such day: 31 January and one month is 28 or 29 February.
///
/// # Panics
///
/// Outside the years that chrono can represent.
pub fn add_months(day: NaiveDate, months: i32) -> NaiveDate {
    let distance = Months::new(months.unsigned_abs());
    if months < 0 {
        day.checked_sub_months(distance)
    } else {
        day.checked_add_months(distance)
    }
    .expect("a date within chrono's range")
}

/// When a term that began at `start` and is renewed every `months` months next comes to its end
/// after `now`. Terms are counted from `start`, so a start on the 31st ends on the 31st again
/// after a shorter month.
///
/// # Panics
///
/// Where `months` is zero.
pub fn renewal_after(start: DateTime<Utc>, months: u32, now: DateTime<Utc>) -> DateTime<Utc> {
    assert!(months > 0, "a term lasts at least a month");
    (1..)
        .map(|term| start + Months::new(months * term))
        .find(|end| *end > now)
        .expect("terms go on without end")
}

/// A calendar month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month that a point in time lies in.
    pub fn of(moment: DateTime<Utc>) -> Self {
        let day = moment.date_naive();
        Self {
            first: day - Days::new(u64::from(day.day0())),
        }
    }

    /// The month `months` before this one.
    pub fn back(self, months: u32) -> Self {
        Self {
            first: self.first - Months::new(months),
        }
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.end().date_naive() - Days::new(1)
    }

    /// Its n-th day, counted from 1.
    ///
    /// # Panics
    ///
    /// Where the month has no such day.
    pub fn day(self, n: u32) -> NaiveDate {
        self.first.with_day(n).expect("a day of the month")
    }

    /// The instant at which it begins.
    pub fn start(self) -> DateTime<Utc> {
        at(self.first, 0, 0)
    }

    /// The first instant that is no longer in it.
    pub fn end(self) -> DateTime<Utc> {
        at(self.first + Months::new(1), 0, 0)
    }

    /// Whether a point in time lies in it.
    pub fn contains(self, moment: DateTime<Utc>) -> bool {
        self.start() <= moment && moment < self.end()
    }
}

/// Collects the rows of one table.
#[derive(Debug)]
pub struct Rows(SeedTable);

impl Rows {
    /// A table without rows. The first column is its primary key.
    ///
    /// # Panics
    ///
    /// Where there is no column.
    pub fn new(table: &'static str, columns: &[&'static str]) -> Self {
        Self(SeedTable {
            table,
            primary_key: columns.first().expect("a primary key column"),
            natural_key: &[],
            columns: columns.to_vec(),
            deferred: &[],
            zoned: false,
            rows: Vec::new(),
        })
    }

    /// Sets [`SeedTable::natural_key`].
    pub fn natural_key(mut self, columns: &'static [&'static str]) -> Self {
        self.0.natural_key = columns;
        self
    }

    /// Sets [`SeedTable::deferred`].
    pub fn deferred(mut self, columns: &'static [&'static str]) -> Self {
        self.0.deferred = columns;
        self
    }

    /// Sets [`SeedTable::zoned`].
    pub fn zoned(mut self) -> Self {
        self.0.zoned = true;
        self
    }

    /// Adds a row with a value for every column.
    ///
    /// # Panics
    ///
    /// Where values and columns are not the same number.
    pub fn push(&mut self, key: impl Into<String>, values: Vec<SeedValue>) {
        let key = key.into();
        assert_eq!(
            values.len(),
            self.0.columns.len(),
            "values of {}/{key}",
            self.0.table
        );
        self.0.rows.push(SeedRow { key, values });
    }

    /// Adds a row whose primary key is the next number, with values for the other columns.
    ///
    /// # Panics
    ///
    /// Where values and the other columns are not the same number.
    pub fn push_numbered(&mut self, key: impl Into<String>, mut values: Vec<SeedValue>) {
        let number = i64::try_from(self.0.rows.len()).expect("few rows") + 1;
        values.insert(0, SeedValue::Serial(number));
        self.push(key, values);
    }

    /// The table with its rows.
    pub fn finish(self) -> SeedTable {
        self.0
    }
}

/// The values of a row, each converted into a [`SeedValue`].
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::SeedValue::from($value)),*] };
}
pub(crate) use values;

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for SeedValue {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
from! {
    bool => Bool,
    i64 => Int,
    &str => Text,
    String => Text,
    serde_json::Value => Json,
    Uuid => Uuid,
    DateTime<Utc> => Timestamp,
    TimeDelta => FromNow,
    NaiveDate => Date,
}

impl<T: Into<SeedValue>> From<Option<T>> for SeedValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn an_id_follows_from_set_table_and_key_alone() {
        let one = id("core", "organizations", "kopi-senja");
        assert_eq!(one, id("core", "organizations", "kopi-senja"));
        assert_eq!(one.get_version_num(), 5);
        assert_ne!(one, id("telecom", "organizations", "kopi-senja"));
        assert_ne!(one, id("core", "subscriptions", "kopi-senja"));
        assert_ne!(one, id("core", "organizations", "batik-melati"));
    }

    #[test]
    fn a_hex_id_is_the_same_id_without_hyphens() {
        let hex = hex_id("cloudwa", "tenants", "bengkel-cepat");
        assert_eq!(hex.len(), 32);
        let plain = id("cloudwa", "tenants", "bengkel-cepat").to_string();
        assert_eq!(hex, plain.replace('-', ""));
    }

    #[test]
    fn released_ids_do_not_change() {
        assert_eq!(
            id("core", "organizations", "kopi-senja").to_string(),
            "25a14971-a1e4-5585-a7cb-5aa9916191a2"
        );
    }

    #[test]
    fn decimals_have_all_their_digits() {
        assert_eq!(decimal(34_900, 2), "349.00");
        assert_eq!(decimal(5, 2), "0.05");
        assert_eq!(decimal(-150, 2), "-1.50");
        assert_eq!(decimal(5_000, 4), "0.5000");
        assert_eq!(decimal(7, 0), "7");
    }

    #[test]
    fn a_cuid_is_25_characters_of_its_alphabet() {
        let mut seen = std::collections::HashSet::new();
        for n in 0..1000 {
            let text = cuid("better-auth", "user", &n.to_string());
            assert_eq!(text.len(), 25);
            assert!(text.starts_with('c'), "{text}");
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            assert!(text.chars().all(fits), "{text}");
            assert!(seen.insert(text));
        }
        assert_eq!(
            cuid("better-auth", "organization", "nike"),
            "cbwvladxa1k3q89r6pjvtlk87"
        );
    }

    #[test]
    fn months_are_added_up_to_the_last_day() {
        assert_eq!(add_months(day(2024, 1, 31), 1), day(2024, 2, 29));
        assert_eq!(add_months(day(2023, 1, 31), 1), day(2023, 2, 28));
        assert_eq!(add_months(day(2026, 3, 31), -1), day(2026, 2, 28));
        assert_eq!(add_months(day(2024, 2, 29), -12), day(2023, 2, 28));
        assert_eq!(add_months(day(2024, 2, 29), 48), day(2028, 2, 29));
        assert_eq!(add_months(day(2026, 1, 1), -1), day(2025, 12, 1));
        assert_eq!(add_months(day(2025, 12, 31), 2), day(2026, 2, 28));
        assert_eq!(add_months(day(2026, 3, 31), 0), day(2026, 3, 31));
    }

    #[test]
    fn a_month_has_its_own_bounds() {
        let month = |date| Month::of(at(date, 0, 0));
        let leap = month(day(2024, 2, 29));
        assert_eq!(
            (leap.first(), leap.last()),
            (day(2024, 2, 1), day(2024, 2, 29))
        );
        assert_eq!(leap.back(1).last(), day(2024, 1, 31));
        assert_eq!(leap.back(2).first(), day(2023, 12, 1));

        let january = month(day(2026, 1, 1));
        assert_eq!(
            (january.first(), january.last()),
            (day(2026, 1, 1), day(2026, 1, 31))
        );
        assert_eq!(january.back(1).last(), day(2025, 12, 31));
        assert_eq!(january.back(2).first(), day(2025, 11, 1));

        let march = month(day(2026, 3, 31));
        assert_eq!(march.back(1).last(), day(2026, 2, 28));
        assert_eq!(march.back(13).last(), day(2025, 2, 28));
        assert_eq!(march.day(31), day(2026, 3, 31));
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let december = Month::of(at(day(2025, 12, 31), 23, 59));
        assert!(december.contains(at(day(2025, 12, 1), 0, 0)));
        assert!(december.contains(at(day(2025, 12, 31), 23, 59)));
        assert!(!december.contains(at(day(2026, 1, 1), 0, 0)));
        assert!(!december.contains(at(day(2025, 11, 30), 23, 59)));
        assert_eq!(december.end(), at(day(2026, 1, 1), 0, 0));
    }

    #[test]
    fn a_renewal_lies_after_now_and_keeps_its_day() {
        let start = at(day(2025, 10, 31), 1, 0);
        let monthly = |now| renewal_after(start, 1, now);
        assert_eq!(
            monthly(at(day(2026, 2, 1), 0, 0)),
            at(day(2026, 2, 28), 1, 0)
        );
        assert_eq!(
            monthly(at(day(2026, 3, 31), 0, 0)),
            at(day(2026, 3, 31), 1, 0)
        );
        assert_eq!(
            monthly(at(day(2026, 3, 31), 1, 0)),
            at(day(2026, 4, 30), 1, 0)
        );
        let leap = at(day(2024, 2, 29), 0, 0);
        assert_eq!(renewal_after(leap, 12, leap), at(day(2025, 2, 28), 0, 0));
    }

    #[test]
    fn items_of_an_array_stay_apart() {
        let array = |items: &[&str]| text_array(items);
        assert_eq!(array(&[]), SeedValue::from("{}"));
        assert_eq!(
            array(&["a,b", "", "say \"hi\" \\ }"]),
            SeedValue::from(r#"{"a,b","","say \"hi\" \\ }"}"#)
        );
    }

    #[test]
    fn numbered_rows_count_from_one() {
        let mut rows = Rows::new("things", &["id", "name"]);
        rows.push_numbered("a", values!["A"]);
        rows.push_numbered("b", values![None::<&str>]);
        let table = rows.finish();
        assert_eq!(table.primary_key, "id");
        assert_eq!(table.rows[0].values, values![SeedValue::Serial(1), "A"]);
        assert_eq!(
            table.rows[1].values,
            [SeedValue::Serial(2), SeedValue::Null]
        );
    }

    #[test]
    #[should_panic(expected = "values of things/a")]
    fn a_row_with_too_few_values_is_refused() {
        Rows::new("things", &["id", "name"]).push("a", values![1]);
    }
}
