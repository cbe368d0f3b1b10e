//! What the tables of `telecom` do with rows: references that restrict, follow or let go, values that
//! are refused, and a reference that comes and goes with a migration.

use migration::telecom::Migrator;
use sea_orm_migration::MigratorTrait;

use super::catalogue::{Catalogue, Key};
use super::fill::fill;
use super::tools::{
    applied, assert_dump, assert_same, block_on, column, connect, content, one, refused, rows, run,
    saasdb, sql, up,
};
use crate::support::{Db, TestDb};

/// A migrated database with the demo's customers.
#[track_caller]
fn seeded(db: &TestDb) {
    up(db, "telecom");
    run(db, "seed --set telecom --env dev");
}

/// Runs `migrate` words on the set.
#[track_caller]
fn migrate(db: &TestDb, words: &str) {
    run(db, &format!("migrate {words} --set telecom"));
}

fn count(db: &TestDb, table: &str, condition: &str) -> usize {
    one(
        db,
        &format!("SELECT count(*) FROM \"{table}\" WHERE {condition}"),
    )
    .parse()
    .expect("a number")
}

#[track_caller]
fn id_of(db: &TestDb, table: &str, column: &str, value: &str) -> String {
    one(
        db,
        &format!("SELECT \"id\" FROM \"{table}\" WHERE \"{column}\" = '{value}'"),
    )
}

/// The migration that adds the reference of `payments` to `invoices` is the ninth one.
const BEFORE: &str = "up --steps 8";

fn reference(db: &TestDb) -> Option<Key> {
    let catalogue = Catalogue::read(db);
    catalogue.key_of("payments", "invoice_id").cloned()
}

#[test]
fn payments_get_and_lose_the_reference_and_keep_their_rows() {
    TestDb::on_all(|db| {
        migrate(db, BEFORE);
        fill(db);
        sql(
            db,
            r#"UPDATE "payments" SET "invoice_id" = (SELECT max("id") FROM "invoices")"#
                .replace(
                    "max(\"id\")",
                    if db.kind() == Db::Postgres {
                        "max(\"id\"::text)::uuid"
                    } else {
                        "max(\"id\")"
                    },
                )
                .as_str(),
        );
        // Rows of the team's own table that would go if the payments did.
        let id = if db.kind() == Db::Postgres {
            "uuid"
        } else {
            "char(36)"
        };
        let utf8 = match db.kind() {
            Db::Mysql => " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            _ => "",
        };
        sql(
            db,
            &format!(
                r#"CREATE TABLE "receipts" ("id" integer PRIMARY KEY, "payment_id" {id}{utf8} NOT NULL,
                 CONSTRAINT "receipts_payment_id_fkey" FOREIGN KEY ("payment_id")
                 REFERENCES "payments" ("id") ON DELETE CASCADE);
                 INSERT INTO "receipts" SELECT 1, "id" FROM "payments" WHERE "payment_number" LIKE '1%'"#
            ),
        );
        let rows_before = content(db);
        let schema_before = db.schema_dump();
        assert!(reference(db).is_none());

        migrate(db, "up --steps 1");
        let key = reference(db).expect("the reference is there");
        assert_eq!(
            (key.parent.as_str(), key.name.as_str()),
            ("invoices", "payments_invoice_id_fkey")
        );
        assert_eq!(
            (key.on_delete.as_str(), key.on_update.as_str()),
            ("SET NULL", "CASCADE")
        );
        assert_same(&content(db), &rows_before, "with the reference");
        let schema_with = db.schema_dump();
        refused(
            db,
            r#"UPDATE "payments" SET "invoice_id" = 'ffffffff-0000-4000-8000-000000000000'"#,
        );

        // Nobody is asked: no row is at stake.
        migrate(db, "down --steps 1");
        assert!(reference(db).is_none());
        assert_same(&content(db), &rows_before, "without it");
        assert_dump(&db.schema_dump(), &schema_before, "without it");
        sql(
            db,
            r#"UPDATE "payments" SET "invoice_id" = 'ffffffff-0000-4000-8000-000000000000' WHERE "payment_number" LIKE '2%'"#,
        );

        // A payment that refers to nothing is in the way; nothing is half done.
        let failed = saasdb(db).call(["migrate", "up", "--set", "telecom"]);
        assert_ne!(failed.code, 0);
        assert!(
            failed.stderr.contains("add_invoice_payment_fkey"),
            "{}",
            failed.stderr
        );
        assert!(reference(db).is_none());
        assert_dump(&db.schema_dump(), &schema_before, "after a failure");
        sql(
            db,
            r#"UPDATE "payments" SET "invoice_id" = NULL WHERE "payment_number" LIKE '2%'"#,
        );
        migrate(db, "up --steps 1");
        assert_dump(&db.schema_dump(), &schema_with, "again");

        // It does what it says, and so does that of the team's table.
        sql(db, r#"DELETE FROM "invoices""#);
        assert_eq!(count(db, "payments", "\"invoice_id\" IS NULL"), 3);
        assert_eq!(count(db, "receipts", "1 = 1"), 1);
        sql(db, r#"DELETE FROM "payments""#);
        assert_eq!(count(db, "receipts", "1 = 1"), 0);
    });
}

#[test]
fn a_table_altered_by_hand_is_not_made_anew() {
    for (extra, named, undo) in [
        (
            "ALTER TABLE payments ADD COLUMN note text DEFAULT 'mine'",
            "column note",
            "ALTER TABLE payments DROP COLUMN note",
        ),
        (
            "ALTER TABLE payments ADD COLUMN twice GENERATED ALWAYS AS (amount * 2)",
            "column twice",
            "ALTER TABLE payments DROP COLUMN twice",
        ),
        (
            "CREATE INDEX by_amount ON payments (amount)",
            "index by_amount",
            "DROP INDEX by_amount",
        ),
        (
            "CREATE TRIGGER watch AFTER DELETE ON payments BEGIN SELECT 1; END",
            "trigger watch",
            "DROP TRIGGER watch",
        ),
    ] {
        let db = TestDb::new(Db::Sqlite);
        for steps in [BEFORE, "up --steps 1"] {
            migrate(&db, steps);
            fill(&db);
            db.sql(extra);
            let (rows_before, schema_before) = (content(&db), db.full_schema_dump());
            let way = if steps == BEFORE { "up" } else { "down" };
            let failed = saasdb(&db)
                .call(["migrate", way, "--set", "telecom", "--steps", "1"])
                .code(1);
            assert!(failed.stderr.contains(named), "{named}: {}", failed.stderr);
            assert!(failed.stderr.contains("payments"), "{}", failed.stderr);
            assert_same(&content(&db), &rows_before, named);
            assert_dump(&db.full_schema_dump(), &schema_before, named);
            db.sql(undo);
            migrate(&db, &format!("{way} --steps 1"));
            migrate(&db, if way == "up" { "down --steps 1" } else { "up" });
        }
    }
}

#[test]
fn sea_orm_makes_the_same_tables_and_takes_them_back() {
    TestDb::on_all(|db| {
        block_on(async {
            let connection = connect(db).await;
            Migrator::up(&connection, None).await.expect("up");
            connection.close().await.expect("closed");
        });
        let other = TestDb::new(db.kind());
        up(&other, "telecom");
        assert_dump(&db.schema_dump(), &other.schema_dump(), "by sea-orm");
        assert_eq!(applied(db), applied(&other));
        run(db, "seed --set telecom --env dev");
        let payments = rows(db, r#"SELECT * FROM "payments" ORDER BY "payment_number""#);
        assert!(payments.len() > 10);
        block_on(async {
            let connection = connect(db).await;
            Migrator::down(&connection, Some(5)).await.expect("down");
            connection.close().await.expect("closed");
        });
        assert!(reference(db).is_none());
        let after = rows(db, r#"SELECT * FROM "payments" ORDER BY "payment_number""#);
        assert_eq!(after, payments);
    });
}

#[test]
fn restrict_keeps_what_is_referred_to() {
    TestDb::on_all(|db| {
        seeded(db);
        let before = content(db);
        for table in ["users", "customers", "accounts", "rate_plans"] {
            for id in column(db, &format!("SELECT \"id\" FROM \"{table}\"")) {
                let system = table == "users"
                    && count(db, "customers", &format!("\"user_id\" = '{id}'")) == 0;
                if !system {
                    refused(
                        db,
                        &format!("DELETE FROM \"{table}\" WHERE \"id\" = '{id}'"),
                    );
                }
            }
        }
        assert_same(&content(db), &before, "nothing went");
    });
}

#[test]
fn deleting_lets_go_or_takes_along_as_each_reference_says() {
    TestDb::on_all(|db| {
        seeded(db);
        // Who logs in goes with the tokens.
        let admin = id_of(db, "users", "username", "admin");
        sql(
            db,
            &format!(
                r#"INSERT INTO "refresh_tokens" ("user_id", "token", "expires_at")
                 VALUES ('{admin}', 'a', '2030-01-01 00:00:00'), ('{admin}', 'b', '2030-01-01 00:00:00')"#
            ),
        );
        sql(db, r#"DELETE FROM "users" WHERE "username" = 'admin'"#);
        assert_eq!(count(db, "refresh_tokens", "1 = 1"), 0);

        // A subscription goes with its usage; calls, numbers, invoices and payments stay.
        let subscription = id_of(db, "subscriptions", "subscription_number", "SUB-10001");
        let is_its = format!("\"subscription_id\" = '{subscription}'");
        let tables = ["cdrs", "dids", "invoices", "payments"];
        let its = tables.map(|table| count(db, table, &is_its));
        assert!(its.iter().all(|n| *n > 0), "{its:?}");
        let free = tables.map(|table| count(db, table, "\"subscription_id\" IS NULL"));
        assert_eq!(count(db, "subscription_usage", &is_its), 1);
        sql(
            db,
            &format!("DELETE FROM \"subscriptions\" WHERE \"id\" = '{subscription}'"),
        );
        assert_eq!(count(db, "subscription_usage", "1 = 1"), 2);
        for ((table, its), free) in tables.iter().zip(its).zip(free) {
            let now = count(db, table, "\"subscription_id\" IS NULL");
            assert_eq!(now, free + its, "{table}");
        }

        // So do those of an account, once nothing is subscribed to with it.
        let account = id_of(db, "accounts", "account_number", "ACC-10001");
        let is_its = format!("\"account_id\" = '{account}'");
        let tables = ["cdrs", "invoices", "payments"];
        let its = tables.map(|table| count(db, table, &is_its));
        assert!(its.iter().all(|n| *n > 0), "{its:?}");
        sql(
            db,
            &format!("DELETE FROM \"accounts\" WHERE \"id\" = '{account}'"),
        );
        for (table, its) in tables.iter().zip(its) {
            assert_eq!(count(db, table, "\"account_id\" IS NULL"), its, "{table}");
        }

        // And a customer without books goes with the methods it pays by.
        let email = "john.doe@example.com";
        let customer = id_of(db, "customers", "contact_email", email);
        let is_its = format!("\"customer_id\" = '{customer}'");
        sql(db, &format!("DELETE FROM \"payments\" WHERE {is_its}"));
        sql(db, &format!("DELETE FROM \"invoices\" WHERE {is_its}"));
        assert_eq!(count(db, "payment_methods", &is_its), 1);
        sql(
            db,
            &format!("DELETE FROM \"customers\" WHERE \"id\" = '{customer}'"),
        );
        assert_eq!(count(db, "payment_methods", "1 = 1"), 2);
        sql(
            db,
            &format!("DELETE FROM \"users\" WHERE \"email\" = '{email}'"),
        );
    });
}

#[test]
fn every_reference_follows_when_the_id_changes() {
    TestDb::on_all(|db| {
        seeded(db);
        let support = id_of(db, "users", "username", "support");
        sql(
            db,
            &format!(
                r#"INSERT INTO "refresh_tokens" ("user_id", "token", "expires_at")
                 VALUES ('{support}', 'a', '2030-01-01 00:00:00')"#
            ),
        );
        let keys = Catalogue::read(db).keys;
        assert_eq!(keys.len(), 18);
        for (key, n) in keys.iter().zip(1..) {
            let (child, column, parent) = (&key.table, &key.columns[0], &key.parent);
            let referring = rows(
                db,
                &format!("SELECT \"{column}\" FROM \"{child}\" WHERE \"{column}\" IS NOT NULL"),
            );
            let old = &referring[0][0];
            let children = count(db, child, &format!("\"{column}\" = '{old}'"));
            let new = format!("0a1b2c3d-0000-4000-8000-{n:012}");
            sql(
                db,
                &format!("UPDATE \"{parent}\" SET \"id\" = '{new}' WHERE \"id\" = '{old}'"),
            );
            let followed = count(db, child, &format!("\"{column}\" = '{new}'"));
            assert_eq!(followed, children, "{}", key.name);
        }
    });
}

#[test]
fn a_second_usage_row_for_the_same_period_start_is_refused() {
    TestDb::on_all(|db| {
        seeded(db);
        let (columns, values) = (
            r#""subscription_id", "billing_period_start", "billing_period_end""#,
            r#""subscription_id", "billing_period_start", "billing_period_start""#,
        );
        refused(
            db,
            &format!(
                "INSERT INTO \"subscription_usage\" ({columns}) SELECT {values} FROM \"subscription_usage\""
            ),
        );
        // Another start, or another subscription's, is none of that.
        let values = values.replacen(r#""billing_period_start""#, r#""billing_period_end""#, 1);
        sql(
            db,
            &format!(
                "INSERT INTO \"subscription_usage\" ({columns}) SELECT {values} FROM \"subscription_usage\""
            ),
        );
        assert_eq!(count(db, "subscription_usage", "1 = 1"), 6);
    });
}

#[test]
fn unique_numbers_are_given_once() {
    TestDb::on_all(|db| {
        seeded(db);
        for (table, column) in [
            ("users", "email"),
            ("users", "username"),
            ("customers", "gstin"),
            ("rate_plans", "name"),
            ("accounts", "account_number"),
            ("subscriptions", "subscription_number"),
            ("cdrs", "uuid"),
            ("payments", "payment_number"),
            ("invoices", "invoice_number"),
            ("dids", "did_number"),
        ] {
            refused(db, &format!("UPDATE \"{table}\" SET \"{column}\" = 'same'"));
        }
        // Customers without a tax number are as many as there are.
        sql(db, r#"UPDATE "customers" SET "gstin" = NULL"#);
    });
}

#[test]
fn what_is_none_of_the_values_is_refused() {
    TestDb::on_all(|db| {
        seeded(db);
        let catalogue = Catalogue::read(db);
        let enumerated: Vec<_> = catalogue
            .columns
            .iter()
            .filter(|column| catalogue.values_of(column).is_some())
            .collect();
        assert_eq!(enumerated.len(), 23);
        for column in enumerated {
            let (table, name) = (&column.table, &column.name);
            for value in ["'none'", "''", "NULL"] {
                refused(db, &format!("UPDATE \"{table}\" SET \"{name}\" = {value}"));
            }
        }
        refused(db, r#"UPDATE "invoices" SET "line_items" = '['"#);
        if db.kind() != Db::Sqlite {
            refused(db, r#"UPDATE "accounts" SET "balance" = 100000000"#);
            refused(db, r#"UPDATE "dids" SET "country" = 'IND'"#);
        }
        sql(db, r#"UPDATE "cdrs" SET "cost" = 123456.7891"#);
        let cost = one(db, r#"SELECT DISTINCT "cost" FROM "cdrs""#);
        assert_eq!(cost, "123456.7891");
    });
}

#[test]
fn plain_inserts_get_ids_times_and_defaults() {
    TestDb::on_all(|db| {
        up(db, "telecom");
        sql(
            db,
            r#"INSERT INTO "users" ("username", "email", "password") VALUES ('a', 'a@x', 'x'), ('b', 'b@x', 'x');
             INSERT INTO "customers" ("user_id") SELECT "id" FROM "users";
             INSERT INTO "rate_plans" ("name", "monthly_price") VALUES ('p', 1);
             INSERT INTO "accounts" ("customer_id", "account_number")
               SELECT "id", 'ACC-1' FROM "customers" LIMIT 1;"#,
        );
        let ids = column(db, r#"SELECT "id" FROM "customers""#);
        assert_ne!(ids[0], ids[1]);
        assert!(
            ids.iter().all(|id| id.parse::<uuid::Uuid>().is_ok()),
            "{ids:?}"
        );
        let defaults = |query| rows(db, query)[0].clone();
        assert_eq!(
            defaults(
                r#"SELECT "business_type", "status", "kyc_status", "billing_country" FROM "customers""#
            ),
            ["individual", "active", "pending", "India"]
        );
        assert_eq!(
            defaults(
                r#"SELECT "account_type", "status", "currency", "billing_cycle", "billing_day" FROM "accounts""#
            ),
            ["prepaid", "active", "INR", "monthly", "1"]
        );
        let alert: f64 = one(db, r#"SELECT "low_balance_threshold" FROM "accounts""#)
            .parse()
            .unwrap();
        assert_eq!(alert, 100.0);
        assert_eq!(
            count(
                db,
                "users",
                "\"role\" = 'customer' AND \"created_at\" IS NOT NULL"
            ),
            2
        );
    });
}
