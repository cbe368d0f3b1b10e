//! How many rows the seeders make does not depend on the day on which they run.

use crate::testing::day;
use crate::{SeedContext, Seeder, better_auth, cloudwa, core, supabase, telecom};
use chrono::{DateTime, Days, Utc};
use std::collections::BTreeMap;

/// Every day of three years, one of them a leap year.
fn three_years() -> impl Iterator<Item = DateTime<Utc>> {
    (0..3 * 366).map(|days| day(2026, 1, 1) + Days::new(days))
}

/// The rows of each seeder's tables, and of those that it wants for a row of another table.
fn counts(seeders: &[Box<dyn Seeder>], anchor: DateTime<Utc>) -> BTreeMap<String, usize> {
    let context = SeedContext { anchor };
    let mut counts = BTreeMap::new();
    for seeder in seeders {
        let mut tables = seeder.tables(&context);
        if let Some(each) = seeder.for_each() {
            tables.extend((each.tables)(&context, &["a".to_owned(), "b".to_owned()]));
        }
        for table in tables {
            let name = format!("{}: {}", seeder.name(), table.table);
            *counts.entry(name).or_default() += table.rows.len();
        }
    }
    counts
}

#[test]
fn every_day_has_the_same_number_of_rows() {
    let mut differ = Vec::new();
    for (set, seeders) in [
        ("core", core::seeders()),
        ("better-auth", better_auth::seeders()),
        ("supabase", supabase::seeders()),
        ("telecom", telecom::seeders()),
        ("cloudwa", cloudwa::seeders()),
    ] {
        let usual = counts(&seeders, day(2026, 6, 15));
        assert!(
            usual.values().all(|rows| *rows > 0) && usual.len() > 3,
            "{set}: {usual:?}"
        );
        for anchor in three_years() {
            let found = counts(&seeders, anchor);
            if found != usual {
                let other = found
                    .iter()
                    .filter(|(table, rows)| usual.get(*table) != Some(rows));
                let other: Vec<_> = other.collect();
                differ.push(format!(
                    "{set} on {}: {other:?}, not {usual:?}",
                    anchor.date_naive()
                ));
            }
        }
    }
    assert!(
        differ.is_empty(),
        "{} days: {:#?}",
        differ.len(),
        &differ[..differ.len().min(40)]
    );
}
