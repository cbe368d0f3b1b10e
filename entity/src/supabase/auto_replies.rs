//! `auto_replies`

use crate::Id;
use sea_orm::entity::prelude::*;

/// An answer that is sent by itself when a message has one of its keywords.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auto_replies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub organization_id: Id,
    pub name: String,
    pub trigger_keywords: Option<Vec<String>>,
    #[sea_orm(column_type = "Text")]
    pub response_message: String,
    pub is_active: Option<bool>,
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
