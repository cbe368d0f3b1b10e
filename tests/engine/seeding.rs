//! The ledger: seeding anew changes nothing that people changed, and undo takes out only what
//! seeding made.

use saasdb::engine::seed::digest::Digester;

use crate::sets::tools::{assert_same, column, content, json, meta, one, rows, run, saasdb, sql};
use crate::support::{Db, Session, TestDb};

fn seeded(db: &TestDb) {
    run(db, "migrate up");
    run(db, "seed --env dev");
}

fn count(db: &TestDb, table: &str) -> usize {
    one(db, &format!("SELECT count(*) FROM \"{table}\""))
        .parse()
        .unwrap()
}

/// Rows of all tables together, but the books.
fn total(db: &TestDb) -> usize {
    content(db).values().map(Vec::len).sum()
}

/// A number of the report of one seeder.
#[track_caller]
fn number(report: &serde_json::Value, seeder: &str, word: &str) -> u64 {
    let seeders = report["seeders"].as_array().expect("seeders");
    let found = seeders.iter().find(|s| s["seeder"] == seeder);
    found.expect("the seeder")[word].as_u64().expect("a number")
}

#[test]
fn a_row_changed_by_hand_stays_and_keeps_what_it_refers_to() {
    TestDb::on_all(|db| {
        seeded(db);
        sql(
            db,
            r#"UPDATE "users" SET "name" = 'Somebody Else' WHERE "username" = 'kopi-senja-member1'"#,
        );
        let before = content(db);
        let report = json(db, "seed");
        assert_eq!(number(&report, "demo-organizations", "inserted"), 0);
        assert_eq!(number(&report, "demo-organizations", "updated"), 0);
        assert_same(&content(db), &before, "seeded again");
        let status = json(db, "seed status");
        assert_eq!(number(&status, "demo-organizations", "changed"), 1);

        let undone = json(db, "seed undo");
        let of = |table: &str| {
            let tables = undone["tables"].as_array().unwrap();
            tables.iter().find(|t| t["table"] == table).unwrap().clone()
        };
        assert_eq!(of("users")["changed"], 1, "{undone}");
        assert_eq!(of("organizations")["referred"], 1, "{undone}");
        // The organization needs its owner as the member needs the organization.
        assert_eq!(
            column(db, r#"SELECT "username" FROM "users" ORDER BY 1"#),
            ["kopi-senja-member1", "kopi-senja-owner"]
        );
        assert_eq!(
            column(db, r#"SELECT "slug" FROM "organizations""#),
            ["kopi-senja"]
        );
        assert_eq!(
            one(
                db,
                r#"SELECT count(*) FROM "users" u JOIN "organizations" o ON o."id" = u."organizationId""#
            ),
            "2"
        );
        assert_eq!(total(db), 3);

        // And all of it is back where it was.
        run(db, "seed");
        assert_eq!(total(db), before.values().map(Vec::len).sum::<usize>());
    });
}

#[test]
fn a_row_that_the_user_added_protects_its_parents() {
    TestDb::on_all(|db| {
        seeded(db);
        sql(
            db,
            r#"INSERT INTO "campaigns" ("name", "organizationId")
                 SELECT 'Mine', "id" FROM "organizations" WHERE "slug" = 'batik-melati';
               INSERT INTO "chats" ("contact", "sessionId") SELECT '62', min("id") FROM "sessions";"#,
        );
        let session = one(db, r#"SELECT min("id") FROM "sessions""#);
        run(db, "seed undo");
        assert_eq!(
            one(
                db,
                r#"SELECT o."slug" FROM "campaigns" c JOIN "organizations" o ON o."id" = c."organizationId""#
            ),
            "batik-melati"
        );
        assert_eq!(column(db, r#"SELECT "id" FROM "sessions""#), [session]);
        assert_eq!(count(db, "chats"), 1);
        assert_eq!(count(db, "blast_messages"), 0);
        assert_eq!(count(db, "subscriptions"), 0);
        // When they are gone, undo takes the rest.
        sql(db, r#"DELETE FROM "campaigns"; DELETE FROM "chats";"#);
        run(db, "seed undo");
        assert_eq!(total(db), 0);
    });
}

#[test]
fn undoing_one_seeder_leaves_what_another_needs() {
    TestDb::on_all(|db| {
        seeded(db);
        let before = content(db);
        run(db, "seed undo --only subscription-plans");
        assert_same(&content(db), &before, "all plans are subscribed to");
        run(db, "seed undo --only demo-organizations");
        assert_eq!(
            (count(db, "organizations"), count(db, "subscription_plans")),
            (0, 4)
        );
        run(db, "seed undo --only subscription-plans");
        assert_eq!(total(db), 0);
        assert_eq!(count(db, "saasdb_seeds"), 0);
    });
}

/// Makes the ledger say that an earlier release described a plan's display name as `old`, and that
/// it wrote it so.
fn earlier_release(db: &TestDb, plan: &str, old: &str) {
    sql(
        db,
        &format!(
            r#"UPDATE "subscription_plans" SET "displayName" = '{old}' WHERE "name" = '{plan}'"#
        ),
    );
    let row = &rows(
        db,
        &format!(
            "SELECT definition, written FROM saasdb_seeds WHERE table_name = 'subscription_plans' AND row_key = '{plan}'"
        ),
    )[0];
    let edited = |text: &str| {
        let mut digests: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(digests["displayName"].is_string(), "{digests}");
        digests["displayName"] = Digester::default().digest(Some(old)).into();
        digests.to_string()
    };
    sql(
        db,
        &format!(
            "UPDATE saasdb_seeds SET definition = '{}', written = '{}'
             WHERE table_name = 'subscription_plans' AND row_key = '{plan}'",
            edited(&row[0]),
            edited(&row[1])
        ),
    );
}

fn display_name(db: &TestDb, plan: &str) -> String {
    one(
        db,
        &format!(r#"SELECT "displayName" FROM "subscription_plans" WHERE "name" = '{plan}'"#),
    )
}

#[test]
fn a_changed_definition_updates_rows_that_nobody_changed() {
    TestDb::on_all(|db| {
        seeded(db);
        let before = content(db);
        earlier_release(db, "starter", "Beginner");
        earlier_release(db, "pro", "Professional");
        sql(
            db,
            r#"UPDATE "subscription_plans" SET "priceMonthly" = 1 WHERE "name" = 'pro';
               UPDATE "users" SET "password" = 'my own' WHERE "username" = 'kopi-senja-owner';"#,
        );
        assert_eq!(display_name(db, "starter"), "Beginner");
        let report = json(db, "seed");
        assert_eq!(
            number(&report, "subscription-plans", "updated"),
            1,
            "{report}"
        );
        assert_eq!(number(&report, "subscription-plans", "kept"), 1, "{report}");
        assert_eq!(
            number(&report, "subscription-plans", "unchanged"),
            2,
            "{report}"
        );
        assert_eq!(display_name(db, "starter"), "Starter Plan");
        assert_eq!(
            display_name(db, "pro"),
            "Professional",
            "changed by hand too"
        );
        let report = json(db, "seed");
        assert_eq!(
            number(&report, "subscription-plans", "updated"),
            0,
            "{report}"
        );

        let mut now = content(db);
        let mut then = before;
        for rows in [&mut now, &mut then] {
            let plans = rows.get_mut("subscription_plans").unwrap();
            plans.retain(|row| row["name"] != "pro");
            let users = rows.get_mut("users").unwrap();
            users.retain(|row| row["username"] != "kopi-senja-owner");
        }
        assert_same(&now, &then, "the other rows");
    });
}

#[test]
fn production_gets_reference_rows_only() {
    TestDb::on_all(|db| {
        run(db, "migrate up --env production");
        assert_eq!(meta(db, "environment"), "production");
        let report = json(db, "seed --env production");
        assert_eq!(number(&report, "subscription-plans", "inserted"), 4);
        assert_eq!(total(db), 4);
        let before = db.full_schema_dump();
        for command in [
            "seed --only demo-organizations",
            "seed --env prod --only demo-organizations",
            "seed --env dev",
            "seed --env test --only demo-organizations",
            "setup --env dev",
        ] {
            saasdb(db).call(command.split(' ')).code(6);
            assert_eq!(total(db), 4, "{command}");
        }
        saasdb(db).call(["seed", "undo", "--yes"]).code(6);
        assert_eq!(total(db), 4);
        assert_eq!(db.full_schema_dump(), before);
        run(db, "setup");
        assert_eq!(total(db), 4, "the recorded environment counts");
        run(db, &format!("seed undo --confirm {}", db.name()));
        assert_eq!(total(db), 0);
    });
}

#[test]
fn the_day_of_the_first_seeding_counts_for_ever() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let day = "2025-03-31T00:00:00+00:00";
        sql(
            db,
            &format!(
                "INSERT INTO saasdb_meta VALUES ('seed_anchor', '{day}', '2025-03-31T08:00:00Z')"
            ),
        );
        run(db, "seed --env dev");
        assert_eq!(meta(db, "seed_anchor"), day);
        let last = one(db, r#"SELECT max("recordedAt") FROM "usage_tracking""#);
        assert!(last.starts_with("2025-03-31"), "{last}");
        let months = column(
            db,
            r#"SELECT DISTINCT "periodEnd" FROM "usage_tracking" ORDER BY 1"#,
        );
        assert_eq!(months, ["2025-01-31", "2025-02-28", "2025-03-31"]);
        let before = content(db);
        let report = json(db, "seed");
        for seeder in ["subscription-plans", "demo-organizations"] {
            assert_eq!(number(&report, seeder, "inserted"), 0);
            assert_eq!(number(&report, seeder, "updated"), 0);
        }
        assert_same(&content(db), &before, "long after");
        let status = json(db, "seed status");
        assert_eq!(number(&status, "demo-organizations", "changed"), 0);
        assert_eq!(number(&status, "demo-organizations", "absent"), 0);
    });
}

/// As on Supabase, where whoever asks the API may write what is new. That must not be saasdb's own books.
#[test]
fn whoever_gets_new_tables_to_write_does_not_get_the_history() {
    let db = TestDb::new(Db::Postgres);
    let (login, url) = db.account();
    db.sql(&format!(
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {login}"
    ));
    run(&db, "setup");
    let mut session = Session::open(&url).expect("login");
    session.sql("UPDATE organizations SET name = name");
    for book in [
        "seaql_migrations",
        "saasdb_migrations",
        "saasdb_meta",
        "saasdb_seeds",
    ] {
        for statement in [
            format!("SELECT count(*) FROM {book}"),
            format!("DELETE FROM {book}"),
            format!("TRUNCATE {book}"),
        ] {
            let error = session.try_sql(&statement).expect_err(&statement);
            assert!(error.to_string().contains("permission denied"), "{error}");
        }
    }
    session.close();
}
