//! Tests of the set's seeders, on the rows that the engine gets.

mod contracts;
mod demo;
mod plans;
mod usage;

use super::seeders;
use crate::support::at;
use crate::testing::problems;
use crate::{SeedContext, SeedKind, SeedTable, SeedValue};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeMap;

fn day(year: i32, month: u32, day: u32) -> DateTime<Utc> {
    at(NaiveDate::from_ymd_opt(year, month, day).unwrap(), 0, 0)
}

/// Days around two turns of the year and two ends of February (one of them in a leap year), and
/// some of the days between.
fn anchors() -> impl Iterator<Item = DateTime<Utc>> {
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
struct Data {
    anchor: DateTime<Utc>,
    tables: Vec<SeedTable>,
}

/// One row, by column.
#[derive(Clone)]
struct Row<'a> {
    name: String,
    values: BTreeMap<&'static str, &'a SeedValue>,
}

impl Data {
    fn new(anchor: DateTime<Utc>) -> Self {
        let context = SeedContext { anchor };
        let tables = seeders().iter().flat_map(|s| s.tables(&context)).collect();
        Self { anchor, tables }
    }

    fn rows(&self, table: &str) -> Vec<Row<'_>> {
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

    fn find(&self, table: &str, key: &str) -> Row<'_> {
        let table = self.tables.iter().find(|t| t.table == table).unwrap();
        let row = table.rows.iter().find(|row| row.key == key).unwrap();
        Row {
            name: format!("{}/{key}", table.table),
            values: table.columns.iter().copied().zip(&row.values).collect(),
        }
    }

    /// Names of the tables of organizations' rows.
    fn tenant_tables(&self) -> Vec<&'static str> {
        let shared = ["subscription_plans", "organizations"];
        let names = self.tables.iter().map(|t| t.table);
        names.filter(|name| !shared.contains(name)).collect()
    }

    /// The rows of an organization.
    fn owned(&self, table: &str, slug: &str) -> Vec<Row<'_>> {
        let rows = self.rows(table).into_iter();
        rows.filter(|row| row.key("organizationId") == slug)
            .collect()
    }
}

impl Row<'_> {
    fn get(&self, column: &str) -> &SeedValue {
        self.values
            .get(column)
            .unwrap_or_else(|| panic!("{}: no {column}", self.name))
    }

    fn text(&self, column: &str) -> &str {
        match self.get(column) {
            SeedValue::Text(text) | SeedValue::Decimal(text) => text,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn int(&self, column: &str) -> i64 {
        match self.get(column) {
            SeedValue::Int(int) | SeedValue::Serial(int) => *int,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn bool(&self, column: &str) -> bool {
        match self.get(column) {
            SeedValue::Bool(bool) => *bool,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn json(&self, column: &str) -> &serde_json::Value {
        match self.get(column) {
            SeedValue::Json(json) => json,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn date(&self, column: &str) -> NaiveDate {
        match self.get(column) {
            SeedValue::Date(date) => *date,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn time(&self, column: &str) -> Option<DateTime<Utc>> {
        match self.get(column) {
            SeedValue::Timestamp(time) => Some(*time),
            SeedValue::Null => None,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    /// The key of the row that the column refers to.
    fn key(&self, column: &str) -> &str {
        match self.get(column) {
            SeedValue::Ref { key, .. } => key,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }
}

#[test]
fn the_rows_can_be_inserted_in_their_order() {
    for anchor in anchors() {
        let found = problems(&seeders(), &SeedContext { anchor });
        assert!(found.is_empty(), "{anchor}: {found:#?}");
    }
}

#[test]
fn plans_are_for_everyone_and_organizations_for_show() {
    let seeders: Vec<_> = seeders().iter().map(|s| (s.name(), s.kind())).collect();
    assert_eq!(
        seeders,
        [
            ("subscription-plans", SeedKind::Reference),
            ("demo-organizations", SeedKind::Demo),
        ]
    );
}

#[test]
fn ids_are_the_same_whenever_a_database_was_seeded() {
    let ids = |anchor| {
        let data = Data::new(anchor);
        let mut ids = BTreeMap::new();
        // Which alerts there are depends on the month.
        for table in data.tables.iter().filter(|t| t.table != "quota_alerts") {
            let id = table.column(table.primary_key).unwrap();
            for row in &table.rows {
                ids.insert(
                    (table.table, row.key.clone()),
                    format!("{:?}", row.values[id]),
                );
            }
        }
        ids
    };
    let first = ids(day(2024, 2, 29));
    for anchor in anchors() {
        assert_eq!(first, ids(anchor), "{anchor}");
    }
}

#[test]
fn numbers_count_from_one() {
    let data = Data::new(day(2026, 3, 31));
    for table in &data.tables {
        for (row, number) in data.rows(table.table).iter().zip(1..) {
            match row.get(table.primary_key) {
                SeedValue::Uuid(id) => assert_eq!(id.get_version_num(), 5, "{}", row.name),
                id => assert_eq!(*id, SeedValue::Serial(number), "{}", row.name),
            }
        }
    }
}
