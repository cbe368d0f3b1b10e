//! `rate_plans`

use super::enums::PlanType;
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// What can be subscribed to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[sea_orm(unique)]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    pub plan_type: PlanType,
    pub monthly_price: Numeric,
    pub annual_price: Option<Numeric>,
    pub setup_fee: Numeric,
    pub included_minutes: i32,
    pub included_dids: i32,
    pub max_concurrent_calls: i32,
    pub overage_rate_per_minute: Numeric,
    pub did_monthly_rate: Numeric,
    #[sea_orm(column_type = "JsonBinary")]
    pub features: Option<Json>,
    pub is_active: bool,
    pub currency: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscriptions::Entity>,
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
