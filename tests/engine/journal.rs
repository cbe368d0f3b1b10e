//! The journal: whichever statement was in flight when a run was killed, the next run finds out
//! whether it took effect, and goes on.

use std::time::{Duration, Instant};

use saasdb::dialect::{Names, Target};
use saasdb::engine::apply::{Observer, Span};
use saasdb::engine::guard::{Consent, Verdict};
use saasdb::engine::losses::Loss;
use saasdb::engine::operate::{self, Asker, Context};
use saasdb::engine::plan::{DownTarget, UpTarget};
use saasdb::engine::{Database, Direction, Error, Interrupt, Open, Source, migration};
use sea_orm_migration::async_trait::async_trait;

use super::verify::{ONE, limits, source, sql};
use crate::sets::tools::{assert_dump, block_on, eventually, one};
use crate::support::{Db, TestDb};

struct Agreed;

impl Observer for Agreed {}

#[async_trait]
impl Asker for Agreed {
    fn show(&self, _what: &str, _losses: &[Loss], _needed: bool) {}
    async fn ask(&self, _verdict: &Verdict, _name: &str) -> bool {
        true
    }
}

/// Runs all of a source up or down.
fn go(db: &TestDb, source: &Source, direction: Direction) -> Result<usize, Error> {
    let target = Target::parse(db.url()).expect("a URL");
    let limits = limits();
    let consent = Consent {
        yes: true,
        ..Consent::default()
    };
    let cx = Context {
        source,
        environment: None,
        span: Span::Migration,
        consent: &consent,
        asker: &Agreed,
        observer: &Agreed,
    };
    block_on(async {
        let interrupt = Interrupt::default();
        let mut db = Database::open(&target, Open::Create, "test", &limits, &interrupt).await?;
        let done = match direction {
            Direction::Up => operate::up(&mut db, &cx, &UpTarget::All, false).await,
            Direction::Down => {
                let again = operate::Again::No;
                operate::down(&mut db, &cx, "down", &DownTarget::All, again).await
            }
        };
        db.close().await;
        done.map(|done| done.len())
    })
}

const BEFORE: [&str; 3] = [
    "CREATE TABLE parents (id int PRIMARY KEY, n int NOT NULL DEFAULT 0)",
    "CREATE TABLE old_name (id int PRIMARY KEY, a int, b varchar(10), KEY old_key (a), KEY both_ways (a))",
    "INSERT INTO parents (id, n) VALUES (1, 1), (2, 5)",
];

/// One of each kind of statement that takes effect at once on MySQL.
const UP: [&str; 17] = [
    "CREATE TABLE children (id int PRIMARY KEY, parent int)",
    "CREATE INDEX children_parent ON children (parent)",
    "ALTER TABLE children ADD COLUMN c int, ADD COLUMN d enum('x','y') DEFAULT 'x', ADD UNIQUE KEY c_key (c)",
    "ALTER TABLE children ADD CONSTRAINT parent_fkey FOREIGN KEY (parent) REFERENCES parents (id)",
    "ALTER TABLE children ADD CONSTRAINT c_check CHECK (c > 0)",
    "ALTER TABLE children MODIFY COLUMN c bigint NOT NULL, COMMENT = 'of parents'",
    "ALTER TABLE old_name CHANGE b label varchar(20)",
    "ALTER TABLE old_name RENAME COLUMN a TO number",
    "ALTER TABLE old_name DROP KEY both_ways, ADD KEY both_ways (label)",
    "ALTER TABLE old_name DROP KEY old_key, DROP PRIMARY KEY",
    "RENAME TABLE old_name TO new_name",
    "UPDATE parents SET n = n + 1",
    "CREATE TRIGGER counted AFTER INSERT ON children FOR EACH ROW BEGIN UPDATE parents SET n = n + 1 WHERE id = NEW.parent; SET @seen = 1; END",
    "CREATE VIEW both_tables AS SELECT p.id, c.c FROM parents p JOIN children c ON c.parent = p.id",
    "CREATE PROCEDURE tidy() UPDATE parents SET n = 0",
    "INSERT INTO children (id, parent, c) VALUES (1, 1, 7)",
    "DROP VIEW both_tables",
];

const DOWN: [&str; 7] = [
    "DROP PROCEDURE tidy",
    "DROP TRIGGER counted",
    "DROP TABLE children, new_name",
    "CREATE TABLE old_name (id int PRIMARY KEY, a int, b varchar(10), KEY old_key (a), KEY both_ways (a))",
    "UPDATE parents SET n = n * 2",
    "ALTER TABLE parents ALTER COLUMN n SET DEFAULT 3",
    "ALTER TABLE parents ALTER COLUMN n SET DEFAULT 0",
];

/// A database before the migration.
fn prepared(kind: Db, before: &[&str]) -> TestDb {
    let db = TestDb::new(kind);
    for statement in before {
        db.sql(statement);
    }
    db
}

/// What is there in the end: schema and rows.
fn all(db: &TestDb) -> (String, Vec<Vec<String>>) {
    let mut rows = db.rows("SELECT id, n FROM parents ORDER BY id");
    let children = "SELECT count(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'children'";
    if one(db, children) == "1" {
        rows.extend(db.rows("SELECT id, c FROM children"));
    }
    (db.schema_dump(), rows)
}

/// Writes into the books what a run leaves that was killed at statement `at` (from 1), before the
/// server carried it out, and returns that statement.
fn killed(db: &TestDb, source: &Source, direction: Direction, at: usize) -> String {
    let migration = &source.migrations[0];
    let statements = migration.statements(direction);
    let d = source.backend.dialect();
    let word = direction.word();
    let rows = |s: &str| s.starts_with("INSERT") || s.starts_with("UPDATE");
    let mut session = db.session();
    for (i, statement) in statements.iter().enumerate().take(at) {
        let number = i + 1;
        if number < at {
            session.sql(statement);
        } else if rows(statement) {
            // Its entry is in the same transaction, so there is none.
            break;
        }
        let names = Names::of(statement);
        let found = d
            .in_flight()
            .description(&names)
            .filter(|_| !rows(statement));
        let finished = if number < at { "'now'" } else { "NULL" };
        session.sql(&format!(
            "INSERT INTO saasdb_journal (version, number, direction, hash, intent, found, started_at, finished_at) \
             SELECT '{ONE}', {number}, '{word}', '{}', 'x', {}, 'now', {finished}",
            migration::checksum(std::slice::from_ref(statement)),
            found.unwrap_or_else(|| "NULL".to_owned()),
        ));
        session.sql(&format!(
            "UPDATE saasdb_migrations SET statement_at = {number}"
        ));
    }
    session.close();
    statements[at - 1].clone()
}

/// The books after the first statement of the run, before anything else.
fn begun(db: &TestDb, source: &Source, direction: Direction) {
    if direction == Direction::Up {
        // A migration of that name which does nothing makes the tables of the books.
        let set = match db.kind() {
            Db::Postgres => ["SET a.nothing = 1"],
            _ => ["SET @nothing = 1"],
        };
        let mut nothing = self::source(db.kind(), vec![sql(ONE, &set, &set)]);
        nothing.migrations[0].outside_transaction = source.migrations[0].outside_transaction;
        go(db, &nothing, Direction::Up).expect("runs");
        db.sql(&format!(
            "DELETE FROM seaql_migrations; DELETE FROM saasdb_journal;
             DELETE FROM saasdb_meta WHERE name LIKE '%snapshot%' OR name = 'fingerprint';
             UPDATE saasdb_migrations SET state = 'applying', checksum = '{}', statement_at = 0, finished_at = NULL",
            source.migrations[0].checksum
        ));
    } else {
        go(db, source, Direction::Up).expect("runs");
        db.sql(
            "UPDATE saasdb_migrations SET state = 'reverting', direction = 'down', statement_at = 0",
        );
    }
}

/// Guards src/engine/in_doubt.rs, `decide`: with `Again` for everything in doubt what took effect is
/// made twice, and refused.
#[test]
fn each_statement_on_mysql_takes_effect_once_wherever_a_run_is_killed() {
    for (direction, count) in [(Direction::Up, UP.len()), (Direction::Down, DOWN.len())] {
        let own = || source(Db::Mysql, vec![sql(ONE, &UP, &DOWN)]);
        let clean = prepared(Db::Mysql, &BEFORE);
        go(&clean, &own(), Direction::Up).expect("runs");
        if direction == Direction::Down {
            go(&clean, &own(), Direction::Down).expect("runs");
        }
        let expected = all(&clean);
        for at in 1..=count {
            for took_effect in [false, true] {
                let db = prepared(Db::Mysql, &BEFORE);
                let source = own();
                begun(&db, &source, direction);
                let statement = killed(&db, &source, direction, at);
                let changes_rows =
                    statement.starts_with("INSERT") || statement.starts_with("UPDATE");
                match (took_effect, changes_rows) {
                    (true, true) => continue,
                    (true, false) => db.sql(&statement),
                    (false, _) => {}
                }
                let done = go(&db, &source, direction);
                let what = format!("{direction:?} {at}, took effect: {took_effect}: {statement}");
                assert_eq!(done.unwrap_or_else(|e| panic!("{what}: {e}")), 1, "{what}");
                let found = all(&db);
                assert_dump(&found.0, &expected.0, &what);
                assert_eq!(found.1, expected.1, "{what}");
                assert_eq!(one(&db, "SELECT count(*) FROM saasdb_journal"), "0");
            }
        }
    }
}

/// Guards src/engine/in_doubt.rs, the `lost` of `Verdict::Done`: without it the key stays away. MariaDB
/// that is killed while a copy of the table waits to take its place comes back like this.
#[test]
fn a_foreign_key_that_the_server_lost_in_a_crash_is_restored() {
    let own = || source(Db::Mysql, vec![sql(ONE, &UP, &DOWN)]);
    let clean = prepared(Db::Mysql, &BEFORE);
    go(&clean, &own(), Direction::Up).expect("runs");
    let db = prepared(Db::Mysql, &BEFORE);
    begun(&db, &own(), Direction::Up);
    let statement = killed(&db, &own(), Direction::Up, 5);
    assert!(statement.contains("c_check"), "{statement}");
    db.sql(&statement);
    db.sql("ALTER TABLE children DROP FOREIGN KEY parent_fkey");
    go(&db, &own(), Direction::Up).expect("goes on");
    assert_dump(&all(&db).0, &all(&clean).0, "with the key");
}

/// Guards src/engine/stepwise.rs, `one`: outside of a transaction with its entry the UPDATE stays, and
/// the next run cannot tell.
#[test]
fn rows_and_the_word_that_they_changed_are_one() {
    let db = prepared(Db::Mysql, &BEFORE);
    let own = || source(Db::Mysql, vec![sql(ONE, &[UP[11]], &["SET @nothing = 1"])]);
    begun(&db, &own(), Direction::Up);
    // The connection breaks when the rows are changed and their entry is not. A run refuses a history
    // table with a trigger, so that comes when it has looked, and waits for a row.
    let mut holder = db.session();
    holder.sql("BEGIN");
    holder.sql("SELECT * FROM saasdb_migrations FOR UPDATE");
    std::thread::scope(|scope| {
        let run = scope.spawn(|| go(&db, &own(), Direction::Up));
        let waits = "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() \
                     AND ID <> CONNECTION_ID() AND INFO LIKE 'UPDATE saasdb_migrations%'";
        eventually(Duration::from_secs(30), "it waits", || {
            !db.rows(waits).is_empty()
        });
        db.sql(
            "CREATE TRIGGER slow BEFORE UPDATE ON saasdb_journal FOR EACH ROW
               BEGIN IF NEW.intent LIKE '%UPDATE parents%' THEN DO SLEEP(60); END IF; END",
        );
        holder.sql("ROLLBACK");
        let asleep = "SELECT ID FROM information_schema.PROCESSLIST \
                      WHERE DB = DATABASE() AND STATE = 'User sleep'";
        let deadline = Instant::now() + Duration::from_secs(30);
        let id = loop {
            if let Some(row) = db.rows(asleep).first() {
                break row[0].clone();
            }
            assert!(Instant::now() < deadline, "nobody sleeps");
        };
        db.sql(&format!("KILL {id}"));
        let failure = run
            .join()
            .expect("joins")
            .expect_err("the connection broke");
        assert_eq!(failure.exit as u8, 1, "{failure}");
    });
    db.sql("DROP TRIGGER slow");
    go(&db, &own(), Direction::Up).expect("goes on");
    assert_eq!(all(&db).1, [["1", "2"], ["2", "6"]]);
}

/// Guards src/engine/journal.rs, `verify`: the checksum covers `up` only, so without it an edited
/// `down` would go on in the middle of something else.
#[test]
fn a_way_down_that_was_edited_in_between_is_refused() {
    let own = |down: &[&str]| source(Db::Mysql, vec![sql(ONE, &UP, down)]);
    let db = prepared(Db::Mysql, &BEFORE);
    begun(&db, &own(&DOWN), Direction::Down);
    killed(&db, &own(&DOWN), Direction::Down, 3);
    let before = all(&db);
    let mut edited = DOWN;
    edited[0] = "DROP PROCEDURE IF EXISTS tidy";
    let refusal = go(&db, &own(&edited), Direction::Down).expect_err("edited");
    assert_eq!(refusal.exit as u8, 4, "{refusal}");
    assert!(
        refusal
            .to_string()
            .contains("edited while it was half done")
    );
    assert_eq!(all(&db), before);
    go(&db, &own(&DOWN), Direction::Down).expect("goes on");
}

/// Guards src/engine/journal.rs, `Kind::of`: what is taken for harmless would run twice.
#[test]
fn what_nothing_tells_about_stops_with_two_ways_to_go_on() {
    let up = ["CREATE TABLE marks (n int)", "CALL mark()"];
    let procedure = "CREATE PROCEDURE mark() INSERT INTO marks VALUES (1)";
    let own = || source(Db::Mysql, vec![sql(ONE, &up, &["DROP TABLE marks"])]);
    let db = prepared(Db::Mysql, &[procedure]);
    begun(&db, &own(), Direction::Up);
    killed(&db, &own(), Direction::Up, 2);
    let refusal = go(&db, &own(), Direction::Up).expect_err("in doubt");
    assert_eq!(refusal.exit as u8, 6, "{refusal}");
    assert!(refusal.message.contains("statement 2 of 2"), "{refusal}");
    let hint = refusal.hint.clone().unwrap_or_default();
    assert!(
        hint.contains("--in-flight done") && hint.contains("--in-flight not-done"),
        "{hint}"
    );
    assert_eq!(one(&db, "SELECT count(*) FROM marks"), "0");
}

/// Guards src/dialect/in_flight.rs, `torn`: without it the second try says that the index is there
/// already, and leaves the useless one.
#[test]
fn an_index_that_was_cut_short_on_postgresql_is_made_anew() {
    let up = ["CREATE UNIQUE INDEX CONCURRENTLY names_key ON names (name)"];
    let own = |all: &[&str]| {
        let mut source = source(
            Db::Postgres,
            vec![sql(ONE, all, &["DROP INDEX CONCURRENTLY names_key"])],
        );
        source.migrations[0].outside_transaction = true;
        source
    };
    let table = "CREATE TABLE names (name text); INSERT INTO names VALUES ('a'), ('a')";
    let valid = "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'names_key'::regclass";
    for state in ["failed", "applying"] {
        let db = prepared(Db::Postgres, &[table]);
        let failure = go(&db, &own(&up), Direction::Up).expect_err("twice the same name");
        assert_eq!(failure.exit as u8, 1, "{failure}");
        assert_eq!(one(&db, valid), "false");
        db.sql(&format!(
            "DELETE FROM names WHERE ctid = (SELECT min(ctid) FROM names);
             UPDATE saasdb_migrations SET state = '{state}', error = NULL"
        ));
        go(&db, &own(&up), Direction::Up).expect("made anew");
        assert_eq!(one(&db, valid), "true", "{state}");
        go(&db, &own(&up), Direction::Down).expect("dropped");
        assert_eq!(one(&db, "SELECT count(*) FROM saasdb_journal"), "0");
    }
    // The others go on as on MySQL.
    let up = [
        "CREATE TYPE mood AS ENUM ('a')",
        "ALTER TYPE mood ADD VALUE 'b'",
        "UPDATE names SET name = name || '!'",
        "CREATE INDEX CONCURRENTLY names_idx ON names (name)",
    ];
    let clean = prepared(Db::Postgres, &[table]);
    go(&clean, &own(&up), Direction::Up).expect("runs");
    for at in 1..=up.len() {
        let db = prepared(Db::Postgres, &[table]);
        begun(&db, &own(&up), Direction::Up);
        let statement = killed(&db, &own(&up), Direction::Up, at);
        if !statement.starts_with("UPDATE") {
            db.sql(&statement);
        }
        go(&db, &own(&up), Direction::Up).unwrap_or_else(|e| panic!("{statement}: {e}"));
        assert_dump(&db.schema_dump(), &clean.schema_dump(), &statement);
        assert_eq!(one(&db, "SELECT min(name) FROM names"), "a!", "{statement}");
    }
}
