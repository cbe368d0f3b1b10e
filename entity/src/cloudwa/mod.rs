//! The `cloudwa` set after all of its migrations.
//!
//! A column is nullable where the document lets it be, even one that has a default.
#![allow(
    missing_docs,
    reason = "fields and variants are the columns and values of the schema; their names say it all"
)]

pub mod ai_providers;
pub mod campaign_items;
pub mod campaigns;
pub mod contacts;
pub mod devices;
pub mod document_chunks;
pub mod enums;
pub mod flow_sessions;
pub mod flows;
pub mod knowledge_docs;
pub mod messages;
pub mod prelude;
pub mod super_admins;
pub mod tenants;
pub mod users;

crate::models![
    AiProviders,
    CampaignItems,
    Campaigns,
    Contacts,
    Devices,
    DocumentChunks,
    FlowSessions,
    Flows,
    KnowledgeDocs,
    Messages,
    SuperAdmins,
    Tenants,
    Users,
];
