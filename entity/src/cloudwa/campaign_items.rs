//! `campaign_items`

use super::enums::ItemStatus;
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// What became of one contact of a campaign.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub campaign_id: String,
    pub contact_id: String,
    pub status: Option<ItemStatus>,
    #[sea_orm(column_type = "Text")]
    pub rendered_message: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub error_reason: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Campaign",
        from = "campaign_id",
        to = "id"
    )]
    pub campaign: BelongsTo<super::campaigns::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Contact", from = "contact_id", to = "id")]
    pub contact: BelongsTo<super::contacts::Entity>,
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
