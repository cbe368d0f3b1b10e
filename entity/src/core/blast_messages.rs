//! `blast_messages`

use crate::Id;
use sea_orm::entity::prelude::*;

/// One message of a mailing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blast_messages")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(column_name = "blastSessionId")]
    pub blast_session_id: Option<i32>,
    pub recipient: String,
    #[sea_orm(column_type = "Text")]
    pub content: Option<String>,
    pub status: Option<String>,
    #[sea_orm(column_name = "sentAt")]
    pub sent_at: Option<DateTimeUtc>,
    #[sea_orm(column_name = "createdAt")]
    pub created_at: DateTimeUtc,
    #[sea_orm(column_name = "updatedAt")]
    pub updated_at: DateTimeUtc,
    #[sea_orm(column_name = "organizationId")]
    pub organization_id: Option<Id>,
    #[sea_orm(
        belongs_to,
        relation_enum = "BlastSession",
        from = "blast_session_id",
        to = "id"
    )]
    pub blast_session: BelongsTo<Option<super::blast_sessions::Entity>>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Organization",
        from = "organization_id",
        to = "id"
    )]
    pub organization: BelongsTo<Option<super::organizations::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
