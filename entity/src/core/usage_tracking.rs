//! `usage_tracking`

use super::enums::PeriodType;
use crate::Id;
use sea_orm::entity::prelude::*;

/// What an organization used of one metric in one period; never changed once written.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "usage_tracking")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Id,
    #[sea_orm(column_name = "metricType")]
    pub metric_type: String,
    #[sea_orm(column_name = "metricValue")]
    pub metric_value: i32,
    #[sea_orm(column_type = "JsonBinary")]
    pub metadata: Option<Json>,
    #[sea_orm(column_name = "periodType")]
    pub period_type: Option<PeriodType>,
    #[sea_orm(column_name = "periodStart")]
    pub period_start: Date,
    #[sea_orm(column_name = "periodEnd")]
    pub period_end: Date,
    #[sea_orm(column_name = "recordedAt")]
    pub recorded_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
