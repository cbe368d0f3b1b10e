//! `subscriptions`

use super::enums::{SubscriptionBillingCycle, SubscriptionStatus};
use crate::Id;
use sea_orm::{Set, entity::prelude::*};

/// Which plan a customer has, and for which period it is paid.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub customer_id: Id,
    pub account_id: Id,
    pub rate_plan_id: Id,
    #[sea_orm(unique)]
    pub subscription_number: String,
    pub status: SubscriptionStatus,
    pub billing_cycle: SubscriptionBillingCycle,
    pub start_date: DateTimeUtc,
    pub end_date: Option<DateTimeUtc>,
    pub trial_end_date: Option<DateTimeUtc>,
    pub next_billing_date: Option<DateTimeUtc>,
    pub last_billing_date: Option<DateTimeUtc>,
    pub current_period_start: Option<DateTimeUtc>,
    pub current_period_end: Option<DateTimeUtc>,
    pub auto_renew: bool,
    pub cancel_at_period_end: bool,
    pub cancelled_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text")]
    pub cancellation_reason: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Customer",
        from = "customer_id",
        to = "id"
    )]
    pub customer: BelongsTo<super::customers::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Account", from = "account_id", to = "id")]
    pub account: BelongsTo<super::accounts::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "RatePlan",
        from = "rate_plan_id",
        to = "id"
    )]
    pub rate_plan: BelongsTo<super::rate_plans::Entity>,
    #[sea_orm(has_many)]
    pub cdrs: HasMany<super::cdrs::Entity>,
    #[sea_orm(has_many)]
    pub payments: HasMany<super::payments::Entity>,
    #[sea_orm(has_many)]
    pub invoices: HasMany<super::invoices::Entity>,
    #[sea_orm(has_many)]
    pub dids: HasMany<super::dids::Entity>,
    #[sea_orm(has_many)]
    pub usage: HasMany<super::subscription_usage::Entity>,
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
