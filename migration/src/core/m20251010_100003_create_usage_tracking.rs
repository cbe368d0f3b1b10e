use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `usage_tracking`, what an organization used in a period. Its rows never change: no `updatedAt`.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("usage_tracking")
        .column(Column::auto_big_id())
        .column(Column::uuid("organizationId").not_null().references(
            "organizations",
            "id",
            OnDelete::Cascade,
        ))
        .column(Column::varchar("metricType", 100).not_null().indexed())
        .column(Column::integer("metricValue").not_null().default_integer(0))
        .column(Column::json("metadata").default_json("{}"))
        .column(
            Column::enumeration("periodType", &["daily", "monthly", "yearly"])
                .default_text("monthly"),
        )
        .column(Column::date("periodStart").not_null())
        .column(Column::date("periodEnd").not_null())
        .column(Column::timestamp("recordedAt").default_now().indexed())
        .created_at()
        .index(&["organizationId", "metricType"])
        .index(&["periodStart", "periodEnd"])
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
