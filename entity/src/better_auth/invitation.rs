//! `invitation`

use sea_orm::entity::prelude::*;

/// Somebody who is asked to join an organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: String,
    pub email: String,
    pub role: Option<String>,
    pub status: String,
    #[sea_orm(column_name = "expiresAt")]
    pub expires_at: DateTimeUtc,
    #[sea_orm(column_name = "inviterId")]
    pub inviter_id: String,
    #[sea_orm(column_name = "teamId")]
    pub team_id: Option<String>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organization::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Inviter", from = "inviter_id", to = "id")]
    pub inviter: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
