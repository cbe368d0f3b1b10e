//! `invoices`

use super::enums::{InvoiceStatus, InvoiceType};
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// An invoice with its lines.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub customer_id: Id,
    pub account_id: Option<Id>,
    pub subscription_id: Option<Id>,
    #[sea_orm(unique)]
    pub invoice_number: String,
    pub invoice_type: InvoiceType,
    pub status: InvoiceStatus,
    pub subtotal: Numeric,
    pub tax_amount: Numeric,
    pub total_amount: Numeric,
    pub paid_amount: Numeric,
    pub balance_amount: Numeric,
    pub currency: String,
    pub billing_period_start: Option<DateTimeUtc>,
    pub billing_period_end: Option<DateTimeUtc>,
    pub issue_date: DateTimeUtc,
    pub due_date: DateTimeUtc,
    pub paid_date: Option<DateTimeUtc>,
    #[sea_orm(column_type = "JsonBinary")]
    pub line_items: Option<Json>,
    #[sea_orm(column_type = "Text")]
    pub notes: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Account", from = "account_id", to = "id")]
    pub account: BelongsTo<Option<super::accounts::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Customer",
        from = "customer_id",
        to = "id"
    )]
    pub customer: BelongsTo<super::customers::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Subscription",
        from = "subscription_id",
        to = "id"
    )]
    pub subscription: BelongsTo<Option<super::subscriptions::Entity>>,
    #[sea_orm(has_many)]
    pub payments: HasMany<super::payments::Entity>,
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
