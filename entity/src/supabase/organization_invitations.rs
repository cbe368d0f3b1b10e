//! `organization_invitations`

use super::enums::InvitationRole;
use crate::Id;
use sea_orm::entity::prelude::*;

/// An invitation into an organization, accepted or not yet.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub organization_id: Id,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    pub role: InvitationRole,
    pub invited_by: Option<Id>,
    #[sea_orm(unique, column_type = "Text")]
    pub token: String,
    pub accepted_at: Option<DateTimeUtc>,
    pub expires_at: DateTimeUtc,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Inviter", from = "invited_by", to = "id")]
    pub inviter: BelongsTo<Option<super::users::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
