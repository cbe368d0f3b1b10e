//! What `seed undo` leaves alone: rows that are written while it waits, rows that others refer to in
//! whatever way the database knows, values in columns that seeding did not write.

use super::late_rows::{LEVELS, meanwhile, open};
use crate::sets::tools::{column, json, meta, one, rows, run, saasdb, sql};
use crate::support::{Db, TestDb};

fn seeded(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    run(&db, "setup");
    db
}

/// What undo says of a table.
fn of(report: &serde_json::Value, table: &str, what: &str) -> u64 {
    let tables = report["tables"].as_array().expect("tables");
    let found = tables.iter().find(|t| t["table"] == table);
    found.map_or(0, |t| t[what].as_u64().unwrap_or(0))
}

#[test]
fn a_row_that_changes_while_it_waits() {
    for (i, kind) in Db::ALL.into_iter().enumerate() {
        for level in &LEVELS[i..=i] {
            let db = seeded(kind);
            let change =
                r#"UPDATE "users" SET "name" = 'mine' WHERE "username" = 'kopi-senja-member1'"#;
            let session = open(&db, level, change);
            meanwhile(&saasdb(&db), &db, "seed undo", session, "COMMIT").success();
            let left = column(&db, r#"SELECT "username" FROM "users" ORDER BY 1"#);
            assert_eq!(left, ["kopi-senja-member1", "kopi-senja-owner"], "{kind:?}");
        }
    }
}

#[test]
fn a_row_that_comes_to_refer_while_it_waits() {
    for (i, kind) in Db::ALL.into_iter().enumerate() {
        let db = seeded(kind);
        sql(
            &db,
            r#"CREATE TABLE "mine" ("id" integer PRIMARY KEY, "user" integer NOT NULL,
                 FOREIGN KEY ("user") REFERENCES "users" ("id") ON DELETE CASCADE)"#,
        );
        let insert = r#"INSERT INTO "mine" SELECT 1, "id" FROM "users" WHERE "username" = 'kopi-senja-member1'"#;
        let session = open(&db, LEVELS[(i + 1) % 3], insert);
        meanwhile(&saasdb(&db), &db, "seed undo", session, "COMMIT").success();
        assert_eq!(one(&db, r#"SELECT count(*) FROM "mine""#), "1", "{kind:?}");
    }
}

/// Tables of a team's own that refer to users by their id, one way each.
fn referring(kind: Db) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![
        (
            r#"CREATE TABLE "notes" ("id" integer PRIMARY KEY, "u" integer, FOREIGN KEY ("u") REFERENCES "users" ("id") ON DELETE CASCADE)"#,
            r#""id""#,
        ),
        (
            r#"CREATE TABLE "notes" ("id" integer PRIMARY KEY, "u" integer, FOREIGN KEY ("u") REFERENCES "users" ("id") ON DELETE SET NULL)"#,
            r#""id""#,
        ),
    ];
    match kind {
        Db::Sqlite => all.extend([
            (
                "CREATE TABLE notes (id integer PRIMARY KEY, u int REFERENCES users(ID) ON DELETE CASCADE)",
                "id",
            ),
            (
                "CREATE TABLE notes (id integer PRIMARY KEY, u REFERENCES USERS ON DELETE CASCADE)",
                "id",
            ),
            (
                "CREATE TABLE notes (id integer PRIMARY KEY, u REFERENCES users(id) ON DELETE CASCADE)",
                "CAST(id AS TEXT)",
            ),
            (
                "CREATE TABLE notes (id integer PRIMARY KEY, u text REFERENCES users(id) ON DELETE CASCADE)",
                "'0' || id",
            ),
            (
                "CREATE TABLE notes (id integer PRIMARY KEY, u blob REFERENCES users(id) ON DELETE CASCADE)",
                "id",
            ),
            (
                "CREATE TABLE notes (id integer PRIMARY KEY, u text COLLATE NOCASE REFERENCES users(username) ON DELETE CASCADE)",
                "username",
            ),
        ]),
        Db::Postgres => all.push((
            r#"CREATE TABLE "notes" ("id" integer PRIMARY KEY, "u" bigint REFERENCES "users" ("id") ON DELETE CASCADE)"#,
            r#""id""#,
        )),
        Db::Mysql => all.extend([
            (
                "CREATE TABLE notes (id int PRIMARY KEY, u varchar(300) CHARACTER SET utf8mb4, FOREIGN KEY (u) REFERENCES users (username) ON DELETE CASCADE)",
                "concat(username, ' ')",
            ),
            (
                "CREATE TABLE notes (id int PRIMARY KEY, u varchar(300) CHARACTER SET utf8mb4, FOREIGN KEY (u) REFERENCES users (username) ON DELETE CASCADE)",
                "upper(username)",
            ),
            (
                "CREATE TABLE notes (id int PRIMARY KEY, u int, FOREIGN KEY (u) REFERENCES users (id) ON DELETE CASCADE) WITH SYSTEM VERSIONING",
                "id",
            ),
        ]),
    }
    all
}

#[test]
fn rows_that_others_refer_to_in_any_way() {
    for kind in Db::ALL {
        for (table, value) in referring(kind) {
            let db = seeded(kind);
            let collation = match kind {
                Db::Mysql if table.contains("varchar") => {
                    let query = "SELECT collation_name FROM information_schema.columns
                        WHERE table_schema = database() AND table_name = 'users' AND column_name = 'username'";
                    format!(" COLLATE {}", one(&db, query))
                }
                _ => String::new(),
            };
            let length = match kind {
                Db::Mysql => one(
                    &db,
                    "SELECT character_maximum_length FROM information_schema.columns
                     WHERE table_schema = database() AND table_name = 'users' AND column_name = 'username'",
                ),
                _ => String::new(),
            };
            let table = table.replace(
                "varchar(300) CHARACTER SET utf8mb4",
                &format!("varchar({length}) CHARACTER SET utf8mb4{collation}"),
            );
            sql(&db, &table);
            sql(
                &db,
                &format!(r#"INSERT INTO "notes" SELECT "id", {value} FROM "users""#),
            );
            let before = rows(&db, r#"SELECT * FROM "notes" ORDER BY "id""#);
            assert_eq!(before.len(), 16, "{table}");
            let undone = json(&db, "seed undo");
            assert_eq!(of(&undone, "users", "referred"), 16, "{table}: {undone}");
            let after = rows(&db, r#"SELECT * FROM "notes" ORDER BY "id""#);
            assert_eq!(after, before, "{table}");
        }
    }
}

/// A history table that inherits (as temporal_tables makes them) has rows of its own.
#[test]
fn rows_of_a_table_that_inherits() {
    let db = seeded(Db::Postgres);
    db.sql(
        "CREATE TABLE archive () INHERITS (chats); INSERT INTO archive SELECT * FROM ONLY chats;",
    );
    let undone = json(&db, "seed undo");
    assert_eq!(of(&undone, "chats", "deleted"), 26, "{undone}");
    assert_eq!(one(&db, "SELECT count(*) FROM archive"), "26");
    assert_eq!(one(&db, "SELECT count(*) FROM ONLY chats"), "0");
}

/// The table itself may have been partitioned since; then its rows are in the partitions.
#[test]
fn rows_in_partitions_are_the_table_s() {
    let db = seeded(Db::Postgres);
    db.sql(
        "CREATE TABLE parts (LIKE quota_alerts) PARTITION BY RANGE (id);
         CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (1000000);
         INSERT INTO parts SELECT * FROM quota_alerts;
         DROP TABLE quota_alerts; ALTER TABLE parts RENAME TO quota_alerts;",
    );
    let undone = json(&db, "seed undo");
    assert_eq!(of(&undone, "quota_alerts", "deleted"), 16, "{undone}");
    assert_eq!(one(&db, "SELECT count(*) FROM part"), "0");
}

#[test]
fn a_value_in_a_column_of_the_user_s_own() {
    TestDb::on_all(|db| {
        run(db, "setup");
        sql(db, r#"ALTER TABLE "users" ADD COLUMN "note" varchar(20)"#);
        sql(
            db,
            r#"ALTER TABLE "users" ADD COLUMN "stars" integer DEFAULT 3"#,
        );
        let counted = json(db, "seed undo --dry-run");
        assert_eq!(of(&counted, "users", "deleted"), 16, "{counted}");
        sql(
            db,
            r#"UPDATE "users" SET "note" = 'mine' WHERE "username" = 'kopi-senja-member1'"#,
        );
        for command in ["migrate down --all", "migrate fresh", "migrate reset"] {
            let refused = saasdb(db).call(command.split(' ')).code(6);
            let shown = "16 rows, 1 not from seeders";
            assert!(refused.stderr.contains(shown), "{command}: {refused:?}");
        }
        let undone = json(db, "seed undo");
        assert_eq!(of(&undone, "users", "changed"), 1, "{undone}");
        assert_eq!(
            column(db, r#"SELECT "note" FROM "users" WHERE "note" IS NOT NULL"#),
            ["mine"]
        );
    });
}

/// What the application writes into a column that went and came back is its own; what is still empty
/// is filled again.
#[test]
fn a_value_in_a_column_that_went_and_came_back() {
    let mine = r#"SELECT count(*) FROM "chats" WHERE "organizationId" =
        (SELECT "id" FROM "organizations" WHERE "slug" = 'mine')"#;
    for command in ["seed", "seed undo", "migrate down --steps 2"] {
        TestDb::on_all(|db| {
            run(db, "setup");
            run(db, "migrate down --steps 2");
            run(db, "migrate up");
            let id = "'11111111-2222-4333-8444-555555555555'";
            sql(
                db,
                &format!(
                    r#"INSERT INTO "organizations" ("id", "name", "slug", "email") VALUES ({id}, 'Mine', 'mine', 'm@x.example')"#
                ),
            );
            let first = one(db, r#"SELECT min("id") FROM "chats""#);
            sql(
                db,
                &format!(r#"UPDATE "chats" SET "organizationId" = {id} WHERE "id" = {first}"#),
            );
            let ended = saasdb(db).call(command.split(' '));
            if command == "migrate down --steps 2" {
                let refused = ended.code(6);
                assert!(refused.stderr.contains("1 not from seeders"), "{refused:?}");
            } else {
                ended.success();
            }
            assert_eq!(one(db, mine), "1", "{command}");
            if command == "seed" {
                let empty = r#"SELECT count(*) FROM "chats" WHERE "organizationId" IS NULL"#;
                assert_eq!(one(db, empty), "0");
            }
        });
    }
}

/// A trigger of the user's keeps rows: undo says so, remembers them, and keeps what they need.
#[test]
fn rows_that_a_trigger_keeps() {
    for kind in [Db::Sqlite, Db::Postgres] {
        let db = seeded(kind);
        db.sql(match kind {
            Db::Sqlite => {
                "CREATE TRIGGER keep BEFORE DELETE ON users BEGIN SELECT RAISE(IGNORE); END"
            }
            _ => {
                "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                 CREATE TRIGGER keep BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION keep();"
            }
        });
        let undone = json(&db, "seed undo");
        assert_eq!(of(&undone, "users", "kept"), 16, "{undone}");
        assert_eq!(of(&undone, "users", "deleted"), 0, "{undone}");
        assert_eq!(of(&undone, "organizations", "referred"), 4, "{undone}");
        let owned = r#"SELECT count(*) FROM "organizations" WHERE "ownerId" IS NOT NULL"#;
        assert_eq!(one(&db, owned), "4", "nothing was taken apart");
        db.sql(match kind {
            Db::Sqlite => "DROP TRIGGER keep",
            _ => "DROP TRIGGER keep ON users",
        });
        let undone = json(&db, "seed undo");
        assert_eq!(of(&undone, "users", "deleted"), 16, "{undone}");
    }
}

#[test]
fn rows_whose_entry_in_the_ledger_cannot_be_read() {
    TestDb::on_all(|db| {
        run(db, "setup");
        for (written, key) in [
            ("{", "kopi-senja"),
            ("{}", "batik-melati"),
            ("null", "logistik-samudra"),
        ] {
            sql(
                db,
                &format!(
                    "UPDATE saasdb_seeds SET written = '{written}' WHERE table_name = 'organizations' AND row_key = '{key}'"
                ),
            );
        }
        let undone = json(db, "seed undo");
        assert_eq!(of(&undone, "organizations", "changed"), 3, "{undone}");
        assert_eq!(of(&undone, "organizations", "deleted"), 1, "{undone}");
        run(db, "seed");
    });
}

/// MySQL's unique keys ignore case: a plan `FREE` of the user's is the plan `free`.
#[test]
fn a_natural_key_is_compared_as_the_database_does() {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up");
    db.sql(
        "INSERT INTO subscription_plans (name, displayName, priceMonthly) VALUES ('FREE', 'Mine', 5)",
    );
    let seeded = json(&db, "seed --env dev");
    assert_eq!(seeded["seeders"][0]["existing"], 1, "{seeded}");
    assert_eq!(seeded["seeders"][0]["inserted"], 3, "{seeded}");
    let mine = "SELECT displayName FROM subscription_plans WHERE name = 'free'";
    assert_eq!(column(&db, mine), ["Mine"]);
    run(&db, "seed");
}

/// Whoever reads the ledger cannot try values against its digests.
#[test]
fn digests_differ_from_database_to_database() {
    let digests = |db: &TestDb| {
        let query = "SELECT written FROM saasdb_seeds WHERE table_name = 'users' AND row_key = 'kopi-senja-owner'";
        let json: serde_json::Value = serde_json::from_str(&one(db, query)).expect("JSON");
        json["email"].as_str().expect("a digest").to_owned()
    };
    let (a, b) = (seeded(Db::Sqlite), seeded(Db::Sqlite));
    assert_ne!(digests(&a), digests(&b));
    assert_ne!(meta(&a, "seed_salt"), meta(&b, "seed_salt"));
    // Without the salt nothing can be told of the rows: they are left alone.
    a.sql("DELETE FROM saasdb_meta WHERE name = 'seed_salt'");
    let undone = json(&a, "seed undo");
    assert_eq!(of(&undone, "users", "deleted"), 0, "{undone}");
}

/// A migration that adds a column with values, and one that goes and comes back, leave seeded rows the
/// seeders': what they wrote is nobody's hand.
#[test]
fn what_a_migration_writes_into_seeded_rows_is_not_the_users() {
    TestDb::on_all(|db| {
        let call = |words: &str| {
            saasdb(db)
                .env("SAASDB_SET", "better-auth")
                .call(words.split(' '))
        };
        call("setup").success();
        for words in ["migrate redo", "migrate down --steps 1", "migrate up"] {
            call(words).success();
        }
        let undone = call("seed undo --format json").success().json();
        assert_eq!(of(&undone, "team", "deleted"), 4, "{undone}");
        assert_eq!(of(&undone, "account", "deleted"), 13, "{undone}");
        call("seed").success();
        call("migrate down --steps 1").success();
        call("migrate up").success();
        // And what comes into such a column later is.
        sql(db, r#"UPDATE "team" SET "memberCount" = 77"#);
        let refused = call("migrate down --steps 1").code(6);
        assert!(refused.stderr.contains("4 not from seeders"), "{refused:?}");
    });
}
