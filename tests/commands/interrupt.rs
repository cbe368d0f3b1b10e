//! Ctrl-C and SIGTERM: a clean end, a freed lock, and a history that the next run goes on from.

use std::time::{Duration, Instant};

use super::{
    Held, VERSIONS, contents, count, left_beside, migrated, named, on, run, shown, shown_verbose,
};
use crate::support::{Db, Saasdb, TestDb};

#[test]
fn while_waiting_for_the_lock() {
    TestDb::on_all(|db| {
        let held = Held::on(db);
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let mut waiting = on(db).args(["migrate", "up"]).spawn();
            waiting.wait_for("waiting for another run");
            let start = Instant::now();
            waiting.signal(signal);
            let ended = waiting.wait().code(code);
            assert!(start.elapsed() < Duration::from_secs(2), "{signal}");
            if signal == "INT" {
                insta::assert_snapshot!(named("interrupted_waiting", db), shown(&ended));
            }
        }
        held.release(db).success();
        assert_eq!(count(db, "seaql_migrations"), VERSIONS.len());
        if db.kind() == Db::Sqlite {
            assert!(left_beside(db).is_empty(), "{:?}", left_beside(db));
        }
    });
}

#[test]
fn while_connecting() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        for command in ["migrate up", "setup", "status"] {
            let call = Saasdb::new().env("DATABASE_URL", "postgres://app@127.0.0.1:1/shop");
            let words = command.split_whitespace().chain(["--wait", "30s"]);
            let connecting = call.args(words).spawn();
            std::thread::sleep(Duration::from_millis(300));
            let start = Instant::now();
            connecting.signal(signal);
            let ended = connecting.wait().code(code);
            assert!(start.elapsed() < Duration::from_secs(2), "{command}");
            assert!(
                ended.stderr.contains("interrupted"),
                "{command}: {}",
                ended.stderr
            );
        }
    }
}

#[test]
fn during_a_migration_that_waits_for_a_table() {
    for (kind, signal, code) in [
        (Db::Postgres, "INT", 130),
        (Db::Postgres, "TERM", 143),
        (Db::Mysql, "INT", 130),
    ] {
        let db = TestDb::new(kind);
        run(&db, "migrate up --steps 1").success();
        let mut session = db.session();
        session.sql(match kind {
            Db::Mysql => "LOCK TABLES users READ",
            _ => "BEGIN; LOCK TABLE users IN SHARE MODE",
        });
        let call = on(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
            .args(["migrate", "up", "-v"]);
        let mut running = call.spawn();
        running.wait_for(Held::at(kind));
        std::thread::sleep(Duration::from_millis(200));
        let start = Instant::now();
        running.signal(signal);
        let ended = running.wait();
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
        let dirty = run(&db, "migrate status").stdout.contains("dirty");
        assert!(
            !(dirty && ended.stderr.contains("nothing is half done")),
            "{kind:?}: the history says otherwise: {}",
            ended.stderr
        );
        session.close();
        run(&db, "migrate up --lock-timeout 1s").success();
        assert_eq!(db.schema_dump(), migrated(kind).schema_dump());
        assert_eq!(ended.code, code, "{kind:?}: {}", ended.stderr);
        if signal == "INT" {
            insta::assert_snapshot!(named("interrupted_migrating", &db), shown_verbose(&ended));
        }
    }
}

#[test]
fn what_was_done_before_the_signal_stays_done() {
    // The migration in hand is finished, the next one is not begun. PostgreSQL takes it back instead
    // (tests/crash/interrupts.rs).
    for kind in [Db::Sqlite, Db::Mysql] {
        let db = TestDb::new(kind);
        let mut held = Held::on(&db);
        held.run.signal("INT");
        held.run.wait_for("stopping: ");
        let ended = held.release(&db);
        assert_eq!(ended.code, 130, "{kind:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains("of 12 migrations done, the last one"),
            "it says where things stand: {}",
            ended.stderr
        );
        insta::assert_snapshot!(named("interrupted_between", &db), shown_verbose(&ended));
        let status = run(&db, "migrate status --exit-code").code(3);
        assert!(!status.stdout.contains("dirty"), "{}", status.stdout);
        if kind == Db::Sqlite {
            assert!(left_beside(&db).is_empty(), "{:?}", left_beside(&db));
        }
        run(&db, "migrate up").success();
        assert_eq!(db.schema_dump(), migrated(kind).schema_dump());
    }
}

#[test]
fn at_the_question_nothing_is_destroyed() {
    let db = migrated(Db::Sqlite);
    super::add_user(&db, "ann");
    let before = contents(&db);
    // Ctrl-C as the terminal sends it: character 3.
    let output = on(&db).terminal("\u{3}").call(["migrate", "down", "--all"]);
    assert_ne!(output.code, 0, "{}", output.stdout);
    assert_eq!(contents(&db), before);
    assert!(left_beside(&db).is_empty(), "{:?}", left_beside(&db));
}
