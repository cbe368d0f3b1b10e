use super::*;
use crate::support::Recreate;

/// Declares the JSON columns `json` on SQLite, where they were `text`: clients such as Sequelize read a
/// column by its declared type, and text as text.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn tables() -> Recreate {
    Recreate::json([
        m20251010_100000_create_organizations::table(),
        m20251010_100001_create_subscription_plans::table(),
        m20251010_100002_create_subscriptions::table(),
        m20251010_100003_create_usage_tracking::table(),
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
