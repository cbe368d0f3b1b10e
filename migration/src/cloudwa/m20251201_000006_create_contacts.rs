use super::columns::*;
use crate::support::Table;
use sea_orm_migration::prelude::*;

/// Creates `contacts`, the people that a tenant writes to.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("contacts")
        .column(id())
        .column(tenant().indexed())
        .column(key("phone").not_null().indexed())
        .column(text("name"))
        .column(text("email"))
        .column(json("tags").default_json("[]"))
        .column(json("custom_attributes").default_json("{}"))
        .column(choice("source", &["manual", "import", "chat"]).default_text("manual"))
        .column(time("last_contacted"))
        .column(created_at())
        .unique_index(&["tenant_id", "phone"])
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
