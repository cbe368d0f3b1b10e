//! `chats`

use crate::Id;
use sea_orm::entity::prelude::*;

/// One message to or from a contact.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chats")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_name = "sessionId")]
    pub session_id: Option<i32>,
    pub contact: String,
    pub direction: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
    #[sea_orm(column_name = "sentAt")]
    pub sent_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Option<Id>,
    #[sea_orm(belongs_to, relation_enum = "Session", from = "session_id", to = "id")]
    pub session: BelongsTo<Option<super::sessions::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<Option<super::organizations::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
