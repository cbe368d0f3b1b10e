//! What the tables of `core` do with rows: defaults, references, refusals, exact numbers.

use std::str::FromStr;

use super::tools::{block_on, column, connect, one, quoted, refused, rows, run, sql};
use crate::support::{Db, TestDb};
use sea_orm::{ConnectionTrait, Statement};

const ORG: &str = "0a1b2c3d-0000-4000-8000-000000000001";

/// A schema with one organization, its owner, a member, and a row of it in every table.
fn populated(db: &TestDb) {
    run(db, "migrate up");
    sql(
        db,
        &format!(
            r#"INSERT INTO "users" ("id", "username", "password") VALUES (1, 'owner', 'x'), (2, 'member', 'x');
            INSERT INTO "organizations" ("id", "name", "slug", "email", "ownerId")
              VALUES ('{ORG}', 'Org', 'org', 'org@example.com', 1);
            UPDATE "users" SET "organizationId" = '{ORG}';
            INSERT INTO "subscription_plans" ("id", "name", "displayName") VALUES (1, 'free', 'Free');
            INSERT INTO "subscriptions" ("organizationId", "planId", "startsAt")
              VALUES ('{ORG}', 1, '2026-01-01 00:00:00');
            INSERT INTO "usage_tracking" ("organizationId", "metricType", "periodStart", "periodEnd")
              VALUES ('{ORG}', 'users', '2026-01-01', '2026-01-31');
            INSERT INTO "quota_alerts" ("organizationId", "quotaType", "currentUsage", "quotaLimit", "percentageUsed", "alertLevel")
              VALUES ('{ORG}', 'users', 2, 1, 200, 'exceeded');
            INSERT INTO "sessions" ("id", "userId", "organizationId") VALUES (1, 2, '{ORG}');
            INSERT INTO "blast_sessions" ("id", "sessionId", "organizationId") VALUES (1, 1, '{ORG}');
            INSERT INTO "blast_messages" ("blastSessionId", "recipient", "organizationId") VALUES (1, '62', '{ORG}');
            INSERT INTO "campaigns" ("userId", "organizationId") VALUES (2, '{ORG}');
            INSERT INTO "templates" ("userId", "organizationId") VALUES (2, '{ORG}');
            INSERT INTO "chats" ("sessionId", "contact", "organizationId") VALUES (1, '62', '{ORG}');"#
        ),
    );
}

fn count(db: &TestDb, table: &str) -> String {
    one(db, &format!("SELECT count(*) FROM \"{table}\""))
}

const OWNED: [&str; 9] = [
    "subscriptions",
    "usage_tracking",
    "quota_alerts",
    "sessions",
    "blast_sessions",
    "blast_messages",
    "campaigns",
    "templates",
    "chats",
];

#[test]
fn plain_inserts_get_ids_times_and_defaults() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        sql(
            db,
            r#"INSERT INTO "users" ("username", "password") VALUES ('a', 'x'), ('b', 'x');
            INSERT INTO "organizations" ("name", "slug", "email") VALUES ('A', 'a', 'a@x'), ('B', 'b', 'b@x');
            INSERT INTO "subscription_plans" ("name", "displayName") VALUES ('p', 'P');
            INSERT INTO "subscriptions" ("organizationId", "planId", "startsAt")
              SELECT o."id", p."id", '2026-01-01 00:00:00' FROM "organizations" o, "subscription_plans" p;"#,
        );
        assert_eq!(
            column(db, r#"SELECT "id" FROM "users" ORDER BY 1"#),
            ["1", "2"]
        );
        for table in ["organizations", "subscriptions"] {
            let ids = column(db, &format!("SELECT \"id\" FROM \"{table}\""));
            assert_ne!(ids[0], ids[1]);
            for id in ids {
                let uuid = uuid::Uuid::from_str(&id).unwrap();
                assert_eq!(uuid.to_string(), id, "lower case, 36 characters");
                if db.kind() != Db::Mysql {
                    assert_eq!(uuid.get_version_num(), 4, "{table}");
                }
            }
        }
        let row = &rows(
            db,
            r#"SELECT "subscriptionPlan", "subscriptionStatus", "settings", "timezone", "currency",
               "deletedAt" FROM "organizations" WHERE "slug" = 'a'"#,
        )[0];
        assert_eq!(row, &["free", "trial", "{}", "Asia/Jakarta", "IDR", "NULL"]);
        let row = &rows(
            db,
            r#"SELECT "status", "billingCycle", "metadata" FROM "subscriptions""#,
        )[0];
        assert_eq!(row, &["trial", "monthly", "{}"]);
        let quotas = one(db, r#"SELECT "quotas" FROM "subscription_plans""#);
        let quotas: serde_json::Value = serde_json::from_str(&quotas).unwrap();
        assert_eq!(quotas["maxMessagesPerMonth"], 1000);
    });
}

#[test]
fn default_times_are_utc_whatever_the_session_thinks() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let mut session = db.session();
        match db.kind() {
            Db::Sqlite => {}
            Db::Postgres => session.sql("SET timezone = 'Asia/Jakarta'"),
            Db::Mysql => session.sql("SET time_zone = '+07:00'"),
        }
        session.sql(&quoted(
            db.kind(),
            r#"INSERT INTO "users" ("username", "password") VALUES ('a', 'x')"#,
        ));
        session.close();
        let text = one(db, r#"SELECT "createdAt" FROM "users""#);
        let time = chrono::NaiveDateTime::parse_from_str(&text[..19], "%Y-%m-%d %H:%M:%S").unwrap();
        let age = (chrono::Utc::now() - time.and_utc()).num_seconds();
        assert!((-1..30).contains(&age), "{text}");
    });
}

#[test]
fn deleting_an_organization_leaves_its_users_and_nothing_else() {
    TestDb::on_all(|db| {
        populated(db);
        sql(
            db,
            &format!(r#"DELETE FROM "organizations" WHERE "id" = '{ORG}'"#),
        );
        for table in OWNED {
            assert_eq!(count(db, table), "0", "{table}");
        }
        assert_eq!(
            column(db, r#"SELECT "organizationId" FROM "users""#),
            ["NULL", "NULL"]
        );
        assert_eq!(count(db, "subscription_plans"), "1");
    });
}

#[test]
fn deleting_a_user_follows_each_reference() {
    TestDb::on_all(|db| {
        populated(db);
        refused(db, r#"DELETE FROM "users" WHERE "id" = 1"#);
        refused(db, r#"DELETE FROM "subscription_plans" WHERE "id" = 1"#);
        sql(db, r#"DELETE FROM "users" WHERE "id" = 2"#);
        for table in ["sessions", "blast_sessions", "blast_messages", "chats"] {
            assert_eq!(count(db, table), "0", "{table} goes with its account");
        }
        for table in ["campaigns", "templates"] {
            let users = column(db, &format!("SELECT \"userId\" FROM \"{table}\""));
            assert_eq!(users, ["NULL"], "{table} outlives its author");
        }
        assert_eq!(count(db, "organizations"), "1");
    });
}

#[test]
fn what_does_not_belong_is_refused() {
    TestDb::on_all(|db| {
        populated(db);
        let nobody = "ffffffff-0000-4000-8000-000000000000";
        for bad in [
            r#"UPDATE "organizations" SET "subscriptionPlan" = 'gold'"#.to_owned(),
            r#"UPDATE "organizations" SET "subscriptionStatus" = 'expired'"#.to_owned(),
            r#"UPDATE "users" SET "roleInOrg" = 'boss'"#.to_owned(),
            r#"UPDATE "subscriptions" SET "status" = 'suspended'"#.to_owned(),
            r#"UPDATE "subscriptions" SET "billingCycle" = 'weekly'"#.to_owned(),
            r#"UPDATE "usage_tracking" SET "periodType" = 'hourly'"#.to_owned(),
            r#"UPDATE "quota_alerts" SET "alertLevel" = 'info'"#.to_owned(),
            r#"UPDATE "quota_alerts" SET "alertLevel" = NULL"#.to_owned(),
            r#"UPDATE "organizations" SET "settings" = '{'"#.to_owned(),
            r#"UPDATE "subscription_plans" SET "quotas" = 'plenty'"#.to_owned(),
            r#"UPDATE "subscription_plans" SET "quotas" = NULL"#.to_owned(),
            r#"UPDATE "usage_tracking" SET "metadata" = ''"#.to_owned(),
            r#"UPDATE "users" SET "username" = 'same'"#.to_owned(),
            r#"UPDATE "users" SET "email" = 'same'"#.to_owned(),
            r#"UPDATE "users" SET "createdAt" = NULL"#.to_owned(),
            format!(r#"UPDATE "users" SET "organizationId" = '{nobody}'"#),
            format!(r#"UPDATE "subscriptions" SET "organizationId" = '{nobody}'"#),
            r#"UPDATE "subscriptions" SET "planId" = 99"#.to_owned(),
            r#"UPDATE "organizations" SET "ownerId" = 99"#.to_owned(),
            r#"INSERT INTO "organizations" ("name", "slug", "email") VALUES ('x', 'org', 'y')"#.to_owned(),
            r#"INSERT INTO "organizations" ("name", "slug", "email") VALUES ('x', 'y', 'org@example.com')"#.to_owned(),
            r#"INSERT INTO "organizations" ("id", "name", "slug", "email") VALUES (NULL, 'x', 'y', 'z')"#.to_owned(),
        ] {
            refused(db, &bad);
        }
        if db.kind() == Db::Sqlite {
            // A driver that binds a uuid as 16 bytes would write rows nobody finds again.
            refused(
                db,
                r#"UPDATE "organizations" SET "id" = x'00112233445566778899aabbccddeeff'"#,
            );
        }
    });
}

#[test]
fn money_is_exact() {
    TestDb::on_all(|db| {
        populated(db);
        sql(
            db,
            r#"UPDATE "subscription_plans" SET "priceMonthly" = 99999999.99, "priceYearly" = 0.10"#,
        );
        let row = &rows(
            db,
            r#"SELECT "priceMonthly", "priceYearly" FROM "subscription_plans"
               WHERE "priceMonthly" = 99999999.99 AND "priceYearly" = 0.1"#,
        )[0];
        assert_eq!(row[0], "99999999.99");
        assert_eq!(row[1].trim_end_matches('0'), "0.1");
        sql(db, r#"UPDATE "quota_alerts" SET "percentageUsed" = 999.99"#);
        assert_eq!(
            one(db, r#"SELECT "percentageUsed" FROM "quota_alerts""#),
            "999.99"
        );
        if db.kind() != Db::Sqlite {
            refused(db, r#"UPDATE "quota_alerts" SET "percentageUsed" = 1000"#);
            refused(
                db,
                r#"UPDATE "subscription_plans" SET "priceMonthly" = 100000000"#,
            );
        }
    });
}

#[test]
fn foreign_keys_are_on_for_sqlite_applications_and_for_saasdb() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up");
    block_on(async {
        let application = connect(&db).await;
        let query =
            Statement::from_string(application.get_database_backend(), "PRAGMA foreign_keys");
        let row = application.query_one_raw(query).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 1);

        use saasdb::engine::{Database, Interrupt, Limits, Open};
        let target = saasdb::dialect::Target::parse(db.url()).unwrap();
        let second = std::time::Duration::from_secs(1);
        let limits = Limits {
            wait: second,
            connect_timeout: second,
            network_timeout: second,
            lock_timeout: second,
            ddl_lock_timeout: second,
            ddl_retry_for: second,
        };
        let interrupt = Interrupt::default();
        let mut own = Database::open(&target, Open::Existing, "test", &limits, &interrupt)
            .await
            .unwrap();
        let result = own.run("PRAGMA foreign_keys").await.unwrap();
        assert_eq!(result[0].single(), Some("1"));
        own.close().await;
    });
}

#[test]
fn counting_goes_on_where_it_was_after_down_and_up() {
    TestDb::on_all(|db| {
        populated(db);
        let insert = r#"INSERT INTO "users" ("username", "password") VALUES"#;
        if db.kind() == Db::Postgres {
            sql(
                db,
                r#"SELECT setval(pg_get_serial_sequence('users', 'id'), 2)"#,
            );
        }
        // The largest id ever given, which may not come again.
        sql(db, &format!("{insert} ('c', 'x'), ('d', 'x')"));
        sql(db, r#"DELETE FROM "users" WHERE "id" > 2"#);
        run(db, "migrate down --to 20251010095900 --yes");
        run(db, "migrate up");
        sql(db, &format!("{insert} ('e', 'x')"));
        assert_eq!(
            one(db, r#"SELECT "id" FROM "users" WHERE "username" = 'e'"#),
            "5",
            "{:?}",
            db.kind()
        );
    });
}
