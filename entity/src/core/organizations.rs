//! `organizations`

use super::enums::{OrganizationPlan, OrganizationStatus};
use crate::Id;
use sea_orm::{Set, entity::prelude::*};

/// A tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub name: String,
    #[sea_orm(unique)]
    pub slug: String,
    #[sea_orm(unique)]
    pub email: String,
    pub phone: Option<String>,
    #[sea_orm(column_name = "ownerId")]
    pub owner_id: Option<i32>,
    #[sea_orm(column_name = "subscriptionPlan")]
    pub subscription_plan: Option<OrganizationPlan>,
    #[sea_orm(column_name = "subscriptionStatus")]
    pub subscription_status: Option<OrganizationStatus>,
    #[sea_orm(column_name = "trialEndsAt")]
    pub trial_ends_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "subscriptionStartsAt")]
    pub subscription_starts_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "subscriptionEndsAt")]
    pub subscription_ends_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Option<Json>,
    pub timezone: Option<String>,
    pub currency: Option<String>,
    #[sea_orm(column_name = "isActive")]
    pub is_active: Option<bool>,
    #[sea_orm(column_name = "suspendedReason", column_type = "Text")]
    pub suspended_reason: Option<String>,
    #[sea_orm(column_name = "suspendedAt")]
    pub suspended_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_name = "deletedAt")]
    pub deleted_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "owner_id", to = "id")]
    pub owner: BelongsTo<Option<super::users::Entity>>,
    /// For reading: sea-orm does not save children through a relation that has a name of its own.
    #[sea_orm(has_many, relation_enum = "Members", via_rel = "Organization")]
    pub members: HasMany<super::users::Entity>,
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscriptions::Entity>,
    #[sea_orm(has_many)]
    pub usage_records: HasMany<super::usage_tracking::Entity>,
    #[sea_orm(has_many)]
    pub alerts: HasMany<super::quota_alerts::Entity>,
    #[sea_orm(has_many)]
    pub sessions: HasMany<super::sessions::Entity>,
    #[sea_orm(has_many)]
    pub blast_sessions: HasMany<super::blast_sessions::Entity>,
    #[sea_orm(has_many)]
    pub blast_messages: HasMany<super::blast_messages::Entity>,
    #[sea_orm(has_many)]
    pub campaigns: HasMany<super::campaigns::Entity>,
    #[sea_orm(has_many)]
    pub templates: HasMany<super::templates::Entity>,
    #[sea_orm(has_many)]
    pub chats: HasMany<super::chats::Entity>,
}

impl ActiveModelBehavior for ActiveModel {
    /// Makes the id up here: only PostgreSQL can tell sea-orm which one the database made up.
    fn new() -> Self {
        Self {
            id: Set(Id::random()),
            ..ActiveModelTrait::default()
        }
    }
}
