//! Seeders of the `cloudwa` set.

use crate::Seeder;

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    Vec::new()
}
