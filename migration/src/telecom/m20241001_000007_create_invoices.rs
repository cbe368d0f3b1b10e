use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `invoices`.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("invoices")
        .column(Column::uuid_id())
        .column(
            Column::uuid("customer_id")
                .not_null()
                .references("customers", "id", OnDelete::Restrict)
                .on_update_cascade(),
        )
        .column(
            Column::uuid("account_id")
                .references("accounts", "id", OnDelete::SetNull)
                .on_update_cascade(),
        )
        .column(
            Column::uuid("subscription_id")
                .references("subscriptions", "id", OnDelete::SetNull)
                .on_update_cascade(),
        )
        .column(Column::varchar("invoice_number", 20).not_null().unique())
        .column(
            Column::enumeration(
                "invoice_type",
                &["subscription", "postpaid", "one_time", "credit_note"],
            )
            .not_null()
            .default_text("subscription"),
        )
        .column(
            Column::enumeration(
                "status",
                &[
                    "draft",
                    "finalized",
                    "paid",
                    "partially_paid",
                    "overdue",
                    "void",
                    "cancelled",
                ],
            )
            .not_null()
            .default_text("draft")
            .indexed(),
        )
        .column(
            Column::decimal("subtotal", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("tax_amount", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("total_amount", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("paid_amount", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::decimal("balance_amount", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::varchar("currency", 3)
                .not_null()
                .default_text("INR"),
        )
        .column(Column::timestamp("billing_period_start"))
        .column(Column::timestamp("billing_period_end"))
        .column(Column::timestamp("issue_date").not_null().indexed())
        .column(Column::timestamp("due_date").not_null().indexed())
        .column(Column::timestamp("paid_date"))
        .column(Column::json("line_items"))
        .column(Column::text("notes"))
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
