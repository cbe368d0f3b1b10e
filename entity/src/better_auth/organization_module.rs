//! `organizationModule`

use sea_orm::entity::prelude::*;

/// A module that an organization has switched on, or off again. Times are UTC.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organizationModule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: String,
    #[sea_orm(column_name = "moduleKey")]
    pub module_key: String,
    #[sea_orm(column_name = "isEnabled")]
    pub is_enabled: bool,
    #[sea_orm(column_type = "JsonBinary")]
    pub settings: Option<Json>,
    #[sea_orm(column_name = "enabledAt")]
    pub enabled_at: DateTime,
    #[sea_orm(column_name = "enabledBy")]
    pub enabled_by: Option<String>,
    #[sea_orm(column_name = "disabledAt")]
    pub disabled_at: Option<DateTime>,
    #[sea_orm(column_name = "disabledBy")]
    pub disabled_by: Option<String>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organization::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
