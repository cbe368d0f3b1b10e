//! All rows of a set as the engine gets them, by table and column.

use crate::support::at;
use crate::{SeedContext, SeedTable, SeedValue, Seeder};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeMap;

/// Midnight of a day.
pub(crate) fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    at(NaiveDate::from_ymd_opt(year, month, day).unwrap(), 0, 0)
}

/// Days around two turns of the year and two ends of February (one of them in a leap year), and
/// some of the days between.
pub(crate) fn anchors() -> impl Iterator<Item = DateTime<Utc>> {
    [2023, 2025].into_iter().flat_map(|year| {
        [
            (day(year, 12, 29), 6),
            (day(year + 1, 1, 16), 1),
            (day(year + 1, 1, 31), 2),
            (day(year + 1, 2, 26), 6),
            (day(year + 1, 3, 10), 1),
            (day(year + 1, 3, 30), 3),
            (day(year + 1, 7, 31), 1),
        ]
        .into_iter()
        .flat_map(|(first, count)| (0..count).map(move |days| first + Days::new(days)))
    })
}

/// All rows for an anchor.
pub(crate) struct Data {
    pub anchor: DateTime<Utc>,
    pub tables: Vec<SeedTable>,
}

/// One row, by column.
#[derive(Clone)]
pub(crate) struct Row<'a> {
    /// For messages: the table, the key, the day.
    pub name: String,
    pub values: BTreeMap<&'static str, &'a SeedValue>,
}

impl Data {
    pub fn of(seeders: &[Box<dyn Seeder>], anchor: DateTime<Utc>) -> Self {
        let context = SeedContext { anchor };
        let tables = seeders.iter().flat_map(|s| s.tables(&context)).collect();
        Self { anchor, tables }
    }

    pub fn rows(&self, table: &str) -> Vec<Row<'_>> {
        let tables = self.tables.iter().filter(|t| t.table == table);
        tables
            .flat_map(|t| {
                t.rows.iter().map(|row| Row {
                    name: format!("{}/{} at {}", t.table, row.key, self.anchor.date_naive()),
                    values: t.columns.iter().copied().zip(&row.values).collect(),
                })
            })
            .collect()
    }

    pub fn find(&self, table: &str, key: &str) -> Row<'_> {
        let table = self.tables.iter().find(|t| t.table == table).unwrap();
        let row = table.rows.iter().find(|row| row.key == key).unwrap();
        Row {
            name: format!("{}/{key}", table.table),
            values: table.columns.iter().copied().zip(&row.values).collect(),
        }
    }
}

impl Row<'_> {
    pub fn get(&self, column: &str) -> &SeedValue {
        self.values
            .get(column)
            .unwrap_or_else(|| panic!("{}: no {column}", self.name))
    }

    pub fn text(&self, column: &str) -> &str {
        match self.get(column) {
            SeedValue::Text(text) | SeedValue::Decimal(text) => text,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    pub fn int(&self, column: &str) -> i64 {
        match self.get(column) {
            SeedValue::Int(int) | SeedValue::Serial(int) => *int,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    pub fn bool(&self, column: &str) -> bool {
        match self.get(column) {
            SeedValue::Bool(bool) => *bool,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    pub fn json(&self, column: &str) -> &serde_json::Value {
        match self.get(column) {
            SeedValue::Json(json) => json,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    pub fn date(&self, column: &str) -> NaiveDate {
        match self.get(column) {
            SeedValue::Date(date) => *date,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    pub fn time(&self, column: &str) -> Option<DateTime<Utc>> {
        match self.get(column) {
            SeedValue::Timestamp(time) => Some(*time),
            SeedValue::Null => None,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    /// The key of the row that the column refers to.
    pub fn key(&self, column: &str) -> &str {
        match self.get(column) {
            SeedValue::Ref { key, .. } => key,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }
}
