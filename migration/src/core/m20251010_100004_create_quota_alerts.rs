use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `quota_alerts`, which limit an organization came close to or went over.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("quota_alerts")
        .column(Column::auto_id())
        .column(Column::uuid("organizationId").not_null().references(
            "organizations",
            "id",
            OnDelete::Cascade,
        ))
        .column(Column::varchar("quotaType", 100).not_null().indexed())
        .column(Column::integer("currentUsage").not_null())
        .column(Column::integer("quotaLimit").not_null())
        .column(Column::decimal("percentageUsed", 5, 2).not_null())
        .column(
            Column::enumeration("alertLevel", &["warning", "critical", "exceeded"])
                .not_null()
                .indexed(),
        )
        .column(
            Column::boolean("isResolved")
                .default_boolean(false)
                .indexed(),
        )
        .column(Column::timestamp("resolvedAt"))
        .column(Column::boolean("notificationSent").default_boolean(false))
        .column(Column::timestamp("notificationSentAt"))
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
