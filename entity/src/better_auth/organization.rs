//! `organization`

use sea_orm::entity::prelude::*;

/// A tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    #[sea_orm(unique)]
    pub slug: String,
    pub logo: Option<String>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    pub metadata: Option<String>,
    #[sea_orm(has_many)]
    pub members: HasMany<super::member::Entity>,
    #[sea_orm(has_many)]
    pub invitations: HasMany<super::invitation::Entity>,
    #[sea_orm(has_many)]
    pub teams: HasMany<super::team::Entity>,
    #[sea_orm(has_one)]
    pub subscription: HasOne<super::organization_subscription::Entity>,
    #[sea_orm(has_many)]
    pub modules: HasMany<super::organization_module::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
