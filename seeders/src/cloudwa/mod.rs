//! Seeders of the `cloudwa` set, chat bots and broadcasts on WhatsApp.
//!
//! The application needs no rows to begin with, so there is no reference seeder.

mod demo;
#[cfg(test)]
mod tests;

use crate::Seeder;

/// The set's name; ids of its rows follow from it.
const SET: &str = "cloudwa";

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    vec![Box::new(demo::DemoTenants)]
}
