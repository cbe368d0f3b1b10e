//! `dids`

use super::enums::{DidStatus, DidType};
use crate::{Id, Numeric};
use sea_orm::{Set, entity::prelude::*};

/// A telephone number: "direct inward dialling".
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dids")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub subscription_id: Option<Id>,
    #[sea_orm(unique)]
    pub did_number: String,
    pub country: String,
    pub country_code: String,
    pub did_type: DidType,
    pub status: DidStatus,
    pub monthly_rate: Numeric,
    pub setup_fee: Numeric,
    pub assigned_at: Option<DateTimeUtc>,
    pub released_at: Option<DateTimeUtc>,
    pub forwarding_number: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub features: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    pub provider: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
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
