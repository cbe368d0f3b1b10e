//! Objects of a team's own over what a run would drop or rebuild: refused by name, or kept.

use crate::sets::tools::{column, json, one, run, saasdb};
use crate::support::{Db, OwnServer, Saasdb, TestDb};

fn telecom(db: &TestDb) -> Saasdb {
    saasdb(db).env("SAASDB_SET", "telecom")
}

#[track_caller]
fn refused(call: &Saasdb, command: &str, words: &[&str]) {
    let output = call.call(command.split(' ')).code(6);
    for word in words {
        assert!(output.stderr.contains(word), "{word}: {output:?}");
    }
    assert!(output.stderr.contains("nothing was changed"), "{output:?}");
}

/// MySQL drops a column under a view and a trigger without a word; after that, every INSERT fails.
#[test]
fn mysql_keeps_what_views_triggers_and_routines_use() {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up");
    db.sql("CREATE VIEW my_chats AS SELECT id, organizationId FROM chats");
    db.sql(
        "CREATE TRIGGER my_chat BEFORE INSERT ON chats FOR EACH ROW
         SET NEW.organizationId = trim(NEW.organizationId)",
    );
    db.sql("CREATE VIEW others AS SELECT id, name FROM templates");
    let uses = [
        "view my_chats uses column chats.organizationId",
        "trigger my_chat uses column chats.organizationId",
    ];
    for command in [
        "migrate down --steps 2 --yes",
        "migrate redo --steps 2 --yes",
    ] {
        refused(&saasdb(&db), command, &uses);
    }
    for command in [
        "migrate down --all --yes",
        "migrate fresh --yes",
        "migrate reset --yes",
    ] {
        let uses = [
            "view my_chats uses table chats",
            "view others uses table templates",
        ];
        refused(&saasdb(&db), command, &uses);
    }
    assert_eq!(one(&db, "SELECT count(*) FROM my_chats"), "0");
    db.sql("DROP VIEW my_chats; DROP TRIGGER my_chat;");
    run(&db, "migrate down --steps 2");
    assert_eq!(one(&db, "SELECT count(*) FROM others"), "0");
}

/// SQLite drops a table under a view without a word, too.
#[test]
fn sqlite_keeps_what_views_and_triggers_of_other_tables_use() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up");
    db.sql("CREATE TABLE notes (id integer PRIMARY KEY, text)");
    db.sql("CREATE VIEW my_chats AS SELECT * FROM chats");
    db.sql(
        "CREATE TRIGGER copy AFTER INSERT ON notes BEGIN
           INSERT INTO chats (message) VALUES (new.text); END",
    );
    let uses = [
        "view my_chats uses table chats",
        "trigger copy uses table chats",
    ];
    for command in ["migrate down --all --yes", "migrate fresh --yes"] {
        refused(&saasdb(&db), command, &uses);
    }
    assert_eq!(one(&db, "SELECT count(*) FROM my_chats"), "0");
}

/// What somebody wrote into the definition of a table is not in the one that takes its place.
#[test]
fn a_rebuilt_table_does_not_lose_what_was_added_to_it() {
    let added = [
        ("NOT NULL", "NOT NULL CHECK (amount >= 0)", "amount >= 0"),
        ("NOT NULL", "NOT NULL DEFAULT 7.25", "7.25"),
        ("NOT NULL", "NOT NULL REFERENCES mine (id)", "-> mine"),
    ];
    for (from, to, word) in added {
        let db = TestDb::new(Db::Sqlite);
        let program = telecom(&db);
        program.call(["migrate", "up", "--steps", "8"]).success();
        db.sql("CREATE TABLE mine (id decimal(10, 2) PRIMARY KEY)");
        db.sql(&format!(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_master SET sql = replace(sql, '\"amount\" decimal(10, 2) {from}',
               '\"amount\" decimal(10, 2) {to}') WHERE name = 'payments';
             PRAGMA writable_schema = RESET;"
        ));
        refused(&program, "migrate up", &["payments", word]);
        let kept = one(&db, "SELECT sql FROM sqlite_master WHERE name = 'payments'");
        assert!(kept.contains(to), "{kept}");
    }
}

/// A view over a table that is rebuilt, and a trigger that writes to it, go on working.
#[test]
fn a_rebuilt_table_keeps_its_views() {
    let db = TestDb::new(Db::Sqlite);
    let program = telecom(&db);
    program.call(["migrate", "up", "--steps", "8"]).success();
    db.sql(
        "CREATE VIEW paid AS SELECT id, amount FROM payments;
         CREATE TABLE notes (id integer PRIMARY KEY);
         CREATE TRIGGER pay AFTER INSERT ON notes BEGIN UPDATE payments SET amount = 1; END;",
    );
    for command in ["migrate up --steps 1", "migrate redo", "migrate up"] {
        program.call(command.split(' ')).success();
        assert_eq!(one(&db, "SELECT count(*) FROM paid"), "0", "{command}");
        db.sql("INSERT INTO notes DEFAULT VALUES");
    }
}

/// MariaDB lists a table with its history as another kind of table.
#[test]
fn a_system_versioned_table_is_a_table() {
    for command in ["seed undo", "migrate down --all", "migrate fresh"] {
        let db = TestDb::new(Db::Mysql);
        run(&db, "setup");
        db.sql(
            "CREATE TABLE notes (id int PRIMARY KEY AUTO_INCREMENT, uid int,
               FOREIGN KEY (uid) REFERENCES users (id) ON DELETE CASCADE) WITH SYSTEM VERSIONING;
             INSERT INTO notes (uid) SELECT id FROM users;",
        );
        if command == "seed undo" {
            let undone = json(&db, command);
            assert!(
                undone["tables"].to_string().contains("\"referred\":16"),
                "{undone}"
            );
        } else {
            refused(&saasdb(&db), command, &["notes refers to users"]);
        }
        let whole = "SELECT count(*) FROM notes JOIN users u ON u.id = uid";
        assert_eq!(one(&db, whole), "16", "{command}");
        let dump = saasdb(&db).call(["schema", "dump"]).success();
        assert!(dump.stdout.contains("WITH SYSTEM VERSIONING"), "{dump:?}");
    }
}

/// What a server, a database or a role is set to changes nothing of what saasdb reads and does.
#[test]
fn postgresql_set_to_the_opposite_of_its_defaults() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "setup");
    for (name, value) in [
        ("quote_all_identifiers", "on"),
        ("default_transaction_isolation", "serializable"),
        ("default_transaction_deferrable", "on"),
        ("bytea_output", "escape"),
        ("intervalstyle", "sql_standard"),
        ("datestyle", "'German, DMY'"),
        ("timezone", "'Asia/Kolkata'"),
        ("transform_null_equals", "on"),
        ("standard_conforming_strings", "off"),
        ("extra_float_digits", "0"),
    ] {
        db.sql(&format!(
            "ALTER DATABASE \"{}\" SET {name} = {value}",
            db.name()
        ));
    }
    all_goes_well(&db);
}

#[test]
fn mariadb_set_to_the_opposite_of_its_defaults() {
    let server = OwnServer::mortal(Db::Mysql);
    let db = server.database();
    run(&db, "setup");
    let mut admin = server.admin();
    for setting in [
        "sql_safe_updates = 1",
        "sql_select_limit = 10",
        "sql_quote_show_create = 0",
        "autocommit = 0",
        "foreign_key_checks = 0",
        "unique_checks = 0",
        "completion_type = 1",
        "time_zone = '+05:30'",
        "sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO'",
        "group_concat_max_len = 100",
    ] {
        admin.sql(&format!("SET GLOBAL {setting}"));
    }
    all_goes_well(&db);
}

fn all_goes_well(db: &TestDb) {
    let status = json(db, "status");
    assert_eq!(status["drift"]["state"], "none", "{status}");
    saasdb(db).call(["check"]).success();
    run(db, "seed");
    let undone = json(db, "seed undo");
    let deleted: u64 = undone["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .map(|t| t["deleted"].as_u64().expect("a number"))
        .sum();
    assert_eq!(deleted, 1046, "{undone}");
    for command in [
        "seed",
        "migrate down --steps 2",
        "migrate up",
        "migrate refresh",
        "migrate down --all",
    ] {
        run(db, command);
    }
    run(db, "migrate up");
    let status = json(db, "status");
    assert_eq!(status["drift"]["state"], "none", "{status}");
    assert!(column(db, r#"SELECT "slug" FROM "organizations""#).is_empty());
}
