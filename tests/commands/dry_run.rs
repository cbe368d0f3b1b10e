//! `migrate plan` and `--dry-run`: they write nothing, and what they print is what runs.
//!
//! The proof of the second: the databases' own programs run the printed script, and nothing tells
//! the result from what `up` and `down` leave.

use std::io::Write;
use std::process::{Command, Stdio};
use std::{fs, time::SystemTime};

use url::Url;

use super::{VERSIONS, add_user, file, json_of, migrated, named, run, shown, unchanged};
use crate::support::{Db, PASSWORD, TestDb, psql, secret_in};

/// Has the database's own program run a script, stopping at the first error.
#[track_caller]
pub fn feed(db: &TestDb, script: &str) {
    let mut command = match db.kind() {
        Db::Sqlite => {
            let mut command = Command::new("sqlite3");
            command.arg("-bail").arg(file(db));
            command
        }
        Db::Postgres => {
            let mut command = Command::new(psql());
            command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", db.url()]);
            command
        }
        Db::Mysql => {
            let url = Url::parse(db.url()).expect("own URL");
            let host = url.host_str().expect("host").to_owned();
            let port = url.port().unwrap_or(3306).to_string();
            let borrowed = std::env::var("SAASDB_TEST_MYSQL_URL").is_ok();
            let password = match url.password() {
                Some(encoded) if borrowed => encoded.to_owned(),
                _ => PASSWORD.to_owned(),
            };
            let mut command = Command::new("mariadb");
            command.args([
                "--no-defaults",
                "-h",
                &host,
                "-P",
                &port,
                "-u",
                url.username(),
            ]);
            command.arg(db.name()).env("MYSQL_PWD", password);
            command
        }
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{:?}: {error}", db.kind()));
    let mut input = child.stdin.take().expect("pipe");
    input.write_all(script.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {problems}", db.kind());
}

#[test]
fn the_plan_run_by_another_program_is_up() {
    TestDb::on_all(|db| {
        let plan = unchanged(db, || run(db, "migrate plan").success());
        assert_eq!(plan.stderr, "");
        feed(db, &plan.stdout);
        assert_eq!(
            db.full_schema_dump(),
            migrated(db.kind()).full_schema_dump()
        );
        let status = run(db, "migrate status --exit-code --format json").success();
        let json = json_of(&status, "migrate status");
        assert_eq!(json["applied"], VERSIONS.len());
        for migration in json["migrations"].as_array().unwrap() {
            assert_eq!(migration["checksum"], "ok", "{migration}");
        }
        run(db, "migrate down --all").success();
    });
}

#[test]
fn the_script_of_down_run_by_another_program_is_down() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let other = migrated(db.kind());
        let script = unchanged(db, || run(db, "migrate down --all --dry-run").success());
        feed(db, &script.stdout);
        run(&other, "migrate down --all").success();
        assert_eq!(db.full_schema_dump(), other.full_schema_dump());
        run(db, "migrate status --exit-code").code(3);
        run(db, "migrate up").success();
    });
}

#[test]
fn what_is_printed_for_a_schema_makes_and_fills_that_schema() {
    let name = "blue \"one\"";
    let lines = [
        "migrate plan",
        "migrate up --dry-run --transaction run",
        "migrate fresh --dry-run",
    ];
    for line in lines {
        let (db, other) = (TestDb::new(Db::Postgres), TestDb::new(Db::Postgres));
        let call = |db: &TestDb, line: &str| {
            let call = super::on(db).env("SAASDB_SCHEMA", name);
            call.call(line.split_whitespace()).success()
        };
        let plan = unchanged(&db, || call(&db, line));
        assert_eq!(plan.stdout.matches("CREATE SCHEMA").count(), 1, "{line}");
        feed(&db, &plan.stdout);
        call(&other, "migrate up");
        assert_eq!(db.full_schema_dump(), other.full_schema_dump(), "{line}");
        call(&db, "migrate status --exit-code");
        assert!(
            !call(&db, "migrate redo --dry-run")
                .stdout
                .contains("CREATE SCHEMA")
        );

        let down = unchanged(&db, || call(&db, "migrate down --all --dry-run"));
        feed(&db, &down.stdout);
        call(&other, "migrate down --all");
        assert_eq!(db.full_schema_dump(), other.full_schema_dump(), "{line}");
    }
    let db = TestDb::new(Db::Postgres);
    let call = super::on(&db).env("SAASDB_SCHEMA", name);
    let plan = call.call(["migrate", "plan", "--steps", "1"]).success();
    insta::assert_snapshot!("plan_schema", shown(&plan));
    let json = call.call(["migrate", "plan", "--format", "json"]).success();
    let json = json_of(&json, "migrate plan");
    assert_eq!(json["schema"], name);
    let script = json["script"].as_array().unwrap();
    assert_eq!(script[0][0], "CREATE SCHEMA \"blue \"\"one\"\"\"");
    for unit in script {
        let words = unit.to_string();
        assert!(
            words.contains("SET LOCAL search_path TO"),
            "each by itself: {words}"
        );
    }
}

/// The set `telecom` has a migration that makes a table anew on SQLite.
#[test]
fn a_table_made_anew_runs_through_another_program_too() {
    TestDb::on_all(|db| {
        let plan = unchanged(db, || run(db, "migrate plan --set telecom").success());
        feed(db, &plan.stdout);
        let other = TestDb::new(db.kind());
        run(&other, "migrate up --set telecom").success();
        assert_eq!(db.full_schema_dump(), other.full_schema_dump());
        let script = run(db, "migrate down --set telecom --steps 6 --dry-run").success();
        feed(db, &script.stdout);
        run(&other, "migrate down --set telecom --steps 6").success();
        assert_eq!(db.full_schema_dump(), other.full_schema_dump());
    });
}

#[test]
fn one_transaction_for_the_run_is_planned_as_one() {
    for kind in [Db::Sqlite, Db::Postgres] {
        let db = TestDb::new(kind);
        let plan = run(&db, "migrate plan --transaction run").success();
        let count = |word: &str| plan.stdout.lines().filter(|l| l.starts_with(word)).count();
        assert_eq!((count("BEGIN"), count("COMMIT")), (1, 1));
        feed(&db, &plan.stdout);
        assert_eq!(db.schema_dump(), migrated(kind).schema_dump());
    }
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate plan --transaction run").code(2);
}

#[test]
fn all_three_spellings_print_the_same() {
    TestDb::on_all(|db| {
        let plan = run(db, "migrate plan").success().stdout;
        let dry = unchanged(db, || run(db, "migrate up --dry-run").success());
        assert_eq!(plan, dry.stdout);
        assert!(secret_in(&plan).is_none());
    });
}

#[test]
fn the_plan_as_it_reads() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 12").success();
        insta::assert_snapshot!(named("plan", db), shown(&run(db, "migrate plan").success()));
        add_user(db, "ann");
        let down = run(db, "migrate down --to 20251010100010 --dry-run");
        insta::assert_snapshot!(named("plan_nothing_down", db), shown(&down));
        let down = unchanged(db, || run(db, "migrate down --steps 1 --dry-run").success());
        insta::assert_snapshot!(named("plan_down", db), shown(&down));
    });
}

#[test]
fn rows_at_stake_are_in_the_plan_of_down() {
    let db = migrated(Db::Sqlite);
    add_user(&db, "ann");
    let down = unchanged(&db, || run(&db, "migrate down --all --dry-run").success());
    let losses: Vec<&str> = down
        .stdout
        .lines()
        .filter(|l| l.contains("destroy"))
        .collect();
    crate::support::bind_redactions();
    insta::assert_snapshot!(losses.join("\n"));
    let json = run(&db, "migrate down --all --dry-run --format json").success();
    let json = json_of(&json, "migrate down");
    assert_eq!(json["losses"][0]["table"], "users");
    assert_eq!(json["losses"][0]["rows"], 1);
}

#[test]
fn with_nothing_to_do() {
    let db = migrated(Db::Sqlite);
    insta::assert_snapshot!(shown(&run(&db, "migrate plan").success()));
    let db = TestDb::new(Db::Sqlite);
    let down = run(&db, "migrate down --all --dry-run").success();
    assert!(down.stdout.starts_with("-- "), "{}", down.stdout);
}

#[test]
fn it_goes_as_far_as_it_is_told() {
    let db = TestDb::new(Db::Sqlite);
    let headings = |line: &str| {
        let plan = run(&db, line).success().stdout;
        plan.lines().filter(|l| l.ends_with("(up)")).count()
    };
    assert_eq!(headings("migrate plan"), VERSIONS.len());
    assert_eq!(headings("migrate plan --steps 2"), 2);
    assert_eq!(headings("migrate plan --to 20251010100003"), 5);
    assert_eq!(headings("migrate up --dry-run --steps 3"), 3);
}

#[test]
fn not_a_byte_of_a_sqlite_file_changes() {
    for applied in [0, 5, 13] {
        let db = TestDb::new(Db::Sqlite);
        if applied > 0 {
            run(&db, &format!("migrate up --steps {applied}")).success();
        }
        let path = file(&db);
        let state = || -> (Vec<u8>, SystemTime) {
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            (fs::read(&path).unwrap(), modified)
        };
        let before = state();
        for command in [
            "migrate plan",
            "migrate up --dry-run",
            "migrate down --all --dry-run",
            "migrate reset --dry-run",
            "rollback --dry-run",
            "migrate status",
            "status",
            "seed status",
        ] {
            run(&db, command);
            assert!(state() == before, "{command}");
            assert!(super::left_beside(&db).is_empty(), "{command}");
        }
    }
}

#[test]
fn a_missing_file_stays_missing() {
    let db = TestDb::missing(Db::Sqlite);
    for command in [
        "migrate plan",
        "migrate up --dry-run",
        "migrate status",
        "status",
        "seed status",
    ] {
        run(&db, command).success();
        assert!(!db.exists(), "{command}");
    }
    for command in [
        "migrate down --all --dry-run",
        "migrate reset --dry-run",
        "rollback --dry-run",
    ] {
        run(&db, command).code(1);
        assert!(!db.exists(), "{command}");
    }
}

#[test]
fn as_json() {
    let db = TestDb::new(Db::Postgres);
    let plan = run(&db, "migrate plan --steps 2 --format json").success();
    let json = json_of(&plan, "migrate plan");
    assert_eq!(json["migrations"].as_array().unwrap().len(), 2);
    assert!(
        !json["migrations"][0]["statements"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(json["script"].as_array().unwrap().len(), 2);
}
