//! The default set: a single-tenant WhatsApp messaging application turned into multi-tenant SaaS.

use sea_orm_migration::prelude::*;

mod m20251010_095900_create_app_tables;
mod m20251010_100000_create_organizations;
mod m20251010_100001_create_subscription_plans;
mod m20251010_100002_create_subscriptions;
mod m20251010_100003_create_usage_tracking;
mod m20251010_100004_create_quota_alerts;
mod m20251010_100005_add_organization_to_users;
mod m20251010_100006_add_organization_to_sessions;
mod m20251010_100007_add_organization_to_blast_sessions;
mod m20251010_100008_add_organization_to_blast_messages;
mod m20251010_100009_add_organization_to_templates;
mod m20251010_100010_add_organization_to_chats;
mod m20251010_100011_add_organization_to_campaigns;

/// The migrations of the `core` set, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20251010_095900_create_app_tables::Migration),
            Box::new(m20251010_100000_create_organizations::Migration),
            Box::new(m20251010_100001_create_subscription_plans::Migration),
            Box::new(m20251010_100002_create_subscriptions::Migration),
            Box::new(m20251010_100003_create_usage_tracking::Migration),
            Box::new(m20251010_100004_create_quota_alerts::Migration),
            Box::new(m20251010_100005_add_organization_to_users::Migration),
            Box::new(m20251010_100006_add_organization_to_sessions::Migration),
            Box::new(m20251010_100007_add_organization_to_blast_sessions::Migration),
            Box::new(m20251010_100008_add_organization_to_blast_messages::Migration),
            Box::new(m20251010_100009_add_organization_to_templates::Migration),
            Box::new(m20251010_100010_add_organization_to_chats::Migration),
            Box::new(m20251010_100011_add_organization_to_campaigns::Migration),
        ]
    }
}
