//! A connection that the server ends in the middle, and a server that dies with all its processes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{assert_whole, hold, says, wait_until_held};
use crate::sets::tools::{CORE, applied, assert_dump, column, content, one, run, saasdb};
use crate::support::{Db, OwnServer, TestDb};

const SERVERS: [Db; 2] = [Db::Postgres, Db::Mysql];

/// What runs, what was there before, and the table at which it waits when the fault comes.
struct Place {
    command: &'static str,
    before: &'static [&'static str],
    table: &'static str,
}

impl Place {
    /// The table at which it waits when a server is killed. MariaDB 10.11 that is killed in an ALTER TABLE
    /// of a table with foreign keys does not get over it by itself: it comes back with that statement
    /// done and the table's older foreign keys gone, or its recovery ends with `t->id != table->id`. So
    /// there it is killed between two statements, while the journal is being written.
    fn deadly(&self, kind: Db) -> &'static str {
        match kind {
            Db::Mysql if self.command.starts_with("migrate") => "saasdb_migrations",
            _ => self.table,
        }
    }
}

/// The first migration, one in the middle, reverts, seeds in and out.
const PLACES: [Place; 5] = [
    Place {
        command: "migrate up",
        // The books are there, so that there is something to wait for.
        before: &["migrate up --steps 1", "migrate down --all --yes"],
        table: "saasdb_migrations",
    },
    Place {
        command: "migrate up",
        before: &["migrate up --steps 5"],
        table: "blast_sessions",
    },
    Place {
        command: "migrate down --to 20251010100003 --yes",
        before: &["migrate up"],
        table: "sessions",
    },
    Place {
        command: "seed",
        before: &["migrate up"],
        table: "users",
    },
    Place {
        command: "seed undo --yes",
        before: &["setup"],
        table: "users",
    },
];

/// Everything that a test can see of a database: schema, history, how many rows each table has.
type Sight = (String, Vec<String>, Vec<(String, usize)>);

fn sight(db: &TestDb) -> Sight {
    let states = column(
        db,
        r#"SELECT "state" FROM "saasdb_migrations" WHERE "state" <> 'applied'"#,
    );
    assert_eq!(states, [""; 0], "a dirty migration");
    let rows = content(db);
    let counts = rows.iter().map(|(table, rows)| (table.clone(), rows.len()));
    let mut counts: Vec<(String, usize)> = counts.collect();
    let ledger = one(db, "SELECT count(*) FROM seaql_migrations");
    counts.push((
        "seaql_migrations".to_owned(),
        ledger.parse().expect("a number"),
    ));
    (db.schema_dump(), applied(db), counts)
}

/// Fails the test unless a database is as after the same without a fault.
#[track_caller]
fn assert_same(db: &TestDb, place: &Place, when: &str) {
    static KNOWN: Mutex<BTreeMap<String, Sight>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let (kind, (schema, versions, rows)) = (db.kind(), sight(db));
    let expected = known
        .entry(format!("{kind:?} {} {:?}", place.command, place.before))
        .or_insert_with(|| {
            let db = TestDb::new(kind);
            prepare(&db, place);
            run(&db, place.command);
            sight(&db)
        });
    assert_dump(&schema, &expected.0, when);
    assert_eq!((&versions, &rows), (&expected.1, &expected.2), "{when}");
}

fn prepare(db: &TestDb, place: &Place) {
    for command in place.before {
        run(db, command);
    }
}

/// Ends the session of saasdb that waits for a table.
fn cut(db: &TestDb) {
    let mut admin = db.session();
    let (find, end) = match db.kind() {
        Db::Postgres => (
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
             AND application_name LIKE 'saasdb %(pid %' AND wait_event_type = 'Lock'",
            "SELECT pg_terminate_backend",
        ),
        _ => (
            "SELECT id FROM information_schema.processlist
             WHERE db = database() AND state LIKE 'Waiting for table metadata lock%'",
            "KILL ",
        ),
    };
    let waiting = admin.rows(find);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    admin.sql(&format!("{end}({})", waiting[0][0]));
    admin.close();
}

#[test]
fn a_connection_that_is_cut_takes_nothing_with_it() {
    for kind in SERVERS {
        for place in &PLACES {
            let when = format!("{kind:?}, {} at {}", place.command, place.table);
            let db = TestDb::new(kind);
            prepare(&db, place);
            let holder = hold(&db, place.table);
            let running = saasdb(&db)
                .env("SAASDB_DDL_LOCK_TIMEOUT", "30s")
                .args(place.command.split(' '))
                .spawn();
            wait_until_held(&db);
            cut(&db);
            let ended = running.wait().code(1);
            says(&ended, &["why: ", "hint: "]);
            holder.close();
            run(&db, &format!("{} --lock-timeout 1s", place.command));
            assert_same(&db, place, &when);
        }
    }
}

#[test]
fn a_server_that_is_killed_and_started_again_is_gone_on_with() {
    for kind in SERVERS {
        let server = OwnServer::mortal(kind);
        for place in &PLACES {
            let when = format!("{kind:?}, {} at {}", place.command, place.table);
            let db = server.database();
            prepare(&db, place);
            let holder = hold(&db, place.deadly(kind));
            let running = saasdb(&db)
                .env("SAASDB_DDL_LOCK_TIMEOUT", "30s")
                .args(place.command.split(' '))
                .spawn();
            wait_until_held(&db);
            server.kill();
            let ended = running.wait().code(1);
            says(&ended, &["why: ", "hint: "]);
            drop(holder);
            // It comes back while the next command waits for it.
            let words = place.command.split(' ').chain(["--wait", "30s"]);
            let next = saasdb(&db).args(words).spawn();
            server.start_again();
            // Guards src/engine/database.rs: `connect` tries again; without that it is refused at once.
            next.wait().success();
            assert_same(&db, place, &when);
        }
    }
}

#[test]
fn what_was_called_done_survives_the_server() {
    // Not on MariaDB, for the reason that `deadly` gives.
    let server = OwnServer::mortal(Db::Postgres);
    let db = server.database();
    for version in [CORE[4], CORE[8]] {
        let mut running = saasdb(&db).args(["migrate", "up", "-v"]).spawn();
        running.wait_for(version);
        server.kill();
        let ended = running.wait();
        let lines = ended.stderr.lines().map(str::trim_start);
        let done: Vec<&str> = lines
            .filter(|line| line.starts_with("done in "))
            .filter_map(|line| line.rsplit(' ').next())
            .collect();
        assert!(!done.is_empty(), "{ended:?}");
        server.start_again();
        run(&db, "migrate status --wait 30s");
        let there = applied(&db);
        for name in done {
            assert!(there.iter().any(|t| t == name), "{name}: {ended:?}");
        }
    }
    run(&db, "migrate up --lock-timeout 1s");
    assert_whole(&db, "in the end");
}
