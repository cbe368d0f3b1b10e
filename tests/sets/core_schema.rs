//! The schema of `core` against its document, column by column, on every database: an expectation
//! written from the documents, compared with the catalogue as plain SQL shows it.

use super::catalogue::Catalogue;
use super::expected::{assert_columns, assert_indexes, assert_keys};
use super::tools::run;
use crate::support::{Db, TestDb};

/// Every table and its columns.
const TABLES: [(&str, &[&str]); 12] = [
    (
        "users",
        &[
            "id counted !",
            "username varchar(255) !",
            "email varchar(255)",
            "password varchar(255) !",
            "name varchar(255)",
            "isActive bool = true",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
            "roleInOrg enum(owner,admin,member) = member",
        ],
    ),
    (
        "sessions",
        &[
            "id counted !",
            "userId int",
            "name varchar(255)",
            "phoneNumber varchar(50)",
            "status varchar(50)",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
        ],
    ),
    (
        "blast_sessions",
        &[
            "id counted !",
            "sessionId int",
            "name varchar(255)",
            "status varchar(50)",
            "scheduledAt time",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
        ],
    ),
    (
        "blast_messages",
        &[
            "id counted !",
            "blastSessionId int",
            "recipient varchar(50) !",
            "content text",
            "status varchar(50)",
            "sentAt time",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
        ],
    ),
    (
        "campaigns",
        &[
            "id counted !",
            "userId int",
            "name varchar(255)",
            "status varchar(50)",
            "startsAt time",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
        ],
    ),
    (
        "templates",
        &[
            "id counted !",
            "userId int",
            "name varchar(255)",
            "content text",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
        ],
    ),
    (
        "chats",
        &[
            "id counted !",
            "sessionId int",
            "contact varchar(50) !",
            "direction varchar(50)",
            "message text",
            "sentAt time",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "organizationId uuid",
        ],
    ),
    (
        "organizations",
        &[
            "id uuid ! = random",
            "name varchar(255) !",
            "slug varchar(100) !",
            "email varchar(255) !",
            "phone varchar(50)",
            "ownerId int",
            "subscriptionPlan enum(free,starter,pro,enterprise) = free",
            "subscriptionStatus enum(active,suspended,cancelled,trial) = trial",
            "trialEndsAt time",
            "subscriptionStartsAt time",
            "subscriptionEndsAt time",
            "settings json = {}",
            "timezone varchar(100) = Asia/Jakarta",
            "currency varchar(10) = IDR",
            "isActive bool = true",
            "suspendedReason text",
            "suspendedAt time",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "deletedAt time",
        ],
    ),
    (
        "subscription_plans",
        &[
            "id counted !",
            "name varchar(100) !",
            "displayName varchar(255) !",
            "description text",
            "priceMonthly decimal(10,2) = 0",
            "priceYearly decimal(10,2) = 0",
            "currency varchar(10) = IDR",
            "quotas json ! = {\"maxWhatsappAccounts\":1,\"maxMessagesPerMonth\":1000,\"maxCampaignsPerMonth\":10,\"maxContacts\":1000,\"maxTemplates\":5,\"maxUsers\":1,\"maxStorageMb\":100,\"dailyMessageLimit\":100,\"concurrentBlasts\":1}",
            "features json = {\"spinText\":false,\"advancedAnalytics\":false,\"apiAccess\":false,\"customBranding\":false,\"prioritySupport\":false,\"webhookIntegration\":false,\"teamCollaboration\":false,\"advancedScheduling\":false}",
            "sortOrder int = 0",
            "isVisible bool = true",
            "isPopular bool = false",
            "createdAt time ! = now",
            "updatedAt time ! = now",
        ],
    ),
    (
        "subscriptions",
        &[
            "id uuid ! = random",
            "organizationId uuid !",
            "planId int !",
            "status enum(active,cancelled,expired,trial) = trial",
            "startsAt time !",
            "endsAt time",
            "trialEndsAt time",
            "cancelledAt time",
            "billingCycle enum(monthly,yearly,lifetime) = monthly",
            "autoRenew bool = true",
            "metadata json = {}",
            "createdAt time ! = now",
            "updatedAt time ! = now",
        ],
    ),
    (
        "usage_tracking",
        &[
            "id counted64 !",
            "organizationId uuid !",
            "metricType varchar(100) !",
            "metricValue int ! = 0",
            "metadata json = {}",
            "periodType enum(daily,monthly,yearly) = monthly",
            "periodStart date !",
            "periodEnd date !",
            "recordedAt time = now",
            "createdAt time ! = now",
        ],
    ),
    (
        "quota_alerts",
        &[
            "id counted !",
            "organizationId uuid !",
            "quotaType varchar(100) !",
            "currentUsage int !",
            "quotaLimit int !",
            "percentageUsed decimal(5,2) !",
            "alertLevel enum(warning,critical,exceeded) !",
            "isResolved bool = false",
            "resolvedAt time",
            "notificationSent bool = false",
            "notificationSentAt time",
            "createdAt time ! = now",
            "updatedAt time ! = now",
        ],
    ),
];

/// Every index: table, columns; the unique ones with `!`.
const INDEXES: [(&str, &str); 38] = [
    ("users", "username!"),
    ("users", "email!"),
    ("users", "organizationId"),
    ("users", "roleInOrg"),
    ("sessions", "userId"),
    ("sessions", "organizationId"),
    ("blast_sessions", "sessionId"),
    ("blast_sessions", "organizationId"),
    ("blast_messages", "blastSessionId"),
    ("blast_messages", "organizationId"),
    ("campaigns", "userId"),
    ("campaigns", "organizationId"),
    ("templates", "userId"),
    ("templates", "organizationId"),
    ("chats", "sessionId"),
    ("chats", "organizationId"),
    ("organizations", "slug!"),
    ("organizations", "email!"),
    ("organizations", "ownerId"),
    ("organizations", "subscriptionPlan"),
    ("organizations", "subscriptionStatus"),
    ("organizations", "isActive"),
    ("subscription_plans", "name!"),
    ("subscription_plans", "isVisible"),
    ("subscription_plans", "sortOrder"),
    ("subscriptions", "organizationId"),
    ("subscriptions", "planId"),
    ("subscriptions", "status"),
    ("subscriptions", "startsAt"),
    ("subscriptions", "endsAt"),
    ("usage_tracking", "organizationId,metricType"),
    ("usage_tracking", "periodStart,periodEnd"),
    ("usage_tracking", "metricType"),
    ("usage_tracking", "recordedAt"),
    ("quota_alerts", "organizationId"),
    ("quota_alerts", "quotaType"),
    ("quota_alerts", "alertLevel"),
    ("quota_alerts", "isResolved"),
];

/// Every foreign key: table, column, parent, what deleting the parent does.
const KEYS: [(&str, &str, &str, &str); 18] = [
    ("users", "organizationId", "organizations", "SET NULL"),
    ("sessions", "userId", "users", "CASCADE"),
    ("sessions", "organizationId", "organizations", "CASCADE"),
    ("blast_sessions", "sessionId", "sessions", "CASCADE"),
    (
        "blast_sessions",
        "organizationId",
        "organizations",
        "CASCADE",
    ),
    (
        "blast_messages",
        "blastSessionId",
        "blast_sessions",
        "CASCADE",
    ),
    (
        "blast_messages",
        "organizationId",
        "organizations",
        "CASCADE",
    ),
    ("campaigns", "userId", "users", "SET NULL"),
    ("campaigns", "organizationId", "organizations", "CASCADE"),
    ("templates", "userId", "users", "SET NULL"),
    ("templates", "organizationId", "organizations", "CASCADE"),
    ("chats", "sessionId", "sessions", "CASCADE"),
    ("chats", "organizationId", "organizations", "CASCADE"),
    ("organizations", "ownerId", "users", "NO ACTION"),
    (
        "subscriptions",
        "organizationId",
        "organizations",
        "CASCADE",
    ),
    ("subscriptions", "planId", "subscription_plans", "NO ACTION"),
    (
        "usage_tracking",
        "organizationId",
        "organizations",
        "CASCADE",
    ),
    ("quota_alerts", "organizationId", "organizations", "CASCADE"),
];

#[test]
fn every_column_is_as_the_document_has_it() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        assert_columns(db, &TABLES);
    });
}

#[test]
fn every_index_and_reference_is_as_the_document_has_it() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        assert_indexes(db, &INDEXES);
        assert_keys(db, &KEYS, "NO ACTION");
    });
}

#[test]
fn postgres_has_the_seven_enumerated_types_and_no_other() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    let catalogue = Catalogue::read(&db);
    let names: Vec<&str> = catalogue.enums.keys().map(String::as_str).collect();
    assert_eq!(
        names,
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

#[test]
fn mysql_tables_are_utf8mb4_and_transactional_whatever_the_server_prefers() {
    let db = TestDb::new(Db::Mysql);
    db.sql(&format!(
        "ALTER DATABASE {} CHARACTER SET latin1",
        db.name()
    ));
    run(&db, "migrate up");
    run(&db, "seed");
    let odd = db.rows(
        "SELECT table_name, engine, table_collation FROM information_schema.tables
         WHERE table_schema = database()
           AND (engine <> 'InnoDB' OR table_collation NOT LIKE 'utf8mb4%')",
    );
    assert!(odd.is_empty(), "{odd:?}");
    let odd = db.rows(
        "SELECT table_name, column_name, character_set_name FROM information_schema.columns
         WHERE table_schema = database() AND character_set_name <> 'utf8mb4'",
    );
    assert!(odd.is_empty(), "{odd:?}");
}
