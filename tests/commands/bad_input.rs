//! Command lines and settings that make no sense: exit code 2, a hint, nothing changed.

use super::{hint, migrated, run, shown, unchanged};
use crate::support::{Db, Saasdb, TestDb};

/// Runs a line on a database with five migrations, which must refuse it and change nothing.
#[track_caller]
fn refused(line: &str) -> crate::support::Output {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 5").success();
    unchanged(&db, || run(&db, line).code(2))
}

#[test]
fn unknown_versions() {
    for verb in [
        "migrate up",
        "migrate down",
        "migrate plan",
        "migrate baseline",
    ] {
        let output = refused(&format!("{verb} --to 20990101000000"));
        assert!(
            hint(&output).contains("migrate status"),
            "{}",
            output.stderr
        );
    }
    insta::assert_snapshot!(shown(&refused("migrate up --to 20990101000000")));
}

#[test]
fn ambiguous_prefixes() {
    for verb in [
        "migrate up",
        "migrate down",
        "migrate plan",
        "migrate baseline",
    ] {
        let output = refused(&format!("{verb} --to 2025101010000"));
        hint(&output);
        assert!(
            output.stderr.contains("create_organizations"),
            "{}",
            output.stderr
        );
    }
    insta::assert_snapshot!(shown(&refused("migrate up --to 2025101010001")));
    insta::assert_snapshot!("ambiguous_many", shown(&refused("migrate up --to 2025")));
}

#[test]
fn numbers_of_steps_that_are_none() {
    for verb in [
        "migrate up",
        "migrate down",
        "migrate plan",
        "migrate redo",
        "rollback",
    ] {
        for steps in [
            "--steps 0",
            "--steps -1",
            "--steps=-1",
            "--steps abc",
            "--steps 1.5",
            "--steps",
        ] {
            let output = refused(&format!("{verb} {steps}"));
            assert!(
                output.stderr.contains("--steps"),
                "{verb} {steps}: {}",
                output.stderr
            );
        }
    }
    for (name, steps) in [("zero", "0"), ("negative", "-1"), ("word", "abc")] {
        let output = refused(&format!("migrate up --steps {steps}"));
        insta::assert_snapshot!(format!("steps_{name}"), shown(&output));
    }
}

#[test]
fn steps_together_with_to() {
    for verb in ["migrate up", "migrate down", "migrate plan"] {
        let output = refused(&format!("{verb} --steps 1 --to 20251010100001"));
        assert!(output.stderr.contains("--to"), "{}", output.stderr);
    }
    insta::assert_snapshot!(shown(&refused("migrate up --steps 1 --to 20251010100001")));
}

#[test]
fn down_to_a_version_that_is_not_applied() {
    let output = refused("migrate down --to 20251010100011");
    hint(&output);
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn more_steps_down_than_there_are() {
    for verb in ["migrate down", "rollback", "migrate redo"] {
        let output = refused(&format!("{verb} --steps 6"));
        hint(&output);
    }
    insta::assert_snapshot!(shown(&refused("migrate down --steps 6")));
}

#[test]
fn a_schema_where_there_are_none() {
    for kind in [Db::Sqlite, Db::Mysql] {
        let db = migrated(kind);
        for line in [
            "setup",
            "status",
            "migrate up",
            "migrate down --all",
            "seed",
        ] {
            let named = super::on(&db).args(["--schema", "blue"]);
            let refused = unchanged(&db, || named.call(line.split_whitespace()).code(2));
            hint(&refused);
        }
        let refused = super::on(&db).call(["status", "--schema", "blue"]);
        insta::assert_snapshot!(super::named("schema_none", &db), shown(&refused));
        super::on(&db).call(["status", "--schema", ""]).code(2);
    }
    let call = Saasdb::new().file("saasdb.toml", "schema = \"blue\"\n");
    let refused = call.call(["setup"]).code(2);
    assert!(refused.stderr.contains("saasdb.toml"), "{}", refused.stderr);
    assert!(!call.dir().join("saasdb.db").exists());
}

#[test]
fn schemas_that_cannot_be() {
    let db = TestDb::new(Db::Postgres);
    let long = "x".repeat(64);
    for name in [&long, "pg_mine", "information_schema", "$user", "a\tb"] {
        for command in ["setup", "status", "migrate plan"] {
            let words = ["--schema", name].into_iter().chain(command.split(' '));
            let refused = unchanged(&db, || super::on(&db).call(words).code(2));
            hint(&refused);
        }
    }
    for (what, name) in [("long", long.as_str()), ("own", "pg_mine")] {
        let refused = super::on(&db).call(["--schema", name, "status"]);
        insta::assert_snapshot!(format!("schema_{what}"), shown(&refused));
    }
}

#[test]
fn up_to_an_empty_version() {
    let db = migrated(Db::Sqlite);
    let output = unchanged(&db, || {
        super::on(&db).call(["migrate", "up", "--to", ""]).code(2)
    });
    hint(&output);
}

#[test]
fn unknown_commands_and_flags() {
    for line in [
        "migrat up",
        "migrate upp",
        "migrate up --forse",
        "migrate",
        "sync",
    ] {
        let output = Saasdb::new().call(line.split_whitespace()).code(2);
        assert_eq!(output.stdout, "", "{line}");
        assert!(
            output.stderr.contains("Usage: saasdb"),
            "{line}: {}",
            output.stderr
        );
    }
    insta::assert_snapshot!(shown(&refused("migrate upp")));
}

#[test]
fn choices_that_are_none() {
    for (name, line) in [
        ("format", "status --format xml"),
        ("color", "status --color pink"),
        ("transaction", "migrate up --transaction all"),
        ("env", "status --env live"),
        ("set", "status --set telecom2"),
        ("duration", "migrate up --lock-timeout 5"),
        ("wait", "migrate up --wait soon"),
    ] {
        insta::assert_snapshot!(format!("choice_{name}"), shown(&refused(line)));
    }
}

#[test]
fn durations_without_sense() {
    for time in [
        "5",
        "-1s",
        "abc",
        "",
        "5 parsecs",
        "100h",
        "99999999999999999999s",
    ] {
        let db = TestDb::new(Db::Sqlite);
        let call = super::on(&db);
        let output = call.call(["migrate", "up", &format!("--lock-timeout={time}")]);
        assert_eq!(output.code, 2, "{time}: {}", output.stderr);
        hint(&output);
    }
}

#[test]
fn broken_toml() {
    let call = Saasdb::new().file("saasdb.toml", "set = \"core\"\nenv = \n");
    let output = call.call(["migrate", "up"]).code(2);
    assert!(!call.dir().join("saasdb.db").exists());
    hint(&output);
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn broken_toml_never_shows_the_line_with_the_password() {
    let line = "database_url = \"postgres://app:s3cret@host/shop\nset = \"core\"\n";
    let output = Saasdb::new()
        .file("saasdb.toml", line)
        .call(["status"])
        .code(2);
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn unknown_keys() {
    let call = Saasdb::new().file("saasdb.toml", "sett = \"core\"\n");
    let output = call.call(["migrate", "up"]).code(2);
    for known in ["database_url", "set", "env", "lock_timeout"] {
        assert!(output.stderr.contains(known), "{}", output.stderr);
    }
    insta::assert_snapshot!(shown(&output));
    let call = Saasdb::new().file("saasdb.toml", "[database]\nurl = \"sqlite:x.db\"\n");
    insta::assert_snapshot!("unknown_table", shown(&call.call(["status"]).code(2)));
}

#[test]
fn values_of_another_type() {
    let call = Saasdb::new().file("saasdb.toml", "lock_timeout = 30\n");
    insta::assert_snapshot!(shown(&call.call(["migrate", "up"]).code(2)));
    assert!(!call.dir().join("saasdb.db").exists());
}

#[test]
fn unknown_environments_list_the_known_ones() {
    for call in [
        Saasdb::new().args(["--env", "live"]),
        Saasdb::new().env("SAASDB_ENV", "live"),
        Saasdb::new().file("saasdb.toml", "env = \"live\"\n"),
        Saasdb::new().file(".env", "SAASDB_ENV=live\n"),
    ] {
        let output = call.call(["migrate", "up"]).code(2);
        for known in ["dev", "test", "staging", "production"] {
            assert!(output.stderr.contains(known), "{}", output.stderr);
        }
        assert!(!call.dir().join("saasdb.db").exists());
    }
}

#[test]
fn a_settings_file_that_is_not_there() {
    let output = Saasdb::new()
        .call(["status", "--config", "other.toml"])
        .code(2);
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn a_dotenv_that_is_none() {
    let call = Saasdb::new().file(".env", "DATABASE_URL=postgres://app:s3cret pass@host/x y\n");
    let output = call.call(["status"]).code(2);
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn every_refusal_says_what_to_do_next() {
    let db = migrated(Db::Sqlite);
    for line in [
        "seed --only nobody",
        "status --set nothing",
        "status --env live",
        "status --format xml",
    ] {
        let output = run(&db, line).code(2);
        assert!(
            output.stderr.contains("hint:"),
            "{line} leaves the user without a hint:\n{}",
            output.stderr
        );
    }
}

#[test]
fn mistakes_on_the_command_line_are_json_too_where_that_is_the_format() {
    let db = migrated(Db::Sqlite);
    for line in [
        "migrate up --to 2099 --format json",
        "migrate down --steps 99 --format json",
        "seed --only nobody --format json",
        "status --env live --format json",
    ] {
        let json = run(&db, line).code(2).json();
        assert_eq!(json["version"], 1, "{line}");
        assert_eq!(json["exit_code"], 2, "{line}");
        assert!(json["error"]["message"].is_string(), "{line}");
    }
}
