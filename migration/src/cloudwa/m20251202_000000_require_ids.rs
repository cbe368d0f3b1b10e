use super::*;
use crate::support::Recreate;

/// Has `id` refuse NULL on SQLite, where a primary key of text takes it otherwise: clients that write
/// every column made rows without a key. Rows that have none get one.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn tables() -> Recreate {
    Recreate::new()
        .keyed(m20251201_000000_create_tenants::table(), true)
        .keyed(m20251201_000001_create_super_admins::table(), false)
        .keyed(m20251201_000002_create_users::table(), false)
        .keyed(m20251201_000003_create_devices::table(), false)
        .keyed(m20251201_000004_create_flows::table(), true)
        .keyed(m20251201_000005_create_flow_sessions::table(), false)
        .keyed(m20251201_000006_create_contacts::table(), false)
        .keyed(m20251201_000007_create_campaigns::table(), false)
        .keyed(m20251201_000008_create_campaign_items::table(), false)
        .keyed(m20251201_000009_create_messages::table(), false)
        .keyed(m20251201_000010_create_knowledge_docs::table(), false)
        .keyed(m20251201_000011_create_document_chunks::table(), false)
        .keyed(m20251201_000012_create_ai_providers::table(), true)
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables().up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables().down(manager).await
    }
}
