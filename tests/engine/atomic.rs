//! A migration happens whole or not at all where the database can do that, and rows of others are
//! not taken along.

use crate::sets::tools::{CORE, applied, assert_dump, content, one, run, saasdb, sql};
use crate::support::{Db, Output, TestDb};

const TRANSACTIONAL: [Db; 2] = [Db::Sqlite, Db::Postgres];

/// An index of the team's own that has the name which a late statement of the sixth migration
/// wants: its table, types and first index are made by then.
fn obstacle(db: &TestDb) {
    sql(
        db,
        r#"CREATE TABLE "mine" ("a" integer);
           CREATE INDEX "quota_alerts_isResolved_idx" ON "mine" ("a");"#,
    );
}

#[track_caller]
fn fails(db: &TestDb, command: &str, code: i32) -> Output {
    saasdb(db).call(command.split_whitespace()).code(code)
}

#[test]
fn a_migration_that_fails_in_the_middle_leaves_nothing_of_itself() {
    for kind in TRANSACTIONAL {
        let db = TestDb::new(kind);
        let clean = TestDb::new(kind);
        obstacle(&db);
        obstacle(&clean);
        run(&clean, "migrate up --steps 5");

        let failure = fails(&db, "migrate up", 1);
        for word in [
            CORE[5],
            "quota_alerts_isResolved_idx",
            "statement",
            "5 of 13",
        ] {
            assert!(failure.stderr.contains(word), "{word}: {failure:?}");
        }
        assert_eq!(applied(&db), CORE[..5]);
        assert_dump(&db.schema_dump(), &clean.schema_dump(), "after the failure");
        assert_eq!(one(&db, "SELECT count(*) FROM saasdb_migrations"), "5");
        let status = run(&db, "migrate status --format json").json();
        assert_eq!(status["migrations"][5]["state"], "pending");

        sql(&db, r#"DROP INDEX "quota_alerts_isResolved_idx""#);
        sql(&clean, r#"DROP INDEX "quota_alerts_isResolved_idx""#);
        run(&db, "migrate up");
        run(&clean, "migrate up");
        assert_eq!(applied(&db), CORE);
        assert_dump(&db.schema_dump(), &clean.schema_dump(), "in the end");
    }
}

#[test]
fn one_transaction_for_the_run_leaves_nothing_at_all() {
    for kind in TRANSACTIONAL {
        let db = TestDb::new(kind);
        // What the last migration wants.
        sql(
            &db,
            r#"CREATE TABLE "mine" ("a" integer);
               CREATE INDEX "campaigns_organizationId_idx" ON "mine" ("a");"#,
        );
        let before = db.full_schema_dump();
        let failure = fails(&db, "migrate up --transaction run", 1);
        assert!(failure.stderr.contains(CORE[12]), "{failure:?}");
        assert_dump(&db.full_schema_dump(), &before, "after the failure");

        sql(&db, r#"DROP INDEX "campaigns_organizationId_idx""#);
        run(&db, "migrate up --transaction run");
        assert_eq!(applied(&db), CORE);
        assert_eq!(one(&db, "SELECT count(*) FROM saasdb_migrations"), "13");
        let up = db.schema_dump();

        // Downwards too: an object that stands on a table of an early migration.
        sql(
            &db,
            r#"CREATE VIEW "names" AS SELECT "username" FROM "users""#,
        );
        if kind == Db::Postgres {
            let before = (db.full_schema_dump(), content(&db));
            fails(&db, "migrate down --all --transaction run --yes", 1);
            assert_eq!((db.full_schema_dump(), content(&db)), before);
            assert_eq!(applied(&db), CORE);
        }
        sql(&db, r#"DROP VIEW "names""#);
        run(&db, "migrate down --all --transaction run --yes");
        assert!(applied(&db).is_empty());
        run(&db, "migrate up --transaction run");
        assert_dump(&db.schema_dump(), &up, "up again");
    }
    let mysql = TestDb::new(Db::Mysql);
    let refusal = fails(&mysql, "migrate up --transaction run", 2);
    assert!(refusal.stderr.contains("MySQL"), "{refusal:?}");
    assert_eq!(mysql.full_schema_dump(), "");
}

#[test]
fn a_down_that_fails_in_the_middle_leaves_the_migration_applied() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    let before = db.schema_dump();
    // DROP COLUMN goes through, DROP TYPE does not.
    sql(
        &db,
        r#"CREATE TABLE "mine" ("role" "users_roleInOrg_enum")"#,
    );
    let with_mine = db.schema_dump();
    run(&db, "migrate down --to 20251010100005");
    let failure = fails(&db, "migrate down --steps 1", 1);
    assert!(failure.stderr.contains(CORE[6]), "{failure:?}");
    assert_eq!(applied(&db), CORE[..7]);
    run(&db, "migrate up");
    assert_dump(&db.schema_dump(), &with_mine, "nothing is missing");
    sql(&db, r#"DROP TABLE "mine""#);
    assert_dump(&db.schema_dump(), &before, "without the obstacle");
}

#[test]
fn rows_that_others_refer_to_are_not_taken_along() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let uuid = if db.kind() == Db::Postgres {
            "uuid"
        } else {
            "char(36)"
        };
        let collation = if db.kind() == Db::Mysql {
            " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        } else {
            ""
        };
        // The team's own tables refer to tables of the set, and would be deleted with their rows.
        sql(
            db,
            &format!(
                r#"INSERT INTO "users" ("id", "username", "password") VALUES (1, 'a', 'x');
                INSERT INTO "organizations" ("id", "name", "slug", "email")
                  VALUES ('0a1b2c3d-0000-4000-8000-000000000001', 'O', 'o', 'o@x');
                CREATE TABLE "notes" ("id" integer PRIMARY KEY, "userId" integer NOT NULL,
                  "org" {uuid}{collation} NOT NULL,
                  FOREIGN KEY ("userId") REFERENCES "users" ("id") ON DELETE CASCADE,
                  FOREIGN KEY ("org") REFERENCES "organizations" ("id") ON DELETE CASCADE);
                INSERT INTO "notes" VALUES (1, 1, '0a1b2c3d-0000-4000-8000-000000000001');"#
            ),
        );
        let before = (db.schema_dump(), content(db));
        for command in [
            "migrate down --all --yes",
            "migrate reset --yes",
            "migrate refresh --yes",
            "migrate fresh --yes",
        ] {
            let refusal = fails(db, command, 6);
            assert!(refusal.stderr.contains("notes"), "{refusal:?}");
            assert_eq!((db.schema_dump(), content(db)), before, "{command}");
            assert_eq!(applied(db), CORE);
        }
        // What drops none of those tables goes ahead, and the rows stay.
        run(db, "migrate down --to 20251010100001 --yes");
        assert_eq!(applied(db), CORE[..3]);
        run(db, "migrate up");
        assert_eq!(one(db, r#"SELECT count(*) FROM "notes""#), "1");
        assert_eq!(one(db, r#"SELECT count(*) FROM "users""#), "1");
        // Without the references the way is free, and the table itself stays.
        sql(db, r#"DROP TABLE "notes""#);
        sql(db, r#"CREATE TABLE "notes" ("id" integer PRIMARY KEY)"#);
        run(db, "migrate down --all --yes");
        assert_eq!(one(db, r#"SELECT count(*) FROM "notes""#), "0");
    });
}

#[test]
fn rows_that_were_broken_before_are_no_reason_to_stop() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up");
    // Another tool, with foreign keys off, left an orphan among the team's own rows.
    sql(
        &db,
        r#"PRAGMA foreign_keys = OFF;
           CREATE TABLE "boxes" ("id" integer PRIMARY KEY);
           CREATE TABLE "things" ("box" integer REFERENCES "boxes" ("id"));
           INSERT INTO "things" VALUES (7);"#,
    );
    run(&db, "migrate down --all --yes");
    run(&db, "migrate up");
    assert_eq!(one(&db, r#"SELECT "box" FROM "things""#), "7");
}

#[test]
fn sqlite_children_of_a_dropped_table_are_not_deleted_unseen() {
    // `users` is not dropped by any step but the first; its children cascade. A rebuild or a drop
    // with foreign keys on would empty them.
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up");
    run(&db, "seed --env dev");
    let before = content(&db);
    for _ in 0..7 {
        run(&db, "rollback --yes");
    }
    assert_eq!(applied(&db), CORE[..6]);
    let rows = |table: &str| one(&db, &format!("SELECT count(*) FROM \"{table}\""));
    for (table, expected) in &before {
        assert_eq!(rows(table), expected.len().to_string(), "{table}");
    }
    run(&db, "migrate up");
    for (table, expected) in &before {
        assert_eq!(rows(table), expected.len().to_string(), "{table}");
    }
}

#[test]
fn the_applications_rows_survive_the_chain_in_one_command() {
    TestDb::on_all(|db| {
        run(db, "migrate up --to 20251010095900");
        crate::sets::fill::fill(db);
        let own = content(db);
        run(db, "migrate up");
        crate::sets::fill::fill(db);
        let full = content(db);
        crate::sets::tools::assert_same(&crate::sets::tools::shared(&full, &own), &own, "after up");
        run(db, "migrate down --to 20251010095900 --yes");
        crate::sets::tools::assert_same(&content(db), &own, "after down");
        run(db, "migrate up");
        let again = content(db);
        crate::sets::tools::assert_same(
            &crate::sets::tools::shared(&again, &own),
            &own,
            "after up again",
        );
    });
}
