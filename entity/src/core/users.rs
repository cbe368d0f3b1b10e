//! `users`

use super::enums::RoleInOrg;
use crate::Id;
use sea_orm::entity::prelude::*;

/// A person who logs in; a member of at most one organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub username: String,
    #[sea_orm(unique)]
    pub email: Option<String>,
    pub password: String,
    pub name: Option<String>,
    #[sea_orm(column_name = "isActive")]
    pub is_active: Option<bool>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Option<Id>,
    #[sea_orm(column_name = "roleInOrg")]
    pub role_in_org: Option<RoleInOrg>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<Option<super::organizations::Entity>>,
    /// For reading: sea-orm does not save children through a relation that has a name of its own.
    #[sea_orm(has_many, relation_enum = "OwnedOrganizations", via_rel = "Owner")]
    pub owned_organizations: HasMany<super::organizations::Entity>,
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::sessions::Entity>,
    #[sea_orm(has_many)]
    pub campaigns: HasMany<super::campaigns::Entity>,
    #[sea_orm(has_many)]
    pub templates: HasMany<super::templates::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
