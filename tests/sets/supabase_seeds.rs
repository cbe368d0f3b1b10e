//! The seeds of `supabase` in the database: the specification's plans, a demo that agrees with itself
//! and brings no organization but its own, also for an owner whom row level security binds.

use std::collections::BTreeMap;

use serde_json::json;

use super::tools::{column, one};
use crate::support::{Db, Output, Saasdb, TestDb};

const OWNER: &str = "9be8c081-b8ac-57e7-a859-f817e87a59be";

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

#[track_caller]
fn call(url: &str, command: &str) -> Output {
    program(url).call(command.split_whitespace())
}

#[track_caller]
fn run(db: &TestDb, command: &str) -> Output {
    call(db.url(), command).success()
}

#[track_caller]
fn json_of(url: &str, command: &str) -> serde_json::Value {
    call(url, &format!("{command} --format json"))
        .success()
        .json()
}

/// The rows of every table that the seeds fill, whoever may see them.
#[track_caller]
fn content(db: &TestDb) -> BTreeMap<&'static str, Vec<String>> {
    TABLES
        .iter()
        .map(|table| {
            let rows = column(db, &format!("SELECT t::text FROM {table} t ORDER BY 1"));
            (*table, rows)
        })
        .collect()
}

fn total(content: &BTreeMap<&'static str, Vec<String>>) -> usize {
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
fn comes_and_goes(db: &TestDb, url: &str) {
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
    let ids = |content: &BTreeMap<&str, Vec<String>>| -> Vec<String> {
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

/// A database that an account without any special right migrated: an administrator made the roles
/// for it beforehand. The account's name and URL.
#[track_caller]
fn owned() -> (TestDb, String, String) {
    let db = TestDb::new(Db::Postgres);
    let (role, url) = db.account();
    // Other tests make and drop the same roles at the same time.
    for (name, attributes) in [
        ("anon", ""),
        ("authenticated", ""),
        ("service_role", "BYPASSRLS"),
        ("saasdb_definer", "BYPASSRLS"),
    ] {
        let grant = match name {
            "saasdb_definer" => format!("GRANT saasdb_definer TO {role};"),
            _ => format!("GRANT USAGE ON SCHEMA public TO {name};"),
        };
        db.sql(&format!(
            "DO $$ BEGIN LOOP
               BEGIN
                 IF to_regrole('{name}') IS NULL THEN
                   CREATE ROLE {name} NOLOGIN {attributes};
                   COMMENT ON ROLE {name} IS 'made by saasdb';
                 END IF;
                 {grant}
                 RETURN;
               EXCEPTION WHEN duplicate_object OR unique_violation OR undefined_object THEN NULL;
               END;
             END LOOP; END $$"
        ));
    }
    db.sql(&format!(
        "GRANT CREATE ON DATABASE {} TO {role}; ALTER SCHEMA public OWNER TO {role}",
        db.name()
    ));
    call(&url, "migrate up --env dev").success();
    assert_eq!(
        column(
            &db,
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname IN ('organizations', 'messages')"
        ),
        std::slice::from_ref(&role)
    );
    (db, role, url)
}

#[test]
fn an_owner_who_is_bound_seeds_exactly_the_demo_through_a_role_that_is_not() {
    let (db, role, url) = owned();
    db.sql(&format!("GRANT service_role TO {role}"));
    comes_and_goes(&db, &url);
    // And the books are the owner's, not that role's.
    assert_eq!(
        one(
            &db,
            "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'saasdb_seeds'"
        ),
        role
    );
    let status = json_of(&url, "status");
    assert_eq!(status["drift"]["state"], "none", "{status}");
    assert_eq!(status.get("next"), None, "{status}");
    call(&url, "migrate down --all").success();
    let left = "SELECT count(*) FROM pg_class WHERE relname = 'organizations'";
    assert_eq!(one(&db, left), "0");
}

#[test]
fn an_owner_who_cannot_see_the_rows_is_refused_and_told_what_helps() {
    let (db, role, url) = owned();
    run(&db, "seed");
    let before = content(&db);
    let ledger = db.rows("SELECT * FROM saasdb_seeds ORDER BY 3, 4");
    // By itself the owner would count nothing.
    let seen = format!("SET ROLE {role}; SELECT count(*) FROM organizations");
    assert_eq!(db.rows(&seen).concat(), ["0"]);

    db.sql(&format!(
        "GRANT ALL ON saasdb_seeds, seaql_migrations TO {role}"
    ));
    for command in [
        "seed",
        "seed undo --yes",
        "migrate down --all --yes",
        "migrate down --all --dry-run",
        "migrate fresh --yes",
    ] {
        let refused = call(&url, command).code(6);
        assert!(
            refused.stderr.contains("row level security hides rows"),
            "{command}: {}",
            refused.stderr
        );
        let grant = format!("GRANT \"service_role\" TO \"{role}\"");
        assert!(refused.stderr.contains(&grant), "{}", refused.stderr);
        assert_eq!(content(&db), before, "{command}");
    }
    assert_eq!(db.rows("SELECT * FROM saasdb_seeds ORDER BY 3, 4"), ledger);
    let status = json_of(&url, "status");
    let demo = &status["seeds"][1];
    // To read the tables that it may, the owner acts as the role that owns the membership functions.
    let readable = [
        "auth.users",
        "organizations",
        "organization_members",
        "organization_usage",
    ];
    let seen: usize = readable.iter().map(|table| before[table].len()).sum();
    let unseen = total(&before) - seen - before["subscription_plans"].len();
    assert_eq!(demo["hidden"], unseen, "{status}");
    assert_eq!(
        (&demo["seeded"], &demo["absent"]),
        (&json!(seen), &json!(0))
    );
    assert_eq!(status.get("next"), None, "{status}");
    let text = call(&url, "seed status").success().stdout;
    assert!(
        text.contains(&format!("{unseen} rows out of sight")),
        "{text}"
    );
}

#[test]
fn rows_of_users_are_counted_although_the_owner_is_bound() {
    let (db, role, url) = owned();
    db.sql(&format!("GRANT service_role TO {role}"));
    call(&url, "seed").success();
    db.sql("INSERT INTO organizations (name, slug) VALUES ('Theirs', 'theirs'), ('Too', 'too')");
    db.sql("INSERT INTO auth.users (email) VALUES ('somebody@example.com')");
    let before = content(&db);
    for (command, code) in [
        ("migrate down --all", 6),
        ("migrate down --all --dry-run", 0),
    ] {
        let shown = call(&url, command).code(code);
        let text = format!("{}{}", shown.stdout, shown.stderr);
        for line in ["table organizations", "table auth.users"] {
            let line = text.lines().find(|l| l.contains(line)).expect("a loss");
            // Two, and the one that the trigger made for who signed up.
            let foreign = if line.contains("auth") { 1 } else { 3 };
            assert!(
                line.contains(&format!("{foreign} not from seeders")),
                "{line}"
            );
        }
        assert_eq!(content(&db), before);
    }
    call(&url, "migrate down --all --yes").success();
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

/// A database as Supabase makes it: `auth.users` is another role's, has more columns and policies,
/// and tables of its own refer to it. Whoever works there sees all rows and owns none of that.
#[track_caller]
fn supabase() -> (TestDb, String) {
    let db = TestDb::new(Db::Postgres);
    let (admin, _) = db.account();
    let (role, url) = db.account();
    db.sql(&format!(
        "ALTER ROLE {role} BYPASSRLS CREATEROLE;
         GRANT CREATE ON DATABASE {} TO {role};
         ALTER SCHEMA public OWNER TO {role};
         CREATE SCHEMA auth AUTHORIZATION {admin};
         GRANT USAGE ON SCHEMA auth TO {role};
         SET ROLE {admin};
         CREATE TABLE auth.users (
           instance_id uuid, id uuid NOT NULL PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
           encrypted_password varchar(255), email_confirmed_at timestamptz, last_sign_in_at timestamptz,
           raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz, updated_at timestamptz,
           phone text UNIQUE DEFAULT NULL, is_sso_user boolean NOT NULL DEFAULT false, is_anonymous boolean NOT NULL DEFAULT false,
           confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, last_sign_in_at)) STORED
         );
         CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
         ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
         CREATE TABLE auth.identities (
           id uuid PRIMARY KEY DEFAULT gen_random_uuid(), provider text NOT NULL,
           user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE
         );
         CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
           $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
         GRANT ALL ON auth.users, auth.identities TO {role};",
        db.name()
    ));
    // The administrator of the server made the API's roles, for all databases.
    for (name, attributes) in [
        ("anon", ""),
        ("authenticated", ""),
        ("service_role", "BYPASSRLS"),
    ] {
        db.sql(&format!(
            "DO $$ BEGIN LOOP
               BEGIN
                 IF to_regrole('{name}') IS NULL THEN
                   CREATE ROLE {name} NOLOGIN {attributes};
                   COMMENT ON ROLE {name} IS 'made by saasdb';
                 END IF;
                 GRANT USAGE ON SCHEMA auth TO {name};
                 RETURN;
               EXCEPTION WHEN duplicate_object OR unique_violation OR undefined_object THEN NULL;
               END;
             END LOOP; END $$"
        ));
    }
    (db, url)
}

#[test]
fn the_demo_fits_into_supabases_own_users() {
    let (db, url) = supabase();
    call(&url, "migrate up --env dev").success();
    comes_and_goes(&db, &url);
    let row = db.rows(&format!(
        "SELECT email, aud, role, encrypted_password, created_at IS NOT NULL FROM auth.users WHERE id = '{OWNER}'"
    ));
    assert_eq!(
        row.concat(),
        ["ines@velo-nord.example", "NULL", "NULL", "NULL", "t"]
    );

    // Her account there would go with her, and nobody asked for that.
    db.sql(&format!(
        "INSERT INTO auth.identities (provider, user_id) VALUES ('email', '{OWNER}')"
    ));
    call(&url, "seed undo").success();
    assert_eq!(
        column(&db, "SELECT email FROM auth.users"),
        ["ines@velo-nord.example"]
    );
    assert_eq!(one(&db, "SELECT count(*) FROM auth.identities"), "1");
    db.sql("DELETE FROM auth.identities");
    call(&url, "seed undo").success();
    assert_eq!(total(&content(&db)), 0);
}

#[test]
fn users_that_stay_when_the_set_goes_can_still_be_undone() {
    let (db, url) = supabase();
    call(&url, "migrate up --env dev").success();
    call(&url, "seed").success();
    db.sql("INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'nora@example.com')");
    // Only the trigger's organization is nobody's seed; the table of users is not ours to drop.
    let refused = call(&url, "migrate down --all").code(6);
    assert!(!refused.stderr.contains("auth.users"), "{}", refused.stderr);
    call(&url, "migrate down --all --yes").success();
    assert_eq!(one(&db, "SELECT count(*) FROM auth.users"), "6");
    assert_eq!(
        column(&db, "SELECT DISTINCT table_name FROM saasdb_seeds"),
        ["auth.users"]
    );
    // Back again: the users are the demo's as before.
    call(&url, "migrate up").success();
    let again = json_of(&url, "seed");
    assert_eq!(again["seeders"][1]["existing"], 0, "{again}");
    assert_eq!(again["seeders"][1]["unchanged"], 5, "{again}");
    call(&url, "migrate fresh").success();
    call(&url, "seed undo").success();
    assert_eq!(
        column(&db, "SELECT email FROM auth.users"),
        ["nora@example.com"]
    );
}
