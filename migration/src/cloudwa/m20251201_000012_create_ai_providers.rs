use super::columns::*;
use crate::support::{Table, Touch, Where};
use sea_orm_migration::prelude::*;

/// Creates `ai_providers`, the tenants' keys to language models.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("ai_providers")
        .column(id())
        .column(tenant().indexed())
        .column(
            choice(
                "provider",
                &[
                    "openai",
                    "gemini",
                    "anthropic",
                    "groq",
                    "together",
                    "workers_ai",
                ],
            )
            .not_null(),
        )
        .column(text("api_key").not_null())
        .column(key("model_id"))
        .column(flag("is_default").default_boolean(false))
        .column(flag("is_active").default_boolean(true))
        .column(json("settings").default_json("{}"))
        .column(integer("usage_quota").default_integer(0))
        .column(integer("usage_current").default_integer(0))
        .column(time("last_used"))
        .column(created_at())
        .column(updated_at())
        .index(&["tenant_id", "is_default"])
        .unique_index(&["tenant_id", "provider", "model_id"])
        // To an index no two nulls are alike.
        .unique_where(&["tenant_id", "provider"], Where::Null("model_id"))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await?;
        Touch::attach(manager, "ai_providers").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().drop(manager).await
    }
}
