//! One runner at a time: who waits, who is told, who gets on.

use std::time::{Duration, Instant};

use super::{Held, VERSIONS, count, left_beside, migrated, named, on, run, shown};
use crate::support::{Db, TestDb};

#[test]
fn a_second_run_is_told_who_holds_the_lock_and_since_when() {
    TestDb::on_all(|db| {
        let held = Held::on(db);
        let pid = held.run.pid();
        let start = Instant::now();
        let refused = run(db, "migrate up --lock-timeout 200ms").code(5);
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
        if db.kind() != Db::Mysql {
            assert!(
                refused.stderr.contains("saasdb migrate up"),
                "{}",
                refused.stderr
            );
            assert!(
                refused.stderr.contains(&pid.to_string()),
                "{}",
                refused.stderr
            );
        }
        held.release(db).success();
        assert_eq!(count(db, "seaql_migrations"), VERSIONS.len());
        if db.kind() == Db::Sqlite {
            assert!(left_beside(db).is_empty(), "{:?}", left_beside(db));
        }
        assert!(
            refused.stderr.contains("since 20"),
            "since when:\n{}",
            refused.stderr
        );
        insta::assert_snapshot!(named("lock_held", db), shown(&refused));
    });
}

#[test]
fn every_command_that_writes_waits_for_it() {
    let db = TestDb::new(Db::Postgres);
    let held = Held::on(&db);
    for command in [
        "migrate down --steps 1",
        "migrate redo",
        "migrate fresh",
        "migrate repair",
        "migrate baseline --to 20251010100000",
        "setup",
    ] {
        let refused = run(&db, &format!("{command} --lock-timeout 0s"));
        assert_eq!(refused.code, 5, "{command}: {}", refused.stderr);
    }
    held.release(&db).success();
}

#[test]
fn looking_never_waits() {
    TestDb::on_all(|db| {
        let held = Held::on(db);
        for command in ["migrate status", "migrate plan"] {
            let start = Instant::now();
            run(db, command).success();
            assert!(start.elapsed() < Duration::from_secs(2), "{command}");
        }
        // MariaDB's catalogue makes whoever reads it wait for an ALTER TABLE.
        if db.kind() != Db::Mysql {
            run(db, "status").success();
            run(db, "seed status").success();
        }
        held.release(db).success();
    });
}

#[test]
fn who_waits_is_told_for_whom_and_then_has_nothing_to_do() {
    TestDb::on_all(|db| {
        let held = Held::on(db);
        let mut waiting = on(db).args(["migrate", "up"]).spawn();
        waiting.wait_for("waiting for another run");
        held.release(db).success();
        let waited = waiting.wait().success();
        insta::assert_snapshot!(named("lock_waited", db), shown(&waited));
    });
}

#[test]
fn four_at_once_apply_everything_once() {
    TestDb::on_all(|db| {
        let call = on(db).args(["migrate", "up"]);
        let runs: Vec<_> = (0..4).map(|_| call.spawn()).collect();
        let outputs: Vec<_> = runs.into_iter().map(|r| r.wait().success()).collect();
        let applied: usize = outputs
            .iter()
            .map(|o| {
                o.stdout
                    .lines()
                    .filter(|l| l.starts_with("applied"))
                    .count()
            })
            .sum();
        assert_eq!(applied, VERSIONS.len(), "{outputs:#?}");
        assert_eq!(db.schema_dump(), migrated(db.kind()).schema_dump());
    });
}

#[test]
fn a_killed_run_frees_the_lock() {
    TestDb::on_all(|db| {
        let held = Held::on(db);
        held.run.signal("KILL");
        let mut session = held.session;
        let killed = held.run.wait();
        assert_eq!(killed.code, 137);
        session.sql(match db.kind() {
            Db::Mysql => "UNLOCK TABLES",
            _ => "ROLLBACK",
        });
        session.close();
        run(db, "migrate up").success();
        assert_eq!(db.schema_dump(), migrated(db.kind()).schema_dump());
        if db.kind() == Db::Sqlite {
            assert!(left_beside(db).is_empty(), "{:?}", left_beside(db));
        }
    });
}

#[test]
fn a_table_lock_that_is_not_granted_names_the_session_that_blocks() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = TestDb::new(kind);
        run(&db, "migrate up --steps 1").success();
        let mut session = db.session();
        session.sql(match kind {
            Db::Mysql => "LOCK TABLES users READ",
            _ => "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
        });
        let failed = on(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
            .env("SAASDB_DDL_RETRY_FOR", "0s")
            .call(["migrate", "up"])
            .code(1);
        session.close();
        super::hint(&failed);
        if kind == Db::Postgres {
            assert!(failed.stderr.contains("blocked by"), "{}", failed.stderr);
        }
        insta::assert_snapshot!(named("blocked", &db), shown(&failed));
        run(&db, "migrate up").success();
    }
}
