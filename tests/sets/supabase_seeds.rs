//! The seeds of `supabase` in the database: the specification's plans, a demo that agrees with itself
//! and brings no organization but its own.

use std::collections::BTreeMap;

use serde_json::json;

use super::tools::{column, one};
use crate::support::{Db, Output, Saasdb, TestDb};

/// Who owns the first organization.
pub const OWNER: &str = "9be8c081-b8ac-57e7-a859-f817e87a59be";

/// The tables that the seeds fill.
const TABLES: [&str; 12] = [
    "auth.users",
    "audit_logs",
    "auto_replies",
    "billing_events",
    "campaigns",
    "contacts",
    "messages",
    "organization_invitations",
    "organization_members",
    "organization_usage",
    "organizations",
    "subscription_plans",
];

fn program(url: &str) -> Saasdb {
    Saasdb::new()
        .env("DATABASE_URL", url)
        .env("SAASDB_SET", "supabase")
}

/// Runs `saasdb` on that URL.
#[track_caller]
pub fn call(url: &str, command: &str) -> Output {
    program(url).call(command.split_whitespace())
}

/// Runs `saasdb` as the superuser, which has to succeed.
#[track_caller]
pub fn run(db: &TestDb, command: &str) -> Output {
    call(db.url(), command).success()
}

/// What a command prints as JSON.
#[track_caller]
pub fn json_of(url: &str, command: &str) -> serde_json::Value {
    call(url, &format!("{command} --format json"))
        .success()
        .json()
}

/// Rows by table.
pub type Content = BTreeMap<&'static str, Vec<String>>;

/// The rows of every table that the seeds fill, whoever may see them.
#[track_caller]
pub fn content(db: &TestDb) -> Content {
    TABLES
        .iter()
        .map(|table| {
            let rows = column(db, &format!("SELECT t::text FROM {table} t ORDER BY 1"));
            (*table, rows)
        })
        .collect()
}

/// Rows of all tables together.
pub fn total(content: &Content) -> usize {
    content.values().map(Vec::len).sum()
}

#[track_caller]
fn seeded() -> TestDb {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    run(&db, "seed --env dev");
    db
}

/// Fails if the query, which looks for contradictions, finds one.
#[track_caller]
fn none(db: &TestDb, what: &str, query: &str) {
    let found = db.rows(query);
    assert!(found.is_empty(), "{what}: {found:?}");
}

#[test]
fn the_plans_are_the_specifications() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    run(&db, "seed --only subscription-plans");
    let plans = db.rows(
        "SELECT id, price_monthly, price_yearly, limits, is_active, jsonb_typeof(features)
         FROM subscription_plans ORDER BY sort_order",
    );
    let expected = [
        ("starter", 29, [1_000, 1, 1, 5, 0]),
        ("professional", 99, [10_000, 3, 5, 50, 10]),
        ("business", 299, [50_000, 10, 20, 200, 50]),
        ("enterprise", 999, [-1; 5]),
    ];
    assert_eq!(plans.len(), expected.len());
    for (plan, (id, euros, limits)) in plans.iter().zip(expected) {
        let cents = euros * 100;
        assert_eq!(
            plan[..3],
            [id.into(), cents.to_string(), (10 * cents).to_string()]
        );
        let [messages, accounts, members, replies, campaigns] = limits;
        let found: serde_json::Value = serde_json::from_str(&plan[3]).expect("JSON");
        assert_eq!(
            found,
            json!({
                "monthly_messages": messages, "whatsapp_accounts": accounts,
                "team_members": members, "auto_replies": replies, "campaigns": campaigns,
            }),
            "{id}"
        );
        assert_eq!(plan[4..], ["t", "object"], "{id}");
    }
}

#[test]
fn the_demo_agrees_with_itself() {
    let db = seeded();
    assert_eq!(
        db.rows(
            "SELECT o.slug, m.role, u.email FROM organization_members m
             JOIN organizations o ON o.id = m.organization_id JOIN auth.users u ON u.id = m.user_id
             ORDER BY o.slug DESC, m.joined_at"
        ),
        [
            ["velo-nord", "owner", "ines@velo-nord.example"],
            ["velo-nord", "admin", "jonas@velo-nord.example"],
            ["velo-nord", "member", "leyla@velo-nord.example"],
            ["velo-nord", "viewer", "otto@velo-nord.example"],
            ["harbour-yoga", "owner", "ruth@harbour-yoga.example"],
        ]
    );
    for (table, user) in [
        ("messages", "user_id"),
        ("contacts", "user_id"),
        ("auto_replies", "created_by"),
        ("campaigns", "created_by"),
        ("audit_logs", "user_id"),
        ("organization_invitations", "invited_by"),
        ("organization_members", "invited_by"),
    ] {
        none(
            &db,
            "rows by people of another organization",
            &format!(
                "SELECT r.id FROM {table} r WHERE r.{user} IS NOT NULL AND NOT EXISTS
                   (SELECT FROM organization_members m WHERE m.user_id = r.{user} AND m.organization_id = r.organization_id)"
            ),
        );
    }
    none(
        &db,
        "messages and contacts",
        "SELECT m.id FROM messages m LEFT JOIN contacts c ON c.id = m.contact_id
         WHERE c.id IS NULL OR c.phone_number <> m.phone_number OR c.organization_id <> m.organization_id
           OR c.created_at > m.sent_at OR m.sent_at > now()",
    );
    none(
        &db,
        "the last message of a contact",
        "SELECT c.id FROM contacts c WHERE c.last_message_at IS DISTINCT FROM
           (SELECT max(m.sent_at) FROM messages m WHERE m.contact_id = c.id)",
    );
    none(
        &db,
        "what a campaign sent",
        "SELECT k.id, k.sent_count FROM campaigns k WHERE k.sent_count <>
           (SELECT count(*) FROM messages m JOIN contacts c ON c.id = m.contact_id
            WHERE m.status <> 'failed' AND c.phone_number = ANY (k.target_contacts)
              AND m.content = replace(k.message_template, '{{name}}', split_part(c.name, ' ', 1)))",
    );
    assert_eq!(
        column(&db, "SELECT DISTINCT direction FROM messages ORDER BY 1"),
        ["inbound", "outbound"]
    );
    none(
        &db,
        "usage and messages",
        "SELECT o.slug, p.period_start, u.metric_value FROM organizations o
         CROSS JOIN (SELECT DISTINCT period_start, period_end FROM organization_usage) p
         LEFT JOIN organization_usage u ON u.organization_id = o.id AND u.period_start = p.period_start
           AND u.metric_name = 'monthly_messages'
         WHERE coalesce(u.metric_value, 0) <> (SELECT count(*) FROM messages m WHERE m.organization_id = o.id
           AND m.direction = 'outbound' AND m.status <> 'failed' AND m.sent_at >= p.period_start AND m.sent_at < p.period_end)",
    );
    none(
        &db,
        "usage and the plan's limits",
        "SELECT o.slug, u.metric_name FROM organization_usage u JOIN organizations o ON o.id = u.organization_id
         JOIN subscription_plans p ON p.id = o.subscription_plan
         WHERE coalesce((p.limits ->> u.metric_name)::int, 0) < u.metric_value",
    );
    none(
        &db,
        "invoices and the prices of plans",
        "SELECT b.id FROM billing_events b LEFT JOIN subscription_plans p ON p.id = b.event_data ->> 'plan'
         WHERE (b.event_data ->> 'amount')::int IS DISTINCT FROM p.price_monthly",
    );
}

/// The period of a seeded row is the one that the set's own function counts in.
#[test]
fn tracking_goes_on_from_the_seeded_usage() {
    let db = seeded();
    let members = "SELECT metric_value FROM organization_usage u
        JOIN organizations o ON o.id = u.organization_id AND o.slug = 'velo-nord'
        WHERE metric_name = 'team_members' ORDER BY period_start";
    assert_eq!(column(&db, members), ["4", "4"]);
    db.sql("SELECT track_usage(id, 'team_members', 1) FROM organizations WHERE slug = 'velo-nord'");
    // Midnight of a new month may have passed since.
    let after = column(&db, members);
    assert!(after == ["4", "5"] || after == ["4", "4", "1"], "{after:?}");
}

/// Seeds, seeds again, undoes: the demo's organizations and no other, each row in the ledger.
#[track_caller]
pub fn comes_and_goes(db: &TestDb, url: &str) {
    call(url, "seed --env dev").success();
    let first = content(db);
    assert_eq!(
        column(db, "SELECT slug FROM organizations ORDER BY 1"),
        ["harbour-yoga", "velo-nord"],
        "the sign-up trigger stood back"
    );
    assert_eq!(first["auth.users"].len(), 5);
    assert_eq!(first["organization_members"].len(), 5);
    let ledger = one(db, "SELECT count(*) FROM saasdb_seeds");
    assert_eq!(
        ledger,
        total(&first).to_string(),
        "the ledger has every row"
    );
    assert_eq!(
        one(
            db,
            "SELECT row_id FROM saasdb_seeds WHERE table_name = 'auth.users' AND row_key = 'velo-nord/ines'"
        ),
        OWNER
    );

    let again = json_of(url, "seed");
    for seeder in again["seeders"].as_array().expect("seeders") {
        assert_eq!(seeder["inserted"], 0, "{again}");
        assert_eq!(seeder["updated"], 0, "{again}");
    }
    assert_eq!(content(db), first, "twice is once");
    let status = json_of(url, "seed status");
    for seeder in status["seeders"].as_array().expect("seeders") {
        assert_eq!(seeder["seeded"], seeder["rows"], "{status}");
        assert_eq!(seeder["hidden"], serde_json::Value::Null, "{status}");
    }

    call(url, "seed undo").success();
    assert_eq!(total(&content(db)), 0);
    assert_eq!(one(db, "SELECT count(*) FROM saasdb_seeds"), "0");

    call(url, "seed").success();
    let ids = |content: &Content| -> Vec<String> {
        let rows = content.values().flatten();
        rows.map(|row| row[1..37].to_owned()).collect()
    };
    assert_eq!(ids(&content(db)), ids(&first), "the same ids again");
}

#[test]
fn the_superuser_seeds_exactly_the_demo() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    comes_and_goes(&db, db.url());
}

#[test]
fn a_sign_up_after_seeding_makes_an_organization_and_undo_leaves_it() {
    let db = seeded();
    db.sql("INSERT INTO auth.users (email) VALUES ('nora@example.com')");
    assert_eq!(
        column(&db, "SELECT slug FROM organizations ORDER BY 1"),
        ["harbour-yoga", "nora", "velo-nord"]
    );
    // Somebody of the user's joins the demo: its organization has to stay, and who invited her.
    db.sql(
        "INSERT INTO organization_members (organization_id, user_id, role)
         SELECT o.id, u.id, 'member' FROM organizations o, auth.users u
         WHERE o.slug = 'harbour-yoga' AND u.email = 'nora@example.com'",
    );
    run(&db, "seed undo");
    assert_eq!(
        column(&db, "SELECT slug FROM organizations ORDER BY 1"),
        ["harbour-yoga", "nora"]
    );
    assert_eq!(
        column(&db, "SELECT email FROM auth.users ORDER BY 1"),
        ["nora@example.com"]
    );
    assert_eq!(one(&db, "SELECT count(*) FROM organization_members"), "2");
    assert_eq!(
        column(&db, "SELECT table_name FROM saasdb_seeds"),
        ["organizations"],
        "what stays is still known"
    );
}

/// In two schemas of one database there are two of everything but the users.
#[test]
fn two_schemas_share_the_users_and_undo_leaves_those_that_the_other_needs() {
    let db = TestDb::new(Db::Postgres);
    let run = |schema: &str, command: &str| {
        let program = program(db.url()).env("SAASDB_SCHEMA", schema);
        program.call(command.split_whitespace()).success()
    };
    for schema in ["one", "two"] {
        run(schema, "migrate up");
        run(schema, "seed --env dev");
    }
    let users = "SELECT count(*) FROM auth.users";
    let organizations =
        "SELECT count(*) FROM one.organizations UNION ALL SELECT count(*) FROM two.organizations";
    assert_eq!(one(&db, users), "5");
    assert_eq!(column(&db, organizations), ["2", "2"]);
    run("one", "seed undo");
    assert_eq!(one(&db, users), "5");
    assert_eq!(column(&db, organizations), ["0", "2"]);
    run("two", "seed undo");
    assert_eq!(one(&db, users), "5", "the first one's to undo");
    assert_eq!(column(&db, organizations), ["0", "0"]);
    run("one", "seed undo");
    assert_eq!(one(&db, users), "0");
}
