//! The `core` set after all of its migrations.
//!
//! A column is nullable where the source document lets it be, even one that has a default.
#![allow(
    missing_docs,
    reason = "fields and variants are the columns and values of the schema; their names say it all"
)]

pub mod blast_messages;
pub mod blast_sessions;
pub mod campaigns;
pub mod chats;
pub mod enums;
pub mod organizations;
pub mod prelude;
pub mod quota_alerts;
pub mod sessions;
pub mod subscription_plans;
pub mod subscriptions;
pub mod templates;
pub mod usage_tracking;
pub mod users;

crate::models![
    BlastMessages,
    BlastSessions,
    Campaigns,
    Chats,
    Organizations,
    QuotaAlerts,
    Sessions,
    SubscriptionPlans,
    Subscriptions,
    Templates,
    UsageTracking,
    Users,
];
