//! `team`

use sea_orm::entity::prelude::*;

/// Some of the members of an organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: String,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "memberCount", default_value = 0)]
    pub member_count: i32,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organization::Entity>,
    #[sea_orm(has_many)]
    pub members: HasMany<super::team_member::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
