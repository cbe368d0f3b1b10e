//! `subscription_plans`

use sea_orm::entity::prelude::*;

/// What can be subscribed to. Prices are whole cents.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "subscription_plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    pub price_monthly: i32,
    pub price_yearly: Option<i32>,
    #[sea_orm(column_type = "JsonBinary")]
    pub features: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub limits: Json,
    #[sea_orm(column_type = "Text")]
    pub stripe_price_id_monthly: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub stripe_price_id_yearly: Option<String>,
    pub is_active: Option<bool>,
    pub sort_order: Option<i32>,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(has_many, relation_enum = "Organizations", via_rel = "Plan")]
    pub organizations: HasMany<super::organizations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
