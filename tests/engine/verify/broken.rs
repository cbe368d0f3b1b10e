//! Faults, each found with the migration and the object.

use saasdb::engine::verify::{What, When};

use super::{ONE, THREE, TWO, assert_clean, failures, sql, verified};
use crate::support::Db;

const USERS: &str =
    "CREATE TABLE users (id integer NOT NULL PRIMARY KEY, name varchar(80) NOT NULL)";
const NOTES: &str = "CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, user_id integer NOT NULL, \
    body varchar(200), CONSTRAINT notes_user_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE)";

#[test]
fn an_index_that_stays() {
    for kind in Db::ALL {
        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &[NOTES], &["DROP TABLE notes"]),
                sql(
                    THREE,
                    &["CREATE INDEX users_name_idx ON users (name)"],
                    &["SELECT 1"],
                ),
            ],
        );
        // The one that left it is to blame, for everything that comes of it; the others are not.
        assert_eq!(
            failures(&found),
            [(
                THREE,
                When::Down,
                What::Schema,
                "index users.users_name_idx"
            )],
            "{kind:?}"
        );
        assert_eq!(found.failures[0].detail, "it is left behind");
        assert_eq!(found.migrations[2].rows, 6, "{kind:?}");
    }
}

#[test]
fn what_stays_outside_of_tables() {
    let function =
        "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$";
    let trigger =
        "CREATE TRIGGER loud BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION shout()";
    for (up, down, objects) in [
        (
            vec!["CREATE TYPE mood AS ENUM ('a')"],
            vec![],
            vec!["type mood"],
        ),
        (vec![function], vec![], vec!["routine shout()"]),
        (
            vec![function, trigger],
            vec![],
            vec!["trigger users.loud", "routine shout()"],
        ),
        (
            vec!["CREATE DOMAIN small AS int CHECK (VALUE < 9)"],
            vec![],
            vec!["type small"],
        ),
        (
            vec![
                "CREATE SCHEMA other",
                "CREATE TABLE other.things (id int PRIMARY KEY)",
            ],
            vec!["DROP TABLE other.things"],
            vec!["schema other"],
        ),
        (
            vec!["CREATE SEQUENCE numbers"],
            vec![],
            vec!["sequence numbers"],
        ),
        (
            vec![
                "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY p ON users USING (true)",
            ],
            vec!["ALTER TABLE users DISABLE ROW LEVEL SECURITY"],
            vec!["policy users.p"],
        ),
        (
            vec!["ALTER TABLE users ADD COLUMN age int"],
            vec![],
            vec!["column users.age"],
        ),
        (
            vec!["ALTER TABLE users ALTER COLUMN name DROP NOT NULL"],
            vec![],
            vec!["column users.name"],
        ),
    ] {
        let found = verified(
            Db::Postgres,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &up, &down),
            ],
        );
        let wanted: Vec<_> = objects
            .iter()
            .map(|o| (TWO, When::Down, What::Schema, *o))
            .collect();
        let mut all = failures(&found);
        // Some of it is also in the way of the second time.
        all.retain(|f| f.1 == When::Down);
        assert_eq!(all, wanted, "{up:?}");
    }
}

#[test]
fn a_trigger_that_stays_on_sqlite_and_mysql() {
    for (kind, trigger) in [
        (
            Db::Sqlite,
            "CREATE TRIGGER loud AFTER UPDATE ON users BEGIN DELETE FROM users WHERE name = 'gone'; END",
        ),
        (
            Db::Mysql,
            "CREATE TRIGGER loud BEFORE UPDATE ON users FOR EACH ROW SET NEW.name = trim(NEW.name)",
        ),
    ] {
        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &[trigger], &["SELECT 1"]),
            ],
        );
        assert_eq!(
            failures(&found),
            [(TWO, When::Down, What::Schema, "trigger users.loud")],
            "{kind:?}"
        );
    }
}

#[test]
fn a_down_that_takes_a_neighbours_rows_along() {
    for kind in Db::ALL {
        let rebuild = [
            "CREATE TABLE kept (id integer, name varchar(80))",
            "INSERT INTO kept SELECT id, name FROM users",
            "DELETE FROM users",
            "INSERT INTO users SELECT id, name FROM kept",
            "DROP TABLE kept",
        ];
        // Where tables are dropped SQLite's foreign keys are off; so this one is deleted by itself.
        let down: &[&str] = match kind {
            Db::Sqlite => &["DELETE FROM users"],
            _ => &rebuild,
        };
        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &[NOTES], &["DROP TABLE notes"]),
                sql(THREE, &["SELECT 1"], down),
            ],
        );
        let mut all = failures(&found);
        all.retain(|f| f.3.contains("notes"));
        assert_eq!(
            all,
            [(THREE, When::Down, What::RowsLost, "rows of notes")],
            "{kind:?}"
        );
    }
}

#[test]
fn a_rebuild_that_forgets_rows_and_values() {
    let build = |select: &str| {
        [
            "CREATE TABLE users_new (id integer NOT NULL PRIMARY KEY, name varchar(80) NOT NULL)"
                .to_owned(),
            format!("INSERT INTO users_new (id, name) {select}"),
            "DROP TABLE users".to_owned(),
            "ALTER TABLE users_new RENAME TO users".to_owned(),
        ]
    };
    for (select, what, object) in [
        (
            "SELECT id, name FROM users WHERE id <> 2",
            What::RowsLost,
            "row (id = 2) of users",
        ),
        (
            "SELECT id, replace(name, 'ü', 'u') FROM users",
            What::RowsChanged,
            "row (id = 1) of users, column name",
        ),
    ] {
        let statements = build(select);
        let down: Vec<&str> = statements.iter().map(String::as_str).collect();
        let found = verified(
            Db::Sqlite,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &["SELECT 1"], &down),
            ],
        );
        assert_eq!(failures(&found)[0], (TWO, When::Down, what, object));
    }
}

#[test]
fn an_up_that_changes_rows_of_others() {
    for kind in Db::ALL {
        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(
                    TWO,
                    &["UPDATE users SET name = 'nobody' WHERE id = 2"],
                    &["SELECT 1"],
                ),
            ],
        );
        assert_eq!(
            failures(&found),
            [(
                TWO,
                When::Up,
                What::RowsChanged,
                "row (id = 2) of users, column name"
            )],
            "{kind:?}"
        );
        assert!(
            found.failures[0].detail.ends_with("nobody")
                || found.failures[0].detail.ends_with("'nobody'")
        );
    }
}

#[test]
fn rows_that_an_up_brings_have_to_go_again() {
    let up = ["INSERT INTO users (id, name) VALUES (77, 'root')"];
    let users = || sql(ONE, &[USERS], &["DROP TABLE users"]);
    for kind in Db::ALL {
        let found = verified(
            kind,
            vec![users(), sql(TWO, &up, &["DELETE FROM users WHERE id = 77"])],
        );
        assert_clean(&found);
        let found = verified(kind, vec![users(), sql(TWO, &up, &["SELECT 1"])]);
        let all = failures(&found);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(
            all[0],
            (TWO, When::Down, What::RowsLeft, "row (id = 77) of users"),
            "{kind:?}"
        );
    }
}

#[test]
fn a_second_time_that_differs() {
    let random = "DO $$ BEGIN EXECUTE format('CREATE INDEX %I ON users (name)', 'i' || md5(random()::text)); END $$";
    let down = "DO $$ DECLARE i text; BEGIN FOR i IN SELECT indexname FROM pg_indexes WHERE tablename = 'users' \
        AND indexname LIKE 'i%' LOOP EXECUTE format('DROP INDEX %I', i); END LOOP; END $$";
    let found = verified(
        Db::Postgres,
        vec![
            sql(ONE, &[USERS], &["DROP TABLE users"]),
            sql(TWO, &[random], &[down]),
        ],
    );
    let all = failures(&found);
    assert_eq!(all.len(), 2, "{all:?}");
    for (migration, when, what, object) in all {
        assert_eq!((migration, when, what), (TWO, When::UpAgain, What::Schema));
        assert!(object.starts_with("index users.i"), "{object}");
    }
}

#[test]
fn steps_that_fail() {
    for kind in Db::ALL {
        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &[NOTES], &["DROP TABLE notes", "DROP TABLE nowhere"]),
            ],
        );
        let all = failures(&found);
        assert_eq!(
            (all.len(), all[0]),
            (
                1,
                (
                    TWO,
                    When::Down,
                    What::Refused,
                    "statement DROP TABLE nowhere"
                )
            ),
            "{kind:?}: {all:?}"
        );
        assert!(found.failures[0].detail.contains("nowhere"));
        assert_eq!(
            found.notes.len(),
            1,
            "the first one was not reverted: {:?}",
            found.notes
        );
        assert_eq!(found.notes[0].migration, ONE);

        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(
                    TWO,
                    &[NOTES, "CREATE INDEX i ON nowhere (id)"],
                    &["DROP TABLE notes"],
                ),
                sql(THREE, &["SELECT 1"], &["SELECT 1"]),
            ],
        );
        let all = failures(&found);
        assert_eq!(
            (all.len(), all[0]),
            (
                1,
                (
                    TWO,
                    When::Up,
                    What::Refused,
                    "statement CREATE INDEX i ON nowhere (id)"
                )
            ),
            "{kind:?}: {all:?}"
        );
        // What came before is tried all the same.
        assert!(found.migrations[0].again_ms.is_some(), "{found:?}");
        assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
        assert_eq!(found.notes[0].migration, THREE);
    }
}

#[test]
fn a_table_that_takes_no_row_is_said() {
    let check = "CREATE TABLE odd (id integer NOT NULL PRIMARY KEY, x integer NOT NULL CHECK (x * x * x = 17))";
    for kind in Db::ALL {
        let found = verified(kind, vec![sql(ONE, &[check], &["DROP TABLE odd"])]);
        assert!(found.is_clean());
        assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
        assert_eq!(found.notes[0].object, "odd");
        let words = found.notes[0].detail.to_lowercase();
        assert!(
            words.contains("check") || words.contains("constraint"),
            "{words}"
        );
    }
}

#[test]
fn a_conversion_that_loses_something() {
    for kind in [Db::Postgres, Db::Mysql] {
        let convert = |to: usize| match kind {
            Db::Mysql => format!("ALTER TABLE users MODIFY name varchar({to}) NOT NULL"),
            _ => format!("ALTER TABLE users ALTER name TYPE varchar({to})"),
        };
        // Shortened so far that the same can be said on both.
        let cut = "UPDATE users SET name = left(name, 5)";
        let found = verified(
            kind,
            vec![
                sql(ONE, &[USERS], &["DROP TABLE users"]),
                sql(TWO, &[cut, &convert(5)], &[&convert(80)]),
            ],
        );
        let all = failures(&found);
        assert_eq!(all.len(), 3, "{all:?}");
        for (row, failure) in all.iter().enumerate() {
            let object = format!("row (id = {}) of users, column name", row + 1);
            assert_eq!(
                *failure,
                (TWO, When::Down, What::RowsChanged, object.as_str()),
                "{kind:?}"
            );
        }
    }
}
