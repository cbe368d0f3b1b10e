use super::columns::*;
use crate::support::{OnDelete, Table, Where};
use sea_orm_migration::prelude::*;

/// Creates `flow_sessions`, where each contact stands in a flow.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("flow_sessions")
        .column(id())
        .column(belongs_to("flow_id", "flows", OnDelete::Cascade).not_null())
        .column(device())
        .column(key("contact_phone").not_null())
        .column(text("current_node_id").not_null())
        .column(json("variables").default_json("{}"))
        .column(json("context").default_json("[]"))
        .column(choice("status", &["active", "completed", "expired"]).default_text("active"))
        .column(time("last_interaction").default_now())
        .column(created_at())
        .index(&["contact_phone", "device_id"])
        .unique_where(
            &["device_id", "contact_phone", "status"],
            Where::Is("status", "active"),
        )
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
