//! `payments`

use super::enums::{PaymentGateway, PaymentMethod, PaymentStatus};
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// A payment, for an invoice or into the account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub customer_id: Id,
    pub account_id: Option<Id>,
    pub subscription_id: Option<Id>,
    pub invoice_id: Option<Id>,
    #[sea_orm(unique)]
    pub payment_number: String,
    pub amount: Numeric,
    pub currency: String,
    pub payment_method: PaymentMethod,
    pub status: PaymentStatus,
    pub gateway: PaymentGateway,
    pub gateway_payment_id: Option<String>,
    pub gateway_order_id: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub description: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub failure_reason: Option<String>,
    pub refunded_amount: Numeric,
    #[sea_orm(column_type = "Text")]
    pub refund_reason: Option<String>,
    pub paid_at: Option<DateTimeUtc>,
    pub retry_count: i32,
    pub last_retry_at: Option<DateTimeUtc>,
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
    #[sea_orm(belongs_to, relation_enum = "Invoice", from = "invoice_id", to = "id")]
    pub invoice: BelongsTo<Option<super::invoices::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Subscription",
        from = "subscription_id",
        to = "id"
    )]
    pub subscription: BelongsTo<Option<super::subscriptions::Entity>>,
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
