//! `tenancy`: what is found after a change by hand, and that the sets as they are have nothing wrong.

use std::time::Duration;

use saasdb::catalog::{SETS, SchemaSet};
use saasdb::dialect::Target;
use saasdb::engine::{Database, Interrupt, Limits, Open};
use saasdb::schema::Schema;
use saasdb::tenancy::classify::{Tenancy, classify};

use super::tools::{check, counting, details, every, finding, outcome};
use crate::sets::tools::{block_on, column, kinds, one, run, saasdb, sql};
use crate::support::{Db, Saasdb, TestDb};

fn schema(db: &TestDb) -> Schema {
    let second = Duration::from_secs(5);
    let limits = Limits {
        wait: second,
        connect_timeout: second,
        network_timeout: second,
        lock_timeout: second,
        ddl_lock_timeout: second,
        ddl_retry_for: second,
    };
    block_on(async {
        let target = Target::parse(db.url()).expect("a URL");
        let interrupt = Interrupt::default();
        let open = Database::open(&target, Open::Look, "test", &limits, &interrupt);
        let mut open = open.await.expect("it opens");
        let schema = open.schema().await.expect("a catalogue");
        open.close().await;
        schema
    })
}

/// What the catalogue says of the set's tables is what its migrations make.
fn assert_list_is_true(set: &SchemaSet, schema: &Schema) {
    let (mut owned, mut derived, mut global) = (Vec::new(), Vec::new(), Vec::new());
    let mut nullable = Vec::new();
    for (name, tenancy) in classify(schema, set.tenant_table, set.tenant_column) {
        let table = &schema.tables[&name];
        match tenancy {
            Tenancy::Tenant => assert_eq!(name, set.tenant_table),
            Tenancy::Owned { foreign_key } => {
                assert!(foreign_key.is_some(), "{name}");
                let mut columns = table.columns.iter();
                if columns.any(|c| c.name == set.tenant_column && c.nullable) {
                    nullable.push(name.clone());
                }
                owned.push(name);
            }
            Tenancy::Derived { path } => {
                let key = &table.foreign_keys[&path[0].foreign_key];
                derived.push((name, key.columns.clone(), path[0].table.clone()));
            }
            Tenancy::Global => global.push(name),
        }
    }
    let listed: Vec<(String, String, String)> = set
        .tables
        .derived
        .iter()
        .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
        .collect();
    assert_eq!(owned, set.tables.owned, "{}", set.name);
    assert_eq!(nullable, set.tables.nullable, "{}", set.name);
    assert_eq!(derived, listed, "{}", set.name);
    assert_eq!(global, set.tables.global, "{}", set.name);
}

#[test]
fn the_sets_as_they_are_have_nothing_wrong() {
    for set in SETS {
        for kind in kinds(set) {
            let db = TestDb::new(kind);
            run(&db, &format!("setup --set {}", set.name));
            assert_list_is_true(set, &schema(&db));
            let call = saasdb(&db).env("SAASDB_SET", set.name);
            let report = check(&call, "tenancy");
            assert_eq!(counting(&report), [""; 0], "{} {kind:?}", set.name);
            let all = every(&report);
            assert!(
                !all.iter().any(|f| f.starts_with("tenancy/unknown")),
                "{all:?}"
            );
        }
    }
}

/// Before the last migration nothing is expected that only a pending one brings.
#[test]
fn what_is_pending_is_not_missing() {
    TestDb::on_all(|db| {
        let call = saasdb(db);
        let nothing = check(&call, "tenancy");
        assert_eq!(outcome(&nothing, "tenancy").0, "skipped");
        run(db, "migrate up --to 20251010100006");
        let report = check(&call, "tenancy");
        assert_eq!(counting(&report), [""; 0], "{report:#}");
        // What an applied one brought is expected all the same.
        drop_tenant_column(db, "sessions");
        let report = check(&call, "tenancy");
        assert_eq!(
            counting(&report),
            ["tenancy/column-missing column sessions.organizationId"]
        );
    });
}

fn drop_tenant_column(db: &TestDb, table: &str) {
    let drop = format!(r#"ALTER TABLE "{table}" DROP COLUMN "organizationId""#);
    match db.kind() {
        Db::Postgres => sql(db, &drop),
        Db::Mysql => sql(
            db,
            &format!(
                r#"ALTER TABLE "{table}" DROP FOREIGN KEY "{table}_organizationId_fkey", DROP COLUMN "organizationId""#
            ),
        ),
        Db::Sqlite => {
            // SQLite drops no column that an index or a foreign key uses: the table is made anew.
            let schema = schema(db);
            let kept: Vec<String> = schema.tables[table]
                .columns
                .iter()
                .filter(|c| c.name != "organizationId")
                .map(|c| format!("\"{}\"", c.name))
                .collect();
            let kept = kept.join(", ");
            sql(
                db,
                &format!(
                    r#"PRAGMA foreign_keys = off; PRAGMA legacy_alter_table = on;
                       ALTER TABLE "{table}" RENAME TO gone;
                       CREATE TABLE "{table}" ({kept}, PRIMARY KEY ("id"));
                       INSERT INTO "{table}" SELECT {kept} FROM gone; DROP TABLE gone"#
                ),
            );
        }
    }
}

fn known(call: Saasdb, names: &str) -> Saasdb {
    call.file("saasdb.toml", &format!("[checks]\nknown = [{names}]\n"))
}

/// Columns, keys, indexes and types of tables, and everything that rows can be.
#[test]
fn what_is_wrong_with_tables_and_rows_is_found() {
    TestDb::on_all(|db| {
        run(db, "setup");
        drop_tenant_column(db, "templates");
        // The team's own tables: one of which nothing is right, and one whose key was forgotten.
        sql(
            db,
            r#"CREATE TABLE "reports" ("id" integer PRIMARY KEY, "organizationId" varchar(10));
               CREATE TABLE "gadgets" ("id" integer PRIMARY KEY)"#,
        );
        let key = schema(db).tables["organizations"].columns[0].kind.clone();
        sql(
            db,
            &format!(
                r#"CREATE TABLE "notes" ("id" integer PRIMARY KEY, "organizationId" {key} NOT NULL);
                   CREATE INDEX "notes_tenant" ON "notes" ("organizationId")"#
            ),
        );
        sql(
            db,
            r#"INSERT INTO "notes" VALUES (1, '00000000-0000-4000-8000-000000000000'),
                 (2, '00000000-0000-4000-8000-000000000001'), (3, '00000000-0000-4000-8000-000000000002'),
                 (4, '00000000-0000-4000-8000-000000000003')"#,
        );
        let ids = column(db, r#"SELECT "id" FROM "chats" ORDER BY "id""#);
        sql(
            db,
            &format!(
                r#"UPDATE "chats" SET "organizationId" = NULL WHERE "id" IN ({}, {})"#,
                ids[0], ids[1]
            ),
        );
        // A session of one organization with a user of another.
        let session = one(
            db,
            r#"SELECT min("id") FROM "sessions" WHERE "organizationId" IS NOT NULL"#,
        );
        sql(
            db,
            &format!(
                r#"UPDATE "sessions" SET "userId" = (SELECT min(u."id") FROM "users" u WHERE u."organizationId" IS NOT NULL
                     AND u."organizationId" <> (SELECT s."organizationId" FROM (SELECT * FROM "sessions") s WHERE s."id" = {session}))
                   WHERE "id" = {session}"#
            ),
        );
        let report = check(&saasdb(db), "tenancy");
        let mut expected = vec![
            "tenancy/column-missing column templates.organizationId",
            "tenancy/crossing-rows column sessions.userId",
            "tenancy/foreign-key-missing column notes.organizationId",
            "tenancy/foreign-key-missing column reports.organizationId",
            "tenancy/index-missing column reports.organizationId",
            "tenancy/nullable column reports.organizationId",
            "tenancy/orphans column notes.organizationId",
            "tenancy/rows-without-tenant column chats.organizationId",
            "tenancy/type column reports.organizationId",
        ];
        if db.kind() == Db::Postgres {
            // uuid and varchar cannot be compared there, which is said.
            expected.push("tenancy/rows-not-checked column reports.organizationId");
            expected.sort_unstable();
        }
        if db.kind() == Db::Mysql {
            // The database's own collation, which is not the set's.
            expected.insert(8, "tenancy/type column notes.organizationId");
        }
        assert_eq!(counting(&report), expected, "{:?} {report:#}", db.kind());
        finding(&report, "tenancy/unknown", "table gadgets");

        let orphans = details(finding(
            &report,
            "tenancy/orphans",
            "column notes.organizationId",
        ));
        assert!(orphans.contains("id: 1; 2; 3, …"), "{orphans}");
        let query = orphans
            .lines()
            .find_map(|l| l.strip_prefix("all: "))
            .expect("a query");
        assert_eq!(db.rows(query).len(), 4, "{query}");
        let crossing = details(finding(
            &report,
            "tenancy/crossing-rows",
            "column sessions.userId",
        ));
        assert!(crossing.contains(&format!("id: {session}\n")), "{crossing}");
        let without = finding(
            &report,
            "tenancy/rows-without-tenant",
            "column chats.organizationId",
        );
        assert_eq!(without["message"], "2 rows of chats have no tenant");

        let call = known(saasdb(db), r#""reports", "notes", "gadg*", "chats""#);
        let report = check(&call, "tenancy");
        let all = every(&report).join("\n");
        for table in ["reports", "notes", "gadgets"] {
            assert!(!all.contains(table), "{table} in {all}");
        }
        // A table of the set is never the team's own.
        assert!(all.contains("chats.organizationId"), "{all}");

        // What the SQL says mends it.
        if db.kind() != Db::Sqlite {
            sql(db, r#"DELETE FROM "notes""#);
            if db.kind() == Db::Mysql {
                let like = &schema(db).tables["organizations"].columns[0].extra;
                let own = format!(r#"MODIFY "organizationId" {key} COLLATE {like} NOT NULL"#);
                sql(db, &format!(r#"ALTER TABLE "notes" {own}"#));
            }
            let report = check(&saasdb(db), "tenancy");
            let missing = "tenancy/foreign-key-missing";
            let found = finding(&report, missing, "column notes.organizationId");
            for statement in found["sql"].as_array().expect("statements") {
                db.sql(statement.as_str().expect("text"));
            }
            let report = check(&saasdb(db), "tenancy");
            let left = counting(&report);
            assert!(!left.iter().any(|f| f.contains("notes")), "{left:?}");
        }
        let rename = match db.kind() {
            Db::Sqlite => {
                r#"PRAGMA legacy_alter_table = on; ALTER TABLE "organizations" RENAME TO "o""#
            }
            _ => r#"ALTER TABLE "organizations" RENAME TO "o""#,
        };
        sql(db, rename);
        let report = check(&saasdb(db), "tenancy");
        finding(
            &report,
            "tenancy/tenant-table-missing",
            "table organizations",
        );
    });
}

/// Tables without the tenant column: their ways to the tenant, and parents that are gone.
#[test]
fn rows_that_belong_through_their_parents_are_followed() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "setup --set telecom");
        let call = saasdb(&db).env("SAASDB_SET", "telecom");
        let off = match kind {
            Db::Sqlite => "PRAGMA foreign_keys = off",
            Db::Mysql => "SET foreign_key_checks = 0",
            Db::Postgres => {
                r#"ALTER TABLE "dids" DROP CONSTRAINT "dids_subscription_id_fkey";
                   ALTER TABLE "subscription_usage" DROP CONSTRAINT "subscription_usage_subscription_id_fkey""#
            }
        };
        let call_id = one(
            &db,
            r#"SELECT c."id" FROM "cdrs" c WHERE c."subscription_id" IS NOT NULL ORDER BY c."id" LIMIT 1"#,
        );
        let other = one(
            &db,
            &format!(
                r#"SELECT a."id" FROM "accounts" a WHERE a."customer_id" <> (SELECT s."customer_id" FROM "subscriptions" s
                   JOIN "cdrs" c ON c."subscription_id" = s."id" WHERE c."id" = '{call_id}') ORDER BY a."id" LIMIT 1"#
            ),
        );
        let did = one(
            &db,
            r#"SELECT min("did_number") FROM "dids" WHERE "subscription_id" IS NOT NULL"#,
        );
        sql(
            &db,
            &format!(
                r#"{off}; UPDATE "cdrs" SET "account_id" = '{other}' WHERE "id" = '{call_id}';
                   UPDATE "dids" SET "subscription_id" = '00000000-0000-4000-8000-000000000000' WHERE "did_number" = '{did}'"#
            ),
        );
        let mut expected = vec!["tenancy/crossing-rows column cdrs.subscription_id"];
        if kind == Db::Postgres {
            // A key that is there again, but was never validated, proves nothing.
            sql(
                &db,
                r#"ALTER TABLE "dids" ADD CONSTRAINT "dids_subscription_id_fkey" FOREIGN KEY ("subscription_id")
                   REFERENCES "subscriptions" ("id") NOT VALID"#,
            );
            expected.push("tenancy/foreign-key-missing column subscription_usage.subscription_id");
        }
        expected.push("tenancy/orphans column dids.subscription_id");
        let report = check(&call, "tenancy");
        assert_eq!(counting(&report), expected, "{kind:?} {report:#}");
        finding(&report, "tenancy/rows-without-parent", "table dids");
        let crossing = finding(
            &report,
            "tenancy/crossing-rows",
            "column cdrs.subscription_id",
        );
        assert!(details(crossing).contains(&call_id), "{crossing}");
    }
}

/// A role that can only SELECT finds what there is, and writes nothing.
#[test]
fn a_role_that_only_reads_is_enough() {
    TestDb::on_all(|db| {
        run(db, "setup");
        sql(
            db,
            r#"UPDATE "chats" SET "organizationId" = NULL WHERE "id" = (SELECT m FROM (SELECT min("id") AS m FROM "chats") x)"#,
        );
        let url = db.read_only_url();
        let report = check(&saasdb(db).env("DATABASE_URL", url), "tenancy isolation");
        assert_eq!(
            counting(&report),
            ["tenancy/rows-without-tenant column chats.organizationId"]
        );
        assert_eq!(outcome(&report, "isolation").0, "skipped");
    });
}
