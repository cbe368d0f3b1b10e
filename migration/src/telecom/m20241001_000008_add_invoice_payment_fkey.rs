use super::m20241001_000006_create_payments;
use crate::support::{AddReference, OnDelete};
use sea_orm_migration::prelude::*;

/// Has `payments.invoice_id` refer to `invoices`, which did not exist yet when `payments` was made.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn reference() -> AddReference {
    AddReference::new(
        &m20241001_000006_create_payments::table(),
        "invoice_id",
        ("invoices", "id"),
        OnDelete::SetNull,
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        reference().add(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        reference().remove(manager).await
    }
}
