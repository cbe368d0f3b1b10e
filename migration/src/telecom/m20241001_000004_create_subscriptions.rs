use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `subscriptions`: which plan a customer has, and for which period it is paid.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("subscriptions")
        .column(Column::uuid_id())
        .column(
            Column::uuid("customer_id")
                .not_null()
                .references("customers", "id", OnDelete::Restrict)
                .on_update_cascade(),
        )
        .column(
            Column::uuid("account_id")
                .not_null()
                .references("accounts", "id", OnDelete::Restrict)
                .on_update_cascade(),
        )
        .column(
            Column::uuid("rate_plan_id")
                .not_null()
                .references("rate_plans", "id", OnDelete::Restrict)
                .on_update_cascade(),
        )
        .column(
            Column::varchar("subscription_number", 20)
                .not_null()
                .unique(),
        )
        .column(
            Column::enumeration(
                "status",
                &["active", "suspended", "cancelled", "expired", "trial"],
            )
            .not_null()
            .default_text("active")
            .indexed(),
        )
        .column(
            Column::enumeration("billing_cycle", &["monthly", "annual"])
                .not_null()
                .default_text("monthly"),
        )
        .column(Column::timestamp("start_date").not_null())
        .column(Column::timestamp("end_date"))
        .column(Column::timestamp("trial_end_date"))
        .column(Column::timestamp("next_billing_date").indexed())
        .column(Column::timestamp("last_billing_date"))
        .column(Column::timestamp("current_period_start"))
        .column(Column::timestamp("current_period_end"))
        .column(
            Column::boolean("auto_renew")
                .not_null()
                .default_boolean(true),
        )
        .column(
            Column::boolean("cancel_at_period_end")
                .not_null()
                .default_boolean(false),
        )
        .column(Column::timestamp("cancelled_at"))
        .column(Column::text("cancellation_reason"))
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
