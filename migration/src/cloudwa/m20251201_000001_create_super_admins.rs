use super::columns::*;
use crate::support::Table;
use sea_orm_migration::prelude::*;

/// Creates `super_admins`, who run the platform.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("super_admins")
        .column(id())
        .column(key("email").unique().not_null())
        .column(text("password_hash").not_null())
        .column(text("name"))
        .column(text("avatar_url"))
        .column(time("last_login"))
        .column(created_at())
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
