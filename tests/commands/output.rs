//! Where output goes and what it looks like: pipes, colours, streams.

use super::{migrated, on, run};
use crate::support::{Db, Output, Saasdb, TestDb};

fn coloured(output: &Output) -> bool {
    output.stdout.contains('\u{1b}') || output.stderr.contains('\u{1b}')
}

#[test]
fn no_escape_codes_in_a_pipe() {
    let db = TestDb::new(Db::Sqlite);
    for command in [
        "migrate up",
        "status",
        "migrate status",
        "seed --only subscription-plans",
        "migrate down --all",
        "migrate up --to 2099",
        "--help",
    ] {
        let output = run(&db, command);
        assert!(!coloured(&output), "{command}: {output:?}");
    }
}

#[test]
fn colours_on_a_terminal_unless_no_color_is_set() {
    let db = migrated(Db::Sqlite);
    let terminal = on(&db).terminal("");
    assert!(coloured(&terminal.call(["status"]).success()));
    assert!(!coloured(
        &terminal.clone().env("NO_COLOR", "1").call(["status"])
    ));
    assert!(coloured(
        &terminal.clone().env("NO_COLOR", "").call(["status"])
    ));
    assert!(!coloured(&terminal.call(["status", "--color", "never"])));
    assert!(coloured(
        &terminal.call(["migrate", "up", "--to", "2099"]).code(2)
    ));
}

#[test]
fn color_always_and_never_override_everything() {
    let db = migrated(Db::Sqlite);
    assert!(coloured(&run(&db, "status --color always")));
    assert!(coloured(
        &on(&db)
            .env("NO_COLOR", "1")
            .call(["status", "--color", "always"])
    ));
    assert!(!coloured(&run(&db, "status --color never")));
    assert!(coloured(
        &on(&db)
            .env("SAASDB_COLOR", "always")
            .call(["migrate", "status"])
    ));
}

#[test]
fn json_has_no_colours_even_when_asked_for() {
    let db = migrated(Db::Sqlite);
    let output = run(&db, "status --color always --format json").success();
    assert!(!output.stdout.contains('\u{1b}'));
    output.json();
}

#[test]
fn aligned_columns_stay_aligned_in_colour() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 3").success();
    let plain = run(&db, "migrate status").success().stdout;
    let colour = run(&db, "migrate status --color always").success().stdout;
    let mut stripped = String::new();
    let mut skip = false;
    for c in colour.chars() {
        match (skip, c) {
            (false, '\u{1b}') => skip = true,
            (false, c) => stripped.push(c),
            (true, 'm') => skip = false,
            _ => {}
        }
    }
    assert_eq!(stripped, plain);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let db = migrated(Db::Sqlite);
    for command in [
        "migrate status",
        "migrate down --all --dry-run",
        "--help",
        "status --format json",
        "migrate up --help",
    ] {
        let script = format!("\"$0\" {command} | head -n 1; exit ${{PIPESTATUS[0]}}");
        let output =
            Saasdb::program("bash")
                .db(&db)
                .call(["-c", &script, env!("CARGO_BIN_EXE_saasdb")]);
        assert!([0, 141].contains(&output.code), "{command}: {output:?}");
        assert_eq!(output.stderr, "", "{command}");
        assert_eq!(output.stdout.lines().count(), 1, "{command}");
    }
}

#[test]
fn closed_streams_do_not_panic() {
    let db = TestDb::new(Db::Sqlite);
    for redirection in [
        ">&-",
        "2>&-",
        ">&- 2>&-",
        "<&-",
        ">/dev/full",
        "2>/dev/full",
    ] {
        for command in [
            "migrate up",
            "migrate status",
            "status",
            "migrate up --to 2099",
            "migrate down --all",
        ] {
            let script = format!("\"$0\" {command} {redirection}");
            let output =
                Saasdb::program("sh")
                    .db(&db)
                    .call(["-c", &script, env!("CARGO_BIN_EXE_saasdb")]);
            assert!(output.code < 3, "{command} {redirection}: {output:?}");
            assert!(
                !output.stderr.contains("panick"),
                "{command} {redirection}: {output:?}"
            );
        }
    }
}

#[test]
fn results_that_cannot_be_written_are_an_error() {
    let db = migrated(Db::Sqlite);
    let script = "\"$0\" migrate plan --format json >/dev/full";
    let output = Saasdb::program("sh")
        .db(&db)
        .call(["-c", script, env!("CARGO_BIN_EXE_saasdb")]);
    assert_ne!(
        output.code, 0,
        "a plan that went nowhere must not count as printed"
    );
}

#[test]
fn results_go_to_stdout_and_everything_else_to_stderr() {
    let db = TestDb::new(Db::Sqlite);
    let up = run(&db, "migrate up -v").success();
    assert!(up.stderr.contains("applying 1 of 13"), "{}", up.stderr);
    assert!(!up.stdout.contains("applying"), "{}", up.stdout);
    let wrong = run(&db, "migrate up --to 2099").code(2);
    assert_eq!(wrong.stdout, "");
    let json = run(&db, "migrate down --all -v --format json").success();
    json.json();
}

#[test]
fn narrow_terminals_get_narrow_tables() {
    let db = migrated(Db::Sqlite);
    let status = on(&db)
        .env("COLUMNS", "60")
        .call(["migrate", "status"])
        .success();
    for line in status.stdout.lines() {
        assert!(line.chars().count() <= 60, "{line}");
    }
}

#[test]
fn every_report_fits_80_columns() {
    let mut wide = Vec::new();
    let mut look = |output: Output| {
        for line in output.stdout.lines() {
            let line = line.replace("saasdb_test_", "");
            if line.chars().count() > 80 {
                wide.push(line);
            }
        }
    };
    let db = TestDb::new(Db::Sqlite);
    look(run(&db, "migrate up"));
    look(run(&db, "seed --only subscription-plans"));
    look(run(&db, "seed status"));
    look(run(&db, "status"));
    look(run(&db, "migrate redo --steps 2"));
    db.sql("UPDATE saasdb_migrations SET checksum = 'old' WHERE version LIKE '%plans'");
    look(run(&db, "migrate repair"));
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta; DROP TABLE seaql_migrations");
    look(run(&db, "migrate baseline --to 20251010100011"));
    look(run(&super::status::half_done(), "migrate status"));
    assert!(wide.is_empty(), "{wide:#?}");
}
