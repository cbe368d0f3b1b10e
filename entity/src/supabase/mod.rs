//! The `supabase` set after all of its migrations. PostgreSQL only.
//!
//! A column is nullable where the source document lets it be, even one that has a default. What a
//! query sees depends on its role: row level security holds for the tables' owner too.
#![allow(
    missing_docs,
    reason = "fields and variants are the columns and values of the schema; their names say it all"
)]

pub mod audit_logs;
pub mod auto_replies;
pub mod billing_events;
pub mod campaigns;
pub mod contacts;
pub mod enums;
pub mod messages;
pub mod organization_invitations;
pub mod organization_members;
pub mod organization_usage;
pub mod organizations;
pub mod prelude;
pub mod subscription_plans;
pub mod users;

crate::models![
    AuditLogs,
    AutoReplies,
    BillingEvents,
    Campaigns,
    Contacts,
    Messages,
    OrganizationInvitations,
    OrganizationMembers,
    OrganizationUsage,
    Organizations,
    SubscriptionPlans,
    Users,
];
