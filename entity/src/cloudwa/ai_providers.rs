//! `ai_providers`

use super::enums::Provider;
use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// A tenant's key to language models; a tenant has each provider once for each model, and once without one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ai_providers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    pub provider: Provider,
    #[sea_orm(column_type = "Text")]
    pub api_key: String,
    pub model_id: Option<String>,
    pub is_default: Option<bool>,
    pub is_active: Option<bool>,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Option<Json>,
    pub usage_quota: Option<i32>,
    pub usage_current: Option<i32>,
    pub last_used: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
    pub updated_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, relation_enum = "Tenant", from = "tenant_id", to = "id")]
    pub tenant: BelongsTo<super::tenants::Entity>,
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
