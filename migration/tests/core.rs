//! What holds for the `core` set without any database: names, order, and rendering.

mod common;

use common::{Way, assert_names, assert_rules, mysql_counts};
use migration::core::Migrator;

const NAMES: [&str; 13] = [
    "m20251010_095900_create_app_tables",
    "m20251010_100000_create_organizations",
    "m20251010_100001_create_subscription_plans",
    "m20251010_100002_create_subscriptions",
    "m20251010_100003_create_usage_tracking",
    "m20251010_100004_create_quota_alerts",
    "m20251010_100005_add_organization_to_users",
    "m20251010_100006_add_organization_to_sessions",
    "m20251010_100007_add_organization_to_blast_sessions",
    "m20251010_100008_add_organization_to_blast_messages",
    "m20251010_100009_add_organization_to_templates",
    "m20251010_100010_add_organization_to_chats",
    "m20251010_100011_add_organization_to_campaigns",
];

#[test]
fn the_thirteen_migrations_are_in_order() {
    assert_names::<Migrator>(&NAMES);
}

#[tokio::test]
async fn rendering_keeps_the_rules() {
    assert_eq!(
        assert_rules::<Migrator>().await,
        [
            "organizations_subscriptionPlan_enum",
            "organizations_subscriptionStatus_enum",
            "quota_alerts_alertLevel_enum",
            "subscriptions_billingCycle_enum",
            "subscriptions_status_enum",
            "usage_tracking_periodType_enum",
            "users_roleInOrg_enum",
        ]
    );
}

/// One object, one statement, so that a crash leaves whole objects only.
#[tokio::test]
async fn mysql_needs_one_statement_for_each_table() {
    for way in [Way::Up, Way::Down] {
        let counts = mysql_counts::<Migrator>(way).await;
        assert_eq!(counts, [7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    }
}
