use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `dids`, the telephone numbers that can be had.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("dids")
        .column(Column::uuid_id())
        .column(
            Column::uuid("subscription_id")
                .references("subscriptions", "id", OnDelete::SetNull)
                .on_update_cascade(),
        )
        .column(Column::varchar("did_number", 20).not_null().unique())
        .column(Column::varchar("country", 2).not_null().indexed())
        .column(Column::varchar("country_code", 5).not_null())
        .column(
            Column::enumeration("did_type", &["local", "toll_free", "mobile", "national"])
                .not_null()
                .default_text("local"),
        )
        .column(
            Column::enumeration(
                "status",
                &[
                    "available",
                    "assigned",
                    "reserved",
                    "suspended",
                    "ported_out",
                ],
            )
            .not_null()
            .default_text("available")
            .indexed(),
        )
        .column(
            Column::decimal("monthly_rate", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("setup_fee", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(Column::timestamp("assigned_at"))
        .column(Column::timestamp("released_at"))
        .column(Column::varchar("forwarding_number", 20))
        .column(Column::json("features"))
        .column(Column::json("metadata"))
        .column(Column::varchar("provider", 100))
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
