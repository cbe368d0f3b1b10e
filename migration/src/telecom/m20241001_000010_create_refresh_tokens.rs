use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `refresh_tokens`, by which users stay logged in.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("refresh_tokens")
        .column(Column::uuid_id())
        .column(
            Column::uuid("user_id")
                .not_null()
                .references("users", "id", OnDelete::Cascade)
                .on_update_cascade(),
        )
        .column(Column::varchar("token", 500).not_null().unique())
        .column(Column::timestamp("expires_at").not_null().indexed())
        .column(
            Column::boolean("is_revoked")
                .not_null()
                .default_boolean(false),
        )
        .column(Column::varchar("ip_address", 45))
        .column(Column::text("user_agent"))
        .column(Column::timestamp("revoked_at"))
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
