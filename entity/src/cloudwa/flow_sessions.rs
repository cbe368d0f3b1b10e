//! `flow_sessions`

use super::enums::SessionStatus;
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// Where a contact stands in a flow; one at a time is active for a device and a contact.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "flow_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub flow_id: String,
    pub device_id: String,
    pub contact_phone: String,
    #[sea_orm(column_type = "Text")]
    pub current_node_id: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub variables: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub context: Option<Json>,
    pub status: Option<SessionStatus>,
    pub last_interaction: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Flow", from = "flow_id", to = "id")]
    pub flow: BelongsTo<super::flows::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Device", from = "device_id", to = "id")]
    pub device: BelongsTo<super::devices::Entity>,
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
