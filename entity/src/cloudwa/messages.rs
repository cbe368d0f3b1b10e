//! `messages`

use super::enums::{Direction, MessageType};
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A message that was received or sent.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub device_id: String,
    pub contact_phone: String,
    pub direction: Direction,
    pub message_type: Option<MessageType>,
    #[sea_orm(column_type = "Text")]
    pub content: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub media_url: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub wa_message_id: Option<String>,
    pub flow_id: Option<String>,
    pub campaign_id: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    pub timestamp: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Device", from = "device_id", to = "id")]
    pub device: BelongsTo<super::devices::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Flow", from = "flow_id", to = "id")]
    pub flow: BelongsTo<Option<super::flows::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Campaign",
        from = "campaign_id",
        to = "id"
    )]
    pub campaign: BelongsTo<Option<super::campaigns::Entity>>,
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
