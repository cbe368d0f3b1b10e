//! Tests of the set's seeders, on the rows that the engine gets.

mod contracts;
mod demo;
mod plans;
mod usage;

use super::seeders;
use crate::testing::{self, Row, anchors, day, problems};
use crate::{SeedContext, SeedKind, SeedValue};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::ops::Deref;

/// All rows for an anchor.
struct Data(testing::Data);

impl Data {
    fn new(anchor: DateTime<Utc>) -> Self {
        Self(testing::Data::of(&seeders(), anchor))
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

impl Deref for Data {
    type Target = testing::Data;

    fn deref(&self) -> &testing::Data {
        &self.0
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
