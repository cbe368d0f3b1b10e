//! Usage against the rows, alerts against usage, and both against the plans.

use super::{Data, Row, anchors, day};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};

fn month_of(day: NaiveDate) -> (i32, u32) {
    (day.year(), day.month())
}

/// The limits of an organization's plan.
fn limits<'a>(data: &'a Data, slug: &str) -> BTreeMap<&'a str, i64> {
    let organization = data.find("organizations", slug);
    let plan = data
        .tables
        .iter()
        .find(|table| table.table == "subscription_plans")
        .and_then(|table| {
            let quotas = table.column("quotas").unwrap();
            let plan = organization.text("subscriptionPlan");
            let row = table.rows.iter().find(|row| row.key == plan)?;
            Some(&row.values[quotas])
        });
    let Some(crate::SeedValue::Json(quotas)) = plan else {
        panic!("{slug} has no plan");
    };
    let quotas = quotas.as_object().unwrap().iter();
    quotas
        .map(|(name, limit)| (name.as_str(), limit.as_i64().unwrap()))
        .collect()
}

/// When an organization's messages went out.
fn sent(data: &Data, slug: &str) -> Vec<DateTime<Utc>> {
    let chats = data.owned("chats", slug).into_iter();
    let chats = chats.filter(|chat| chat.text("direction") == "outgoing");
    let blasts = data.owned("blast_messages", slug).into_iter();
    blasts
        .chain(chats)
        .filter_map(|row| row.time("sentAt"))
        .collect()
}

fn slugs(data: &Data) -> Vec<String> {
    let organizations = data.rows("organizations");
    organizations
        .iter()
        .map(|row| row.text("slug").to_owned())
        .collect()
}

#[test]
fn usage_covers_the_last_three_calendar_months() {
    for (anchor, expected) in [
        (
            day(2024, 2, 29),
            [
                ("2023-12-01", "2023-12-31"),
                ("2024-01-01", "2024-01-31"),
                ("2024-02-01", "2024-02-29"),
            ],
        ),
        (
            day(2026, 1, 1),
            [
                ("2025-11-01", "2025-11-30"),
                ("2025-12-01", "2025-12-31"),
                ("2026-01-01", "2026-01-31"),
            ],
        ),
        (
            day(2026, 3, 31),
            [
                ("2026-01-01", "2026-01-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-03-01", "2026-03-31"),
            ],
        ),
    ] {
        let data = Data::new(anchor);
        let mut periods = BTreeMap::<_, BTreeSet<_>>::new();
        for row in data.rows("usage_tracking") {
            assert_eq!(row.text("periodType"), "monthly");
            let period = (
                row.date("periodStart").to_string(),
                row.date("periodEnd").to_string(),
            );
            let metric = (
                row.key("organizationId").to_owned(),
                row.text("metricType").to_owned(),
            );
            let recorded = row.time("recordedAt").unwrap();
            assert_eq!(
                month_of(recorded.date_naive()),
                month_of(row.date("periodStart"))
            );
            assert!(
                periods.entry(metric).or_default().insert(period),
                "{}",
                row.name
            );
        }
        for (metric, periods) in periods {
            let expected = expected.map(|(start, end)| (start.to_owned(), end.to_owned()));
            assert!(periods.iter().eq(&expected), "{metric:?}: {periods:?}");
        }
    }
}

#[test]
fn usage_is_what_the_rows_add_up_to() {
    for anchor in anchors().step_by(3) {
        let data = Data::new(anchor);
        for slug in slugs(&data) {
            let sent = sent(&data, &slug);
            for row in data.owned("usage_tracking", &slug) {
                let (start, end) = (row.date("periodStart"), row.date("periodEnd"));
                let until_the_end = |table| {
                    let rows = data.owned(table, &slug);
                    let created = rows.iter().filter_map(|row| row.time("createdAt"));
                    created.filter(|time| time.date_naive() <= end).count()
                };
                let expected = match row.text("metricType") {
                    "messages_sent" => {
                        let days = sent.iter().map(|time| time.date_naive());
                        days.filter(|day| start <= *day && *day <= end).count()
                    }
                    "whatsapp_accounts" => until_the_end("sessions"),
                    "users" => until_the_end("users"),
                    "templates" => until_the_end("templates"),
                    "storage_used" | "api_calls" => continue,
                    other => panic!("{}: {other}", row.name),
                };
                assert_eq!(row.int("metricValue"), expected as i64, "{}", row.name);
            }
        }
    }
}

#[test]
fn the_current_month_counts_everything_there_is() {
    for anchor in anchors().step_by(3) {
        let data = Data::new(anchor);
        for row in data.rows("usage_tracking") {
            let table = match row.text("metricType") {
                "whatsapp_accounts" => "sessions",
                "users" => "users",
                "templates" => "templates",
                _ => continue,
            };
            if month_of(row.date("periodStart")) == month_of(anchor.date_naive()) {
                let rows = data.owned(table, row.key("organizationId")).len();
                assert_eq!(row.int("metricValue"), rows as i64, "{}", row.name);
            }
        }
    }
}

#[test]
fn what_a_metric_is_made_of_is_its_value() {
    let data = Data::new(day(2026, 3, 31));
    for row in data.rows("usage_tracking") {
        let metadata = row.json("metadata");
        match row.text("metricType") {
            "messages_sent" => {
                let part = |name: &str| metadata[name].as_i64().unwrap();
                assert_eq!(part("blasts") + part("chats"), row.int("metricValue"));
            }
            "storage_used" => assert_eq!(metadata["unit"], "MB"),
            _ => assert_eq!(*metadata, serde_json::json!({}), "{}", row.name),
        }
    }
}

#[test]
fn api_calls_are_counted_where_the_plan_has_an_api() {
    let data = Data::new(day(2026, 3, 31));
    let counted: BTreeSet<_> = data
        .rows("usage_tracking")
        .iter()
        .filter(|row| row.text("metricType") == "api_calls")
        .map(|row| row.key("organizationId").to_owned())
        .collect();
    assert!(
        counted.iter().eq(["logistik-samudra", "rempah-nusantara"]),
        "{counted:?}"
    );
    // A month that has just begun has seen no calls.
    let data = Data::new(day(2026, 1, 1));
    for row in data.rows("usage_tracking") {
        if row.text("metricType") == "api_calls" && row.date("periodStart").year() == 2026 {
            assert_eq!(row.int("metricValue"), 0);
        }
    }
}

/// The alert that a usage demands: level, and percentage in hundredths.
fn demanded(usage: i64, limit: i64) -> Option<(&'static str, i64)> {
    let level = match usage {
        _ if usage >= limit => "exceeded",
        _ if usage * 20 >= limit * 19 => "critical",
        _ if usage * 5 >= limit * 4 => "warning",
        _ => return None,
    };
    Some((level, (usage * 10_000 / limit).min(99_999)))
}

#[test]
fn alerts_are_those_that_the_usage_demands() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let mut expected = Vec::new();
        for slug in slugs(&data) {
            let limits = limits(&data, &slug);
            for row in data.owned("usage_tracking", &slug) {
                let (quota, limit) = match row.text("metricType") {
                    "messages_sent" => ("messages", limits["maxMessagesPerMonth"]),
                    "whatsapp_accounts" => ("accounts", limits["maxWhatsappAccounts"]),
                    "users" => ("users", limits["maxUsers"]),
                    "templates" => ("templates", limits["maxTemplates"]),
                    "storage_used" => ("storage", limits["maxStorageMb"]),
                    _ => continue,
                };
                let usage = row.int("metricValue");
                if let Some((level, percentage)) = demanded(usage, limit) {
                    let month = month_of(row.date("periodStart"));
                    let (slug, level) = (slug.clone(), level.to_owned());
                    expected.push((slug, quota, month, usage, limit, level, percentage));
                }
            }
        }
        let mut seeded = Vec::new();
        let alerts = data.rows("quota_alerts");
        for alert in &alerts {
            let percentage = alert.text("percentageUsed");
            let (_, decimals) = percentage.split_once('.').unwrap();
            assert_eq!(decimals.len(), 2, "{}", alert.name);
            seeded.push((
                alert.key("organizationId").to_owned(),
                alert.text("quotaType"),
                month_of(alert.time("createdAt").unwrap().date_naive()),
                alert.int("currentUsage"),
                alert.int("quotaLimit"),
                alert.text("alertLevel").to_owned(),
                percentage.replace('.', "").parse().unwrap(),
            ));
        }
        assert_eq!(seeded, expected, "{anchor}");
    }
}

#[test]
fn alerts_of_past_months_are_resolved_and_those_of_this_month_are_not() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for alert in data.rows("quota_alerts") {
            let name = &alert.name;
            let created = alert.time("createdAt").unwrap();
            let past = month_of(created.date_naive()) < month_of(anchor.date_naive());
            assert_eq!(alert.bool("isResolved"), past, "{name}");
            assert_eq!(alert.time("resolvedAt").is_some(), past, "{name}");
            assert!(
                alert.time("resolvedAt").is_none_or(|time| time > created),
                "{name}"
            );
            assert_eq!(
                alert.bool("notificationSent"),
                alert.time("notificationSentAt").is_some(),
                "{name}"
            );
        }
    }
}

fn levels(alerts: &[Row<'_>], resolved: bool) -> BTreeSet<String> {
    let alerts = alerts
        .iter()
        .filter(|alert| alert.bool("isResolved") == resolved);
    alerts
        .map(|alert| alert.text("alertLevel").to_owned())
        .collect()
}

#[test]
fn every_level_is_shown_open_and_resolved() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let alerts = data.rows("quota_alerts");
        for resolved in [true, false] {
            let levels = levels(&alerts, resolved);
            assert!(
                levels.iter().eq(["critical", "exceeded", "warning"]),
                "{anchor}: {levels:?}"
            );
        }
        assert!(
            alerts
                .iter()
                .any(|a| a.text("quotaType") == "messages" && a.text("alertLevel") == "exceeded"),
            "{anchor}"
        );
    }
}

#[test]
fn other_limits_of_the_plans_are_kept() {
    for anchor in anchors().step_by(3) {
        let data = Data::new(anchor);
        for slug in slugs(&data) {
            let limits = limits(&data, &slug);
            let mut days = BTreeMap::<_, i64>::new();
            for time in sent(&data, &slug) {
                *days.entry(time.date_naive()).or_default() += 1;
            }
            let busiest = days.into_values().max().unwrap();
            assert!(
                busiest <= limits["dailyMessageLimit"],
                "{slug} sent {busiest} on {anchor}"
            );

            let messages = data.owned("blast_messages", &slug);
            let chats = data.owned("chats", &slug);
            let contacts: BTreeSet<_> = messages
                .iter()
                .map(|row| row.text("recipient"))
                .chain(chats.iter().map(|row| row.text("contact")))
                .collect();
            assert!(contacts.len() as i64 <= limits["maxContacts"], "{slug}");

            let blasts = data.owned("blast_sessions", &slug);
            let running = blasts
                .iter()
                .filter(|row| row.text("status") == "running")
                .count();
            assert!(running as i64 <= limits["concurrentBlasts"], "{slug}");
        }
    }
}

#[test]
fn words_to_choose_between_are_for_plans_with_spin_text() {
    let data = Data::new(day(2026, 3, 31));
    for template in data.rows("templates") {
        let spins = template.text("content").contains('|');
        let free = template.key("organizationId") == "kopi-senja";
        assert!(!(spins && free), "{}", template.name);
    }
}
