use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `payment_methods`, which customers saved at a gateway.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("payment_methods")
        .column(Column::uuid_id())
        .column(
            Column::uuid("customer_id")
                .not_null()
                .references("customers", "id", OnDelete::Cascade)
                .on_update_cascade(),
        )
        .column(
            Column::enumeration(
                "type",
                &["credit_card", "debit_card", "net_banking", "upi", "wallet"],
            )
            .not_null(),
        )
        .column(Column::enumeration("gateway", &["razorpay", "stripe"]).not_null())
        .column(
            Column::varchar("gateway_payment_method_id", 100)
                .not_null()
                .indexed(),
        )
        .column(
            Column::boolean("is_default")
                .not_null()
                .default_boolean(false)
                .indexed(),
        )
        .column(
            Column::boolean("is_active")
                .not_null()
                .default_boolean(true),
        )
        .column(Column::varchar("last4", 4))
        .column(Column::varchar("card_brand", 20))
        .column(Column::integer("expiry_month"))
        .column(Column::integer("expiry_year"))
        .column(Column::varchar("bank_name", 100))
        .column(Column::varchar("upi_id", 100))
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
