//! `document_chunks`

use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A piece of a document.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document_chunks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub doc_id: String,
    pub chunk_index: i32,
    #[sea_orm(column_type = "Text")]
    pub content: String,
    pub vector_id: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Doc", from = "doc_id", to = "id")]
    pub doc: BelongsTo<super::knowledge_docs::Entity>,
}

impl ActiveModelBehavior for ActiveModel {
    /// Makes the id up here: only PostgreSQL can tell sea-orm which one the database made up.
    fn new() -> Self {
        Self {
            id: Set(hex_id()),
            ..ActiveModelTrait::default()
        }
    }
}
