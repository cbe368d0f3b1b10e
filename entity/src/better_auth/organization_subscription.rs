//! `organizationSubscription`

use sea_orm::entity::prelude::*;

/// Which plan an organization has, and until when. Times are UTC.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizationSubscription")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(unique, column_name = "organizationId")]
    pub organization_id: String,
    pub plan: String,
    pub status: String,
    #[sea_orm(column_name = "currentPeriodStart")]
    pub current_period_start: DateTime,
    #[sea_orm(column_name = "currentPeriodEnd")]
    pub current_period_end: DateTime,
    #[sea_orm(column_name = "trialEndsAt")]
    pub trial_ends_at: Option<DateTime>,
    #[sea_orm(column_name = "canceledAt")]
    pub canceled_at: Option<DateTime>,
    #[sea_orm(column_name = "cancelAtPeriodEnd")]
    pub cancel_at_period_end: bool,
    #[sea_orm(unique, column_name = "stripeCustomerId")]
    pub stripe_customer_id: Option<String>,
    #[sea_orm(unique, column_name = "stripeSubscriptionId")]
    pub stripe_subscription_id: Option<String>,
    #[sea_orm(column_name = "stripePriceId")]
    pub stripe_price_id: Option<String>,
    #[sea_orm(column_name = "stripePaymentMethodId")]
    pub stripe_payment_method_id: Option<String>,
    #[sea_orm(column_type = "JsonBinary", column_name = "currentPeriodUsage")]
    pub current_period_usage: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTime,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTime,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
