//! `flows`

use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A chat bot as it was drawn.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "flows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub device_id: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub trigger_keywords: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub flow_json: Json,
    pub is_active: Option<bool>,
    pub priority: Option<i32>,
    pub version: Option<i32>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Device", from = "device_id", to = "id")]
    pub device: BelongsTo<super::devices::Entity>,
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::flow_sessions::Entity>,
    #[sea_orm(has_many)]
    pub messages: HasMany<super::messages::Entity>,
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
