//! A chat bot and broadcasting application for WhatsApp, written for Cloudflare D1, which is SQLite.

use sea_orm_migration::prelude::*;

mod columns;
mod m20251201_000000_create_tenants;
mod m20251201_000001_create_super_admins;
mod m20251201_000002_create_users;
mod m20251201_000003_create_devices;
mod m20251201_000004_create_flows;
mod m20251201_000005_create_flow_sessions;
mod m20251201_000006_create_contacts;
mod m20251201_000007_create_campaigns;
mod m20251201_000008_create_campaign_items;
mod m20251201_000009_create_messages;
mod m20251201_000010_create_knowledge_docs;
mod m20251201_000011_create_document_chunks;
mod m20251201_000012_create_ai_providers;
mod m20251202_000000_require_ids;

/// The migrations of the `cloudwa` set, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251201_000000_create_tenants::Migration),
            Box::new(m20251201_000001_create_super_admins::Migration),
            Box::new(m20251201_000002_create_users::Migration),
            Box::new(m20251201_000003_create_devices::Migration),
            Box::new(m20251201_000004_create_flows::Migration),
            Box::new(m20251201_000005_create_flow_sessions::Migration),
            Box::new(m20251201_000006_create_contacts::Migration),
            Box::new(m20251201_000007_create_campaigns::Migration),
            Box::new(m20251201_000008_create_campaign_items::Migration),
            Box::new(m20251201_000009_create_messages::Migration),
            Box::new(m20251201_000010_create_knowledge_docs::Migration),
            Box::new(m20251201_000011_create_document_chunks::Migration),
            Box::new(m20251201_000012_create_ai_providers::Migration),
            Box::new(m20251202_000000_require_ids::Migration),
        ]
    }
}
