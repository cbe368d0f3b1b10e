use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `subscriptions`, which plan an organization has and until when.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("subscriptions")
        .column(Column::uuid_id())
        .column(Column::uuid("organizationId").not_null().references(
            "organizations",
            "id",
            OnDelete::Cascade,
        ))
        .column(Column::integer("planId").not_null().references(
            "subscription_plans",
            "id",
            OnDelete::NoAction,
        ))
        .column(
            Column::enumeration("status", &["active", "cancelled", "expired", "trial"])
                .default_text("trial")
                .indexed(),
        )
        .column(Column::timestamp("startsAt").not_null().indexed())
        .column(Column::timestamp("endsAt").indexed())
        .column(Column::timestamp("trialEndsAt"))
        .column(Column::timestamp("cancelledAt"))
        .column(
            Column::enumeration("billingCycle", &["monthly", "yearly", "lifetime"])
                .default_text("monthly"),
        )
        .column(Column::boolean("autoRenew").default_boolean(true))
        .column(Column::json("metadata").default_json("{}"))
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
