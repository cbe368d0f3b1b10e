//! Seeders of the `core` set, a messaging application as multi-tenant SaaS.

mod demo;
mod quota;
mod reference;
#[cfg(test)]
mod tests;

use crate::Seeder;

/// The set's name; ids of its rows follow from it.
const SET: &str = "core";

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    vec![
        Box::new(reference::SubscriptionPlans),
        Box::new(demo::DemoOrganizations),
    ]
}
