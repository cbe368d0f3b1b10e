//! A connection that the server ends in the middle, and a server that dies with all its processes.

use super::{assert_whole, hold, says, wait_until_held};
use crate::sets::tools::{CORE, applied, column, content, one, run, saasdb};
use crate::support::{Db, OwnServer, TestDb};

const SERVERS: [Db; 2] = [Db::Postgres, Db::Mysql];

/// What runs, what was there before, and the table at which it waits when the fault comes.
struct Place {
    command: &'static str,
    before: &'static [&'static str],
    table: &'static str,
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
fn sight(db: &TestDb) -> (String, Vec<String>, Vec<(String, usize)>) {
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

/// What a place looks like after a run without a fault.
fn without_fault(kind: Db, place: &Place) -> (String, Vec<String>, Vec<(String, usize)>) {
    let db = TestDb::new(kind);
    place
        .before
        .iter()
        .for_each(|command| drop(run(&db, command)));
    run(&db, place.command);
    sight(&db)
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
            place
                .before
                .iter()
                .for_each(|command| drop(run(&db, command)));
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
            let (schema, versions, rows) = without_fault(kind, place);
            let found = sight(&db);
            assert_eq!(found.0, schema, "{when}");
            assert_eq!((found.1, found.2), (versions, rows), "{when}");
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
            place
                .before
                .iter()
                .for_each(|command| drop(run(&db, command)));
            let holder = hold(&db, place.table);
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
            next.wait().success();
            let (schema, versions, rows) = without_fault(kind, place);
            let found = sight(&db);
            assert_eq!(found.0, schema, "{when}");
            assert_eq!((found.1, found.2), (versions, rows), "{when}");
        }
    }
}

#[test]
fn a_server_that_is_killed_at_any_moment_keeps_what_was_done() {
    for kind in SERVERS {
        let server = OwnServer::mortal(kind);
        let db = server.database();
        run(&db, "migrate up --steps 1");
        for version in [CORE[4], CORE[8]] {
            let mut running = saasdb(&db).args(["migrate", "up", "-v"]).spawn();
            running.wait_for("done in");
            running.wait_for(version);
            server.kill();
            let ended = running.wait();
            // Whatever it called done is there.
            let done: Vec<&str> = ended
                .stderr
                .lines()
                .filter(|line| line.trim_start().starts_with("done in "))
                .filter_map(|line| line.rsplit(' ').next())
                .collect();
            server.start_again();
            run(&db, "migrate status --wait 30s");
            let there = applied(&db);
            let missing: Vec<_> = done
                .iter()
                .filter(|d| !there.iter().any(|t| t == *d))
                .collect();
            assert!(missing.is_empty(), "{kind:?}: {missing:?} of {ended:?}");
        }
        run(&db, "migrate up --lock-timeout 1s");
        assert_whole(&db, &format!("{kind:?}"));
    }
}
