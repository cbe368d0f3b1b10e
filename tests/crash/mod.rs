//! Faults: what happens when connections, servers, disks and networks fail, when a database is busy
//! and when somebody stops a run. Each time the same command once more brings it to the end.

mod busy;
mod cut;
mod disk;
mod interrupts;
mod network;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::sets::tools::{CORE, applied, assert_dump, column, run};
use crate::support::{Db, Output, Session, TestDb};

/// Fails the test unless all of `core` is there, as after a run without a fault.
#[track_caller]
fn assert_whole(db: &TestDb, when: &str) {
    assert_eq!(applied(db), CORE, "{when}");
    let states = column(db, r#"SELECT DISTINCT "state" FROM "saasdb_migrations""#);
    assert_eq!(states, ["applied"], "{when}");
    assert_dump(&db.schema_dump(), reference(db.kind()), when);
    let status = run(db, "status");
    assert!(!status.stdout.contains("drift"), "{when}: {status:?}");
}

/// The schema that `core` makes where nothing goes wrong.
fn reference(kind: Db) -> &'static str {
    static DUMPS: [OnceLock<String>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    DUMPS[kind as usize].get_or_init(|| {
        let db = TestDb::new(kind);
        run(&db, "migrate up");
        db.schema_dump()
    })
}

/// A session that lets others read a table and nothing more, until it is closed. On SQLite it is the
/// whole file.
#[track_caller]
fn hold(db: &TestDb, table: &str) -> Session {
    let mut session = db.session();
    session.sql(&match db.kind() {
        Db::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Db::Postgres => format!("BEGIN; LOCK TABLE {table} IN SHARE MODE"),
        Db::Mysql => format!("LOCK TABLES {table} READ"),
    });
    session
}

/// Waits until a run of saasdb waits for the table that [`hold`] holds.
#[track_caller]
fn wait_until_held(db: &TestDb) {
    let query = match db.kind() {
        Db::Sqlite => panic!("SQLite does not tell"),
        Db::Postgres => {
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
             AND application_name LIKE 'saasdb %(pid %' AND wait_event_type = 'Lock'"
        }
        Db::Mysql => {
            "SELECT count(*) FROM information_schema.processlist
             WHERE db = database() AND state LIKE 'Waiting for table metadata lock%'"
        }
    };
    let start = Instant::now();
    while db.rows(query) == [["0"]] {
        assert!(start.elapsed() < Duration::from_secs(20), "nobody waits");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Fails the test unless all these words are in what the run said on stderr.
#[track_caller]
fn says(output: &Output, words: &[&str]) {
    for word in words {
        assert!(
            output.stderr.contains(word),
            "{word:?} is not in {output:?}"
        );
    }
}
