//! Names that try to be SQL, to leave their quotes or their folder, or are as long as can be.

use std::fs;

use super::{hostile, sane, some};
use crate::commands::unchanged;
use crate::sets::tools::{column, one, run};
use crate::support::{Db, Output, Saasdb, Session, TestDb};

/// Names that people and attackers come up with, beside those that are made up.
fn fixed() -> Vec<String> {
    let mut names: Vec<String> = [
        "select",
        "user",
        "table",
        "public",
        "NULL",
        "pg_x",
        "information_schema",
        "mysql",
        "a b",
        "ä",
        "🦀",
        "\"",
        "'",
        "`",
        "\\",
        "\"\"",
        "''",
        "``",
        "a\"; DROP TABLE canary; --",
        "a'; DROP TABLE canary; --",
        "a`; DROP TABLE canary; --",
        "\\\"; DROP TABLE canary; --",
        "\\'; DROP TABLE canary; -- ",
        "$$; DROP TABLE canary; --",
        "$saasdb$; DROP TABLE canary; --",
        "%s%n",
        "{0}",
        "..",
        "../../x",
        "-",
        "--",
        "--help",
        "a\nb",
        "a\tb",
        "a;b",
        "a,b",
        "a.b",
        "a@b",
        "a?b",
        "a#b",
        "a%41b",
        "\u{202e}evil",
        "\u{feff}",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(63));
    names.push("x".repeat(64));
    names.push("ä".repeat(31) + "x");
    names.push("ä".repeat(32));
    names.push("x".repeat(300));
    names
}

/// Those and as many made up ones, without what no argument can hold.
fn names(count: u32) -> Vec<String> {
    let mut names = fixed();
    names.extend(some(count, hostile()));
    names.iter_mut().for_each(|name| name.retain(|c| c != '\0'));
    names.retain(|name| !name.is_empty());
    names
}

/// Fails the test unless the table is still there that injected SQL would have dropped.
#[track_caller]
fn assert_canary(db: &TestDb, name: &str) {
    assert_eq!(
        one(db, "SELECT count(*) FROM canary"),
        "1",
        "after {name:?}"
    );
}

fn with_canary(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    db.sql("CREATE TABLE canary (id integer); INSERT INTO canary VALUES (1)");
    db
}

fn encoded(name: &str) -> String {
    name.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[test]
fn schemas_of_any_name_are_used_or_refused() {
    let db = with_canary(Db::Postgres);
    for name in names(10) {
        let call = Saasdb::new().db(&db).env("SAASDB_SCHEMA", &name);
        let made = sane(call.call(["migrate", "up", "--steps", "1"]));
        let exists = column(&db, "SELECT nspname FROM pg_namespace").contains(&name);
        match made.code {
            0 => assert!(exists, "{name:?}"),
            2 => assert!(
                !exists || name == "information_schema",
                "{name:?}: {made:?}"
            ),
            _ => panic!("{name:?}: {made:?}"),
        }
        if made.code == 0 && name != "public" {
            call.call(["migrate", "status"]).success();
            let revert = call.call(["migrate", "down", "--all"]);
            sane(revert.code(0));
        }
        assert_canary(&db, &name);
    }
}

/// Drops a database of any name.
fn drop_database(db: &TestDb, name: &str) {
    let ident = match db.kind() {
        Db::Mysql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    };
    let mut session: Session = db.session();
    let _ = session.try_sql(&format!("DROP DATABASE {ident}"));
    session.close();
}

#[test]
fn databases_of_any_name_are_made_or_refused() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = with_canary(kind);
        let list = match kind {
            Db::Postgres => "SELECT datname FROM pg_database",
            _ => "SELECT schema_name FROM information_schema.schemata",
        };
        let reserved = column(&db, list);
        // Other tests make databases all the time; ours are told by their names.
        for (i, name) in names(4).into_iter().enumerate() {
            // Making one takes a while: each server gets half of them.
            if reserved.contains(&name) || (i % 2 == 0) == (kind == Db::Postgres) {
                continue;
            }
            let url = db.url().replace(db.name(), &encoded(&name));
            let call = Saasdb::new().env("DATABASE_URL", url);
            let made = sane(call.call(["setup", "--no-seed", "--set", "better-auth"]));
            let exists = column(&db, list).contains(&name);
            assert_eq!(made.code == 0, exists, "{name:?}: {made:?}");
            let cut = name.get(..63).filter(|_| name.len() > 63);
            assert!(cut.is_none_or(|cut| !column(&db, list).iter().any(|n| n == cut)));
            if exists {
                call.call(["migrate", "status", "--set", "better-auth"])
                    .success();
                drop_database(&db, &name);
            }
            assert_canary(&db, &name);
        }
    }
}

#[test]
fn files_of_any_name_are_made_where_they_belong() {
    for name in names(20) {
        let call = Saasdb::new();
        let folder = call.dir().join("in");
        fs::create_dir(&folder).unwrap();
        let plain = name.replace('/', "_");
        let url = format!("sqlite:in/{}", encoded(&plain));
        let made: Output = sane(
            call.clone()
                .env("DATABASE_URL", &url)
                .call(["migrate", "up", "--steps", "1"]),
        );
        let found: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        match made.code {
            0 => assert_eq!(found, [plain.as_str()], "{made:?}"),
            _ => assert!(found.is_empty(), "{name:?}: {found:?} {made:?}"),
        }
        // Beside the folder there is nothing but it.
        assert_eq!(fs::read_dir(call.dir()).unwrap().count(), 1, "{name:?}");
        // A dump and a page of any name as well.
        let out = format!("in/{plain}.sql");
        let call = call.env("DATABASE_URL", "sqlite::memory:");
        sane(call.call(["schema", "dump", "--out", &out, "--force"]));
        assert_eq!(fs::read_dir(call.dir()).unwrap().count(), 1, "{name:?}");
    }
}

#[test]
fn words_that_are_no_sets_environments_or_seeders_are_refused() {
    let db = with_canary(Db::Sqlite);
    run(&db, "migrate up");
    let call = Saasdb::new().db(&db);
    for (i, name) in names(10).into_iter().enumerate() {
        let lines: [&[&str]; 6] = [
            &["status", "--set"],
            &["status", "--env"],
            &["seed", "--only"],
            &["seed", "undo", "--only"],
            &["migrate", "fresh", "--confirm"],
            &["check"],
        ];
        let line = lines[i % lines.len()];
        let (last, before) = line.split_last().unwrap();
        let word = match last.strip_prefix("--") {
            Some(_) => format!("{last}={name}"),
            None => name.clone(),
        };
        let words = before.iter().copied().chain([word.as_str()]);
        let words: Vec<&str> = match last.strip_prefix("--") {
            Some(_) => words.collect(),
            None => vec!["check", "--", &name],
        };
        if last == &"--confirm" {
            // It agrees to nothing: there is nothing to lose here.
            sane(call.call(words.into_iter().chain(["--dry-run"])));
        } else {
            unchanged(&db, || sane(call.call(words)).code(2));
        }
        assert_canary(&db, &name);
    }
}

#[test]
fn organizations_of_any_name_are_found_or_not_and_nothing_else_happens() {
    for kind in Db::ALL {
        let db = with_canary(kind);
        run(&db, "setup --set better-auth");
        let call = Saasdb::new().db(&db).env("SAASDB_SET", "better-auth");
        for (i, name) in names(0).into_iter().enumerate() {
            let lines: [&[&str]; 4] = [
                &["module", "enable"],
                &["module", "list"],
                &["subscription", "show"],
                &["module", "disable"],
            ];
            let line = lines[i % lines.len()];
            let mut words = line.to_vec();
            words.extend(["--", &name]);
            if line[1].ends_with("able") {
                words.push("crm");
            }
            let refused = sane(call.call(words));
            assert_ne!(refused.code, 0, "{name:?}: {refused:?}");
            assert_canary(&db, &name);
        }
    }
}
