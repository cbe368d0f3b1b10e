//! A schema that is not there, or that a role may not make or use.

use super::{LOOKS, applied, contents, relations, schemas, status, within, work};
use crate::commands::shown;
use crate::sets::tools::{CORE, run};
use crate::support::{Db, Running, TestDb};

#[test]
fn a_missing_schema_is_an_empty_place_to_those_who_look() {
    let db = TestDb::new(Db::Postgres);
    // Were it not for the exact search path, this would be found.
    run(&db, "setup");
    let reader = db.read_only_url();
    let before = (db.full_schema_dump(), contents(&db, "public"));
    for call in [
        within(&db, "blue"),
        within(&db, "blue").env("DATABASE_URL", reader),
    ] {
        for command in LOOKS {
            call.call(command.split_whitespace()).success();
        }
        call.call(["migrate", "status", "--exit-code"]).code(3);
        let status = call.call(["status", "--format", "json"]).success().json();
        assert_eq!(
            (&status["schema"], &status["exists"]),
            (&"blue".into(), &false.into())
        );
        assert_eq!(
            (&status["applied"], &status["pending"]),
            (&0.into(), &13.into())
        );
    }
    insta::assert_snapshot!("schema_missing_status", shown(&work(&db, "blue", "status")));
    assert!(before == (db.full_schema_dump(), contents(&db, "public")));
}

#[test]
fn a_missing_schema_is_named_to_those_who_need_it() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    for (command, code) in [
        ("seed", 1),
        ("seed undo", 1),
        ("migrate down --all --yes", 1),
        ("migrate down --steps 1", 1),
        ("rollback", 1),
        ("migrate redo", 1),
        ("migrate reset", 1),
        ("migrate refresh", 1),
        ("migrate repair", 1),
        ("migrate baseline --to 20251010095900", 6),
        ("migrate up --to 2099", 2),
    ] {
        let refused = within(&db, "blue")
            .call(command.split_whitespace())
            .code(code);
        for word in ["schema: blue", "hint: "] {
            assert!(refused.stderr.contains(word), "{command}: {refused:?}");
        }
        if code == 1 && command != "migrate repair" {
            assert!(refused.stderr.contains("saasdb setup"), "{refused:?}");
        }
    }
    let refused = within(&db, "blue").call(["migrate", "down", "--all"]);
    insta::assert_snapshot!("schema_missing_down", shown(&refused));
    assert_eq!(schemas(&db), [""; 0]);
    assert!(applied(&db, "public").iter().eq(CORE));
}

#[test]
fn whatever_writes_the_history_first_makes_the_schema() {
    for command in ["setup", "migrate up --steps 1", "migrate fresh"] {
        let db = TestDb::new(Db::Postgres);
        let made = work(&db, "blue", command);
        assert!(made.stderr.contains("created schema blue"), "{made:?}");
        assert_eq!(applied(&db, "blue")[0], CORE[0]);
        assert!(status(&db, "blue")["exists"].as_bool().unwrap());
    }
}

#[test]
fn ten_ups_at_once_make_a_missing_schema_once() {
    let db = TestDb::new(Db::Postgres);
    let call = within(&db, "blue").args(["migrate", "up"]);
    let runs: Vec<Running> = (0..10).map(|_| call.spawn()).collect();
    let mut made = 0;
    for run in runs {
        made += usize::from(run.wait().success().stderr.contains("created schema"));
    }
    assert_eq!(made, 1);
    assert!(applied(&db, "blue").iter().eq(CORE));
}

#[test]
fn two_setups_at_once_where_even_the_database_is_missing() {
    let db = TestDb::missing(Db::Postgres);
    let runs: Vec<Running> = ["blue", "blue", "green"]
        .map(|name| within(&db, name).args(["setup"]).spawn())
        .into();
    for run in runs {
        run.wait().success();
    }
    for name in ["blue", "green"] {
        assert_eq!(status(&db, name)["applied"], 13);
    }
}

#[test]
fn the_schema_stays_after_down_and_remembers_its_environment() {
    let db = TestDb::new(Db::Postgres);
    work(&db, "blue", "migrate up --env test");
    work(&db, "blue", "migrate down --all");
    assert_eq!(
        relations(&db, "blue"),
        ["saasdb_meta", "saasdb_migrations", "seaql_migrations"]
    );
    let status = status(&db, "blue");
    assert_eq!(status["environment"], "test");
    assert_eq!(status["environment_from"], "recorded");
    // Each schema has one of its own.
    assert_eq!(self::status(&db, "green")["environment"], "dev");
}

#[test]
fn a_role_that_may_not_make_it_is_told_what_to_do() {
    let db = TestDb::new(Db::Postgres);
    let call = within(&db, "blue").env("DATABASE_URL", db.read_only_url());
    for command in ["setup", "migrate up", "migrate fresh"] {
        let refused = call.call(command.split_whitespace()).code(1);
        assert!(refused.stderr.contains("GRANT CREATE ON DATABASE"));
    }
    let refused = call.call(["migrate", "up"]);
    insta::assert_snapshot!("schema_may_not_make", shown(&refused));
    assert_eq!(schemas(&db), [""; 0]);
}

#[test]
fn a_role_that_may_only_read_sees_the_schema_and_changes_nothing() {
    let db = TestDb::new(Db::Postgres);
    work(&db, "blue", "migrate up --steps 5");
    let url = db.read_only_url();
    let reader = within(&db, "blue").env("DATABASE_URL", &url);
    let before = (db.full_schema_dump(), contents(&db, "blue"));
    for command in LOOKS.into_iter().chain(["rollback --dry-run"]) {
        reader.call(command.split_whitespace()).success();
    }
    let seen = reader.call(["migrate", "status"]).success();
    assert_eq!(seen.stdout, work(&db, "blue", "migrate status").stdout);
    for command in ["migrate up", "migrate down --steps 1", "migrate redo"] {
        reader.call(command.split_whitespace()).code(1);
    }
    assert!(before == (db.full_schema_dump(), contents(&db, "blue")));

    // A schema that it may not use is not the same as none.
    let role = url::Url::parse(&url).unwrap().username().to_owned();
    db.sql(&format!("REVOKE USAGE ON SCHEMA blue FROM {role}"));
    for command in ["status", "migrate up", "migrate plan"] {
        let refused = reader.call(command.split_whitespace()).code(1);
        assert!(refused.stderr.contains("USAGE"), "{command}: {refused:?}");
    }
    insta::assert_snapshot!("schema_may_not_use", shown(&reader.call(["status"])));
}
