//! `tenants`

use super::enums::SubscriptionPlan;
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A tenant: an organization with numbers of its own.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tenants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(unique)]
    pub email: String,
    pub subscription_plan: Option<SubscriptionPlan>,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Option<Json>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(has_many)]
    pub users: HasMany<super::users::Entity>,
    #[sea_orm(has_many)]
    pub devices: HasMany<super::devices::Entity>,
    #[sea_orm(has_many)]
    pub contacts: HasMany<super::contacts::Entity>,
    #[sea_orm(has_many)]
    pub campaigns: HasMany<super::campaigns::Entity>,
    #[sea_orm(has_many)]
    pub knowledge_docs: HasMany<super::knowledge_docs::Entity>,
    #[sea_orm(has_many)]
    pub ai_providers: HasMany<super::ai_providers::Entity>,
}

impl ActiveModelBehavior for ActiveModel {
    /// Makes the id up here: only PostgreSQL can tell sea-orm which one the database made up.
    fn new() -> Self {
        Self {
            id: Set(hex_id()),
            ..ActiveModelTrait::default()
        }
    }
}
