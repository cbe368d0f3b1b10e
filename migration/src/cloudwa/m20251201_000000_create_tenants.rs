use super::columns::*;
use crate::support::{Table, Touch};
use sea_orm_migration::prelude::*;

/// Creates `tenants`, the organizations that everything else belongs to.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("tenants")
        .column(id())
        .column(text("name").not_null())
        .column(key("email").unique().not_null())
        .column(choice("subscription_plan", &["free", "pro", "business"]).default_text("free"))
        .column(json("settings").default_json("{}"))
        .column(created_at())
        .column(updated_at())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        Touch::create_function(manager).await?;
        table().create(manager).await?;
        Touch::attach(manager, "tenants").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().drop(manager).await?;
        Touch::drop_function(manager).await
    }
}
