//! `quota_alerts`

use super::enums::AlertLevel;
use crate::{Id, Numeric};
use sea_orm::entity::prelude::*;

/// An organization came close to a limit of its plan, or went over it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_alerts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Id,
    #[sea_orm(column_name = "quotaType")]
    pub quota_type: String,
    #[sea_orm(column_name = "currentUsage")]
    pub current_usage: i32,
    #[sea_orm(column_name = "quotaLimit")]
    pub quota_limit: i32,
    #[sea_orm(column_name = "percentageUsed", column_type = "Decimal(Some((5, 2)))")]
    pub percentage_used: Numeric,
    #[sea_orm(column_name = "alertLevel")]
    pub alert_level: AlertLevel,
    #[sea_orm(column_name = "isResolved")]
    pub is_resolved: Option<bool>,
    #[sea_orm(column_name = "resolvedAt")]
    pub resolved_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "notificationSent")]
    pub notification_sent: Option<bool>,
    #[sea_orm(column_name = "notificationSentAt")]
    pub notification_sent_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<super::organizations::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
