//! `accounts`

use super::enums::{AccountBillingCycle, AccountStatus, AccountType};
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// What a customer pays from.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub customer_id: Id,
    #[sea_orm(unique)]
    pub account_number: String,
    pub account_type: AccountType,
    pub balance: Numeric,
    pub credit_limit: Numeric,
    pub status: AccountStatus,
    pub currency: String,
    pub billing_cycle: AccountBillingCycle,
    pub billing_day: i32,
    pub auto_recharge: bool,
    pub auto_recharge_amount: Option<Numeric>,
    pub auto_recharge_threshold: Option<Numeric>,
    pub low_balance_alert: bool,
    pub low_balance_threshold: Numeric,
    pub last_billing_date: Option<DateTimeUtc>,
    pub next_billing_date: Option<DateTimeUtc>,
    pub suspended_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Customer",
        from = "customer_id",
        to = "id"
    )]
    pub customer: BelongsTo<super::customers::Entity>,
    #[sea_orm(has_many)]
    pub subscriptions: HasMany<super::subscriptions::Entity>,
    #[sea_orm(has_many)]
    pub cdrs: HasMany<super::cdrs::Entity>,
    #[sea_orm(has_many)]
    pub payments: HasMany<super::payments::Entity>,
    #[sea_orm(has_many)]
    pub invoices: HasMany<super::invoices::Entity>,
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
