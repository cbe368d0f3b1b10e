use crate::support::{Column, Table};
use sea_orm_migration::prelude::*;

/// Creates `subscription_plans`, what can be subscribed to.
#[derive(DeriveMigrationName)]
pub struct Migration;

const QUOTAS: &str = concat!(
    r#"{"maxWhatsappAccounts":1,"maxMessagesPerMonth":1000,"maxCampaignsPerMonth":10,"#,
    r#""maxContacts":1000,"maxTemplates":5,"maxUsers":1,"maxStorageMb":100,"#,
    r#""dailyMessageLimit":100,"concurrentBlasts":1}"#
);

const FEATURES: &str = concat!(
    r#"{"spinText":false,"advancedAnalytics":false,"apiAccess":false,"customBranding":false,"#,
    r#""prioritySupport":false,"webhookIntegration":false,"teamCollaboration":false,"#,
    r#""advancedScheduling":false}"#
);

fn table() -> Table {
    Table::new("subscription_plans")
        .column(Column::auto_id())
        .column(Column::varchar("name", 100).not_null().unique())
        .column(Column::varchar("displayName", 255).not_null())
        .column(Column::text("description"))
        .column(Column::decimal("priceMonthly", 10, 2).default_integer(0))
        .column(Column::decimal("priceYearly", 10, 2).default_integer(0))
        .column(Column::varchar("currency", 10).default_text("IDR"))
        .column(Column::json("quotas").not_null().default_json(QUOTAS))
        .column(Column::json("features").default_json(FEATURES))
        .column(Column::integer("sortOrder").default_integer(0).indexed())
        .column(Column::boolean("isVisible").default_boolean(true).indexed())
        .column(Column::boolean("isPopular").default_boolean(false))
        .timestamps()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().drop(manager).await
    }
}
