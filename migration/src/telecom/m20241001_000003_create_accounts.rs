use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `accounts`, what a customer pays from.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("accounts")
        .column(Column::uuid_id())
        .column(
            Column::uuid("customer_id")
                .not_null()
                .references("customers", "id", OnDelete::Restrict)
                .on_update_cascade(),
        )
        .column(Column::varchar("account_number", 20).not_null().unique())
        .column(
            Column::enumeration("account_type", &["prepaid", "postpaid"])
                .not_null()
                .default_text("prepaid")
                .indexed(),
        )
        .column(
            Column::decimal("balance", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("credit_limit", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::enumeration("status", &["active", "suspended", "closed"])
                .not_null()
                .default_text("active")
                .indexed(),
        )
        .column(
            Column::varchar("currency", 3)
                .not_null()
                .default_text("INR"),
        )
        .column(
            Column::enumeration("billing_cycle", &["monthly", "quarterly", "annual"])
                .not_null()
                .default_text("monthly"),
        )
        .column(Column::integer("billing_day").not_null().default_integer(1))
        .column(
            Column::boolean("auto_recharge")
                .not_null()
                .default_boolean(false),
        )
        .column(Column::decimal("auto_recharge_amount", 10, 2))
        .column(Column::decimal("auto_recharge_threshold", 10, 2))
        .column(
            Column::boolean("low_balance_alert")
                .not_null()
                .default_boolean(true),
        )
        .column(
            Column::decimal("low_balance_threshold", 10, 2)
                .not_null()
                .default_integer(100),
        )
        .column(Column::timestamp("last_billing_date"))
        .column(Column::timestamp("next_billing_date"))
        .column(Column::timestamp("suspended_at"))
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
