//! `subscription_plans`

use crate::Numeric;
use sea_orm::entity::prelude::*;

/// What can be subscribed to.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_plans")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    pub name: String,
    #[sea_orm(column_name = "displayName")]
    pub display_name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    #[sea_orm(column_name = "priceMonthly", column_type = "Decimal(Some((10, 2)))")]
    pub price_monthly: Option<Numeric>,
    #[sea_orm(column_name = "priceYearly", column_type = "Decimal(Some((10, 2)))")]
    pub price_yearly: Option<Numeric>,
    pub currency: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub quotas: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub features: Option<Json>,
    #[sea_orm(column_name = "sortOrder")]
    pub sort_order: Option<i32>,
    #[sea_orm(column_name = "isVisible")]
    pub is_visible: Option<bool>,
    #[sea_orm(column_name = "isPopular")]
    pub is_popular: Option<bool>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscriptions::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
