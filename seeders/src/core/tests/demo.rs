//! The organizations' rows among each other.

use super::{Data, anchors, day};
use crate::SeedValue;
use std::collections::{BTreeMap, BTreeSet};

/// Columns that say when something happened. Others (ends of terms, schedules) say when it will.
const PAST: [&str; 9] = [
    "createdAt",
    "updatedAt",
    "sentAt",
    "recordedAt",
    "startsAt",
    "subscriptionStartsAt",
    "cancelledAt",
    "resolvedAt",
    "notificationSentAt",
];

#[test]
fn each_organization_has_an_owner_admins_and_members() {
    let data = Data::new(day(2026, 3, 31));
    let organizations = data.rows("organizations");
    assert_eq!(organizations.len(), 4);
    for organization in organizations {
        let users = data.owned("users", organization.text("slug"));
        let count = |role| {
            users
                .iter()
                .filter(|user| user.text("roleInOrg") == role)
                .count()
        };
        assert_eq!(count("owner"), 1, "{}", organization.name);
        assert!(count("admin") >= 1, "{}", organization.name);
        assert!(count("member") >= 2, "{}", organization.name);
        assert_eq!(
            count("owner") + count("admin") + count("member"),
            users.len()
        );
    }
}

#[test]
fn there_is_one_password_and_only_users_have_it() {
    let data = Data::new(day(2026, 3, 31));
    let mut passwords = 0;
    for table in &data.tables {
        for row in data.rows(table.table) {
            for (column, value) in &row.values {
                if let SeedValue::Password(password) = value {
                    assert_eq!((table.table, *column), ("users", "password"));
                    assert_eq!(password, "Demo@123");
                    passwords += 1;
                }
            }
        }
    }
    assert_eq!(passwords, data.rows("users").len());
}

#[test]
fn campaigns_stay_empty_and_every_other_table_is_filled() {
    let data = Data::new(day(2026, 3, 31));
    let tables: Vec<_> = data.tables.iter().map(|table| table.table).collect();
    assert_eq!(
        tables,
        [
            "subscription_plans",
            "organizations",
            "users",
            "subscriptions",
            "sessions",
            "blast_sessions",
            "blast_messages",
            "templates",
            "chats",
            "usage_tracking",
            "quota_alerts",
        ]
    );
    for organization in data.rows("organizations") {
        for table in data.tenant_tables() {
            let rows = data.owned(table, organization.text("slug"));
            // Nothing is an alert to one who has no limits.
            let empty =
                table == "quota_alerts" && organization.text("subscriptionPlan") == "enterprise";
            assert_eq!(rows.is_empty(), empty, "{table} of {}", organization.name);
        }
    }
}

#[test]
fn rows_of_an_organization_refer_to_its_own_rows_alone() {
    let data = Data::new(day(2026, 3, 31));
    let tenant_tables = data.tenant_tables();
    for table in &tenant_tables {
        for row in data.rows(table) {
            let slug = row.key("organizationId");
            for value in row.values.values() {
                if let SeedValue::Ref { table, key } = value
                    && tenant_tables.contains(table)
                {
                    let referred = data.find(table, key);
                    assert_eq!(referred.key("organizationId"), slug, "{}", row.name);
                }
            }
        }
    }
}

#[test]
fn what_happened_lies_before_the_anchor() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for table in &data.tables {
            for row in data.rows(table.table) {
                for column in PAST {
                    if let Some(SeedValue::Timestamp(time)) = row.values.get(column) {
                        assert!(*time <= anchor, "{}: {column} {time}", row.name);
                    }
                }
            }
        }
    }
}

#[test]
fn rows_are_created_in_a_possible_order() {
    for anchor in [
        day(2024, 2, 29),
        day(2024, 3, 1),
        day(2026, 1, 1),
        day(2026, 3, 31),
    ] {
        let data = Data::new(anchor);
        for table in data.tenant_tables() {
            for row in data.rows(table) {
                let created = row.time("createdAt").expect("a time of creation");
                for column in ["updatedAt", "sentAt", "scheduledAt"] {
                    if let Some(SeedValue::Timestamp(time)) = row.values.get(column) {
                        assert!(created <= *time, "{}: {column}", row.name);
                    }
                }
                for value in row.values.values() {
                    if let SeedValue::Ref { table, key } = value
                        && *table != "subscription_plans"
                    {
                        let referred = data.find(table, key).time("createdAt").unwrap();
                        assert!(referred <= created, "{} before {table}/{key}", row.name);
                    }
                }
            }
        }
    }
}

#[test]
fn a_blasts_status_agrees_with_its_messages() {
    for anchor in [day(2024, 2, 29), day(2024, 3, 1), day(2026, 1, 1)] {
        let data = Data::new(anchor);
        let mut statuses = BTreeMap::<_, BTreeSet<_>>::new();
        for message in data.rows("blast_messages") {
            let status = message.text("status");
            let sent = ["sent", "delivered", "read"].contains(&status);
            assert_eq!(message.time("sentAt").is_some(), sent, "{}", message.name);
            let kind = if sent { "sent" } else { status }.to_owned();
            let blast = message.key("blastSessionId").to_owned();
            statuses.entry(blast).or_default().insert(kind);
        }
        let mut seen = BTreeSet::new();
        for (blast, messages) in &statuses {
            let blast = data.find("blast_sessions", blast);
            let expected: &[&str] = match blast.text("status") {
                "completed" => &["failed", "sent"],
                "running" => &["pending", "sent"],
                "scheduled" => &["pending"],
                other => panic!("{}: {other}", blast.name),
            };
            assert!(messages.iter().eq(expected), "{}: {messages:?}", blast.name);
            let ahead = blast.time("scheduledAt").unwrap() > anchor;
            assert_eq!(ahead, blast.text("status") == "scheduled", "{}", blast.name);
            seen.insert(blast.text("status").to_owned());
        }
        assert_eq!(statuses.len(), data.rows("blast_sessions").len());
        assert_eq!(seen.len(), 3, "{seen:?}");
    }
}

#[test]
fn nothing_in_the_demo_can_reach_anybody() {
    let data = Data::new(day(2026, 3, 31));
    for table in ["organizations", "users"] {
        for row in data.rows(table) {
            assert!(row.text("email").ends_with(".example"), "{}", row.name);
        }
    }
    for (table, column) in [
        ("organizations", "phone"),
        ("sessions", "phoneNumber"),
        ("blast_messages", "recipient"),
        ("chats", "contact"),
    ] {
        for row in data.rows(table) {
            let digits = row.text(column).trim_start_matches('+');
            // 62 is Indonesia, where no number goes on with 0.
            assert!(digits.starts_with("62000"), "{}: {digits}", row.name);
            assert_eq!(digits.len(), 13);
            assert!(digits.chars().all(|digit| digit.is_ascii_digit()));
        }
    }
    let mut numbers = BTreeSet::new();
    for row in data.rows("sessions") {
        assert!(
            numbers.insert(row.text("phoneNumber").to_owned()),
            "{}",
            row.name
        );
    }
}

#[test]
fn no_placeholder_is_left_in_what_was_written() {
    let data = Data::new(day(2026, 3, 31));
    for (table, column) in [("blast_messages", "content"), ("chats", "message")] {
        for row in data.rows(table) {
            let text = row.text(column);
            assert!(!text.contains(['{', '}', '|']), "{}: {text}", row.name);
        }
    }
}
