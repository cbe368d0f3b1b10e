//! `organization_members`

use super::enums::MemberRole;
use crate::Id;
use sea_orm::entity::prelude::*;

/// A user's place in an organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub organization_id: Id,
    pub user_id: Id,
    pub role: Option<MemberRole>,
    #[sea_orm(column_type = "JsonBinary")]
    pub permissions: Option<Json>,
    pub invited_by: Option<Id>,
    pub invited_at: Option<DateTimeUtc>,
    pub joined_at: Option<DateTimeUtc>,
    pub is_active: Option<bool>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Inviter", from = "invited_by", to = "id")]
    pub inviter: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
