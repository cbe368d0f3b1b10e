use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `customers`, the tenants.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("customers")
        .column(Column::uuid_id())
        .column(
            Column::uuid("user_id")
                .not_null()
                .references("users", "id", OnDelete::Restrict)
                .on_update_cascade(),
        )
        .column(Column::varchar("company_name", 255))
        .column(
            Column::enumeration(
                "business_type",
                &["individual", "small_business", "enterprise"],
            )
            .not_null()
            .default_text("individual"),
        )
        .column(Column::varchar("gstin", 15).unique())
        .column(Column::varchar("pan", 10))
        .column(Column::text("billing_address"))
        .column(Column::varchar("billing_city", 100))
        .column(Column::varchar("billing_state", 100))
        .column(
            Column::varchar("billing_country", 100)
                .not_null()
                .default_text("India"),
        )
        .column(Column::varchar("billing_pincode", 10))
        .column(
            Column::enumeration("status", &["active", "suspended", "pending", "cancelled"])
                .not_null()
                .default_text("active")
                .indexed(),
        )
        .column(
            Column::decimal("credit_limit", 10, 2)
                .not_null()
                .default_integer(0),
        )
        .column(
            Column::enumeration(
                "kyc_status",
                &["pending", "submitted", "verified", "rejected"],
            )
            .not_null()
            .default_text("pending"),
        )
        .column(Column::json("kyc_documents"))
        .column(
            Column::boolean("tax_exempt")
                .not_null()
                .default_boolean(false),
        )
        .column(Column::text("notes"))
        .column(Column::varchar("contact_email", 255))
        .column(Column::varchar("contact_phone", 20))
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
