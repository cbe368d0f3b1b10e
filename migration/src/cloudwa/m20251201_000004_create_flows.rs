use super::columns::*;
use crate::support::{Table, Touch};
use sea_orm_migration::prelude::*;

/// Creates `flows`, the chat bots as they were drawn.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("flows")
        .column(id())
        .column(device())
        .column(text("name").not_null())
        .column(text("description"))
        .column(json("trigger_keywords").not_null())
        .column(json("flow_json").not_null())
        .column(flag("is_active").default_boolean(false).indexed())
        .column(integer("priority").default_integer(0))
        .column(integer("version").default_integer(1))
        .column(created_at())
        .column(updated_at())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await?;
        Touch::attach(manager, "flows").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().drop(manager).await
    }
}
