//! `knowledge_docs`

use super::enums::{DocumentStatus, FileType};
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A document that the AI answers from.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "knowledge_docs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    #[sea_orm(column_type = "Text")]
    pub filename: String,
    #[sea_orm(column_type = "Text")]
    pub file_url: String,
    pub file_type: FileType,
    pub total_chunks: Option<i32>,
    pub status: Option<DocumentStatus>,
    #[sea_orm(column_type = "Text")]
    pub error_message: Option<String>,
    pub uploaded_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Tenant", from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenants::Entity>,
    #[sea_orm(has_many)]
    pub chunks: HasMany<super::document_chunks::Entity>,
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
