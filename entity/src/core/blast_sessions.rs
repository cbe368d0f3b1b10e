//! `blast_sessions`

use crate::Id;
use sea_orm::entity::prelude::*;

/// One mailing through a session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blast_sessions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_name = "sessionId")]
    pub session_id: Option<i32>,
    pub name: Option<String>,
    pub status: Option<String>,
    #[sea_orm(column_name = "scheduledAt")]
    pub scheduled_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Option<Id>,
    #[sea_orm(belongs_to, relation_enum = "Session", from = "session_id", to = "id")]
    pub session: BelongsTo<Option<super::sessions::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<Option<super::organizations::Entity>>,
    #[sea_orm(has_many)]
    pub messages: HasMany<super::blast_messages::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
