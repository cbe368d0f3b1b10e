use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `payments`. Migration `m20241001_000008` makes `invoice_id` refer, when there are invoices.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("payments")
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
        .column(Column::uuid("invoice_id").indexed())
        .column(Column::varchar("payment_number", 20).not_null().unique())
        .column(Column::decimal("amount", 10, 2).not_null())
        .column(
            Column::varchar("currency", 3)
                .not_null()
                .default_text("INR"),
        )
        .column(
            Column::enumeration(
                "payment_method",
                &[
                    "credit_card",
                    "debit_card",
                    "net_banking",
                    "upi",
                    "wallet",
                    "bank_transfer",
                ],
            )
            .not_null(),
        )
        .column(
            Column::enumeration(
                "status",
                &[
                    "pending",
                    "processing",
                    "completed",
                    "failed",
                    "refunded",
                    "partially_refunded",
                ],
            )
            .not_null()
            .default_text("pending")
            .indexed(),
        )
        .column(
            Column::enumeration("gateway", &["razorpay", "stripe", "manual"])
                .not_null()
                .indexed(),
        )
        .column(Column::varchar("gateway_payment_id", 100).indexed())
        .column(Column::varchar("gateway_order_id", 100))
        .column(Column::text("description"))
        .column(Column::text("failure_reason"))
        .column(
            Column::decimal("refunded_amount", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(Column::text("refund_reason"))
        .column(Column::timestamp("paid_at"))
        .column(Column::integer("retry_count").not_null().default_integer(0))
        .column(Column::timestamp("last_retry_at"))
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
