use super::columns::*;
use crate::support::Table;
use sea_orm_migration::prelude::*;

/// Creates `devices`, the WhatsApp numbers that are connected.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("devices")
        .column(id())
        .column(tenant())
        .column(key("phone_number").not_null().indexed())
        .column(text("display_name"))
        .column(
            choice("session_status", &["connected", "scanning", "disconnected"])
                .default_text("disconnected")
                .indexed(),
        )
        .column(text("waha_session_id"))
        .column(text("webhook_url"))
        .column(
            json("anti_ban_config")
                .default_json(r#"{"typing_min":1,"typing_max":3,"enabled":true}"#),
        )
        .column(flag("ai_fallback_enabled").default_boolean(false))
        .column(json("ai_fallback_kb_ids").default_json("[]"))
        .column(text("ai_fallback_prompt"))
        .column(time("connected_at"))
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
