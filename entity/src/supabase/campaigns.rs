//! `campaigns`

use super::enums::CampaignStatus;
use crate::Id;
use sea_orm::entity::prelude::*;

/// One text to many contacts.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "campaigns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub organization_id: Id,
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub message_template: String,
    pub target_contacts: Option<Vec<String>>,
    pub status: Option<CampaignStatus>,
    pub scheduled_at: Option<DateTimeUtc>,
    pub sent_count: Option<i32>,
    pub created_by: Option<Id>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Creator", from = "created_by", to = "id")]
    pub creator: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
