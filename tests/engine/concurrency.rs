//! Many runs at once: one does the work, the others find it done.

use crate::sets::tools::{CORE, applied, assert_dump, json, one, run, saasdb};
use crate::support::{Db, Running, Saasdb, TestDb};

#[test]
fn ten_ups_at_once_apply_each_migration_once() {
    // On SQLite it costs little to meet in several ways.
    for kind in [Db::Sqlite, Db::Sqlite, Db::Sqlite, Db::Postgres, Db::Mysql] {
        let db = TestDb::new(kind);
        let call = saasdb(&db).args(["migrate", "up", "--format", "json"]);
        let runs: Vec<Running> = (0..10).map(|_| call.spawn()).collect();
        // Guards Database::lock (src/engine/database.rs): without it runs meet in the middle of the chain,
        // fail or share the work.
        let mut workers = Vec::new();
        for run in runs {
            let report = run.wait().success().json();
            let migrations = report["migrations"].as_array().unwrap().clone();
            let names: Vec<String> = migrations
                .iter()
                .map(|m| m["name"].as_str().unwrap().to_owned())
                .collect();
            if !names.is_empty() {
                workers.push(names);
            }
        }
        assert_eq!(workers, [CORE], "all by one run, {kind:?}");
        assert_eq!(applied(&db), CORE);
        assert_eq!(one(&db, "SELECT count(*) FROM saasdb_migrations"), "13");
        let status = json(&db, "status");
        assert_eq!(status["drift"]["state"], "none");
        let alone = TestDb::new(kind);
        run(&alone, "migrate up");
        assert_dump(
            &db.full_schema_dump(),
            &alone.full_schema_dump(),
            "as one alone",
        );
    }
}

#[test]
fn two_setups_at_once_on_a_database_that_is_not_there() {
    for kind in Db::ALL {
        let db = TestDb::missing(kind);
        let call: Saasdb = saasdb(&db).args(["setup", "--format", "json"]);
        let runs: Vec<Running> = (0..2).map(|_| call.spawn()).collect();
        for run in runs {
            let status = run.wait().success().json();
            assert_eq!(status["applied"], 13, "{kind:?}");
            assert_eq!(status["drift"]["state"], "none", "{kind:?}: {status}");
        }
        assert_eq!(applied(&db), CORE);
        let status = run(&db, "seed status --format json").json();
        for seeder in status["seeders"].as_array().unwrap() {
            assert_eq!(seeder["rows"], seeder["seeded"], "{seeder}");
        }
        assert_eq!(one(&db, r#"SELECT count(*) FROM "organizations""#), "4");
    }
}

#[test]
fn seeds_and_undos_at_once_leave_all_or_nothing() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let seed = saasdb(db).args(["seed"]);
        let runs: Vec<Running> = (0..3).map(|_| seed.spawn()).collect();
        for run in runs {
            run.wait().success();
        }
        assert_eq!(one(db, r#"SELECT count(*) FROM "organizations""#), "4");
        assert_eq!(one(db, r#"SELECT count(*) FROM "subscription_plans""#), "4");
        let undo = saasdb(db).args(["seed", "undo"]);
        let runs: Vec<Running> = (0..2).map(|_| undo.spawn()).collect();
        for run in runs {
            run.wait().success();
        }
        assert_eq!(one(db, r#"SELECT count(*) FROM "organizations""#), "0");
        assert_eq!(one(db, "SELECT count(*) FROM saasdb_seeds"), "0");
    });
}

#[test]
fn ups_and_downs_at_once_end_in_a_sound_state() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let calls = ["migrate up", "migrate down --steps 1"];
        let runs: Vec<Running> = (0..6)
            .map(|i| saasdb(db).args(calls[i % 2].split(' ')).spawn())
            .collect();
        for run in runs {
            let output = run.wait();
            // A down whose plan another run overtook says so and does nothing.
            assert!([0, 1].contains(&output.code), "{output:?}");
        }
        run(db, "migrate up");
        assert_eq!(applied(db), CORE);
        let alone = TestDb::new(db.kind());
        run(&alone, "migrate up");
        assert_dump(&db.schema_dump(), &alone.schema_dump(), "as one alone");
        assert_eq!(
            run(db, "status --format json").json()["drift"]["state"],
            "none"
        );
    });
}

#[test]
fn runs_on_different_databases_do_not_wait_for_each_other() {
    for kind in Db::ALL {
        let databases: Vec<TestDb> = (0..3).map(|_| TestDb::new(kind)).collect();
        let runs: Vec<Running> = databases
            .iter()
            .map(|db| {
                saasdb(db)
                    .args(["migrate", "up", "--lock-timeout", "0s"])
                    .spawn()
            })
            .collect();
        for run in runs {
            run.wait().success();
        }
    }
}
