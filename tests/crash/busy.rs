//! A database at work: DDL that does not get a table steps back, and no write of anybody is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{assert_whole, hold, says, wait_until_held};
use crate::engine::pooler::{KINDS, pooler};
use crate::sets::tools::{CORE, applied, column, eventually, run, saasdb};
use crate::support::{Db, Saasdb, Session, TestDb};

/// A session of a program that reads `users` in a transaction and does not end it; its number and
/// user.
fn reader(db: &TestDb) -> (Session, Vec<String>) {
    let url = format!("{}?application_name=nightly-report", db.url());
    let mut session = Session::open(&url).expect("a session");
    let who = session
        .rows("SELECT pg_backend_pid(), current_user")
        .remove(0);
    session.sql("BEGIN");
    session.rows("SELECT count(*) FROM users");
    (session, who)
}

/// An application that writes all the time, a statement after the other.
struct Application {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicUsize>,
    thread: JoinHandle<(Vec<String>, Duration)>,
}

/// The tables of the application, and a column for what it writes.
const TABLES: [(&str, &str); 7] = [
    ("users", "username"),
    ("sessions", "name"),
    ("blast_sessions", "name"),
    ("blast_messages", "recipient"),
    ("campaigns", "name"),
    ("templates", "name"),
    ("chats", "contact"),
];

impl Application {
    fn start(db: &TestDb) -> Application {
        let stop = Arc::new(AtomicBool::new(false));
        let written = Arc::new(AtomicUsize::new(0));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&written));
        let mut session = db.session();
        let thread = std::thread::spawn(move || {
            let mut kept: Vec<String> = Vec::new();
            let mut longest = Duration::ZERO;
            for n in 0.. {
                let value = format!("w{n}");
                for (table, column) in TABLES {
                    let insert = match table {
                        "users" => format!(
                            "INSERT INTO users (username, password) VALUES ('{value}', 'x')"
                        ),
                        _ => format!("INSERT INTO {table} ({column}) VALUES ('{value}')"),
                    };
                    let begin = Instant::now();
                    // What the database refuses is not promised.
                    if session.try_sql(&insert).is_ok() {
                        kept.push(format!("{table} {value}"));
                        count.fetch_add(1, SeqCst);
                    }
                    longest = longest.max(begin.elapsed());
                }
                let update =
                    format!("UPDATE users SET password = 'changed' WHERE username = '{value}'");
                if session.try_sql(&update).is_ok() {
                    kept.push(format!("changed {value}"));
                }
                if stopped.load(SeqCst) {
                    break;
                }
                // On SQLite there is no queue: who never pauses lets nobody in.
                std::thread::sleep(Duration::from_millis(2));
            }
            session.close();
            (kept, longest)
        });
        Application {
            stop,
            written,
            thread,
        }
    }

    fn written(&self) -> usize {
        self.written.load(SeqCst)
    }

    /// Ends it and looks for everything that the database had acknowledged. How long the longest
    /// write took.
    #[track_caller]
    fn end(self, db: &TestDb) -> Duration {
        self.stop.store(true, SeqCst);
        let (kept, longest) = self.thread.join().expect("the writer ends");
        let mut there = std::collections::HashSet::new();
        for (table, name) in TABLES {
            let found = column(db, &format!("SELECT {name} FROM {table}"));
            there.extend(found.into_iter().map(|value| format!("{table} {value}")));
        }
        let changed = "SELECT username FROM users WHERE password = 'changed'";
        there.extend(column(db, changed).iter().map(|v| format!("changed {v}")));
        let lost: Vec<&String> = kept.iter().filter(|w| !there.contains(*w)).collect();
        assert!(lost.is_empty(), "{:?} lost {lost:?}", db.kind());
        longest
    }
}

#[test]
fn a_writer_that_comes_after_waiting_ddl_waits_no_longer_than_the_lock_timeout() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --steps 6");
    let (mut reader, who) = reader(&db);
    let application = Application::start(&db);
    let running = saasdb(&db)
        .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
        .args(["migrate", "up", "--ddl-retry-for", "2500ms"])
        .spawn();
    let failed = running.wait().code(1);
    // The reader kept its transaction for longer than all attempts together. Guards
    // src/dialect/postgres.rs: lock_timeout; without it writers wait as long as the reader reads.
    let longest = application.end(&db);
    assert!(
        longest > Duration::from_millis(600),
        "{longest:?}: nobody waited"
    );
    assert!(longest < Duration::from_millis(2200), "{longest:?}");
    // Guards src/engine/attend.rs: `blockers` is asked for while the statement waits.
    let session = format!("blocked by session {} (user {}", who[0], who[1]);
    says(
        &failed,
        &[
            CORE[6],
            "lock timeout",
            &session,
            "application \"nightly-report\"",
            "idle in transaction, transaction open for ",
            "last query ",
            " s ago: SELECT count(*) FROM users",
            "--ddl-retry-for",
        ],
    );
    assert_eq!(applied(&db), CORE[..6]);
    let running = saasdb(&db)
        .env("SAASDB_DDL_LOCK_TIMEOUT", "300ms")
        .args(["migrate", "up", "--ddl-retry-for", "30s"])
        .spawn();
    let waits = || {
        // Each attempt is a wait of its own.
        wait_until_held(&db);
        eventually(Duration::from_secs(5), "it steps back", || {
            let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                           AND wait_event_type = 'Lock'";
            db.rows(waiting) == [["0"]]
        });
    };
    // Guards src/engine/send.rs: `patiently` tries again.
    (0..2).for_each(|_| waits());
    reader.sql("COMMIT");
    running.wait().success();
    assert_whole(&db, "in the end");
}

#[test]
fn who_blocks_is_named_behind_a_pooler_too() {
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        run(&db, "migrate up --steps 6");
        let pooler = pooler(&db, extra);
        let (reader, _) = reader(&db);
        let failed = Saasdb::new()
            .env("DATABASE_URL", &pooler.url)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "600ms")
            .args(["migrate", "up", "--ddl-retry-for", "1s"])
            .run()
            .code(1);
        says(&failed, &["blocked by session", "nightly-report"]);
        reader.close();
    }
}

#[test]
fn who_blocks_is_named_on_mysql_as_far_as_it_tells() {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up --steps 6");
    let mut reader = db.session();
    reader.sql("BEGIN");
    reader.rows("SELECT count(*) FROM users");
    let id = reader.rows("SELECT connection_id()")[0][0].clone();
    let failed = saasdb(&db)
        .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
        .args(["migrate", "up", "--ddl-retry-for", "1s"])
        .run()
        .code(1);
    let who = format!("blocked by connection {id} (user saasdb_test from 127.0.0.1");
    says(&failed, &[&who, "transaction open for ", "idle for "]);
    reader.close();
    run(&db, "migrate up");
    assert_whole(&db, "in the end");
}

#[test]
fn an_application_that_writes_all_the_while_loses_nothing() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 1");
        let application = Application::start(db);
        let many = |more: usize| {
            let begin = application.written();
            eventually(Duration::from_secs(20), "it writes", || {
                application.written() >= begin + more
            });
        };
        many(50);
        let begin = application.written();
        run(db, "migrate up");
        assert!(application.written() > begin, "nothing during the run");
        many(50);
        application.end(db);
        assert_whole(db, &format!("{:?}", db.kind()));
    });
}

#[test]
fn a_table_that_is_held_for_a_while_is_waited_for() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 6");
        let holder = hold(db, "users");
        let running = saasdb(db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
            .args(["migrate", "up", "-v", "--ddl-retry-for", "30s"])
            .spawn();
        // Longer than one attempt.
        std::thread::sleep(Duration::from_millis(1300));
        holder.close();
        running.wait().success();
        assert_whole(db, &format!("{:?}", db.kind()));
    });
}
