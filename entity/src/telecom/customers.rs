//! `customers`

use super::enums::{BusinessType, CustomerStatus, KycStatus};
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// A tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub user_id: Id,
    pub company_name: Option<String>,
    pub business_type: BusinessType,
    #[sea_orm(unique)]
    pub gstin: Option<String>,
    pub pan: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub billing_address: Option<String>,
    pub billing_city: Option<String>,
    pub billing_state: Option<String>,
    pub billing_country: String,
    pub billing_pincode: Option<String>,
    pub status: CustomerStatus,
    pub credit_limit: Numeric,
    pub kyc_status: KycStatus,
    #[sea_orm(column_type = "JsonBinary")]
    pub kyc_documents: Option<Json>,
    pub tax_exempt: bool,
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "User", from = "user_id", to = "id")]
    pub user: BelongsTo<super::users::Entity>,
    #[sea_orm(has_many)]
    pub accounts: HasMany<super::accounts::Entity>,
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscriptions::Entity>,
    #[sea_orm(has_many)]
    pub payments: HasMany<super::payments::Entity>,
    #[sea_orm(has_many)]
    pub invoices: HasMany<super::invoices::Entity>,
    #[sea_orm(has_many)]
    pub payment_methods: HasMany<super::payment_methods::Entity>,
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
