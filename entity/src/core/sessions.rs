//! `sessions`

use crate::Id;
use sea_orm::entity::prelude::*;

/// A WhatsApp account that is connected, not a login.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_name = "userId")]
    pub user_id: Option<i32>,
    pub name: Option<String>,
    #[sea_orm(column_name = "phoneNumber")]
    pub phone_number: Option<String>,
    pub status: Option<String>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Option<Id>,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<Option<super::users::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<Option<super::organizations::Entity>>,
    #[sea_orm(has_many)]
    pub blast_sessions: HasMany<super::blast_sessions::Entity>,
    #[sea_orm(has_many)]
    pub chats: HasMany<super::chats::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
