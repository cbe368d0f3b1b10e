//! `campaigns`

use super::enums::{CampaignStatus, MediaType};
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A message to many contacts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "campaigns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    pub device_id: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub message_template: String,
    #[sea_orm(column_type = "Text")]
    pub media_url: Option<String>,
    pub media_type: Option<MediaType>,
    pub status: Option<CampaignStatus>,
    pub scheduled_at: Option<DateTimeUtc>,
    pub started_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
    pub total_contacts: Option<i32>,
    pub sent_count: Option<i32>,
    pub failed_count: Option<i32>,
    #[sea_orm(column_type = "JsonBinary")]
    pub rate_config: Option<Json>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Tenant", from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenants::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Device", from = "device_id", to = "id")]
    pub device: BelongsTo<super::devices::Entity>,
    #[sea_orm(has_many)]
    pub items: HasMany<super::campaign_items::Entity>,
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
