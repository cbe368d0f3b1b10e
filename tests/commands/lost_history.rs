//! History tables that do not agree: lost, emptied, restored from an older or newer copy, edited. From every
//! pair of states the commands that the messages name lead out.

use std::fs;

use super::{count, file, migrated, on, run};
use crate::support::{Db, TestDb};

/// A table and what happened to it.
type State = (&'static str, &'static str, &'static str);

const LAST: &str = "20251010100011";

/// The states that a table can be in, with the statements that lead there. `{now}` is a time.
const STATES: &[State] = &[
    ("seaql", "missing", "DROP TABLE seaql_migrations"),
    ("seaql", "empty", "DELETE FROM seaql_migrations"),
    (
        "seaql",
        "older",
        "DELETE FROM seaql_migrations WHERE version > 'm20251010_100008_z'",
    ),
    (
        "seaql",
        "newer",
        "INSERT INTO seaql_migrations VALUES ('m20300101_000000_mine', 1)",
    ),
    (
        "seaql",
        "edited",
        "UPDATE seaql_migrations SET version = 'm20251010_100004_other', applied_at = -5 \
         WHERE version LIKE 'm20251010_100004%'",
    ),
    ("companion", "missing", "DROP TABLE saasdb_migrations"),
    ("companion", "empty", "DELETE FROM saasdb_migrations"),
    (
        "companion",
        "older",
        "DELETE FROM saasdb_migrations WHERE version > 'm20251010_100008_z'",
    ),
    (
        "companion",
        "newer",
        "INSERT INTO saasdb_migrations (version, kind, state, direction, started_at) \
         VALUES ('m20300101_000000_mine', 'applied', 'applied', 'up', '2030-01-01T00:00:00Z')",
    ),
    (
        "companion",
        "edited",
        "UPDATE saasdb_migrations SET state = 'done' WHERE version LIKE 'm20251010_100003%'; \
         UPDATE saasdb_migrations SET checksum = 'x' WHERE version LIKE 'm20251010_100005%'",
    ),
    ("meta", "missing", "DROP TABLE saasdb_meta"),
    ("meta", "empty", "DELETE FROM saasdb_meta"),
    (
        "meta",
        "older",
        "UPDATE saasdb_meta SET value = 'm20251010_095900_create_app_tables' WHERE name = 'snapshot_of'",
    ),
    (
        "meta",
        "newer",
        "INSERT INTO saasdb_meta VALUES ('what is this', 'x', 'then')",
    ),
    (
        "meta",
        "edited",
        "UPDATE saasdb_meta SET value = '{' WHERE name IN ('snapshot', 'seed_anchor', 'fingerprint'); \
         UPDATE saasdb_meta SET value = 'telecom' WHERE name = 'schema_set'",
    ),
    ("journal", "missing", "DROP TABLE saasdb_journal"),
    ("journal", "empty", "DELETE FROM saasdb_journal"),
    (
        "journal",
        "older",
        "DELETE FROM saasdb_journal WHERE number > 1",
    ),
    (
        "journal",
        "newer",
        "INSERT INTO saasdb_journal (version, number, direction, hash, intent, started_at) \
         VALUES ('m20300101_000000_mine', 1, 'up', 'x', 'x', 'then')",
    ),
    (
        "journal",
        "edited",
        "INSERT INTO saasdb_journal (version, number, direction, hash, intent, started_at) \
         VALUES ('m20251010_100003_x', 7, 'sideways', 'x', 'x', 'then')",
    ),
    ("seeds", "missing", "DROP TABLE saasdb_seeds"),
    ("seeds", "empty", "DELETE FROM saasdb_seeds"),
    (
        "seeds",
        "older",
        "DELETE FROM saasdb_seeds WHERE table_name = 'subscription_plans'",
    ),
    (
        "seeds",
        "newer",
        "UPDATE saasdb_seeds SET seeder = 'nobody' WHERE table_name = 'subscription_plans'",
    ),
    ("seeds", "edited", "UPDATE saasdb_seeds SET written = '{'"),
];

/// A database with rows of the user's, and all history tables.
fn filled(kind: Db) -> TestDb {
    let db = migrated(kind);
    run(&db, "seed --env dev").success();
    db.sql("CREATE TABLE mine (id integer)");
    db.sql("INSERT INTO mine VALUES (1), (2), (3)");
    super::add_user(&db, "somebody");
    // Where migrations are transactions nothing makes it, but a restored copy may have it.
    let _ = db.try_sql(
        "CREATE TABLE saasdb_journal (version varchar(255) NOT NULL, number integer NOT NULL, direction varchar(16) \
         NOT NULL, hash varchar(64) NOT NULL, intent varchar(255) NOT NULL, found text, started_at varchar(32) NOT \
         NULL, finished_at varchar(32), PRIMARY KEY (version, number))",
    );
    db
}

/// Does what the messages say until the history is in order, and says what was called.
fn follow(db: &TestDb, what: &str) {
    let mut called = Vec::new();
    let mut line = "migrate up".to_owned();
    run(db, "status");
    for _ in 0..9 {
        let output = run(db, &line);
        let up = line == "migrate up";
        called.push(line);
        line = "migrate up".to_owned();
        if output.code == 0 {
            if up && run(db, "migrate status --exit-code").code == 0 {
                return;
            }
            continue;
        }
        let mut hints = output
            .stderr
            .lines()
            .filter(|line| line.starts_with("hint:"));
        let hint = hints
            .next()
            .unwrap_or_else(|| panic!("{what}: {called:?}: no hint\n{}", output.stderr));
        let mut commands = hint
            .split('`')
            .filter_map(|part| part.strip_prefix("saasdb "));
        let command = commands
            .next()
            .unwrap_or_else(|| panic!("{what}: {called:?}: {hint}"));
        command.clone_into(&mut line);
    }
    panic!("{what}: still stuck after {called:?}");
}

fn rows(db: &TestDb) -> [usize; 3] {
    ["mine", "users", "subscription_plans"].map(|table| count(db, table))
}

#[test]
fn from_every_pair_of_states_of_the_history_the_hints_lead_out() {
    pairs_on_sqlite(|table| !["journal", "seeds"].contains(&table));
}

#[test]
fn from_every_pair_with_journal_or_ledger_the_hints_lead_out() {
    pairs_on_sqlite(|table| ["journal", "seeds"].contains(&table));
}

/// Tries all pairs of states of different tables, the second of which is one of those.
fn pairs_on_sqlite(second: impl Fn(&str) -> bool) {
    let template = filled(Db::Sqlite);
    let before = rows(&template);
    for (i, a) in STATES.iter().enumerate() {
        for b in STATES[i + 1..].iter().filter(|b| b.0 != a.0 && second(b.0)) {
            let db = TestDb::missing(Db::Sqlite);
            fs::copy(file(&template), file(&db)).expect("copied");
            let what = format!("{} {}, {} {}", a.0, a.1, b.0, b.1);
            db.sql(a.2);
            db.sql(b.2);
            follow(&db, &what);
            assert_eq!(rows(&db), before, "{what}");
        }
    }
}

#[test]
fn from_states_on_servers_the_hints_lead_out() {
    let pairs = [
        ("seaql", "companion"),
        ("seaql", "meta"),
        ("companion", "journal"),
        ("meta", "seeds"),
    ];
    for kind in [Db::Postgres, Db::Mysql] {
        for (n, (first, second)) in pairs.into_iter().enumerate() {
            let of = |table: &str, at: usize| {
                *STATES
                    .iter()
                    .filter(|s| s.0 == table)
                    .nth(at % 5)
                    .expect("five")
            };
            for at in [n, n + 2] {
                let (a, b) = (of(first, at), of(second, at + 1));
                let db = filled(kind);
                let before = rows(&db);
                let what = format!("{kind:?}: {} {}, {} {}", a.0, a.1, b.0, b.1);
                db.sql(a.2);
                db.sql(b.2);
                follow(&db, &what);
                assert_eq!(rows(&db), before, "{what}");
            }
        }
    }
}

#[test]
fn lost_rows_come_back_as_they_were_recorded() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        db.sql("CREATE INDEX by_hand ON users (name)");
        db.sql("DELETE FROM seaql_migrations");
        let refused = run(db, "migrate up").code(6);
        let command = format!("migrate baseline --to {LAST}");
        assert!(refused.stderr.contains(&command), "{}", refused.stderr);
        let restored = run(db, &command).success();
        assert_eq!(
            restored.stdout.matches("restored").count(),
            13,
            "{}",
            restored.stdout
        );
        run(db, "migrate status --exit-code").success();
        // They are no adopted ones: what saasdb made it can revert. And drift was not forgotten.
        let drift = run(db, "check drift").code(4);
        assert!(drift.stdout.contains("by_hand"), "{}", drift.stdout);
        run(db, "migrate down --steps 1 --yes").success();
    });
}

#[test]
fn the_last_row_that_was_lost_is_not_applied_again() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        for (name, _) in [("m20251010_100011", 1), ("m20251010_100010", 2)] {
            db.sql(&format!(
                "DELETE FROM seaql_migrations WHERE version LIKE '{name}%'"
            ));
            let refused = run(db, "migrate up").code(6);
            assert!(
                refused.stderr.contains("migrate baseline --to"),
                "{}",
                refused.stderr
            );
        }
        run(db, &format!("migrate baseline --to {LAST}")).success();
        run(db, "migrate status --exit-code").success();
    });
}

#[test]
fn a_version_is_forgotten_only_when_told_and_only_when_gone() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        run(db, &format!("migrate repair --forget {LAST} --yes")).code(6);
        for table in [
            "seaql_migrations (version, applied_at) VALUES ('m20300101_000000_new', 1)",
            "saasdb_migrations (version, kind, state, direction, started_at) \
             VALUES ('m20300101_000000_new', 'applied', 'applied', 'up', 'then')",
        ] {
            db.sql(&format!("INSERT INTO {table}"));
        }
        let stopped = run(db, "migrate up").code(4);
        assert!(
            stopped.stderr.contains("--forget m20300101_000000_new"),
            "{}",
            stopped.stderr
        );
        run(db, "migrate repair --forget 20300101").code(6);
        run(db, "migrate repair --forget 20300101 --yes").success();
        run(db, "migrate status --exit-code").success();
        assert!(
            run(db, "status")
                .success()
                .stdout
                .contains("Drift        none")
        );
        on(db)
            .env("SAASDB_ENV", "production")
            .call(["migrate", "repair", "--forget", "2025"])
            .code(2);
    });
}
