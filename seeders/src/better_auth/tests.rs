//! Tests of the set's definitions and seeders, on the rows that the engine gets.

use super::modules::{MODULES, module};
use super::plans::{CURRENCY, PLANS, plan};
use super::seeders;
use crate::testing::{Data, Row, anchors, problems};
use crate::{SeedContext, SeedKind, SeedTable, SeedValue};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeSet;

fn data(anchor: DateTime<Utc>) -> Data {
    Data::of(&seeders(), anchor)
}

/// The rows of an organization.
fn owned<'a>(data: &'a Data, table: &str, slug: &str) -> Vec<Row<'a>> {
    let rows = data.rows(table).into_iter();
    rows.filter(|row| row.key("organizationId") == slug)
        .collect()
}

/// What the reference seeder wants for organizations.
fn defaults(ids: &[&str]) -> Vec<SeedTable> {
    let seeders = seeders();
    let each = seeders[0]
        .for_each()
        .expect("it goes through organizations");
    assert_eq!((each.table, each.column), ("organization", "id"));
    let context = SeedContext {
        anchor: DateTime::UNIX_EPOCH,
    };
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    (each.tables)(&context, &ids)
}

#[test]
fn plans_are_the_documents() {
    let told: Vec<_> = PLANS
        .iter()
        .map(|p| (p.key, p.name, p.price, p.interval.map(|i| i.as_str())))
        .collect();
    assert_eq!(
        told,
        [
            ("free", "Free", 0, None),
            ("monthly", "Professional", 29, Some("month")),
            ("yearly", "Enterprise", 290, Some("year")),
        ]
    );
    let limits: Vec<_> = PLANS
        .iter()
        .map(|p| &p.limits)
        .map(|l| (l.modules, l.members, l.storage_gb, l.api_calls_per_month))
        .collect();
    assert_eq!(
        limits,
        [
            (2, 10, 1, 1_000),
            (5, 50, 50, 50_000),
            (999, 999, 500, 999_999)
        ]
    );
    let features: Vec<usize> = PLANS.iter().map(|p| p.features.len()).collect();
    assert_eq!(features, [3, 5, 7]);
    assert_eq!(CURRENCY, "USD");
    assert_eq!(plan("monthly").map(|p| p.name), Some("Professional"));
    assert!(plan("professional").is_none());
}

#[test]
fn modules_are_the_documents() {
    let told: Vec<_> = MODULES
        .iter()
        .map(|m| (m.key, m.name, m.icon, m.category))
        .collect();
    assert_eq!(
        told,
        [
            (
                "visitor_management",
                "Visitor Management",
                "UserCheck",
                "Operations"
            ),
            (
                "ticket_management",
                "Ticket Management",
                "Ticket",
                "Support"
            ),
            ("inventory", "Inventory Management", "Package", "Operations"),
            ("crm", "CRM", "Users", "Sales"),
            ("invoicing", "Invoicing", "FileText", "Finance"),
        ]
    );
    let settings: Vec<_> = MODULES.iter().map(|m| m.default_settings()).collect();
    assert_eq!(
        settings,
        [
            Some(json!({
                "maxDailyVisitors": 100, "requirePhoto": false, "requireIdScan": false,
                "autoCheckoutHours": 8
            })),
            Some(json!({
                "autoAssignTickets": false,
                "ticketCategories": ["Technical", "Billing", "General"], "slaHours": 24
            })),
            Some(json!({
                "lowStockThreshold": 10, "enableBarcodeScanning": false, "trackSerialNumbers": true
            })),
            None,
            None,
        ]
    );
    assert!(module("crm").is_some() && module("CRM").is_none());
}

#[test]
fn the_rows_can_be_inserted_in_their_order() {
    for anchor in anchors() {
        let found = problems(&seeders(), &SeedContext { anchor });
        assert!(found.is_empty(), "{anchor}: {found:#?}");
    }
    let kinds: Vec<_> = seeders().iter().map(|s| (s.name(), s.kind())).collect();
    assert_eq!(
        kinds,
        [
            ("org-defaults", SeedKind::Reference),
            ("demo-organizations", SeedKind::Demo),
        ]
    );
}

#[test]
fn an_organization_gets_a_year_of_the_free_plan_and_visitor_management() {
    let tables = defaults(&["abc"]);
    let row = |i: usize| {
        let table = &tables[i];
        let values = table.columns.iter().copied().zip(&table.rows[0].values);
        Row {
            name: table.table.to_owned(),
            values: values.collect(),
        }
    };
    let subscription = row(0);
    assert_eq!(subscription.name, "organizationSubscription");
    assert_eq!(subscription.text("organizationId"), "abc");
    assert_eq!(
        (subscription.text("plan"), subscription.text("status")),
        ("free", "active")
    );
    let now = SeedValue::FromNow(TimeDelta::zero());
    for column in ["currentPeriodStart", "createdAt", "updatedAt"] {
        assert_eq!(*subscription.get(column), now, "{column}");
    }
    assert_eq!(
        *subscription.get("currentPeriodEnd"),
        SeedValue::FromNow(TimeDelta::days(365))
    );
    let module = row(1);
    assert_eq!(module.name, "organizationModule");
    assert_eq!(
        (module.text("moduleKey"), module.bool("isEnabled")),
        ("visitor_management", true)
    );
    assert_eq!(
        *module.json("settings"),
        json!({"maxDailyVisitors": 100, "requirePhoto": false, "autoCheckoutHours": 8})
    );
    assert_eq!(tables[0].natural_key, ["organizationId"]);
    assert_eq!(tables[1].natural_key, ["organizationId", "moduleKey"]);
}

#[test]
fn ids_look_like_cuids_and_are_the_same_whenever_a_database_was_seeded() {
    let ids = |anchor| -> Vec<String> {
        let mut tables = data(anchor).tables;
        // An organization may be called like a demo's slug.
        tables.extend(defaults(&["nike", "abc"]));
        tables
            .iter()
            .flat_map(|t| t.rows.iter().map(move |row| (t.table, &row.values[0])))
            .map(|(table, id)| match id {
                SeedValue::Text(id) => format!("{table} {id}"),
                other => panic!("{table}: {other:?}"),
            })
            .collect()
    };
    let mut days = anchors();
    let first = ids(days.next().unwrap());
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len());
    for id in first.iter().map(|id| id.split_once(' ').unwrap().1) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(
            id.len() == 25 && id.starts_with('c') && id.chars().all(fits),
            "{id}"
        );
    }
    assert!(days.all(|anchor| ids(anchor) == first));
}

#[test]
fn nothing_in_the_demo_happened_in_the_future() {
    for anchor in anchors() {
        let data = data(anchor);
        for table in &data.tables {
            for row in data.rows(table.table) {
                for (column, value) in &row.values {
                    let ahead = ["expiresAt", "currentPeriodEnd"].contains(column);
                    if let SeedValue::Timestamp(time) = value {
                        assert!(ahead || *time < anchor, "{}: {column} {time}", row.name);
                    }
                }
            }
        }
    }
}

#[test]
fn people_sign_up_then_found_or_join() {
    for anchor in anchors() {
        let data = data(anchor);
        for organization in data.rows("organization") {
            let slug = organization.text("slug");
            let founded = organization.time("createdAt");
            let members = owned(&data, "member", slug);
            assert_eq!(members[0].text("role"), "owner", "{slug}");
            assert!(members[1..].iter().all(|m| m.text("role") != "owner"));
            let users: BTreeSet<&str> = members.iter().map(|m| m.key("userId")).collect();
            assert_eq!(users.len(), members.len(), "{slug}: one is there twice");
            for member in &members {
                let user = data.find("user", member.key("userId"));
                assert!(
                    user.time("createdAt") < member.time("createdAt"),
                    "{}",
                    member.name
                );
                assert!(founded <= member.time("createdAt"), "{}", member.name);
            }
            for team in owned(&data, "team", slug) {
                assert!(founded <= team.time("createdAt"), "{}", team.name);
            }
        }
        for one in data.rows("teamMember") {
            let team = data.find("team", one.key("teamId"));
            let members = owned(&data, "member", team.key("organizationId"));
            let as_member = members
                .iter()
                .find(|m| m.key("userId") == one.key("userId"));
            let joined = as_member.unwrap_or_else(|| panic!("{}: no member", one.name));
            assert!(
                joined.time("createdAt") <= one.time("createdAt"),
                "{}",
                one.name
            );
            assert!(
                team.time("createdAt") <= one.time("createdAt"),
                "{}",
                one.name
            );
        }
        let users = data.rows("user");
        assert_eq!(data.rows("account").len(), users.len());
        for account in data.rows("account") {
            assert_eq!(account.text("providerId"), "credential");
            assert_eq!(account.get("accountId"), account.get("userId"));
        }
    }
}

#[test]
fn invitations_are_answered_open_or_too_old() {
    for anchor in anchors() {
        let data = data(anchor);
        let mut states = BTreeSet::new();
        for invitation in data.rows("invitation") {
            let slug = invitation.key("organizationId");
            let members = owned(&data, "member", slug);
            let of = |user: &str| members.iter().find(|m| m.key("userId") == user);
            let inviter = of(invitation.key("inviterId")).expect("a member invites");
            assert_ne!(inviter.text("role"), "member", "{}", invitation.name);
            if !matches!(invitation.get("teamId"), SeedValue::Null) {
                let team = data.find("team", invitation.key("teamId"));
                assert_eq!(team.key("organizationId"), slug);
            }
            let open = invitation.time("expiresAt") > Some(anchor);
            let member = of(invitation.text("email"));
            states.insert((invitation.text("status").to_owned(), open));
            if invitation.text("status") == "accepted" {
                let joined = member.expect("who accepted is a member");
                assert!(joined.time("createdAt") < invitation.time("expiresAt"));
            } else {
                assert!(member.is_none(), "{}", invitation.name);
            }
        }
        let expected = [("accepted", false), ("pending", false), ("pending", true)];
        assert_eq!(
            states,
            expected.map(|(s, open)| (s.to_owned(), open)).into()
        );
    }
}

#[test]
fn subscriptions_and_modules_keep_to_the_plans() {
    for anchor in anchors() {
        let data = data(anchor);
        let mut run_out = Vec::new();
        let mut full = Vec::new();
        for organization in data.rows("organization") {
            let slug = organization.text("slug").to_owned();
            let subscriptions = owned(&data, "organizationSubscription", &slug);
            let [subscription] = subscriptions.as_slice() else {
                panic!("{slug}: {} subscriptions", subscriptions.len());
            };
            let plan = plan(subscription.text("plan")).expect("a plan");
            let (start, end) = (
                subscription.time("currentPeriodStart").unwrap(),
                subscription.time("currentPeriodEnd").unwrap(),
            );
            let days = (end - start).num_days();
            let expected = match plan.key {
                "monthly" => 28..=31,
                _ => 365..=366,
            };
            assert!(expected.contains(&days), "{slug} at {anchor}: {days} days");
            assert!(organization.time("createdAt") <= Some(start));
            assert_eq!(subscription.text("status"), "active");
            if end < anchor {
                run_out.push(slug.clone());
            }
            assert_eq!(
                plan.price == 0,
                matches!(subscription.get("stripeCustomerId"), SeedValue::Null)
            );
            let usage = subscription.json("currentPeriodUsage");
            let used = |what: &str| usage[what].as_u64().unwrap();
            assert!(
                used("storage_gb") <= plan.limits.storage_gb.into(),
                "{slug}"
            );
            assert!(used("api_calls") <= plan.limits.api_calls_per_month.into());

            let members = owned(&data, "member", &slug);
            assert!(members.len() <= plan.limits.members as usize);
            let mut on = 0;
            for row in owned(&data, "organizationModule", &slug) {
                assert!(module(row.text("moduleKey")).is_some(), "{}", row.name);
                let of = |user: &str| members.iter().any(|m| m.key("userId") == user);
                assert!(of(row.key("enabledBy")), "{}", row.name);
                assert!(organization.time("createdAt") < row.time("enabledAt"));
                if row.bool("isEnabled") {
                    on += 1;
                    assert_eq!(row.time("disabledAt"), None, "{}", row.name);
                    assert_eq!(*row.get("disabledBy"), SeedValue::Null);
                } else {
                    assert!(row.time("enabledAt") < row.time("disabledAt"));
                    assert!(of(row.key("disabledBy")), "{}", row.name);
                }
            }
            assert!(on <= plan.limits.modules, "{slug}");
            if on == plan.limits.modules {
                full.push(plan.key);
            }
        }
        assert_eq!(run_out, ["lumen-works"], "{anchor}");
        assert_eq!(full, ["free"], "{anchor}");
        let nike = owned(&data, "organizationModule", "nike");
        let keys: Vec<&str> = nike.iter().map(|row| row.text("moduleKey")).collect();
        assert_eq!(keys, ["visitor_management", "ticket_management"]);
    }
}
