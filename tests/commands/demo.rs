//! Demo accounts have documented passwords: nothing to put into a filled database unasked.

use super::{add_user, count, json_of, on, run};
use crate::support::{Db, TestDb};

const DEMO: &str = "SELECT count(*) FROM users WHERE username <> 'somebody'";

fn has_demo(db: &TestDb) -> bool {
    db.rows(DEMO)[0][0] != "0"
}

/// A database whose application has one user, with no recorded environment.
fn filled(db: &TestDb) {
    run(db, "migrate up").success();
    add_user(db, "somebody");
}

#[test]
fn a_filled_database_gets_no_demo_unasked() {
    TestDb::on_all(|db| {
        filled(db);
        for line in ["setup", "seed", "setup --yes", "seed --yes"] {
            let output = run(db, line).success();
            assert!(!has_demo(db), "{line}");
            assert!(output.stderr.contains("--env dev"), "{line}: {output:?}");
        }
        assert!(
            count(db, "subscription_plans") > 0,
            "reference rows come anyway"
        );
        let json = json_of(&run(db, "seed --format json"), "seed");
        assert!(!json["skipped"].as_array().unwrap().is_empty());
        run(db, "seed --env dev").success();
        assert!(has_demo(db));
        run(db, "seed").success();
    });
}

#[test]
fn an_empty_or_recorded_database_gets_it() {
    TestDb::on_all(|db| {
        run(db, "setup").success();
        assert!(has_demo(db));
        add_user(db, "somebody");
        let again = run(db, "setup").success();
        assert!(!again.stderr.contains("left out"), "{}", again.stderr);
    });
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env test").success();
    add_user(&db, "somebody");
    run(&db, "seed").success();
    assert!(has_demo(&db));
}

#[test]
fn migrating_alone_fills_no_set() {
    for set in ["core", "telecom", "better-auth", "cloudwa"] {
        let db = TestDb::new(Db::Sqlite);
        let call = on(&db).args(["--set", set]);
        if call.call(["migrate", "up"]).code != 0 {
            continue;
        }
        let seeded = call.call(["seed"]).success();
        assert!(
            !seeded.stderr.contains("left out"),
            "{set}: {}",
            seeded.stderr
        );
    }
    let db = TestDb::new(Db::Postgres);
    let call = on(&db).args(["--set", "supabase"]);
    if call.call(["migrate", "up"]).code == 0 {
        let seeded = call.call(["seed"]).success();
        assert!(!seeded.stderr.contains("left out"), "{}", seeded.stderr);
    }
}

#[test]
fn on_a_terminal_it_asks() {
    let db = TestDb::new(Db::Sqlite);
    filled(&db);
    let no = on(&db).terminal("no\n").call(["seed"]).success();
    assert!(no.stdout.contains("documented passwords"), "{}", no.stdout);
    assert!(!has_demo(&db));
    on(&db).terminal("yes\n").call(["seed"]).success();
    assert!(has_demo(&db));
}
