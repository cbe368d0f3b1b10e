//! MySQL commits each DDL statement by itself: what was interrupted in the middle is known, shown,
//! and goes on or back from there.

use crate::sets::tools::{CORE, applied, assert_dump, one, run, saasdb, sql};
use crate::support::{Db, TestDb};

/// The statements of the first migration make these, one each.
const TABLES: [&str; 7] = [
    "users",
    "sessions",
    "blast_sessions",
    "blast_messages",
    "campaigns",
    "templates",
    "chats",
];

/// A database where the first migration failed at its fifth statement, since a constraint of the
/// team's own has the name of one of `campaigns`.
fn stuck() -> TestDb {
    let db = TestDb::new(Db::Mysql);
    db.sql(
        "CREATE TABLE parents (id int PRIMARY KEY);
         CREATE TABLE mine (parent int,
           CONSTRAINT `campaigns_userId_fkey` FOREIGN KEY (parent) REFERENCES parents (id));",
    );
    let failure = saasdb(&db).call(["migrate", "up"]).code(1);
    for word in [CORE[0], "statement 5 of 7", "campaigns"] {
        assert!(failure.stderr.contains(word), "{word}: {failure:?}");
    }
    db
}

fn tables(db: &TestDb) -> Vec<&'static str> {
    let found =
        db.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = database()");
    let there = |name: &&str| found.iter().any(|row| row[0] == *name);
    TABLES.into_iter().filter(there).collect()
}

/// Takes away what stood in the way.
fn clear(db: &TestDb) {
    db.sql("DROP TABLE mine; DROP TABLE parents;");
}

/// What the journal says of the first migration.
fn journal(db: &TestDb) -> (String, String) {
    let query = |column| {
        one(
            db,
            &format!(
                "SELECT {column} FROM saasdb_migrations WHERE version = '{}'",
                CORE[0]
            ),
        )
    };
    (query("state"), query("statement_at"))
}

#[track_caller]
fn assert_complete(db: &TestDb) {
    assert_eq!(applied(db), CORE);
    let clean = TestDb::new(Db::Mysql);
    run(&clean, "migrate up");
    assert_dump(&db.schema_dump(), &clean.schema_dump(), "in the end");
    let status = run(db, "status --format json").json();
    assert_eq!(status["drift"]["state"], "none", "{status}");
    assert!(status.get("problems").is_none(), "{status}");
    let states = db.rows("SELECT DISTINCT state, direction FROM saasdb_migrations");
    assert_eq!(states, [["applied", "up"]]);
}

#[test]
fn a_failure_is_recorded_shown_and_gone_on_from() {
    let db = stuck();
    assert_eq!(tables(&db), TABLES[..4]);
    assert_eq!(journal(&db), ("failed".to_owned(), "5".to_owned()));
    assert!(applied(&db).is_empty());
    let status = run(&db, "migrate status --format json").json();
    assert_eq!(status["migrations"][0]["state"], "dirty", "{status}");
    assert!(
        status["migrations"][0]["interrupted"]
            .as_str()
            .unwrap()
            .contains("statement 5"),
        "{status}"
    );
    let status = run(&db, "status");
    assert!(status.stdout.contains("half done"), "{status:?}");

    // Still in the way: the same again, nothing worse.
    saasdb(&db).call(["migrate", "up"]).code(1);
    assert_eq!(journal(&db), ("failed".to_owned(), "5".to_owned()));
    assert_eq!(tables(&db), TABLES[..4]);

    db.sql("INSERT INTO users (username, password) VALUES ('early', 'x')");
    clear(&db);
    run(&db, "migrate up");
    assert_eq!(one(&db, "SELECT username FROM users"), "early");
    assert_complete(&db);
}

#[test]
fn a_half_applied_migration_can_be_taken_back() {
    let db = stuck();
    run(&db, "migrate down --steps 1");
    assert!(tables(&db).is_empty(), "{:?}", tables(&db));
    assert!(applied(&db).is_empty());
    assert_eq!(one(&db, "SELECT count(*) FROM saasdb_migrations"), "0");
    clear(&db);
    // The tables that stood in the way are in the snapshot of the way down.
    run(&db, "migrate repair --accept-drift");
    run(&db, "migrate up");
    assert_complete(&db);
}

#[test]
fn rows_of_a_half_applied_migration_are_not_dropped_unasked() {
    let db = stuck();
    db.sql("INSERT INTO users (username, password) VALUES ('early', 'x')");
    let refusal = saasdb(&db)
        .call(["migrate", "down", "--steps", "1"])
        .code(6);
    assert!(refusal.stderr.contains("users"), "{refusal:?}");
    assert_eq!(tables(&db), TABLES[..4]);
    run(&db, "migrate down --steps 1 --yes");
    assert!(tables(&db).is_empty());
}

#[test]
fn fresh_cleans_up_a_half_applied_migration() {
    let db = stuck();
    clear(&db);
    run(&db, "migrate fresh --yes");
    assert_complete(&db);
}

/// A database as a crash at statement `at` leaves it: either before or after the server carried the
/// statement out.
fn crashed(at: usize, took_effect: bool) -> TestDb {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up --steps 1");
    let keep = if took_effect { at } else { at - 1 };
    for table in TABLES[keep..].iter().rev() {
        db.sql(&format!("DROP TABLE {table}"));
    }
    db.sql(&format!(
        "DELETE FROM seaql_migrations;
         UPDATE saasdb_migrations SET state = 'applying', statement_at = {at}, finished_at = NULL;
         DELETE FROM saasdb_meta WHERE name IN ('fingerprint', 'snapshot', 'snapshot_of');"
    ));
    db
}

#[test]
fn a_statement_in_doubt_is_run_again_or_passed_over() {
    for took_effect in [true, false] {
        for at in [1, 4, 7] {
            let db = crashed(at, took_effect);
            run(&db, "migrate up");
            assert_complete(&db);
        }
        let db = crashed(4, took_effect);
        run(&db, "migrate down --steps 1");
        assert!(tables(&db).is_empty() && applied(&db).is_empty());
    }
}

#[test]
fn a_statement_in_doubt_that_fails_for_another_reason_is_no_success() {
    // The server never carried out `CREATE TABLE campaigns`, and cannot now.
    let db = crashed(5, false);
    db.sql(
        "CREATE TABLE parents (id int PRIMARY KEY);
         CREATE TABLE mine (parent int,
           CONSTRAINT `campaigns_userId_fkey` FOREIGN KEY (parent) REFERENCES parents (id));",
    );
    saasdb(&db).call(["migrate", "up"]).code(1);
    assert!(applied(&db).is_empty());
    clear(&db);
    run(&db, "migrate up");
    assert_complete(&db);
}

#[test]
fn an_added_column_in_doubt_is_passed_over_both_ways() {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up");
    let last = CORE[12];
    let dirty = |state: &str, direction: &str| {
        db.sql(&format!(
            "DELETE FROM seaql_migrations WHERE version = '{last}';
             UPDATE saasdb_migrations SET state = '{state}', direction = '{direction}',
               statement_at = 1, finished_at = NULL WHERE version = '{last}';"
        ));
    };
    dirty("applying", "up");
    run(&db, "migrate up");
    assert_complete(&db);
    // Half reverted, with the column gone already.
    run(&db, "migrate down --steps 1");
    sql(
        &db,
        &format!(
            "INSERT INTO seaql_migrations VALUES ('{last}', 1);
             INSERT INTO saasdb_migrations (version, kind, state, direction, statement_at, started_at, applied_by)
               VALUES ('{last}', 'applied', 'reverting', 'down', 1, '2026-01-01T00:00:00.000Z', 'x@y')"
        ),
    );
    // `up` drops nothing that is left of it.
    saasdb(&db).call(["migrate", "up"]).code(6);
    run(&db, "migrate down --steps 1");
    assert_eq!(applied(&db), CORE[..12]);
    run(&db, "migrate up");
    assert_complete(&db);
}

#[test]
fn an_interrupted_migration_that_was_edited_in_between_is_refused() {
    let db = stuck();
    clear(&db);
    sql(
        &db,
        "UPDATE saasdb_migrations SET checksum = 'another' WHERE state = 'failed'",
    );
    for command in ["migrate up", "migrate up --to 20251010095900", "setup"] {
        let refusal = saasdb(&db).call(command.split(' ')).code(4);
        assert!(refusal.stderr.contains(CORE[0]), "{refusal:?}");
        assert_eq!(tables(&db), TABLES[..4]);
    }
    // Taken back, it can be applied as it is now.
    run(&db, "migrate down --steps 1");
    assert!(tables(&db).is_empty());
    run(&db, "migrate up");
    assert_complete(&db);
}

/// Guards src/engine/repair.rs, `settle`: with `done` recorded as `not-done`, or the other way round,
/// a table is made twice or not at all.
#[test]
fn what_was_in_flight_can_be_settled_by_hand() {
    for (took_effect, found) in [(true, "done"), (false, "not-done")] {
        let db = crashed(4, took_effect);
        let status = run(&db, "migrate status");
        assert!(
            status.stdout.contains("applying at statement 4 of 7"),
            "{status:?}"
        );
        let settled = saasdb(&db)
            .call(["migrate", "repair", "--in-flight", found])
            .success();
        assert!(settled.stdout.contains(CORE[0]), "{settled:?}");
        if took_effect {
            // Nothing is in doubt any more, so nobody looks at the catalogue.
            let number = "SELECT finished_at IS NOT NULL FROM saasdb_journal WHERE number = 4";
            assert_eq!(one(&db, number), "1");
        } else {
            assert_eq!(journal(&db), ("failed".to_owned(), "4".to_owned()));
        }
        run(&db, "migrate up");
        assert_complete(&db);
    }
    for db in [stuck(), TestDb::new(Db::Mysql)] {
        if !db.rows("SHOW TABLES").is_empty() {
            clear(&db);
        } else {
            run(&db, "migrate up --steps 1");
        }
        let before = db.rows("SELECT * FROM saasdb_migrations");
        let refusal = saasdb(&db)
            .call(["migrate", "repair", "--in-flight", "done"])
            .code(6);
        assert!(
            refusal.stderr.contains("no statement is in doubt"),
            "{refusal:?}"
        );
        assert_eq!(db.rows("SELECT * FROM saasdb_migrations"), before);
    }
}

#[test]
fn a_dirty_migration_is_shown_with_the_statement_it_stopped_at() {
    let db = crashed(4, false);
    for (name, command) in [
        ("dirty_status", "status"),
        ("dirty_versions", "migrate status"),
        ("dirty_check", "check history"),
    ] {
        let shown = saasdb(&db).call(command.split(' '));
        insta::assert_snapshot!(name, shown.snapshot_text());
    }
}

#[test]
fn seeding_and_adopting_wait_for_a_half_done_migration() {
    let db = stuck();
    saasdb(&db).call(["seed"]).code(3);
    saasdb(&db)
        .call(["migrate", "baseline", "--to", "20251010095900"])
        .code(6);
    assert_eq!(tables(&db), TABLES[..4]);
}
