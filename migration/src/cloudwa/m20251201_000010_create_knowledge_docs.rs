use super::columns::*;
use crate::support::Table;
use sea_orm_migration::prelude::*;

/// Creates `knowledge_docs`, documents that the AI answers from.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("knowledge_docs")
        .column(id())
        .column(tenant())
        .column(text("filename").not_null())
        .column(text("file_url").not_null())
        .column(choice("file_type", &["pdf", "txt", "url"]).not_null())
        .column(integer("total_chunks").default_integer(0))
        .column(
            choice("status", &["processing", "ready", "failed"])
                .default_text("processing")
                .indexed(),
        )
        .column(text("error_message"))
        .column(time("uploaded_at").default_now())
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
