use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `subscription_usage`: the minutes and calls of a subscription in a billing period.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("subscription_usage")
        .column(Column::uuid_id())
        .column(
            Column::uuid("subscription_id")
                .not_null()
                .indexed()
                .references("subscriptions", "id", OnDelete::Cascade)
                .on_update_cascade(),
        )
        .column(Column::timestamp("billing_period_start").not_null())
        .column(Column::timestamp("billing_period_end").not_null())
        .column(
            Column::integer("minutes_included")
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::integer("minutes_used")
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::integer("minutes_overage")
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("overage_cost", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(Column::integer("local_calls").not_null().default_integer(0))
        .column(Column::integer("std_calls").not_null().default_integer(0))
        .column(Column::integer("isd_calls").not_null().default_integer(0))
        .column(
            Column::integer("mobile_calls")
                .not_null()
                .default_integer(0),
        )
        .snake_timestamps()
        .unique(&["subscription_id", "billing_period_start"])
        .index(&["billing_period_start", "billing_period_end"])
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
