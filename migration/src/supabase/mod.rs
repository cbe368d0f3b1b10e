//! A multi-tenant application on Supabase: organizations whose rows are kept apart by row level security,
//! usage counters with limits, and an organization for everybody who signs up. PostgreSQL only.

use sea_orm_migration::prelude::*;

mod m20240101_000000_add_multi_tenancy;
mod m20240102_000000_create_base_tables;
mod provided;
mod roles;
mod sql;

/// The migrations of the `supabase` set, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20240101_000000_add_multi_tenancy::Migration),
            Box::new(m20240102_000000_create_base_tables::Migration),
        ]
    }
}
