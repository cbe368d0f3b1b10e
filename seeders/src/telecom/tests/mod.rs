//! Tests of the set's seeders, on the rows that the engine gets.

mod calls;
mod money;
mod periods;
mod reference;

use super::seeders;
use crate::testing::{Data, Row, anchors, day, problems};
use crate::{SeedContext, SeedKind, SeedValue};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

fn data(anchor: DateTime<Utc>) -> Data {
    Data::of(&seeders(), anchor)
}

/// The row with that text in that column.
#[track_caller]
fn the<'a>(data: &'a Data, table: &str, column: &str, text: &str) -> Row<'a> {
    let mut rows = data.rows(table).into_iter();
    rows.find(|row| *row.get(column) == SeedValue::Text(text.to_owned()))
        .unwrap_or_else(|| panic!("no {table} with {column} {text}"))
}

/// The rows that refer to that key with that column.
fn of<'a>(data: &'a Data, table: &str, column: &str, key: &str) -> Vec<Row<'a>> {
    let refers = |row: &Row<'_>| match row.get(column) {
        SeedValue::Ref { key: found, .. } => found == key,
        _ => false,
    };
    data.rows(table).into_iter().filter(refers).collect()
}

/// A decimal in units of its last digit.
#[track_caller]
fn units(row: &Row<'_>, column: &str, scale: usize) -> i64 {
    let text = row.text(column);
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert_eq!(part.len(), scale, "{}: {column} {text}", row.name);
    format!("{whole}{part}").parse().expect("digits")
}

/// An amount in paise.
#[track_caller]
fn paise(row: &Row<'_>, column: &str) -> i64 {
    units(row, column, 2)
}

#[test]
fn the_rows_can_be_inserted_in_their_order() {
    for anchor in anchors() {
        let found = problems(&seeders(), &SeedContext { anchor });
        assert!(found.is_empty(), "{anchor}: {found:#?}");
    }
}

#[test]
fn users_and_plans_are_for_everyone_and_customers_for_show() {
    let seeders: Vec<_> = seeders().iter().map(|s| (s.name(), s.kind())).collect();
    assert_eq!(
        seeders,
        [
            ("system-users", SeedKind::Reference),
            ("rate-plans", SeedKind::Reference),
            ("demo-customers", SeedKind::Demo),
        ]
    );
}

#[test]
fn ids_are_the_same_whenever_a_database_was_seeded() {
    let ids = |anchor| -> BTreeMap<String, String> {
        let data = data(anchor);
        let tables = data.tables.iter();
        tables
            .flat_map(|table| {
                let id = table.column(table.primary_key).unwrap();
                table.rows.iter().map(move |row| {
                    let name = format!("{}/{}", table.table, row.key);
                    (name, format!("{:?}", row.values[id]))
                })
            })
            .collect()
    };
    let first = ids(day(2024, 2, 29));
    for anchor in anchors() {
        assert_eq!(first, ids(anchor), "{anchor}");
    }
}

/// What lies ahead by its nature.
const AHEAD: [&str; 4] = [
    "next_billing_date",
    "current_period_end",
    "billing_period_end",
    "due_date",
];

#[test]
fn nothing_has_happened_yet_that_lies_ahead() {
    for anchor in anchors() {
        let data = data(anchor);
        for table in &data.tables {
            for row in data.rows(table.table) {
                for (column, value) in &row.values {
                    if let SeedValue::Timestamp(time) = value
                        && !AHEAD.contains(column)
                    {
                        assert!(*time <= anchor, "{}: {column} {time}", row.name);
                    }
                }
                if row.values.contains_key("created_at") {
                    let [created, updated] = ["created_at", "updated_at"].map(|c| row.time(c));
                    assert!(created <= updated, "{}", row.name);
                }
            }
        }
    }
}

#[test]
fn a_row_is_no_older_than_what_it_refers_to() {
    for anchor in anchors() {
        let data = data(anchor);
        let mut created = BTreeMap::new();
        // A telephone number is there before it is given to somebody.
        for table in data.tables.iter().filter(|table| table.table != "dids") {
            for row in data.rows(table.table) {
                if !row.values.contains_key("created_at") {
                    continue;
                }
                let own = row.time("created_at").unwrap();
                for value in row.values.values() {
                    if let SeedValue::Ref { table, key } = value
                        && let Some(parent) = created.get(&(*table, key.clone()))
                    {
                        assert!(*parent <= own, "{}: {table}/{key} is younger", row.name);
                    }
                }
                let name = row.name.split(" at ").next().unwrap();
                let key = name.split_once('/').unwrap().1.to_owned();
                created.insert((table.table, key), own);
            }
        }
        assert!(created.len() > 200);
    }
}
