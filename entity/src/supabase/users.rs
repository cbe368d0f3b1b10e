//! `auth.users`

use crate::Id;
use sea_orm::entity::prelude::*;

/// Somebody who signs in: the columns that plain PostgreSQL and Supabase have in common.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(schema_name = "auth", table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[sea_orm(column_type = "Text")]
    pub email: Option<String>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(has_many, relation_enum = "Memberships", via_rel = "User")]
    pub memberships: HasMany<super::organization_members::Entity>,
    #[sea_orm(has_many, relation_enum = "InvitedMembers", via_rel = "Inviter")]
    pub invited_members: HasMany<super::organization_members::Entity>,
    #[sea_orm(has_many, relation_enum = "Invitations", via_rel = "Inviter")]
    pub invitations: HasMany<super::organization_invitations::Entity>,
    #[sea_orm(has_many, relation_enum = "AuditLogs", via_rel = "User")]
    pub audit_logs: HasMany<super::audit_logs::Entity>,
    #[sea_orm(has_many, relation_enum = "Contacts", via_rel = "User")]
    pub contacts: HasMany<super::contacts::Entity>,
    #[sea_orm(has_many, relation_enum = "Messages", via_rel = "User")]
    pub messages: HasMany<super::messages::Entity>,
    #[sea_orm(has_many, relation_enum = "AutoReplies", via_rel = "Creator")]
    pub auto_replies: HasMany<super::auto_replies::Entity>,
    #[sea_orm(has_many, relation_enum = "Campaigns", via_rel = "Creator")]
    pub campaigns: HasMany<super::campaigns::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
