//! The plans against `document_plans.txt`, which was extracted from the set's source document.

use super::{Data, day};
use crate::SeedValue;

/// Plan, property and value, one triple a line.
const DOCUMENT: &str = include_str!("document_plans.txt");

/// A seeded value as the document writes it.
fn written(value: &SeedValue) -> String {
    match value {
        SeedValue::Text(text) => text.clone(),
        SeedValue::Int(int) => int.to_string(),
        SeedValue::Bool(bool) => bool.to_string(),
        SeedValue::Decimal(decimal) => decimal.strip_suffix(".00").unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn plans_are_the_documents() {
    let data = Data::new(day(2026, 1, 1));
    let mut expected: Vec<String> = DOCUMENT.lines().map(str::to_owned).collect();
    assert_eq!(expected.len(), 4 * 26);
    let mut seeded = Vec::new();
    for plan in data.rows("subscription_plans") {
        let name = plan.text("name");
        for (column, value) in &plan.values {
            match value {
                SeedValue::Serial(_) => (),
                SeedValue::Json(json) => {
                    for (property, value) in json.as_object().unwrap() {
                        seeded.push(format!("{name} {column}.{property} {value}"));
                    }
                }
                value => seeded.push(format!("{name} {column} {}", written(value))),
            }
        }
    }
    expected.sort();
    seeded.sort();
    assert_eq!(seeded, expected);
}

#[test]
fn plans_are_numbered_in_the_order_in_which_they_are_shown() {
    let data = Data::new(day(2026, 1, 1));
    let plans = data.rows("subscription_plans");
    let names: Vec<_> = plans.iter().map(|plan| plan.text("name")).collect();
    assert_eq!(names, ["free", "starter", "pro", "enterprise"]);
    for (plan, position) in plans.iter().zip(1..) {
        assert_eq!(plan.int("id"), position);
        assert_eq!(plan.int("sortOrder"), position);
    }
}

#[test]
fn plans_do_not_depend_on_the_day() {
    let plans = |anchor| Data::new(anchor).tables[0].clone();
    assert_eq!(plans(day(2024, 2, 29)), plans(day(2026, 3, 31)));
}
