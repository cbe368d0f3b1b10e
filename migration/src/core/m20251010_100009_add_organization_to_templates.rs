use crate::support::{AddColumns, OnDelete};
use sea_orm_migration::prelude::*;

/// Adds `organizationId` to `templates`.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn columns() -> AddColumns {
    AddColumns::tenant("templates", OnDelete::Cascade)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        columns().add(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        columns().remove(manager).await
    }
}
