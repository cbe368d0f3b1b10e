use super::columns::*;
use crate::support::{OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates `campaign_items`, what became of each contact of a campaign.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("campaign_items")
        .column(id())
        .column(belongs_to("campaign_id", "campaigns", OnDelete::Cascade).not_null())
        .column(belongs_to("contact_id", "contacts", OnDelete::Cascade).not_null())
        .column(
            choice(
                "status",
                &["queued", "sending", "sent", "failed", "skipped"],
            )
            .default_text("queued")
            .indexed(),
        )
        .column(text("rendered_message"))
        .column(text("error_reason"))
        .column(time("sent_at"))
        .column(created_at())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().drop(manager).await
    }
}
