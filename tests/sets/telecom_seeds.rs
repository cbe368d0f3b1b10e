//! The seeds of `telecom` in the database: what the document says is there, a demo that agrees with
//! itself, and passwords that are what they should be.

use std::collections::BTreeSet;
use std::process::Command;

use chrono::{Days, Months, NaiveDate};
use url::Url;

use super::tools::{column, content, one, rows, run, saasdb, up};
use crate::support::{Db, PASSWORD, Saasdb, TestDb, psql};

#[track_caller]
fn seeded(db: &TestDb) {
    up(db, "telecom");
    run(db, "seed --set telecom --env dev");
}

/// The verification queries as the document has them.
const QUERIES: [&str; 5] = [
    r#"psql telecom_billing_dev -c "\dt""#,
    r#"psql telecom_billing_dev -c "SELECT email, role FROM users;""#,
    r#"psql telecom_billing_dev -c "SELECT name, monthly_price FROM rate_plans;""#,
    r#"psql telecom_billing_dev -c "SELECT subscription_number, status FROM subscriptions;""#,
    r#"psql telecom_billing_dev -c "SELECT account_number, account_type, balance FROM accounts;""#,
];

/// Has the shell run one of the lines, with the name of the test's database for that in the document,
/// and returns the rows that `psql` prints.
#[track_caller]
fn verify(db: &TestDb, line: &str) -> BTreeSet<Vec<String>> {
    let url = Url::parse(db.url()).expect("own URL");
    let password = match (url.password(), std::env::var("SAASDB_TEST_POSTGRES_URL")) {
        (Some(password), Ok(_)) => password.to_owned(),
        _ => PASSWORD.to_owned(),
    };
    let path = std::env::var("PATH").unwrap_or_default();
    let program = psql();
    let folder = program.parent().expect("a folder").display();
    let output = Command::new("sh")
        .args(["-c", &line.replace("telecom_billing_dev", db.name())])
        .env("PATH", format!("{folder}:{path}"))
        .env("PGHOST", url.host_str().expect("host"))
        .env("PGPORT", url.port().unwrap_or(5432).to_string())
        .env("PGUSER", url.username())
        .env("PGPASSWORD", password)
        .env("PSQLRC", "/dev/null")
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("sh runs");
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {problems}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // Below the line of dashes, above the number of rows.
    let table = text.lines().skip_while(|line| !line.starts_with("---"));
    let table = table.skip(1).take_while(|line| line.contains('|'));
    table
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn set(expected: &[&[&str]]) -> BTreeSet<Vec<String>> {
    let row = |row: &&[&str]| row.iter().map(|cell| (*cell).to_owned()).collect();
    expected.iter().map(row).collect()
}

/// The first query lists all tables of the schema, and so also those in which saasdb keeps its books:
/// beside the twelve of the document and the history, which is sea-orm's table and the document's
/// thirteenth, those whose names begin with `saasdb_`. The second one has no condition: the document's
/// two system users and its three demo users are the five rows of one table.
#[test]
fn the_documents_five_queries_give_what_it_says() {
    let db = TestDb::missing(Db::Postgres);
    let setup = Saasdb::new().db(&db).call(["setup", "--set", "telecom"]);
    setup.success();

    let tables = verify(&db, QUERIES[0]);
    assert!(
        tables
            .iter()
            .all(|row| row[0] == "public" && row[2] == "table")
    );
    let names: BTreeSet<&str> = tables.iter().map(|row| row[1].as_str()).collect();
    let (own, document): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| name.starts_with("saasdb_"));
    assert_eq!(own, ["saasdb_meta", "saasdb_migrations", "saasdb_seeds"]);
    assert_eq!(document.len(), 13);
    assert_eq!(
        document,
        [
            "accounts",
            "cdrs",
            "customers",
            "dids",
            "invoices",
            "payment_methods",
            "payments",
            "rate_plans",
            "refresh_tokens",
            "seaql_migrations",
            "subscription_usage",
            "subscriptions",
            "users",
        ]
    );
    assert_eq!(
        verify(&db, QUERIES[1]),
        set(&[
            &["admin@balatrix.com", "admin"],
            &["support@balatrix.com", "support"],
            &["john.doe@example.com", "customer"],
            &["jane.smith@example.com", "customer"],
            &["admin@acmecorp.com", "customer"],
        ])
    );
    assert_eq!(
        verify(&db, QUERIES[2]),
        set(&[
            &["Starter", "349.00"],
            &["Professional", "999.00"],
            &["Call Center", "4999.00"],
        ])
    );
    assert_eq!(
        verify(&db, QUERIES[3]),
        set(&[
            &["SUB-10001", "active"],
            &["SUB-10002", "active"],
            &["SUB-10003", "active"],
        ])
    );
    assert_eq!(
        verify(&db, QUERIES[4]),
        set(&[
            &["ACC-10001", "prepaid", "500.00"],
            &["ACC-10002", "prepaid", "2000.00"],
            &["ACC-10003", "postpaid", "0.00"],
        ])
    );
}

#[test]
fn the_documents_passwords_verify_at_cost_12() {
    TestDb::on_all(|db| {
        seeded(db);
        for (email, password) in [
            ("admin@balatrix.com", "Admin@123"),
            ("support@balatrix.com", "Admin@123"),
            ("john.doe@example.com", "Demo@123"),
            ("jane.smith@example.com", "Demo@123"),
            ("admin@acmecorp.com", "Demo@123"),
        ] {
            let query = format!(r#"SELECT "password" FROM "users" WHERE "email" = '{email}'"#);
            let hash = one(db, &query);
            assert!(hash.starts_with("$2") && &hash[4..7] == "12$", "{hash}");
            assert!(bcrypt::verify(password, &hash).unwrap(), "{email}");
            assert!(!bcrypt::verify("Admin@1234", &hash).unwrap(), "{email}");
        }
    });
}

/// The day of a time as the database prints it.
fn day(text: &str) -> NaiveDate {
    text[..10].parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn a_period_is_a_month_or_a_year_and_today_lies_in_it() {
    TestDb::on_all(|db| {
        seeded(db);
        let today = day(&super::tools::meta(db, "seed_anchor"));
        let found = rows(
            db,
            r#"SELECT s."subscription_number", p."name", s."billing_cycle", s."start_date",
               s."current_period_start", s."current_period_end", u."billing_period_start", u."billing_period_end"
               FROM "subscriptions" s JOIN "rate_plans" p ON p."id" = s."rate_plan_id"
               JOIN "subscription_usage" u ON u."subscription_id" = s."id" ORDER BY 1"#,
        );
        let plans: Vec<[&str; 3]> = found
            .iter()
            .map(|row| [0, 1, 2].map(|i| row[i].as_str()))
            .collect();
        assert_eq!(
            plans,
            [
                ["SUB-10001", "Starter", "monthly"],
                ["SUB-10002", "Professional", "annual"],
                ["SUB-10003", "Call Center", "monthly"],
            ]
        );
        for row in &found {
            let [began, start, end] = [3, 4, 5].map(|i| day(&row[i]));
            assert!(start <= today && today < end, "{row:?}");
            let length = if row[2] == "annual" { 12 } else { 1 };
            // Whole periods from the first day on: one on a 31st comes back to it.
            let bounds = |n: u32| began + Months::new(n * length);
            assert!(
                (0..9).any(|n| bounds(n) == start && bounds(n + 1) == end),
                "{row:?}"
            );
            assert_eq!(
                (&row[6], &row[7]),
                (&row[4], &row[5]),
                "usage is of that period"
            );
        }
    });
}

/// Fails if the query, which looks for contradictions, finds one.
#[track_caller]
fn none(db: &TestDb, what: &str, query: &str) {
    let found = rows(db, query);
    assert!(found.is_empty(), "{:?}: {what}: {found:?}", db.kind());
}

#[test]
fn the_demo_agrees_with_itself() {
    TestDb::on_all(|db| {
        seeded(db);
        none(
            db,
            "an invoice's sums and tax",
            r#"SELECT "invoice_number" FROM "invoices"
               WHERE "total_amount" <> "subtotal" + "tax_amount"
                 OR abs("tax_amount" * 100 - "subtotal" * 18) > 0.5
                 OR "balance_amount" <> "total_amount" - "paid_amount"
                 OR ("status" = 'paid') <> ("balance_amount" = 0)
                 OR ("status" = 'paid') <> ("paid_date" IS NOT NULL) OR "due_date" <= "issue_date""#,
        );
        none(
            db,
            "an invoice and its payments",
            r#"SELECT i."invoice_number" FROM "invoices" i WHERE i."paid_amount" <>
                 (SELECT coalesce(sum(p."amount"), 0) FROM "payments" p
                  WHERE p."invoice_id" = i."id" AND p."customer_id" = i."customer_id"
                    AND p."status" = 'completed')"#,
        );
        let counted = |kind: &str| {
            format!(
                r#"(SELECT count(*) FROM "cdrs" c WHERE c."subscription_id" = u."subscription_id"
                   AND c."call_type" = '{kind}' AND c."start_time" >= u."billing_period_start"
                   AND c."start_time" < u."billing_period_end")"#
            )
        };
        none(
            db,
            "calls and usage",
            &format!(
                r#"SELECT u."id" FROM "subscription_usage" u WHERE u."local_calls" <> {}
                   OR u."std_calls" <> {} OR u."isd_calls" <> {} OR u."mobile_calls" <> {}"#,
                counted("local"),
                counted("std"),
                counted("isd"),
                counted("mobile")
            ),
        );
        let minutes = r#"(SELECT sum((c."billable_seconds" + 59 - (c."billable_seconds" + 59) % 60) / 60)
            FROM "cdrs" c WHERE c."subscription_id" = u."subscription_id")"#;
        let months = r#"CASE WHEN s."billing_cycle" = 'annual' THEN 12 ELSE 1 END"#;
        none(
            db,
            "minutes, overage and cost",
            &format!(
                r#"SELECT u."id" FROM "subscription_usage" u
                   JOIN "subscriptions" s ON s."id" = u."subscription_id"
                   JOIN "rate_plans" p ON p."id" = s."rate_plan_id"
                   WHERE u."minutes_used" <> {minutes}
                     OR u."minutes_included" <> p."included_minutes" * {months}
                     OR u."minutes_overage" <> CASE WHEN u."minutes_used" > u."minutes_included"
                          THEN u."minutes_used" - u."minutes_included" ELSE 0 END
                     OR u."overage_cost" <> u."minutes_overage" * p."overage_rate_per_minute"
                     OR u."overage_cost" <> (SELECT sum(c."cost") FROM "cdrs" c
                          WHERE c."subscription_id" = u."subscription_id")"#
            ),
        );
        none(
            db,
            "numbers within the plan",
            r#"SELECT s."subscription_number" FROM "subscriptions" s
               JOIN "rate_plans" p ON p."id" = s."rate_plan_id" WHERE p."included_dids" <
                 (SELECT count(*) FROM "dids" d WHERE d."subscription_id" = s."id")
               OR NOT EXISTS (SELECT 1 FROM "dids" d WHERE d."subscription_id" = s."id")"#,
        );
        none(
            db,
            "every customer has something of everything",
            r#"SELECT c."contact_email" FROM "customers" c WHERE 1 > (SELECT count(*)
                 FROM "payments" p JOIN "invoices" i ON i."id" = p."invoice_id" WHERE i."customer_id" = c."id")
               OR 1 <> (SELECT count(*) FROM "invoices" i WHERE i."customer_id" = c."id" AND i."status" = 'finalized')
               OR 1 <> (SELECT count(*) FROM "payment_methods" m WHERE m."customer_id" = c."id")"#,
        );
        for table in ["subscriptions", "invoices", "payments"] {
            none(
                db,
                "an account of another customer",
                &format!(
                    r#"SELECT t."id" FROM "{table}" t JOIN "accounts" a ON a."id" = t."account_id"
                       WHERE a."customer_id" <> t."customer_id""#
                ),
            );
        }
        assert_eq!(column(db, r#"SELECT "id" FROM "refresh_tokens""#), [""; 0]);
    });
}

#[test]
fn production_has_plans_and_system_users_and_refuses_the_demo() {
    TestDb::on_all(|db| {
        run(db, "migrate up --set telecom --env production");
        let before = content(db);
        let refused = saasdb(db)
            .call(["seed", "--set", "telecom", "--only", "demo-customers"])
            .code(6);
        assert!(
            refused.stderr.contains("demo-customers"),
            "{}",
            refused.stderr
        );
        super::tools::assert_same(&content(db), &before, "nothing was written");

        run(db, "seed --set telecom");
        let roles = column(db, r#"SELECT "role" FROM "users" ORDER BY "email""#);
        assert_eq!(roles, ["admin", "support"]);
        assert_eq!(one(db, r#"SELECT count(*) FROM "rate_plans""#), "3");
        for hash in column(db, r#"SELECT "password" FROM "users""#) {
            assert_eq!(&hash[4..7], "12$");
            for documented in ["Admin@123", "Demo@123"] {
                assert!(!bcrypt::verify(documented, &hash).unwrap());
            }
        }
        let after = content(db);
        for (table, rows) in &after {
            let expected = match table.as_str() {
                "users" => 2,
                "rate_plans" => 3,
                _ => 0,
            };
            assert_eq!(rows.len(), expected, "{table}");
        }
    });
}

#[test]
fn two_machines_seed_the_same_rows() {
    let seeded = |kind| {
        let db = TestDb::new(kind);
        seeded(&db);
        let mut rows = content(&db);
        for row in rows.values_mut().flatten() {
            row.remove("password");
        }
        // The database's own defaults: when it was seeded.
        for table in ["users", "rate_plans", "dids"] {
            for row in rows.get_mut(table).unwrap() {
                row.retain(|name, _| !["created_at", "updated_at"].contains(&name.as_str()));
            }
        }
        (
            one(
                &db,
                "SELECT value FROM saasdb_meta WHERE name = 'seed_anchor'",
            ),
            rows,
        )
    };
    for kind in Db::ALL {
        let (mut first, mut second) = (seeded(kind), seeded(kind));
        if first.0 != second.0 {
            // Midnight passed between the two.
            (first, second) = (seeded(kind), seeded(kind));
        }
        super::tools::assert_same(&first.1, &second.1, "on two machines");
    }
}

/// Days on which months are of different lengths, so that no day of the year breaks a constraint.
#[test]
fn the_demo_goes_in_on_any_day() {
    let db = TestDb::new(Db::Postgres);
    up(&db, "telecom");
    run(&db, "seed --set telecom --env dev");
    let first: NaiveDate = "2024-01-28".parse().expect("a day");
    for n in [0, 2, 3, 4, 31, 32, 33, 62, 154, 337, 338] {
        let day = first + Days::new(n);
        run(&db, "seed undo --set telecom --only demo-customers");
        db.sql(&format!(
            "UPDATE saasdb_meta SET value = '{day}T00:00:00+00:00' WHERE name = 'seed_anchor'"
        ));
        run(&db, "seed --set telecom --env dev --only demo-customers");
        let start = one(&db, "SELECT max(current_period_start) FROM subscriptions");
        assert!(self::day(&start) < day, "{start}");
    }
}
