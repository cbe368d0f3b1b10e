//! Usage against rows and limits, payments against plans, records against what happened.

use super::{Data, PLANS, Row, anchors};
use crate::support::Month;
use std::collections::{BTreeMap, BTreeSet};

fn limits(plan: &str) -> BTreeMap<&'static str, i64> {
    let (_, _, limits) = PLANS.iter().find(|(id, ..)| *id == plan).expect("a plan");
    let metrics = [
        "monthly_messages",
        "whatsapp_accounts",
        "team_members",
        "auto_replies",
        "campaigns",
    ];
    metrics.into_iter().zip(*limits).collect()
}

/// Within a limit, which is none below zero.
fn within(value: i64, limit: i64) -> bool {
    limit < 0 || value <= limit
}

#[test]
fn usage_is_what_the_rows_say_and_within_the_plan() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for organization in data.rows("organizations") {
            let slug = organization.text("slug");
            let limits = limits(organization.text("subscription_plan"));
            let usage = data.owned("organization_usage", slug);
            for month in [Month::of(anchor).back(1), Month::of(anchor)] {
                let value = |metric: &str| -> i64 {
                    let rows: Vec<&Row<'_>> = usage
                        .iter()
                        .filter(|u| u.text("metric_name") == metric)
                        .filter(|u| u.time("period_start") == Some(month.start()))
                        .collect();
                    assert!(rows.len() < 2, "{metric} of {slug} is there twice");
                    rows.first().map_or(0, |u| u.int("metric_value"))
                };
                let count = |table: &str, belongs: &dyn Fn(&Row<'_>) -> bool| -> i64 {
                    let rows = data.owned(table, slug);
                    rows.iter().filter(|r| belongs(r)).count() as i64
                };
                let inside = |row: &Row<'_>, column: &str| {
                    row.time(column).is_some_and(|time| month.contains(time))
                };
                let by_then = |row: &Row<'_>, column: &str| row.time(column) < Some(month.end());
                let messages = count("messages", &|m| {
                    m.text("direction") == "outbound"
                        && m.text("status") != "failed"
                        && inside(m, "sent_at")
                });
                let expected = [
                    ("monthly_messages", messages),
                    (
                        "team_members",
                        count("organization_members", &|m| by_then(m, "joined_at")),
                    ),
                    (
                        "auto_replies",
                        count("auto_replies", &|r| by_then(r, "created_at")),
                    ),
                    (
                        "campaigns",
                        count("campaigns", &|c| inside(c, "created_at")),
                    ),
                ];
                for (metric, expected) in expected {
                    assert_eq!(value(metric), expected, "{metric} of {slug} at {anchor}");
                }
                for (metric, limit) in &limits {
                    let all_right = within(value(metric), *limit);
                    assert!(all_right, "{metric} of {slug} at {anchor}");
                }
                assert!(value("whatsapp_accounts") > 0, "{slug} at {anchor}");
            }
            for row in &usage {
                let start = row.time("period_start").expect("a start");
                assert_eq!(row.time("period_end"), Some(Month::of(start).end()));
                let begun = start < Month::of(anchor).start();
                let by_month = ["monthly_messages", "campaigns"].contains(&row.text("metric_name"));
                let least = i64::from(begun || !by_month);
                assert!(row.int("metric_value") >= least, "{}", row.name);
                assert!(limits.contains_key(row.text("metric_name")));
            }
        }
    }
}

#[test]
fn both_months_have_usage_and_the_last_has_messages() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for organization in data.rows("organizations") {
            let usage = data.owned("organization_usage", organization.text("slug"));
            let metrics = |months: u32| -> BTreeSet<&str> {
                let start = Month::of(anchor).back(months).start();
                let rows = usage
                    .iter()
                    .filter(|u| u.time("period_start") == Some(start));
                rows.map(|u| u.text("metric_name")).collect()
            };
            assert!(metrics(1).contains("monthly_messages"), "{anchor}");
            assert!(metrics(0).contains("team_members"), "{anchor}");
        }
    }
}

#[test]
fn what_was_paid_is_the_price_of_the_plan_at_the_time() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for organization in data.rows("organizations") {
            let slug = organization.text("slug");
            let mut events = data.owned("billing_events", slug);
            events.sort_by_key(|e| e.time("created_at"));
            let mut plan: Option<String> = None;
            let mut invoices = Vec::new();
            for event in &events {
                let name = &event.name;
                let details = event.json("event_data");
                let of = details["plan"].as_str().expect("a plan");
                let (_, cents, _) = PLANS.iter().find(|(id, ..)| *id == of).expect("the plan");
                assert_eq!(details["amount"], *cents, "{name}");
                for (detail, column) in [
                    ("customer", "stripe_customer_id"),
                    ("subscription", "stripe_subscription_id"),
                ] {
                    assert_eq!(details[detail], organization.text(column), "{name}");
                }
                let time = event.time("created_at").expect("a time");
                let processed = event.time("processed_at").expect("a time");
                assert!(time < processed && processed < anchor, "{name}");
                match event.text("event_type") {
                    "customer.subscription.created" => {
                        assert_eq!(organization.time("created_at"), Some(time));
                        assert_eq!(plan.replace(of.to_owned()), None, "{name}");
                    }
                    "customer.subscription.updated" => {
                        assert_ne!(plan.replace(of.to_owned()).as_deref(), Some(of), "{name}");
                    }
                    "invoice.paid" => {
                        assert_eq!(plan.as_deref(), Some(of), "{name}");
                        invoices.push(Month::of(time).first());
                    }
                    other => panic!("{name}: {other}"),
                }
            }
            assert_eq!(
                plan.as_deref(),
                Some(organization.text("subscription_plan"))
            );
            if organization.text("subscription_status") == "trialing" {
                assert!(invoices.is_empty(), "{slug} at {anchor}");
                assert!(organization.time("trial_ends_at") > Some(anchor));
            } else {
                let months: BTreeSet<_> = invoices.iter().collect();
                assert_eq!(months.len(), invoices.len(), "one a month");
                assert!(invoices.len() >= 4, "{slug} at {anchor}");
                assert_eq!(organization.time("trial_ends_at"), None);
            }
        }
    }
}

#[test]
fn records_say_what_happened() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for organization in data.rows("organizations") {
            let slug = organization.text("slug");
            let logs = data.owned("audit_logs", slug);
            let of = |action: &str| -> Vec<&Row<'_>> {
                logs.iter().filter(|l| l.text("action") == action).collect()
            };
            for log in &logs {
                assert!(log.time("created_at") < Some(anchor), "{}", log.name);
                let author = data.find("organization_members", log.key("user_id"));
                assert!(author.time("joined_at") <= log.time("created_at"));
            }
            let created = of("organization.created");
            let [created] = created.as_slice() else {
                panic!("{slug}: {} beginnings", created.len());
            };
            assert_eq!(created.time("created_at"), organization.time("created_at"));
            let members = data.owned("organization_members", slug);
            assert_eq!(of("member.joined").len(), members.len() - 1);
            let campaigns = data.owned("campaigns", slug);
            let done = campaigns.iter().filter(|c| c.text("status") == "completed");
            assert_eq!(of("campaign.completed").len(), done.count());
            let changed = of("subscription.changed");
            let latest = changed.iter().filter_map(|l| l.time("created_at")).max();
            let expected = latest.or(organization.time("created_at"));
            assert_eq!(organization.time("updated_at"), expected, "{slug}");
        }
    }
}
