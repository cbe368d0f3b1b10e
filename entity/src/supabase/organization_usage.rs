//! `organization_usage`

use crate::Id;
use sea_orm::entity::prelude::*;

/// How much of one metric an organization used in one period.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    pub organization_id: Id,
    #[sea_orm(column_type = "Text")]
    pub metric_name: String,
    pub metric_value: i32,
    pub period_start: DateTimeUtc,
    pub period_end: DateTimeUtc,
    pub created_at: Option<DateTimeUtc>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
