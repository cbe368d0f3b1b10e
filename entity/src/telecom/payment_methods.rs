//! `payment_methods`

use super::enums::{SavedMethodGateway, SavedMethodType};
use crate::Id;
use sea_orm::{Set, entity::prelude::*};

/// A way to pay that a customer saved at a gateway.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payment_methods")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub customer_id: Id,
    #[sea_orm(column_name = "type")]
    pub method_type: SavedMethodType,
    pub gateway: SavedMethodGateway,
    pub gateway_payment_method_id: String,
    pub is_default: bool,
    pub is_active: bool,
    pub last4: Option<String>,
    pub card_brand: Option<String>,
    pub expiry_month: Option<i32>,
    pub expiry_year: Option<i32>,
    pub bank_name: Option<String>,
    pub upi_id: Option<String>,
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
