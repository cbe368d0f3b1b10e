//! `cdrs`

use super::enums::{CallDirection, CallStatus, CallType, ProcessingStatus};
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// A call: a "call detail record".
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cdrs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[sea_orm(unique)]
    pub uuid: String,
    pub subscription_id: Option<Id>,
    pub account_id: Option<Id>,
    pub caller_id: String,
    pub destination: String,
    pub start_time: DateTimeUtc,
    pub end_time: Option<DateTimeUtc>,
    pub duration: i32,
    pub billable_seconds: i32,
    pub call_direction: CallDirection,
    pub call_type: CallType,
    pub call_status: CallStatus,
    pub hangup_cause: Option<String>,
    pub cost: Numeric,
    pub processing_status: ProcessingStatus,
    #[sea_orm(column_type = "Text")]
    pub processing_error: Option<String>,
    pub retry_count: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub raw_cdr: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, relation_enum = "Account", from = "account_id", to = "id")]
    pub account: BelongsTo<Option<super::accounts::Entity>>,
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
