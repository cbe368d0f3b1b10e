//! Subscriptions and modules for organizations of an application that uses Better Auth.

use sea_orm_migration::prelude::*;

mod m20251013_145558_create_better_auth_tables;
mod m20251017_000000_add_subscriptions_and_modules;
mod m20251018_000000_write_times_with_zone;
mod m20251122_000000_better_auth_1_4;
mod m20260818_000000_better_auth_1_7;
mod times;

/// The migrations of the `better-auth` set, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251013_145558_create_better_auth_tables::Migration),
            Box::new(m20251017_000000_add_subscriptions_and_modules::Migration),
            Box::new(m20251018_000000_write_times_with_zone::Migration),
            Box::new(m20251122_000000_better_auth_1_4::Migration),
            Box::new(m20260818_000000_better_auth_1_7::Migration),
        ]
    }
}
