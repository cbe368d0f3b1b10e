//! `users`

use crate::hex_id;
use sea_orm::{Set, entity::prelude::*};

/// An administrator of a tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub tenant_id: String,
    #[sea_orm(unique)]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    #[sea_orm(column_type = "Text")]
    pub name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub avatar_url: Option<String>,
    pub last_login: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
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
