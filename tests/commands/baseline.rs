//! `saasdb migrate baseline`: adopting an application's own tables.

use super::{APP_TABLES, add_user, count, json_of, migrated, named, run, shown, unchanged};
use crate::support::{Db, TestDb};

/// A database with the application's tables as another tool made them, and a row.
fn application(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    let (id, text) = match kind {
        Db::Sqlite => ("INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT"),
        Db::Postgres => ("SERIAL PRIMARY KEY", "TEXT"),
        Db::Mysql => ("INT AUTO_INCREMENT PRIMARY KEY", "LONGTEXT"),
    };
    db.sql(&format!(
        "CREATE TABLE users (id {id}, username VARCHAR(100) NOT NULL, password {text}, bio {text})"
    ));
    for table in [
        "sessions",
        "blast_sessions",
        "blast_messages",
        "campaigns",
        "templates",
        "chats",
    ] {
        db.sql(&format!("CREATE TABLE {table} (id {id}, note {text})"));
    }
    add_user(&db, "ann");
    db
}

#[test]
fn up_on_an_application_s_database_changes_nothing_and_names_baseline() {
    for kind in Db::ALL {
        let db = application(kind);
        let refused = unchanged(&db, || run(&db, "migrate up").code(6));
        insta::assert_snapshot!(named("up_on_application", &db), shown(&refused));
    }
}

#[test]
fn the_tables_are_adopted_and_survive_everything() {
    for kind in Db::ALL {
        let db = application(kind);
        let before = db.schema_dump();
        let adopted = run(&db, "migrate baseline --to 20251010095900").success();
        insta::assert_snapshot!(named("baseline", &db), shown(&adopted));
        assert_eq!(db.schema_dump(), before, "{kind:?}: no table was touched");
        run(&db, "migrate up").success();
        let status = run(&db, "migrate status --exit-code").success();
        assert!(status.stdout.contains("baseline"), "{}", status.stdout);
        let again = unchanged(&db, || {
            run(&db, "migrate baseline --to 20251010095900").success()
        });
        assert!(
            again.stdout.contains("nothing to adopt"),
            "{}",
            again.stdout
        );
        run(&db, "migrate down --all").success();
        assert_eq!(db.rows("SELECT username FROM users"), [["ann"]]);
        assert_eq!(count(&db, "seaql_migrations"), 1, "the adopted one stays");
        let more = run(&db, "migrate down --steps 1").code(2);
        assert!(
            more.stderr.contains("was adopted (baseline) and stays"),
            "{}",
            more.stderr
        );
    }
}

#[test]
fn everything_that_is_missing_is_listed() {
    for kind in Db::ALL {
        let db = application(kind);
        db.sql("DROP TABLE chats");
        db.sql("DROP TABLE templates");
        db.sql("ALTER TABLE campaigns RENAME COLUMN id TO number");
        db.sql("DROP TABLE sessions");
        db.sql("CREATE TABLE sessions (id VARCHAR(36) NOT NULL PRIMARY KEY)");
        let refused = unchanged(&db, || {
            run(&db, "migrate baseline --to 20251010095900").code(6)
        });
        for lacking in ["chats", "templates", "campaigns.id", "sessions.id"] {
            assert!(
                refused.stderr.contains(lacking),
                "{lacking}: {}",
                refused.stderr
            );
        }
        insta::assert_snapshot!(named("baseline_lacking", &db), shown(&refused));
    }
}

#[test]
fn mysql_keys_of_another_size_are_found_before_they_hurt() {
    for kind in ["BIGINT", "INT UNSIGNED"] {
        let db = application(Db::Mysql);
        db.sql(&format!(
            "ALTER TABLE users MODIFY id {kind} AUTO_INCREMENT"
        ));
        let refused = unchanged(&db, || {
            run(&db, "migrate baseline --to 20251010095900").code(6)
        });
        assert!(refused.stderr.contains("users.id"), "{}", refused.stderr);
        if kind == "BIGINT" {
            insta::assert_snapshot!(shown(&refused));
        }
    }
    // Where nothing refers to a key, its size does not matter.
    let db = application(Db::Mysql);
    db.sql("ALTER TABLE chats MODIFY id BIGINT AUTO_INCREMENT");
    run(&db, "migrate baseline --to 20251010095900").success();
}

#[test]
fn bigint_keys_are_welcome_on_postgresql() {
    let db = application(Db::Postgres);
    db.sql("ALTER TABLE users ALTER COLUMN id TYPE bigint");
    run(&db, "migrate baseline --to 20251010095900").success();
    run(&db, "migrate up").success();
}

#[test]
fn an_empty_database_has_nothing_to_adopt() {
    let db = TestDb::new(Db::Sqlite);
    let refused = unchanged(&db, || {
        run(&db, "migrate baseline --to 20251010095900").code(6)
    });
    insta::assert_snapshot!(shown(&refused));
}

#[test]
fn a_schema_that_another_tool_migrated_so_far() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --steps 8").success();
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta; DROP TABLE seaql_migrations");
    let adopted = run(&db, "migrate baseline --to 20251010100006").success();
    assert!(
        adopted.stdout.contains("8 migrations adopted"),
        "{}",
        adopted.stdout
    );
    run(&db, "migrate up").success();
    assert_eq!(db.schema_dump(), migrated(Db::Postgres).schema_dump());
}

#[test]
fn a_version_is_needed_and_must_be_known() {
    let db = application(Db::Sqlite);
    let without = run(&db, "migrate baseline").code(2);
    assert!(
        without.stderr.contains("--to <VERSION>"),
        "{}",
        without.stderr
    );
    let unknown = unchanged(&db, || run(&db, "migrate baseline --to 2019").code(2));
    assert!(
        unknown.stderr.contains("no migration is called `2019`"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn as_json() {
    let db = application(Db::Sqlite);
    let adopted = run(&db, "migrate baseline --to 20251010095900 --format json").success();
    let json = json_of(&adopted, "migrate baseline");
    assert_eq!(json["migrations"][0], APP_TABLES);
}
