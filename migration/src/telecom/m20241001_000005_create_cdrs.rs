use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `cdrs`, a record of each call. It outlives the subscription and the account it was for.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("cdrs")
        .column(Column::uuid_id())
        .column(Column::varchar("uuid", 100).not_null().unique())
        .column(
            Column::uuid("subscription_id")
                .references("subscriptions", "id", OnDelete::SetNull)
                .on_update_cascade(),
        )
        .column(
            Column::uuid("account_id")
                .references("accounts", "id", OnDelete::SetNull)
                .on_update_cascade(),
        )
        .column(Column::varchar("caller_id", 50).not_null().indexed())
        .column(Column::varchar("destination", 50).not_null().indexed())
        .column(Column::timestamp("start_time").not_null().indexed())
        .column(Column::timestamp("end_time"))
        .column(Column::integer("duration").not_null().default_integer(0))
        .column(
            Column::integer("billable_seconds")
                .not_null()
                .default_integer(0),
        )
        .column(Column::enumeration("call_direction", &["inbound", "outbound"]).not_null())
        .column(
            Column::enumeration("call_type", &["local", "std", "isd", "mobile", "toll_free"])
                .not_null()
                .indexed(),
        )
        .column(
            Column::enumeration(
                "call_status",
                &["answered", "no_answer", "busy", "failed", "cancelled"],
            )
            .not_null(),
        )
        .column(Column::varchar("hangup_cause", 100))
        .column(Column::decimal("cost", 10, 4).not_null().default_integer(0))
        .column(
            Column::enumeration(
                "processing_status",
                &["pending", "processed", "failed", "retrying"],
            )
            .not_null()
            .default_text("pending")
            .indexed(),
        )
        .column(Column::text("processing_error"))
        .column(Column::integer("retry_count").not_null().default_integer(0))
        .column(Column::json("raw_cdr"))
        .column(Column::json("metadata"))
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
