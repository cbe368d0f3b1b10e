//! Seeders of the `better-auth` set: subscriptions and modules of organizations; and what plans and
//! modules there are.

mod demo;
pub mod modules;
pub mod plans;
mod reference;
#[cfg(test)]
mod tests;

use crate::Seeder;

/// The set's name; ids of its rows follow from it.
const SET: &str = "better-auth";

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    vec![
        Box::new(reference::OrganizationDefaults),
        Box::new(demo::DemoOrganizations),
    ]
}
