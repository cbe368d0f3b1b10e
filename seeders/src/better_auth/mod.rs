//! Seeders of the `better-auth` set: subscriptions and modules of organizations; and what plans and
//! modules there are.

pub mod modules;
pub mod plans;

use crate::Seeder;

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    Vec::new()
}
