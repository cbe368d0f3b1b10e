//! Telecom billing: customers with prepaid and postpaid accounts, rate plans, calls, invoices and payments.

use sea_orm_migration::prelude::*;

mod m20241001_000000_create_users;
mod m20241001_000001_create_customers;
mod m20241001_000002_create_rate_plans;
mod m20241001_000003_create_accounts;
mod m20241001_000004_create_subscriptions;
mod m20241001_000005_create_cdrs;
mod m20241001_000006_create_payments;
mod m20241001_000007_create_invoices;
mod m20241001_000008_add_invoice_payment_fkey;
mod m20241001_000009_create_dids;
mod m20241001_000010_create_refresh_tokens;
mod m20241001_000011_create_payment_methods;
mod m20241001_000012_create_subscription_usage;

/// The migrations of the `telecom` set, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20241001_000000_create_users::Migration),
            Box::new(m20241001_000001_create_customers::Migration),
            Box::new(m20241001_000002_create_rate_plans::Migration),
            Box::new(m20241001_000003_create_accounts::Migration),
            Box::new(m20241001_000004_create_subscriptions::Migration),
            Box::new(m20241001_000005_create_cdrs::Migration),
            Box::new(m20241001_000006_create_payments::Migration),
            Box::new(m20241001_000007_create_invoices::Migration),
            Box::new(m20241001_000008_add_invoice_payment_fkey::Migration),
            Box::new(m20241001_000009_create_dids::Migration),
            Box::new(m20241001_000010_create_refresh_tokens::Migration),
            Box::new(m20241001_000011_create_payment_methods::Migration),
            Box::new(m20241001_000012_create_subscription_usage::Migration),
        ]
    }
}
