//! Seeding `better-auth`: what every organization gets, whoever made it, and the demo.

use chrono::{NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::tools::{assert_same, column, content, one, rows, saasdb, sql};
use crate::support::{Output, TestDb};

/// The seeders.
const DEFAULTS: &str = "org-defaults";
const DEMO: &str = "demo-organizations";

#[track_caller]
pub fn run(db: &TestDb, command: &str) -> Output {
    let program = saasdb(db).env("SAASDB_SET", "better-auth");
    program.call(command.split_whitespace()).success()
}

/// What a command says of one seeder, as JSON.
#[track_caller]
fn of(db: &TestDb, command: &str, seeder: &str) -> Value {
    let report = run(db, &format!("{command} --format json")).json();
    let seeders = report["seeders"].as_array().expect("seeders");
    let found = seeders.iter().find(|s| s["seeder"] == seeder);
    found.unwrap_or_else(|| panic!("{report}")).clone()
}

/// Numbers of such an answer.
#[track_caller]
fn numbers<const N: usize>(answer: &Value, words: [&str; N]) -> [u64; N] {
    words.map(|word| answer[word].as_u64().unwrap_or_else(|| panic!("{answer}")))
}

/// Makes an organization as the application would.
#[track_caller]
fn organization(db: &TestDb, id: &str) {
    let id = id.replace('\'', "''");
    sql(
        db,
        &format!(
            r#"INSERT INTO "organization" ("id", "name", "slug") VALUES ('{id}', 'O', 'slug {id}')"#
        ),
    );
}

#[track_caller]
fn subscription(db: &TestDb, id: &str, organization: &str, plan: &str) {
    sql(
        db,
        &format!(
            r#"INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
                 "currentPeriodStart", "currentPeriodEnd", "updatedAt")
               VALUES ('{id}', '{organization}', '{plan}', 'past_due', '2026-01-01', '2027-01-01', '2026-01-01')"#
        ),
    );
}

#[track_caller]
fn module(db: &TestDb, id: &str, organization: &str, key: &str, enabled: bool) {
    sql(
        db,
        &format!(
            r#"INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey", "isEnabled")
               VALUES ('{id}', '{organization}', '{key}', {enabled})"#
        ),
    );
}

#[track_caller]
fn time(db: &TestDb, query: &str) -> NaiveDateTime {
    let text = one(db, query).replace('T', " ");
    let text = text.trim_end_matches('Z');
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The application's own: one organization without anything, one that pays, one that switched
/// visitor management off.
fn application(db: &TestDb, environment: &str) {
    run(db, &format!("migrate up --env {environment}"));
    for id in ["bare", "paying", "without"] {
        organization(db, id);
    }
    subscription(db, "s1", "paying", "yearly");
    module(db, "m1", "paying", "crm", true);
    module(db, "m2", "without", "visitor_management", false);
}

/// `organization plan status` and `organization module enabled`, in order.
fn subscribed(db: &TestDb) -> Vec<String> {
    let query =
        r#"SELECT "organizationId", "plan", "status" FROM "organizationSubscription" ORDER BY 1"#;
    rows(db, query).iter().map(|row| row.join(" ")).collect()
}

fn modules(db: &TestDb) -> Vec<String> {
    let query = r#"SELECT "organizationId", "moduleKey", CASE WHEN "isEnabled" THEN 'on' ELSE 'off' END
                   FROM "organizationModule" ORDER BY 1, 2"#;
    rows(db, query).iter().map(|row| row.join(" ")).collect()
}

#[test]
fn every_organization_gets_what_it_lacks_in_production_too() {
    TestDb::on_all(|db| {
        application(db, "production");
        let theirs = content(db);
        let status = of(db, "seed status", DEFAULTS);
        assert_eq!(numbers(&status, ["rows", "existing", "absent"]), [6, 2, 4]);
        let before = Utc::now().naive_utc() - TimeDelta::seconds(2);
        let done = of(db, "seed --env production", DEFAULTS);
        assert_eq!(numbers(&done, ["inserted", "existing"]), [4, 2], "{done}");
        assert_eq!(
            subscribed(db),
            [
                "bare free active",
                "paying yearly past_due",
                "without free active"
            ]
        );
        assert_eq!(
            modules(db),
            [
                "bare visitor_management on",
                "paying crm on",
                "paying visitor_management on",
                "without visitor_management off"
            ]
        );
        assert_eq!(one(db, r#"SELECT count(*) FROM "user""#), "0", "no demo");

        let of_bare = |column: &str| {
            format!(
                r#"SELECT "{column}" FROM "organizationSubscription" WHERE "organizationId" = 'bare'"#
            )
        };
        let start = time(db, &of_bare("currentPeriodStart"));
        assert!(
            before <= start && start <= Utc::now().naive_utc(),
            "{start}"
        );
        let end = time(db, &of_bare("currentPeriodEnd"));
        assert_eq!(end - start, TimeDelta::days(365));
        assert_eq!(time(db, &of_bare("createdAt")), start);
        assert_eq!(time(db, &of_bare("updatedAt")), start);
        let settings = one(
            db,
            r#"SELECT "settings" FROM "organizationModule" WHERE "organizationId" = 'bare'"#,
        );
        assert_eq!(
            serde_json::from_str::<Value>(&settings).unwrap(),
            json!({"maxDailyVisitors": 100, "requirePhoto": false, "autoCheckoutHours": 8})
        );
        let enabled = time(
            db,
            r#"SELECT "enabledAt" FROM "organizationModule" WHERE "organizationId" = 'bare'"#,
        );
        assert_eq!(enabled, start);
        for id in column(
            db,
            r#"SELECT "id" FROM "organizationSubscription" WHERE "id" <> 's1'
               UNION SELECT "id" FROM "organizationModule" WHERE "id" NOT IN ('m1', 'm2')"#,
        ) {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            assert!(
                id.len() == 25 && id.starts_with('c') && id.chars().all(fits),
                "{id}"
            );
        }

        // A second run does nothing, though its time is another one.
        let seeded = content(db);
        let again = of(db, "seed", DEFAULTS);
        assert_eq!(
            numbers(&again, ["inserted", "updated", "unchanged", "existing"]),
            [0, 0, 4, 2]
        );
        assert_same(&content(db), &seeded, "seeded again");
        let status = of(db, "seed status", DEFAULTS);
        assert_eq!(
            numbers(
                &status,
                [
                    "rows", "seeded", "outdated", "changed", "existing", "absent"
                ]
            ),
            [6, 4, 0, 0, 2, 0]
        );

        run(db, &format!("seed undo --confirm {}", db.name()));
        assert_same(&content(db), &theirs, "undone");
    });
}

#[test]
fn organizations_made_since_get_theirs() {
    TestDb::on_all(|db| {
        application(db, "staging");
        run(db, "seed");
        let seeded = content(db);
        organization(db, "later");
        // The application was quicker with one half.
        organization(db, "latest");
        subscription(db, "s9", "latest", "monthly");
        let status = of(db, "seed status", DEFAULTS);
        assert_eq!(
            numbers(&status, ["seeded", "existing", "absent"]),
            [4, 3, 3]
        );
        let glance = run(db, "status").stdout;
        assert!(
            glance.contains("`saasdb seed` brings 3 rows in"),
            "{glance}"
        );
        let done = of(db, "seed", DEFAULTS);
        assert_eq!(
            numbers(&done, ["inserted", "unchanged", "existing"]),
            [3, 4, 3]
        );
        assert!(subscribed(db).contains(&"later free active".to_owned()));
        assert!(subscribed(db).contains(&"latest monthly past_due".to_owned()));
        assert!(modules(db).contains(&"latest visitor_management on".to_owned()));
        sql(
            db,
            r#"DELETE FROM "organization" WHERE "id" IN ('later', 'latest')"#,
        );
        assert_same(&content(db), &seeded, "the others");
    });
}

#[test]
fn what_the_user_changed_or_deleted_stays_so() {
    TestDb::on_all(|db| {
        application(db, "dev");
        for id in ["gone", "upgraded"] {
            organization(db, id);
        }
        run(db, &format!("seed --only {DEFAULTS}"));
        sql(
            db,
            r#"DELETE FROM "organization" WHERE "id" = 'gone';
               UPDATE "organizationSubscription" SET "plan" = 'monthly' WHERE "organizationId" = 'upgraded';
               UPDATE "organizationModule" SET "isEnabled" = false, "disabledBy" = 'u'
                 WHERE "organizationId" = 'bare';"#,
        );
        let now = content(db);
        let done = of(db, "seed --only org-defaults", DEFAULTS);
        assert_eq!(
            numbers(&done, ["inserted", "updated", "unchanged"]),
            [0, 0, 6]
        );
        assert_same(&content(db), &now, "seeded again");
        let status = of(db, "seed status", DEFAULTS);
        assert_eq!(
            numbers(&status, ["rows", "seeded", "changed", "existing", "absent"]),
            [8, 4, 2, 2, 0]
        );

        let undone = run(db, "seed undo --format json").json();
        let of_table = |table: &str| {
            let tables = undone["tables"].as_array().unwrap();
            tables.iter().find(|t| t["table"] == table).unwrap().clone()
        };
        for table in ["organizationSubscription", "organizationModule"] {
            assert_eq!(
                numbers(&of_table(table), ["deleted", "changed", "gone"]),
                [2, 1, 1],
                "{undone}"
            );
        }
        assert_eq!(
            subscribed(db),
            ["paying yearly past_due", "upgraded monthly active"]
        );
        assert_eq!(
            modules(db),
            [
                "bare visitor_management off",
                "paying crm on",
                "without visitor_management off"
            ]
        );
        assert_eq!(
            column(db, "SELECT table_name FROM saasdb_seeds ORDER BY 1"),
            ["organizationModule", "organizationSubscription"],
            "what is gone is forgotten"
        );

        // One of the same id is another one.
        organization(db, "gone");
        run(db, &format!("seed --only {DEFAULTS}"));
        assert!(subscribed(db).contains(&"gone free active".to_owned()));
        // A row that was taken away alone is missing again.
        sql(
            db,
            r#"DELETE FROM "organizationSubscription" WHERE "organizationId" = 'gone'"#,
        );
        let done = of(db, "seed --only org-defaults", DEFAULTS);
        assert_eq!(numbers(&done, ["inserted"]), [1]);
    });
}

#[test]
fn more_organizations_than_are_looked_at_together() {
    TestDb::on_all(|db| {
        run(db, "migrate up --env staging");
        let mut ids: Vec<String> = (0..2_345).map(|n| format!("{n}")).collect();
        ids.extend(["it's \"ünï\"", "A", "a", "Z_%"].map(str::to_owned));
        ids.push("x".repeat(200));
        let values: Vec<String> = ids
            .iter()
            .map(|id| id.replace('\'', "''"))
            .map(|id| format!("('{id}', 'O', 'slug {id}')"))
            .collect();
        let insert = r#"INSERT INTO "organization" ("id", "name", "slug") VALUES "#;
        // The list is not for the helper that spells names: it has quotes of its own.
        let insert = super::tools::quoted(db.kind(), insert);
        db.sql(&format!("{insert}{}", values.join(", ")));
        let total = 2 * ids.len() as u64;
        let done = of(db, "seed", DEFAULTS);
        assert_eq!(numbers(&done, ["inserted", "existing"]), [total, 0]);
        for table in ["organizationSubscription", "organizationModule"] {
            let missing = rows(
                db,
                &format!(
                    r#"SELECT o."id" FROM "organization" o LEFT JOIN "{table}" t
                       ON t."organizationId" = o."id" WHERE t."id" IS NULL"#
                ),
            );
            assert!(missing.is_empty(), "{table}: {missing:?}");
        }
        let again = of(db, "seed", DEFAULTS);
        assert_eq!(numbers(&again, ["inserted", "unchanged"]), [0, total]);
        let status = of(db, "seed status", DEFAULTS);
        assert_eq!(numbers(&status, ["rows", "seeded"]), [total, total]);

        // All of it is known to be the seeders' own, and goes.
        sql(
            db,
            r#"UPDATE "organizationModule" SET "enabledBy" = 'u' WHERE "organizationId" = '1234'"#,
        );
        run(db, "migrate down --steps 3 --yes");
        let plan = run(db, "migrate down --steps 1 --dry-run --format json").json();
        let losses = plan["losses"].as_array().expect("losses");
        for (loss, own) in losses.iter().zip([total / 2 - 1, total / 2]) {
            assert_eq!(
                numbers(loss, ["rows", "seeded"]),
                [total / 2, own],
                "{plan}"
            );
        }
        assert_eq!(losses.len(), 2, "{plan}");
        run(db, "seed undo --yes");
        assert_eq!(
            rows(db, r#"SELECT "organizationId" FROM "organizationModule""#),
            [["1234"]]
        );
        assert_eq!(
            one(db, r#"SELECT count(*) FROM "organizationSubscription""#),
            "0"
        );
        assert_eq!(one(db, "SELECT count(*) FROM saasdb_seeds"), "1");
    });
}

#[test]
fn demo_organizations_carry_their_own() {
    TestDb::on_all(|db| {
        run(db, "migrate up --env dev");
        let report = run(db, "seed --format json").json();
        let defaults = &report["seeders"][0];
        assert_eq!(defaults["seeder"], DEFAULTS);
        assert_eq!(
            numbers(defaults, ["inserted", "existing"]),
            [0, 6],
            "{report}"
        );
        assert_eq!(
            rows(
                db,
                r#"SELECT o."slug", s."plan", s."status" FROM "organizationSubscription" s
                   JOIN "organization" o ON o."id" = s."organizationId" ORDER BY 1"#
            ),
            [
                ["harbor-clinic", "free", "active"],
                ["lumen-works", "yearly", "active"],
                ["nike", "monthly", "active"]
            ]
        );
        let enabled = |slug: &str| {
            column(
                db,
                &format!(
                    r#"SELECT m."moduleKey" FROM "organizationModule" m
                       JOIN "organization" o ON o."id" = m."organizationId"
                       WHERE o."slug" = '{slug}' AND m."isEnabled" ORDER BY 1"#
                ),
            )
        };
        assert_eq!(enabled("nike"), ["ticket_management", "visitor_management"]);
        assert_eq!(enabled("harbor-clinic").len(), 2, "the limit of its plan");
        let now = Utc::now().naive_utc().format("%Y-%m-%d %H:%M:%S");
        assert_eq!(
            column(
                db,
                &format!(
                    r#"SELECT o."slug" FROM "organizationSubscription" s
                       JOIN "organization" o ON o."id" = s."organizationId"
                       WHERE s."status" = 'active' AND s."currentPeriodEnd" < '{now}'"#
                )
            ),
            ["lumen-works"]
        );
        let hashes = column(db, r#"SELECT DISTINCT "password" FROM "account""#);
        assert_eq!(hashes.len(), 1);
        assert!(bcrypt::verify("Demo@123", &hashes[0]).unwrap());
        assert!(hashes[0].contains("$12$"), "{}", hashes[0]);

        // A demo organization that lost its rows gets its own back, not everybody's.
        sql(
            db,
            r#"DELETE FROM "organizationSubscription" WHERE "plan" = 'monthly'"#,
        );
        let before = of(db, "seed", DEMO);
        assert_eq!(numbers(&before, ["inserted"]), [1]);
        assert!(
            subscribed(db)
                .iter()
                .any(|row| row.ends_with("monthly active"))
        );
    });
}

#[test]
fn rows_of_the_users_own_with_the_demos_names_are_left_alone() {
    TestDb::on_all(|db| {
        run(db, "migrate up --env test");
        sql(
            db,
            r#"INSERT INTO "organization" ("id", "name", "slug") VALUES ('mine', 'My own', 'nike');
               INSERT INTO "user" ("id", "name", "email") VALUES ('me', 'Me', 'maya.brooks@nike.example');"#,
        );
        subscription(db, "s1", "mine", "free");
        module(db, "m1", "mine", "ticket_management", false);
        let theirs = content(db);
        let done = of(db, "seed", DEMO);
        assert_eq!(numbers(&done, ["existing"]), [4], "{done}");
        assert!(subscribed(db).contains(&"mine free past_due".to_owned()));
        assert!(modules(db).contains(&"mine ticket_management off".to_owned()));
        assert!(modules(db).contains(&"mine visitor_management on".to_owned()));
        assert_eq!(
            column(
                db,
                r#"SELECT "organizationId" FROM "member" WHERE "userId" = 'me'"#
            ),
            ["mine"]
        );
        let status = of(db, "seed status", DEMO);
        assert_eq!(numbers(&status, ["existing", "absent"]), [4, 0], "{status}");
        let seeded = content(db);
        let again = of(db, "seed", DEMO);
        assert_eq!(numbers(&again, ["inserted", "existing"]), [0, 4]);
        assert_same(&content(db), &seeded, "seeded again");
        run(db, "seed undo");
        assert_same(&content(db), &theirs, "undone");
    });
}
