//! The runner's lock and the locks of others: who waits says for whom, and a killed run blocks
//! nobody.

use std::time::Duration;

use crate::sets::tools::{CORE, applied, eventually, one, quoted, run, saasdb};
use crate::support::{Db, Running, Session, TestDb};

/// A session that keeps `migrate up` waiting: it reads `users`, or writes on SQLite.
pub(super) fn blocker(db: &TestDb) -> Session {
    let url = match db.kind() {
        Db::Postgres => format!("{}?application_name=nightly-report", db.url()),
        _ => db.url().to_owned(),
    };
    let mut session = Session::open(&url).expect("a session");
    match db.kind() {
        Db::Sqlite => session.sql("BEGIN IMMEDIATE"),
        _ => {
            session.sql("BEGIN");
            session.rows(&quoted(db.kind(), r#"SELECT count(*) FROM "users""#));
        }
    }
    session
}

/// A database in the middle of the chain: the next migration alters `users`.
pub(super) fn half_way(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    run(&db, "migrate up --steps 6");
    db
}

/// A run that holds the runner's lock because somebody blocks it. No single statement of it waits
/// for longer than a second.
pub(super) fn holder(db: &TestDb) -> Running {
    let mut run = saasdb(db)
        .env("SAASDB_DDL_LOCK_TIMEOUT", "300ms")
        .env("SAASDB_DDL_RETRY_FOR", "50s")
        .args(["migrate", "up"])
        .spawn();
    eventually(Duration::from_secs(20), "the run holds the lock", || {
        assert!(run.is_running(), "{}", run.stderr());
        is_locked(db)
    });
    run
}

/// Whether somebody holds the runner's lock, as the kernel or the server sees it.
pub(super) fn is_locked(db: &TestDb) -> bool {
    match db.kind() {
        Db::Sqlite => {
            let file = db.url().trim_start_matches("sqlite://");
            let (folder, name) = file.rsplit_once('/').unwrap();
            std::path::Path::new(&format!("{folder}/.{name}.saasdb-lock")).exists()
        }
        Db::Postgres => {
            let query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
            one(db, query) != "0"
        }
        // The lock comes first, so whoever waits for a table has it.
        Db::Mysql => {
            let query = "SELECT count(*) FROM information_schema.processlist
                 WHERE db = database() AND state LIKE 'Waiting for table metadata lock%'";
            one(db, query) != "0"
        }
    }
}

#[test]
fn a_held_lock_ends_in_code_5_and_names_the_holder() {
    for kind in Db::ALL {
        let db = half_way(kind);
        let mut session = blocker(&db);
        let held = holder(&db);
        for command in [
            "migrate up",
            "migrate down --steps 1 --yes",
            "seed undo",
            "migrate fresh --yes",
        ] {
            if command == "seed undo" {
                // Nothing to undo needs no lock.
                continue;
            }
            let refusal = saasdb(&db)
                .args(["--lock-timeout", "1s"])
                .call(command.split(' '))
                .code(5);
            // Command, process, host and since when; the server's user where it has one.
            let who = format!("held by saasdb migrate up (pid {} on ", held.pid());
            let user = match kind {
                Db::Postgres => ", user saasdb_test, pid ",
                _ => "held by",
            };
            for word in [who.as_str(), "--lock-timeout", user, " since 20"] {
                assert!(
                    refusal.stderr.contains(word),
                    "{kind:?}, {word}: {refusal:?}"
                );
            }
        }
        assert_eq!(applied(&db), CORE[..6]);
        // Reading needs no lock.
        run(&db, "migrate status");
        run(&db, "migrate plan");
        session.sql("ROLLBACK");
        held.wait().success();
        assert_eq!(applied(&db), CORE);
        eventually(Duration::from_secs(2), "the lock is given back", || {
            !is_locked(&db)
        });
    }
}

#[test]
fn who_waits_says_for_whom_and_goes_on() {
    for kind in Db::ALL {
        let db = half_way(kind);
        let mut session = blocker(&db);
        let held = holder(&db);
        let mut waiting = saasdb(&db).args(["migrate", "up"]).spawn();
        waiting.wait_for("waiting for another run");
        assert!(waiting.stderr().contains("held by"), "{}", waiting.stderr());
        session.sql("ROLLBACK");
        held.wait().success();
        let output = waiting.wait().success();
        assert!(output.stdout.contains("nothing to do"), "{output:?}");
        assert_eq!(applied(&db), CORE);
    }
}

#[test]
fn a_killed_holder_frees_the_lock_within_a_second() {
    for kind in Db::ALL {
        let db = half_way(kind);
        let mut session = blocker(&db);
        let mut held = holder(&db);
        held.signal("KILL");
        eventually(Duration::from_secs(2), "it is dead", || !held.is_running());
        session.sql("ROLLBACK");
        session.close();
        let limit = "1500ms";
        run(&db, &format!("migrate up --lock-timeout {limit}"));
        assert_eq!(applied(&db), CORE, "{kind:?}");
        let states = db.rows("SELECT DISTINCT state FROM saasdb_migrations");
        assert_eq!(states, [["applied"]]);
    }
}

#[test]
fn a_killed_holder_frees_the_lock_even_while_its_statement_waits() {
    // The statement in flight may wait for a table for longer than anybody wants to wait for the
    // lock: the server has to notice that nobody is there any more.
    for kind in Db::ALL {
        let db = half_way(kind);
        let session = blocker(&db);
        let mut held = saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "40s")
            .args(["migrate", "up"])
            .spawn();
        eventually(Duration::from_secs(20), "the run holds the lock", || {
            is_locked(&db)
        });
        std::thread::sleep(Duration::from_millis(200));
        held.signal("KILL");
        eventually(Duration::from_secs(2), "it is dead", || !held.is_running());
        let output = saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "200ms")
            .env("SAASDB_DDL_RETRY_FOR", "0s")
            .args(["--lock-timeout", "5s"])
            .call(["migrate", "up"]);
        // It gets the lock, and fails at the table that is still locked.
        assert_eq!(output.code, 1, "{kind:?}: {output:?}");
        drop(session);
    }
}

#[test]
fn a_blocked_table_names_the_session_that_blocks() {
    let db = half_way(Db::Postgres);
    let mut session = blocker(&db);
    let pid = session.rows("SELECT pg_backend_pid()")[0][0].clone();
    let patient = |retry: &str| {
        saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "500ms")
            .env("SAASDB_DDL_RETRY_FOR", retry)
            .args(["migrate", "up"])
    };
    let failure = patient("1s").run().code(1);
    let user = session.rows("SELECT current_user")[0][0].clone();
    for word in [
        CORE[6],
        pid.as_str(),
        user.as_str(),
        "nightly-report",
        "users",
    ] {
        assert!(failure.stderr.contains(word), "{word}: {failure:?}");
    }
    assert_eq!(applied(&db), CORE[..6]);

    let running = patient("30s").spawn();
    std::thread::sleep(Duration::from_millis(1200));
    session.sql("COMMIT");
    running.wait().success();
    assert_eq!(applied(&db), CORE);
}

#[test]
fn a_blocked_table_is_tried_again_and_given_up_on_every_database() {
    for kind in Db::ALL {
        let db = half_way(kind);
        let mut session = blocker(&db);
        let failure = saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "300ms")
            .env("SAASDB_DDL_RETRY_FOR", "300ms")
            .args(["migrate", "up"])
            .run()
            .code(1);
        assert!(failure.stderr.contains("hint:"), "{kind:?}: {failure:?}");
        session.sql("ROLLBACK");
        assert_eq!(applied(&db), CORE[..6]);
        run(&db, "migrate up");
        assert_eq!(applied(&db), CORE);
    }
}
