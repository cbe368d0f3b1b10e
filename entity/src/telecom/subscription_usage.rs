//! `subscription_usage`

use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// The minutes and calls of a subscription in a billing period.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub subscription_id: Id,
    pub billing_period_start: DateTimeUtc,
    pub billing_period_end: DateTimeUtc,
    pub minutes_included: i32,
    pub minutes_used: i32,
    pub minutes_overage: i32,
    pub overage_cost: Numeric,
    pub local_calls: i32,
    pub std_calls: i32,
    pub isd_calls: i32,
    pub mobile_calls: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Subscription",
        from = "subscription_id",
        to = "id"
    )]
    pub subscription: BelongsTo<super::subscriptions::Entity>,
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
