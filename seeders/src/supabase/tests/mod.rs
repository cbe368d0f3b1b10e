//! Tests of the set's seeders, on the rows that the engine gets.

mod demo;
mod usage;

use super::seeders;
use crate::support::at;
use crate::testing::problems;
use crate::{SeedContext, SeedKind, SeedTable, SeedValue};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeMap;

/// Every day of a year and of a leap year's February and March.
fn anchors() -> impl Iterator<Item = DateTime<Utc>> {
    let day = |year, month, day| {
        let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
        at(date, 0, 0)
    };
    let days = [(day(2025, 12, 1), 365), (day(2024, 2, 1), 60)];
    days.into_iter()
        .flat_map(|(first, count)| (0..count).map(move |n| first + Days::new(n)))
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

    fn table(&self, name: &str) -> &SeedTable {
        let found = self.tables.iter().find(|t| t.table == name);
        found.unwrap_or_else(|| panic!("no table {name}"))
    }

    fn rows(&self, name: &str) -> Vec<Row<'_>> {
        let table = self.table(name);
        let rows = table.rows.iter().map(|row| Row {
            name: format!("{name}/{} at {}", row.key, self.anchor.date_naive()),
            values: table.columns.iter().copied().zip(&row.values).collect(),
        });
        rows.collect()
    }

    fn find(&self, name: &str, key: &str) -> Row<'_> {
        let at = self.table(name).rows.iter().position(|row| row.key == key);
        self.rows(name)[at.unwrap_or_else(|| panic!("no {name}/{key}"))].clone()
    }

    /// The rows of an organization.
    fn owned(&self, table: &str, slug: &str) -> Vec<Row<'_>> {
        let rows = self.rows(table).into_iter();
        rows.filter(|row| row.key("organization_id") == slug)
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
            SeedValue::Text(text) => text,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn int(&self, column: &str) -> i64 {
        match self.get(column) {
            SeedValue::Int(int) => *int,
            other => panic!("{}: {column} is {other:?}", self.name),
        }
    }

    fn json(&self, column: &str) -> &serde_json::Value {
        match self.get(column) {
            SeedValue::Json(json) => json,
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
        self.maybe_key(column)
            .unwrap_or_else(|| panic!("{}: no {column}", self.name))
    }

    fn maybe_key(&self, column: &str) -> Option<&str> {
        match self.get(column) {
            SeedValue::Ref { key, .. } => Some(key),
            SeedValue::Null => None,
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
fn an_id_belongs_to_its_key_whatever_the_day() {
    let mut known: BTreeMap<(&str, String), SeedValue> = BTreeMap::new();
    for anchor in anchors() {
        for table in Data::new(anchor).tables {
            let id = table.column(table.primary_key).expect("the key");
            for row in table.rows {
                let key = (table.table, row.key);
                let first = known.entry(key).or_insert_with(|| row.values[id].clone());
                assert_eq!(*first, row.values[id], "{} at {anchor}", table.table);
            }
        }
    }
    assert!(known.len() > 100, "{}", known.len());
}

#[test]
fn released_ids_do_not_change() {
    let data = Data::new(anchors().next().expect("a day"));
    let id = |table: &str, key: &str| match data.find(table, key).get("id") {
        SeedValue::Uuid(id) => id.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        id("auth.users", "velo-nord/ines"),
        "9be8c081-b8ac-57e7-a859-f817e87a59be"
    );
    assert_eq!(
        id("organizations", "harbour-yoga"),
        "723c8ac4-d7f2-5536-adbb-e8b351188e42"
    );
}

/// Plan, cents a month, and the limits in the order of the specification.
const PLANS: [(&str, i64, [i64; 5]); 4] = [
    ("starter", 2_900, [1_000, 1, 1, 5, 0]),
    ("professional", 9_900, [10_000, 3, 5, 50, 10]),
    ("business", 29_900, [50_000, 10, 20, 200, 50]),
    ("enterprise", 99_900, [-1; 5]),
];

#[test]
fn plans_are_the_specifications() {
    let data = Data::new(anchors().next().expect("a day"));
    let plans = data.rows("subscription_plans");
    assert_eq!(plans.len(), PLANS.len());
    for ((plan, (id, cents, limits)), position) in plans.iter().zip(PLANS).zip(1..) {
        assert_eq!(plan.text("id"), id);
        assert_eq!(plan.int("price_monthly"), cents, "{id}");
        assert_eq!(plan.int("price_yearly"), 10 * cents, "{id}");
        assert_eq!(plan.int("sort_order"), position, "{id}");
        assert_eq!(*plan.get("is_active"), SeedValue::Bool(true), "{id}");
        let [messages, accounts, members, replies, campaigns] = limits;
        assert_eq!(
            *plan.json("limits"),
            serde_json::json!({
                "monthly_messages": messages, "whatsapp_accounts": accounts,
                "team_members": members, "auto_replies": replies, "campaigns": campaigns,
            }),
            "{id}"
        );
    }
    // Who pays more gets all that the others get.
    let features = |row: &Row<'_>| -> Vec<String> {
        let map = row.json("features").as_object().expect("features");
        let on = map.iter().filter(|(_, on)| **on == true);
        on.map(|(name, _)| name.clone()).collect()
    };
    for pair in plans.windows(2) {
        let (less, more) = (features(&pair[0]), features(&pair[1]));
        assert!(less.len() < more.len(), "{}", pair[1].name);
        assert!(less.iter().all(|f| more.contains(f)), "{}", pair[1].name);
    }
}
