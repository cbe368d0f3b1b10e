//! A multi-tenant application on Supabase: organizations whose rows are kept apart by row level security,
//! usage counters with limits, and an organization for everybody who signs up. PostgreSQL only.

use sea_orm_migration::prelude::*;

mod m20240101_000000_add_multi_tenancy;
mod m20240102_000000_create_base_tables;
mod m20240103_000000_enable_row_level_security;
mod m20240104_000000_create_usage_functions;
mod m20240105_000000_create_signup_trigger;
mod m20240106_000000_let_users_go;
mod m20240107_000000_harden_functions;

mod guards;
mod members;
mod policies;
mod provided;
mod roles;
mod sql;
mod stronger;
mod usage;

/// The migrations of the `supabase` set, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20240101_000000_add_multi_tenancy::Migration),
            Box::new(m20240102_000000_create_base_tables::Migration),
            Box::new(m20240103_000000_enable_row_level_security::Migration),
            Box::new(m20240104_000000_create_usage_functions::Migration),
            Box::new(m20240105_000000_create_signup_trigger::Migration),
            Box::new(m20240106_000000_let_users_go::Migration),
            Box::new(m20240107_000000_harden_functions::Migration),
        ]
    }
}
