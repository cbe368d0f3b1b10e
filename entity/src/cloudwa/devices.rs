//! `devices`

use super::enums::DeviceStatus;
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A WhatsApp number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    pub phone_number: String,
    #[sea_orm(column_type = "Text")]
    pub display_name: Option<String>,
    pub session_status: Option<DeviceStatus>,
    #[sea_orm(column_type = "Text")]
    pub waha_session_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub webhook_url: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub anti_ban_config: Option<Json>,
    pub ai_fallback_enabled: Option<bool>,
    #[sea_orm(column_type = "JsonBinary")]
    pub ai_fallback_kb_ids: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub ai_fallback_prompt: Option<String>,
    pub connected_at: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Tenant", from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenants::Entity>,
    #[sea_orm(has_many)]
    pub flows: HasMany<super::flows::Entity>,
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::flow_sessions::Entity>,
    #[sea_orm(has_many)]
    pub campaigns: HasMany<super::campaigns::Entity>,
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
