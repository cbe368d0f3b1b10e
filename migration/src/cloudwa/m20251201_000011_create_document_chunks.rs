use super::columns::*;
use crate::support::{OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `document_chunks`, the pieces of a document that are searched.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("document_chunks")
        .column(id())
        .column(belongs_to("doc_id", "knowledge_docs", OnDelete::Cascade).not_null())
        .column(integer("chunk_index").not_null())
        .column(text("content").not_null())
        .column(key("vector_id").indexed())
        .column(json("metadata").default_json("{}"))
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
