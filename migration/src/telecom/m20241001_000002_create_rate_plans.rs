use crate::support::{Column, Table};
use sea_orm_migration::prelude::*;

/// Creates `rate_plans`, what can be subscribed to.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("rate_plans")
        .column(Column::uuid_id())
        .column(Column::varchar("name", 100).not_null().unique())
        .column(Column::text("description"))
        .column(
            Column::enumeration("plan_type", &["prepaid", "postpaid"])
                .not_null()
                .default_text("prepaid"),
        )
        .column(Column::decimal("monthly_price", 10, 2).not_null())
        .column(Column::decimal("annual_price", 10, 2))
        .column(
            Column::decimal("setup_fee", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::integer("included_minutes")
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::integer("included_dids")
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::integer("max_concurrent_calls")
                .not_null()
                .default_integer(1),
        )
        .column(
            Column::decimal("overage_rate_per_minute", 10, 4)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("did_monthly_rate", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(Column::json("features"))
        .column(
            Column::boolean("is_active")
                .not_null()
                .default_boolean(true)
                .indexed(),
        )
        .column(
            Column::varchar("currency", 3)
                .not_null()
                .default_text("INR"),
        )
        .snake_timestamps()
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
