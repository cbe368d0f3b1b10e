//! `messages`

use super::enums::{MessageDirection, MessageStatus, MessageType};
use crate::Id;
use sea_orm::entity::prelude::*;

/// A WhatsApp message, received or sent.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub user_id: Option<Id>,
    pub contact_id: Option<Id>,
    #[sea_orm(column_type = "Text")]
    pub phone_number: String,
    #[sea_orm(column_type = "Text")]
    pub content: String,
    #[sea_orm(column_name = "type")]
    pub kind: Option<MessageType>,
    pub direction: MessageDirection,
    pub status: Option<MessageStatus>,
    #[sea_orm(column_type = "Text")]
    pub external_id: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub delivered_at: Option<DateTimeUtc>,
    pub read_at: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    pub organization_id: Id,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
    /// No foreign key: a message outlives its contact.
    #[sea_orm(belongs_to, relation_enum = "Contact", from = "contact_id", to = "id")]
    pub contact: BelongsTo<Option<super::contacts::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
