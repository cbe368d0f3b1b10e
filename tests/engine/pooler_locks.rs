//! The runner's lock behind a pooler in transaction mode: one run works, others are told who, and a
//! killed run leaves neither its lock nor its transaction behind.

use std::time::Duration;

use super::pooler::{KINDS, Pooler, pooler};
use crate::sets::tools::{CORE, applied, eventually, one};
use crate::support::{Db, Running, Saasdb, Session, TestDb};

fn through(pooler: &Pooler, words: &str) -> Saasdb {
    Saasdb::new()
        .args(["--database-url", &pooler.url])
        .args(words.split(' '))
}

/// A run in the middle of the chain that waits for a table which the session holds.
fn stuck(db: &TestDb, pooler: &Pooler) -> (Session, Running) {
    through(pooler, "migrate up --steps 6").run().success();
    let mut session = Session::open(db.url()).expect("a session");
    session.sql("BEGIN; LOCK TABLE users IN SHARE MODE");
    let mut run = through(pooler, "migrate up")
        .env("SAASDB_DDL_LOCK_TIMEOUT", "40s")
        .spawn();
    eventually(Duration::from_secs(20), "it waits for the table", || {
        assert!(run.is_running(), "{}", run.stderr());
        waiting(db) == 1
    });
    (session, run)
}

/// How many sessions wait for a lock in that database.
fn waiting(db: &TestDb) -> usize {
    let query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                 AND datname = current_database()";
    one(db, query).parse().expect("a number")
}

#[test]
fn ten_ups_at_once_apply_each_migration_once_behind_a_pooler() {
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        // Each run takes a second server session for its lock.
        let pooler = pooler(&db, &format!("{extra}\ndefault_pool_size = 40"));
        let call = through(&pooler, "migrate up --format json");
        let runs: Vec<Running> = (0..10).map(|_| call.spawn()).collect();
        let counts: Vec<usize> = runs
            .into_iter()
            .map(|run| run.wait().success().json())
            .map(|report| report["migrations"].as_array().unwrap().len())
            .filter(|count| *count > 0)
            .collect();
        assert_eq!(counts, [CORE.len()], "{extra}");
        assert_eq!(applied(&db), CORE);
    }
}

#[test]
fn a_held_lock_behind_a_pooler_names_the_holder() {
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        let pooler = pooler(&db, extra);
        // The server's sessions are older than the run that holds the lock.
        through(&pooler, "migrate status").run().success();
        let before = one(
            &db,
            "SELECT to_char(clock_timestamp() + interval '2 s', 'YYYY-MM-DD\"T\"HH24:MI:SS')",
        );
        std::thread::sleep(Duration::from_secs(2));
        let (mut session, held) = stuck(&db, &pooler);
        let refused = through(&pooler, "migrate up --lock-timeout 1s")
            .run()
            .code(5);
        let who = format!("held by saasdb migrate up (pid {} on ", held.pid());
        assert!(refused.stderr.contains(&who), "{extra}: {refused:?}");
        let since = refused.stderr.split(" since ").nth(1).expect("since when");
        assert!(since[..19] >= before[..19], "{since} is before {before}");
        session.sql("ROLLBACK");
        held.wait().success();
        assert_eq!(applied(&db), CORE);
    }
}

#[test]
fn a_killed_run_behind_a_pooler_frees_lock_and_transaction() {
    // Guards PgSession::transaction_settings: without client_connection_check_interval the server goes
    // on waiting for the table on behalf of nobody, and applies the migration when it gets it.
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        let pooler = pooler(&db, extra);
        let (mut session, mut held) = stuck(&db, &pooler);
        held.signal("KILL");
        eventually(Duration::from_secs(2), "it is dead", || !held.is_running());
        let waited = eventually(Duration::from_secs(5), "the server notices", || {
            waiting(&db) == 0
        });
        assert!(waited < Duration::from_secs(2), "{extra}: {waited:?}");
        // The lock is free: the next run gets it, and fails at the table.
        let next = through(&pooler, "migrate up --lock-timeout 500ms")
            .env("SAASDB_DDL_LOCK_TIMEOUT", "200ms")
            .env("SAASDB_DDL_RETRY_FOR", "0s")
            .run();
        assert_eq!(next.code, 1, "{extra}: {next:?}");
        session.sql("ROLLBACK");
        through(&pooler, "migrate up").run().success();
        assert_eq!(applied(&db), CORE);
    }
}
