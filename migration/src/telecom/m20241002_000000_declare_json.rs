use super::*;
use crate::support::Recreate;

/// Declares the JSON columns `json` on SQLite, where they were `text`: clients such as Sequelize read a
/// column by its declared type, and text as text. `accounts` and `subscription_usage` have none, but refer to tables that do.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn tables() -> Recreate {
    Recreate::json([
        m20241001_000001_create_customers::table(),
        m20241001_000002_create_rate_plans::table(),
        m20241001_000003_create_accounts::table(),
        m20241001_000004_create_subscriptions::table(),
        m20241001_000005_create_cdrs::table(),
        m20241001_000007_create_invoices::table(),
        m20241001_000008_add_invoice_payment_fkey::table(),
        m20241001_000009_create_dids::table(),
        m20241001_000011_create_payment_methods::table(),
        m20241001_000012_create_subscription_usage::table(),
    ])
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables().up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables().down(manager).await
    }
}
