use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `organizations`, the tenants.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("organizations")
        .column(Column::uuid_id())
        .column(Column::varchar("name", 255).not_null())
        .column(Column::varchar("slug", 100).not_null().unique())
        .column(Column::varchar("email", 255).not_null().unique())
        .column(Column::varchar("phone", 50))
        .column(Column::integer("ownerId").references("users", "id", OnDelete::NoAction))
        .column(
            Column::enumeration(
                "subscriptionPlan",
                &["free", "starter", "pro", "enterprise"],
            )
            .default_text("free")
            .indexed(),
        )
        .column(
            Column::enumeration(
                "subscriptionStatus",
                &["active", "suspended", "cancelled", "trial"],
            )
            .default_text("trial")
            .indexed(),
        )
        .column(Column::timestamp("trialEndsAt"))
        .column(Column::timestamp("subscriptionStartsAt"))
        .column(Column::timestamp("subscriptionEndsAt"))
        .column(Column::json("settings").default_json("{}"))
        .column(Column::varchar("timezone", 100).default_text("Asia/Jakarta"))
        .column(Column::varchar("currency", 10).default_text("IDR"))
        .column(Column::boolean("isActive").default_boolean(true).indexed())
        .column(Column::text("suspendedReason"))
        .column(Column::timestamp("suspendedAt"))
        .timestamps()
        .column(Column::timestamp("deletedAt"))
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
