//! Seeders of the `telecom` set: billing of a telephone company in India.

mod demo;
mod reference;
#[cfg(test)]
mod tests;

use crate::{SeedValue, Seeder, support};

/// The set's name; ids of its rows follow from it.
const SET: &str = "telecom";

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    vec![
        Box::new(reference::SystemUsers),
        Box::new(reference::RatePlans),
        Box::new(demo::DemoCustomers),
    ]
}

/// A rupee in paise, in which amounts are counted.
const RUPEE: i64 = 100;

/// An amount of money, given in paise.
fn rupees(paise: i64) -> SeedValue {
    SeedValue::Decimal(support::decimal(paise, 2))
}
