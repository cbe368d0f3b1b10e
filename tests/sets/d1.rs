//! `schema export --format d1`: for every set, the files make the schema that `migrate up` makes, in
//! the `sqlite3` program and in the way in which wrangler runs them on D1.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use saasdb::catalog::{SETS, SchemaSet};
use saasdb::dialect::Backend;
use saasdb::engine::export::d1;
use saasdb::engine::{Direction, Migration, Source};

use super::catalogue::{Catalogue, Column};
use super::fill::fill;
use super::tools::{Content, assert_dump, assert_same, block_on, content, migrated, shared};
use crate::support::{Db, Saasdb, TestDb};

/// Every set that runs on SQLite, with its exported files in wrangler's order.
fn each_export(body: impl Fn(&SchemaSet, &[(String, String)])) {
    let sets = SETS
        .iter()
        .filter(|s| s.backends.contains(&Backend::Sqlite));
    for set in sets {
        eprintln!("{}", set.name);
        let call = Saasdb::new().env("SAASDB_SET", set.name);
        call.call(["schema", "export", "--format", "d1"]).success();
        let folder = call.dir().join("migrations");
        let mut files: Vec<(String, String)> = fs::read_dir(&folder)
            .expect("folder")
            .map(|entry| {
                let entry = entry.expect("entry");
                let name = entry.file_name().into_string().expect("UTF-8");
                (name, fs::read_to_string(entry.path()).expect("text"))
            })
            .collect();
        files.sort();
        assert_eq!(files.len(), set.migrations().len());
        body(set, &files);
    }
}

fn file(db: &TestDb) -> PathBuf {
    PathBuf::from(db.url().trim_start_matches("sqlite://"))
}

/// Feeds a script to a process of the `sqlite3` program.
#[track_caller]
fn sqlite3(database: &Path, script: &str) {
    let (worked, said) = feed(database, script);
    assert!(worked && said.is_empty(), "{said}\n{script}");
}

/// Feeds it a script that has to fail; gives what it says.
#[track_caller]
fn sqlite3_fails(database: &Path, script: &str) -> String {
    let (worked, said) = feed(database, script);
    assert!(!worked, "{script}");
    said
}

fn feed(database: &Path, script: &str) -> (bool, String) {
    let mut child = Command::new("sqlite3")
        .args(["-batch", "-bail", "-init", "/dev/null"])
        .arg(database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sqlite3 runs");
    let mut input = child.stdin.take().expect("input");
    // It stops reading where it fails.
    let _ = input.write_all(script.as_bytes());
    drop(input);
    let output = child.wait_with_output().expect("output");
    let said = String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

/// The rows with times in one form: a migration gives them their zone.
fn plain_times(mut content: Content) -> Content {
    let rows = content.values_mut().flatten();
    for value in rows.flat_map(|row| row.values_mut()) {
        if value.len() == 24 && value.ends_with(".000Z") {
            *value = value.trim_end_matches(".000Z").replace('T', " ");
        }
    }
    content
}

/// The schema without what an edited catalogue changes, which D1 lets nobody do: defaults of times, and that
/// one which was added later is never null.
fn without_now(dump: &str) -> String {
    let now = "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";
    dump.replace(now, "DEFAULT CURRENT_TIMESTAMP")
        .replace(" NOT NULL DEFAULT CURRENT_TIMESTAMP", "")
        .replace(" DEFAULT CURRENT_TIMESTAMP", "")
}

#[test]
fn the_sqlite3_program_loads_them_all_to_the_same_schema() {
    each_export(|set, files| {
        let db = TestDb::new(Db::Sqlite);
        let all: String = files.iter().map(|(_, content)| content.as_str()).collect();
        sqlite3(&file(&db), &all);
        let expected = migrated(set, Db::Sqlite);
        assert_dump(
            &without_now(&db.schema_dump()),
            &without_now(&expected.schema_dump()),
            set.name,
        );
    });
}

/// As D1 does it: each file by itself, as one transaction with foreign keys on. Rows that are there
/// already come through.
#[test]
fn wrangler_applies_them_one_by_one_and_every_row_stays() {
    each_export(|set, files| {
        let db = TestDb::new(Db::Sqlite);
        for (name, script) in files {
            let before = plain_times(content(&db));
            let script = format!("PRAGMA foreign_keys = ON;\nBEGIN;\n{script}COMMIT;\n");
            sqlite3(&file(&db), &script);
            let after = plain_times(content(&db));
            assert_same(&shared(&after, &before), &before, name);
            fill(&db);
        }
        assert!(content(&db).values().all(|rows| !rows.is_empty()));
        let expected = migrated(set, Db::Sqlite);
        assert_dump(
            &without_now(&db.schema_dump()),
            &without_now(&expected.schema_dump()),
            set.name,
        );
    });
}

/// Tables that an application added on D1 keep their rows when a table to which they refer is recreated;
/// where that cannot be, the file fails and says so.
#[test]
fn rows_of_an_applications_own_stay_too() {
    let (set, parent, from) = ("cloudwa", "tenants", 13);
    each_export(|found, files| {
        if found.name != set {
            return;
        }
        for follows in [false, true] {
            let db = TestDb::new(Db::Sqlite);
            let earlier: String = files[..from].iter().map(|(_, s)| s.as_str()).collect();
            sqlite3(&file(&db), &earlier);
            fill(&db);
            let action = if follows { " ON UPDATE CASCADE" } else { "" };
            db.sql(&format!(
                "CREATE TABLE notes (id integer PRIMARY KEY, p text NOT NULL
                     REFERENCES {parent} (id) ON DELETE CASCADE{action});
                 INSERT INTO notes (p) SELECT id FROM {parent}"
            ));
            let before = content(&db);
            let (_, script) = &files[from];
            let script = format!("PRAGMA foreign_keys = ON;\nBEGIN;\n{script}COMMIT;\n");
            if follows {
                let said = sqlite3_fails(&file(&db), &script);
                assert!(said.contains("would go with it: notes"), "{said}");
            } else {
                sqlite3(&file(&db), &script);
                assert!(db.rows("PRAGMA foreign_key_check").is_empty());
            }
            assert_same(&content(&db), &before, set);
        }
    });
}

#[test]
fn they_are_numbered_in_order_and_named_after_their_migrations() {
    each_export(|set, files| {
        for (i, (migration, (name, content))) in set.migrations().iter().zip(files).enumerate() {
            let title = migration.name().splitn(3, '_').nth(2).expect("a title");
            assert_eq!(*name, format!("{:04}_{title}.sql", i + 1));
            let header = content.lines().next().expect("a header");
            assert!(header.starts_with("-- ") && header.contains(set.name));
            assert!(header.contains(migration.name()), "{header}");
        }
    });
}

/// What no set may need today: a trigger of several statements, and a table that is rebuilt.
#[test]
fn triggers_and_rebuilt_tables_come_through() {
    let migration = |name: &str, up: &[&str]| Migration {
        name: name.to_owned(),
        up: up.iter().map(|s| (*s).to_owned()).collect(),
        down: Vec::new(),
        outside_transaction: false,
        checksum: String::new(),
        known_effects: Default::default(),
    };
    let source = Source {
        set: "sample",
        backend: Backend::Sqlite,
        migrations: vec![
            migration(
                "m20250101_000000_make",
                &[
                    "CREATE TABLE plans (id text PRIMARY KEY)",
                    "CREATE TABLE paid (id integer PRIMARY KEY, plan text)\r\n;",
                    "CREATE TRIGGER paid_log AFTER INSERT ON paid BEGIN\r\n  \
                     INSERT INTO plans VALUES ('a;' || new.id);\r\n  \
                     INSERT INTO plans VALUES ('b;' || new.id);\r\nEND; -- done;",
                    "INSERT INTO paid VALUES (7, 'a;7')",
                ],
            ),
            migration(
                "m20250101_000001_rebuild",
                &[
                    "CREATE TABLE paid_new (id integer PRIMARY KEY, plan text REFERENCES plans (id))",
                    "INSERT INTO paid_new SELECT * FROM paid",
                    "DROP TABLE paid",
                    "ALTER TABLE paid_new RENAME TO paid",
                ],
            ),
        ],
    };
    let db = TestDb::new(Db::Sqlite);
    let files = d1(&source);
    assert_eq!(as_wrangler_cuts(&files[0].content).len(), 4);
    for made in &files {
        let content = &made.content;
        let script = format!("PRAGMA foreign_keys = ON;\nBEGIN;\n{content}COMMIT;\n");
        sqlite3(&file(&db), &script);
    }
    assert_eq!(
        db.rows("SELECT id FROM plans ORDER BY 1"),
        [["a;7"], ["b;7"]]
    );
    assert_eq!(db.rows("SELECT id, plan FROM paid"), [["7", "a;7"]]);
    let keys = db.rows("SELECT \"table\" FROM pragma_foreign_key_list('paid')");
    assert_eq!(keys, [["plans"]]);
}

/// What wrangler takes for statements: it cuts at semicolons, but not between a BEGIN and an END in
/// capitals, and not in quotes and comments. A CASE in a trigger would end it too early.
fn as_wrangler_cuts(script: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut rest = script;
    let mut inside = false;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' | '`' => rest[1..].find(c).map_or(rest.len(), |n| n + 2),
            '-' if rest.starts_with("--") => rest.find('\n').map_or(rest.len(), |n| n + 1),
            _ => c.len_utf8(),
        };
        let statement = out.last_mut().expect("one");
        if c == ';' && !inside {
            out.push(String::new());
        } else {
            statement.push_str(&rest[..length]);
            let word = statement.split_whitespace().next_back();
            let ended = statement.ends_with(char::is_whitespace) || rest[length..].starts_with(';');
            if ended {
                inside = (inside || word == Some("BEGIN")) && word != Some("END");
            }
        }
        rest = &rest[length..];
    }
    out.into_iter()
        .map(|statement| without_comments(&statement))
        .filter(|statement| !statement.is_empty())
        .collect()
}

fn without_comments(statement: &str) -> String {
    let lines = statement.lines().filter(|line| !line.starts_with("--"));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[test]
fn wrangler_sees_the_statements_of_the_migrations_and_d1_takes_each() {
    each_export(|set, files| {
        let migrations = set.migrations();
        let source = Source::render(set.name, Backend::Sqlite, &migrations, &[Direction::Up]);
        let source = block_on(source).expect("renders");
        for (migration, (name, content)) in source.migrations.iter().zip(files) {
            let mut found = as_wrangler_cuts(content);
            found.retain(|statement| statement != "PRAGMA defer_foreign_keys = on");
            let expected: Vec<String> = migration
                .up
                .iter()
                .filter(|s| !s.starts_with("PRAGMA writable_schema"))
                .filter(|s| !s.starts_with("UPDATE sqlite_master"))
                .map(|s| s.trim().trim_end_matches(';').trim_end().to_owned())
                .collect();
            assert_eq!(found, expected, "{name}");
            for statement in &found {
                // https://developers.cloudflare.com/d1/platform/limits/
                assert!(statement.len() < 100_000, "{name}: too long");
                let words: Vec<String> = statement
                    .split_whitespace()
                    .take(2)
                    .map(str::to_uppercase)
                    .collect();
                let refused = ["BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "ATTACH", "VACUUM"];
                assert!(!refused.contains(&words[0].as_str()), "{name}: {words:?}");
            }
            assert!(
                !content.contains('\r') && content.ends_with(";\n"),
                "{name}"
            );
        }
    });
}

#[test]
fn the_cutter_of_these_tests_cuts_as_wrangler_does() {
    let trigger = "CREATE TRIGGER t AFTER UPDATE ON a BEGIN SELECT ';'; SELECT 1; END";
    let script = format!("-- it's; a header\nSELECT \"a;b\";\n{trigger};\nSELECT 2;\n");
    let cut = as_wrangler_cuts(&script);
    assert_eq!(cut, ["SELECT \"a;b\"", trigger, "SELECT 2"]);
    let with_case = trigger.replace("SELECT 1", "SELECT CASE WHEN 1 THEN 2 END");
    assert_eq!(as_wrangler_cuts(&with_case).len(), 2);
    let small = trigger.replace("BEGIN", "begin").replace("END", "end");
    assert_eq!(as_wrangler_cuts(&small).len(), 3);
}

#[test]
fn a_set_is_exported_exactly_where_it_runs_on_sqlite() {
    for set in SETS {
        let call = Saasdb::new().env("SAASDB_SET", set.name);
        let output = call.call(["schema", "export", "--format", "d1"]);
        let folder = call.dir().join("migrations");
        if set.backends.contains(&Backend::Sqlite) {
            output.success();
            assert!(folder.exists(), "{}", set.name);
        } else {
            let refused = output.code(2);
            assert!(refused.stderr.contains("does not run on SQLite"));
            assert!(!folder.exists(), "{}", set.name);
        }
    }
}

/// The program is as old as the distribution: before 3.42 `json_valid(NULL)` is 0, and a check that is
/// only that would refuse what the column allows.
#[test]
fn an_older_sqlite_may_write_null_where_a_json_column_allows_it() {
    each_export(|set, _| {
        let db = migrated(set, Db::Sqlite);
        fill(&db);
        let catalogue = Catalogue::read(&db);
        let nullable: Vec<&Column> = catalogue
            .columns
            .iter()
            .filter(|column| {
                let name = format!("{}_{}_check", column.table, column.name);
                let json =
                    |(_, n, text): &(_, String, String)| *n == name && text.contains("json_valid");
                column.nullable && catalogue.checks.iter().any(json)
            })
            .collect();
        for column in &nullable {
            let (table, name) = (&column.table, &column.name);
            sqlite3(&file(&db), &format!("UPDATE {table} SET {name} = NULL;"));
            let left = format!("SELECT 1 FROM {table} WHERE {name} IS NOT NULL");
            assert!(db.rows(&left).is_empty(), "{table}.{name}");
        }
        assert!(!nullable.is_empty(), "{}", set.name);
    });
}
