//! `subscriptions`

use super::enums::{BillingCycle, SubscriptionStatus};
use crate::Id;
use sea_orm::{Set, entity::prelude::*};

/// Which plan an organization has, and until when.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Id,
    #[sea_orm(column_name = "planId")]
    pub plan_id: i32,
    pub status: Option<SubscriptionStatus>,
    #[sea_orm(column_name = "startsAt")]
    pub starts_at: DateTimeUtc,
    #[sea_orm(column_name = "endsAt")]
    pub ends_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "trialEndsAt")]
    pub trial_ends_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "cancelledAt")]
    pub cancelled_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "billingCycle")]
    pub billing_cycle: Option<BillingCycle>,
    #[sea_orm(column_name = "autoRenew")]
    pub auto_renew: Option<bool>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Plan", from = "plan_id", to = "id")]
    pub plan: BelongsTo<super::subscription_plans::Entity>,
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
