//! SIGINT and SIGTERM at any moment: what is in hand is finished or taken back, the lock is free, the
//! message is true, and the same command once more brings it to the end.

use std::time::{Duration, Instant};

use super::{assert_whole, hold, says, wait_until_held};
use crate::sets::tools::{CORE, applied, column, one, run, saasdb};
use crate::support::{Db, Output, TestDb};

const SIGNALS: [(&str, i32); 2] = [("INT", 130), ("TERM", 143)];

/// A table of `core` at which a command waits, what must be there before, and what it says.
const WAITING: [(&str, &str, &str, &str); 5] = [
    (
        "migrate up",
        "migrate up --steps 6",
        "sessions",
        "this migration changed nothing",
    ),
    (
        "migrate down --steps 2 --yes",
        "migrate up",
        "chats",
        "this migration changed nothing",
    ),
    (
        "migrate up --transaction run",
        "migrate up --steps 6",
        "chats",
        "the whole run changed nothing",
    ),
    ("seed", "migrate up", "users", "nothing was written"),
    ("seed undo --yes", "setup", "users", "nothing was deleted"),
];

#[test]
fn postgresql_takes_back_what_is_in_hand_at_once() {
    for (i, (command, before, table, taken_back)) in WAITING.into_iter().enumerate() {
        let db = TestDb::new(Db::Postgres);
        run(&db, before);
        let applied_before = applied(&db);
        let holder = hold(&db, table);
        let running = saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "30s")
            .args(command.split(' '))
            .spawn();
        wait_until_held(&db);
        let (signal, code) = SIGNALS[i % 2];
        let start = Instant::now();
        running.signal(signal);
        // Guards src/engine/attend.rs: `cancel`; without it the statement is waited for for 30 s.
        let ended = running.wait().code(code);
        assert!(start.elapsed() < Duration::from_secs(3), "{command}");
        says(
            &ended,
            &[
                "error: interrupted",
                "rolled back: ",
                taken_back,
                "the lock is released",
            ],
        );
        let told = claim(&ended, command);
        let now = applied(&db).len();
        assert_eq!(
            now.abs_diff(applied_before.len()),
            told,
            "{command}: {ended:?}"
        );
        holder.close();
        // Nobody holds the lock.
        run(&db, &format!("{command} --lock-timeout 0s"));
        run(&db, "migrate up");
        assert_whole(&db, command);
    }
}

#[test]
fn a_second_signal_ends_it_at_once_and_frees_the_lock_within_a_second() {
    for kind in Db::ALL {
        for (signal, code) in SIGNALS {
            let db = TestDb::new(kind);
            run(&db, "migrate up --steps 6");
            let holder = hold(&db, "users");
            let mut running = saasdb(&db)
                .env("SAASDB_DDL_LOCK_TIMEOUT", "30s")
                .args(["migrate", "up", "-v"])
                .spawn();
            running.wait_for("applying 1 of 7");
            if kind != Db::Sqlite {
                wait_until_held(&db);
            }
            let start = Instant::now();
            running.signal(signal);
            running.wait_for("stopping: ");
            running.signal(signal);
            // Guards src/lib.rs: `listen`; without its exit the statement is waited for.
            running.wait().code(code);
            assert!(start.elapsed() < Duration::from_secs(2), "{kind:?}");
            // The table is still held; the runner's lock is not.
            saasdb(&db)
                .env("SAASDB_DDL_LOCK_TIMEOUT", "100ms")
                .args([
                    "migrate",
                    "up",
                    "--lock-timeout",
                    "1500ms",
                    "--ddl-retry-for",
                    "0s",
                ])
                .run()
                .code(1);
            holder.close();
            run(&db, "migrate up");
            assert_whole(&db, &format!("{kind:?}"));
        }
    }
}

/// How many migrations a run says it has done; fails the test where it names another last one than
/// the history.
#[track_caller]
fn claim(output: &Output, what: &str) -> usize {
    let why = output.stderr.lines().find_map(|line| {
        let (number, rest) = line.trim().strip_prefix("why: ")?.split_once(" of ")?;
        Some((number.parse::<usize>().ok()?, rest.to_owned()))
    });
    match why {
        None => 0,
        Some((number, rest)) => {
            let (_, last) = rest.split_once("the last one ").expect("the last one");
            let last = last.split(';').next().expect("a name");
            assert!(CORE.contains(&last), "{what}: {last}");
            number
        }
    }
}

/// The applied migrations; none where nothing was ever migrated.
fn history(db: &TestDb) -> Vec<String> {
    let made = match db.kind() {
        Db::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = 'saasdb_migrations'",
        Db::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename = 'saasdb_migrations'",
        Db::Mysql => {
            "SELECT count(*) FROM information_schema.tables
             WHERE table_schema = database() AND table_name = 'saasdb_migrations'"
        }
    };
    if one(db, made) == "0" {
        return Vec::new();
    }
    let dirty = r#"SELECT "version" FROM "saasdb_migrations" WHERE "state" <> 'applied'"#;
    assert_eq!(column(db, dirty), [""; 0], "a dirty migration");
    applied(db)
}

/// Moments from 0 to the end of a run, spread evenly and in no order.
fn moments(count: u32, whole: Duration) -> impl Iterator<Item = Duration> {
    (0..count).map(move |i| whole * ((i * 7 + 3) % count) / count)
}

/// Runs a command and sends it a signal after a while. What is right after every one of them.
#[track_caller]
fn interrupted(db: &TestDb, command: &str, after: Duration, round: usize) -> Output {
    let (signal, code) = SIGNALS[round % 2];
    let running = saasdb(db).args(command.split(' ')).spawn();
    std::thread::sleep(after);
    running.signal(signal);
    let ended = running.wait();
    let when = format!("{:?}, {command}, {signal} after {after:?}", db.kind());
    assert!(ended.code == code || ended.code == 0, "{when}: {ended:?}");
    ended
}

/// All runs of `up` and `down` on one database, one after the other, each interrupted.
fn walk(kind: Db) {
    let db = TestDb::new(kind);
    let start = Instant::now();
    run(&db, "migrate up");
    let whole = start.elapsed() * 11 / 10;
    run(&db, "migrate reset --yes");
    let mut up = true;
    let mut cut = 0;
    for (round, after) in moments(10, whole).enumerate() {
        let command = if up {
            "migrate up"
        } else {
            "migrate down --all --yes"
        };
        let before = history(&db);
        let ended = interrupted(&db, command, after, round);
        let now = history(&db);
        let when = format!("{kind:?}, {command} after {after:?}: {ended:?}");
        if ended.code == 0 {
            assert_eq!(now.len(), if up { CORE.len() } else { 0 }, "{when}");
        } else {
            let done = claim(&ended, &when);
            assert_eq!(now.len().abs_diff(before.len()), done, "{when}");
            let last = if up {
                now.last()
            } else {
                before.get(now.len())
            };
            if done > 0 {
                cut += 1;
                assert!(ended.stderr.contains(last.expect("a migration")), "{when}");
            }
        }
        up = match now.len() {
            0 => true,
            13 => false,
            _ => up,
        };
    }
    // Guards src/engine/apply.rs: `run` looks for a signal between two migrations; without that none
    // stops there (PostgreSQL then cancels the next one).
    assert!(
        cut > 0,
        "{kind:?}: no run was interrupted between two migrations"
    );
    run(&db, "migrate up --lock-timeout 0s");
    assert_whole(&db, &format!("{kind:?} in the end"));
    seeds(&db);
}

/// The same for seeding.
fn seeds(db: &TestDb) {
    let start = Instant::now();
    run(db, "seed");
    let whole = start.elapsed() * 11 / 10;
    let count = |table: &str| one(db, &format!("SELECT count(*) FROM {table}"));
    let all = (count("users"), count("saasdb_seeds"));
    run(db, "seed undo --yes");
    for (round, after) in moments(6, whole).enumerate() {
        let ended = interrupted(db, "seed", after, round);
        let now = (count("users"), count("saasdb_seeds"));
        let when = format!("{:?}, seed after {after:?}: {ended:?}", db.kind());
        if ended.code == 0 {
            assert_eq!(now, all, "{when}");
            run(db, "seed undo --yes --lock-timeout 0s");
        } else {
            assert_eq!(now, ("0".to_owned(), "0".to_owned()), "{when}");
        }
    }
    run(db, "seed --lock-timeout 0s");
    assert_eq!((count("users"), count("saasdb_seeds")), all);
}

#[test]
fn at_any_moment_on_sqlite() {
    walk(Db::Sqlite);
}

#[test]
fn at_any_moment_on_postgresql() {
    walk(Db::Postgres);
}

#[test]
fn at_any_moment_on_mysql() {
    walk(Db::Mysql);
}

#[test]
fn setup_at_any_moment() {
    for kind in Db::ALL {
        let db = TestDb::missing(kind);
        let start = Instant::now();
        run(&db, "setup");
        let whole = start.elapsed();
        for (round, after) in moments(2, whole).enumerate() {
            let db = TestDb::missing(kind);
            interrupted(&db, "setup", after, round);
            run(&db, "setup --lock-timeout 1s");
            assert_whole(&db, &format!("{kind:?}, setup after {after:?}"));
            assert_ne!(one(&db, "SELECT count(*) FROM saasdb_seeds"), "0");
        }
    }
}
