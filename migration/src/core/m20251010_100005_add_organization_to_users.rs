use crate::support::{AddColumns, Column, OnDelete};
use sea_orm_migration::prelude::*;

/// Adds `organizationId` and `roleInOrg` to `users`. Deleting an organization leaves its users.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn columns() -> AddColumns {
    AddColumns::tenant("users", OnDelete::SetNull).column(
        Column::enumeration("roleInOrg", &["owner", "admin", "member"])
            .default_text("member")
            .indexed(),
    )
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
