//! `organizations`

use super::enums::{OrganizationPlan, OrganizationStatus};
use crate::Id;
use sea_orm::entity::prelude::*;

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
    pub subscription_plan: Option<OrganizationPlan>,
    pub subscription_status: Option<OrganizationStatus>,
    #[sea_orm(unique, column_type = "Text")]
    pub stripe_customer_id: Option<String>,
    #[sea_orm(unique, column_type = "Text")]
    pub stripe_subscription_id: Option<String>,
    pub trial_ends_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub billing_email: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Option<Json>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Plan",
        from = "subscription_plan",
        to = "id"
    )]
    pub plan: BelongsTo<Option<super::subscription_plans::Entity>>,
    #[sea_orm(has_many)]
    pub members: HasMany<super::organization_members::Entity>,
    #[sea_orm(has_many)]
    pub usage: HasMany<super::organization_usage::Entity>,
    #[sea_orm(has_many)]
    pub invitations: HasMany<super::organization_invitations::Entity>,
    #[sea_orm(has_many)]
    pub billing_events: HasMany<super::billing_events::Entity>,
    #[sea_orm(has_many)]
    pub audit_logs: HasMany<super::audit_logs::Entity>,
    #[sea_orm(has_many)]
    pub contacts: HasMany<super::contacts::Entity>,
    #[sea_orm(has_many)]
    pub messages: HasMany<super::messages::Entity>,
    #[sea_orm(has_many)]
    pub auto_replies: HasMany<super::auto_replies::Entity>,
    #[sea_orm(has_many)]
    pub campaigns: HasMany<super::campaigns::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
