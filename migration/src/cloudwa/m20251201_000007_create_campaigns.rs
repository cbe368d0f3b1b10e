use super::columns::*;
use crate::support::Table;
use sea_orm_migration::prelude::*;

/// Creates `campaigns`, messages to many contacts at once.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("campaigns")
        .column(id())
        .column(tenant())
        .column(device())
        .column(text("name").not_null())
        .column(text("message_template").not_null())
        .column(text("media_url"))
        .column(choice("media_type", &["image", "video", "document"]))
        .column(
            choice(
                "status",
                &[
                    "draft",
                    "scheduled",
                    "processing",
                    "completed",
                    "paused",
                    "failed",
                ],
            )
            .default_text("draft")
            .indexed(),
        )
        .column(time("scheduled_at").indexed())
        .column(time("started_at"))
        .column(time("completed_at"))
        .column(integer("total_contacts").default_integer(0))
        .column(integer("sent_count").default_integer(0))
        .column(integer("failed_count").default_integer(0))
        .column(json("rate_config").default_json(r#"{"typing_delay":3,"message_gap":15}"#))
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
