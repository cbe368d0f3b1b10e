//! The schema of `core` against its document, column by column, on every database: an expectation
//! written from the documents, compared with the catalogue as plain SQL shows it.

use super::catalogue::{Catalogue, Column};
use super::tools::run;
use crate::support::{Db, TestDb};

/// Every table: its columns as `name type [!] [= default]`, where `!` refuses NULL. The types are
/// the document's; [`spelled`] says what they are on each database.
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

/// The type as that database's catalogue prints it.
fn spelled(kind: Db, table: &str, column: &str, word: &str) -> String {
    let (name, arguments) = word.split_once('(').unwrap_or((word, ""));
    let own = |sqlite: &str, postgres: &str, mysql: &str| {
        let words = [sqlite, postgres, mysql];
        words[Db::ALL.iter().position(|db| *db == kind).unwrap()].to_owned()
    };
    match name {
        "counted" | "int" => own("integer", "integer", "int(11)"),
        "counted64" => own("integer", "bigint", "bigint(20)"),
        "uuid" => own("char(36)", "uuid", "char(36)"),
        "varchar" => own(word, &format!("character varying({arguments}"), word),
        "text" => own("text", "text", "text"),
        "bool" => own("boolean", "boolean", "tinyint(1)"),
        "time" => own("datetime", "timestamp with time zone", "datetime(3)"),
        "date" => own("date", "date", "date"),
        "json" => own("text", "jsonb", "json"),
        "decimal" => own(
            &word.replace(',', ", "),
            &word.replace("decimal", "numeric"),
            word,
        ),
        "enum" => {
            let name = format!("{table}_{column}_enum");
            let name = match name.chars().any(char::is_uppercase) {
                true => format!("\"{name}\""),
                false => name,
            };
            own(
                "text",
                &name,
                &word
                    .replace(',', "','")
                    .replace('(', "('")
                    .replace(')', "')"),
            )
        }
        _ => panic!("{word}"),
    }
}

/// The default as it is written in [`TABLES`].
fn plain_default(column: &Column) -> Option<String> {
    let text = column.default.as_ref()?;
    if text.contains("uuid()") || text.contains("randomblob") {
        return Some("random".to_owned());
    }
    let lower = text.to_ascii_lowercase();
    if ["current_timestamp", "utc_timestamp", "now()"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Some("now".to_owned());
    }
    let text = text
        .split_once("'::")
        .map_or(text.as_str(), |(text, _)| text);
    let text = text.trim_matches(['(', ')']).trim_matches('\'');
    Some(match (column.kind.as_str(), text) {
        ("tinyint(1)", "1") => "true".to_owned(),
        ("tinyint(1)", "0") => "false".to_owned(),
        (kind, "0.00") if kind.starts_with("decimal") => "0".to_owned(),
        _ => text.to_owned(),
    })
}

fn is_json(text: &str) -> Option<serde_json::Value> {
    text.starts_with('{')
        .then(|| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[test]
fn every_column_is_as_the_document_has_it() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let catalogue = Catalogue::read(db);
        let mut tables: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
        tables.sort_unstable();
        assert_eq!(catalogue.tables, tables);
        for (table, expected) in TABLES {
            let found: Vec<&Column> = catalogue.columns_of(table).collect();
            let names: Vec<&str> = found.iter().map(|c| c.name.as_str()).collect();
            let wanted: Vec<&str> = expected
                .iter()
                .map(|line| line.split(' ').next().unwrap())
                .collect();
            assert_eq!(names, wanted, "columns of {table}");
            for (column, line) in found.iter().zip(expected) {
                let (line, default) = match line.split_once(" = ") {
                    Some((line, default)) => (line, Some(default)),
                    None => (*line, None),
                };
                let words: Vec<&str> = line.split(' ').collect();
                let what = format!("{table}.{}", column.name);
                let kind = spelled(db.kind(), table, &column.name, words[1]);
                assert_eq!(column.kind, kind, "type of {what}");
                assert_eq!(column.nullable, words.len() == 2, "nullability of {what}");
                assert_eq!(
                    column.auto,
                    words[1].starts_with("counted"),
                    "counting of {what}"
                );
                let found = plain_default(column);
                match (
                    found.as_deref().and_then(is_json),
                    default.and_then(is_json),
                ) {
                    (None, None) => assert_eq!(found.as_deref(), default, "default of {what}"),
                    (found, wanted) => assert_eq!(found, wanted, "default of {what}"),
                }
                if let Some(values) = words[1].strip_prefix("enum(") {
                    let values: Vec<&str> = values.trim_end_matches(')').split(',').collect();
                    let found = catalogue.values_of(column).unwrap_or_default();
                    assert_eq!(found, values, "values of {what}");
                }
            }
            assert_eq!(catalogue.primary_key(table), ["id"], "key of {table}");
        }
    });
}

#[test]
fn every_index_and_reference_is_as_the_document_has_it() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let catalogue = Catalogue::read(db);
        let mut found: Vec<(String, String)> = catalogue
            .indexes
            .iter()
            .filter(|index| !index.primary)
            .map(|index| {
                let mark = if index.unique { "!" } else { "" };
                (index.table.clone(), index.columns.join(",") + mark)
            })
            .collect();
        let mut expected: Vec<(String, String)> = INDEXES
            .iter()
            .map(|(table, columns)| ((*table).to_owned(), (*columns).to_owned()))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);

        let mut found: Vec<[String; 4]> = catalogue
            .keys
            .iter()
            .map(|key| {
                assert_eq!(key.parent_columns, ["id"]);
                // InnoDB knows one word for two things that it does alike.
                let action = key.on_delete.replace("RESTRICT", "NO ACTION");
                [
                    key.table.clone(),
                    key.columns.join(","),
                    key.parent.clone(),
                    action,
                ]
            })
            .collect();
        let mut expected: Vec<[String; 4]> = KEYS
            .iter()
            .map(|(a, b, c, d)| [a, b, c, d].map(|word| (*word).to_owned()))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
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
