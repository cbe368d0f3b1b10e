//! `--schema`: a set, its history and its lock in a PostgreSQL schema of their own, beside others
//! in the same database.

mod company;
mod missing;

use std::time::Duration;

use crate::sets::tools::{CORE, assert_dump, column, eventually, one, run, saasdb};
use crate::support::{Db, Output, Running, Saasdb, Session, TestDb};

/// The program on a schema of that database.
fn within(db: &TestDb, schema: &str) -> Saasdb {
    saasdb(db).env("SAASDB_SCHEMA", schema)
}

/// Runs `saasdb` with the words of `command` on a schema, which has to succeed.
#[track_caller]
fn work(db: &TestDb, schema: &str, command: &str) -> Output {
    within(db, schema)
        .call(command.split_whitespace())
        .success()
}

/// A name as SQL has it.
fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The applied versions in a schema.
#[track_caller]
fn applied(db: &TestDb, schema: &str) -> Vec<String> {
    let schema = ident(schema);
    column(
        db,
        &format!("SELECT version FROM {schema}.seaql_migrations ORDER BY version"),
    )
}

/// All schemas that are not the server's own, but `public`.
#[track_caller]
fn schemas(db: &TestDb) -> Vec<String> {
    column(
        db,
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' \
         AND nspname NOT IN ('information_schema', 'public') ORDER BY nspname",
    )
}

/// The relations of a schema.
#[track_caller]
fn relations(db: &TestDb, schema: &str) -> Vec<String> {
    let schema = schema.replace('\'', "''");
    column(
        db,
        &format!(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'S') AND relnamespace = \
             (SELECT oid FROM pg_namespace WHERE nspname = '{schema}') ORDER BY relname"
        ),
    )
}

/// Every row of every table of a schema.
#[track_caller]
fn contents(db: &TestDb, schema: &str) -> String {
    let mut out = String::new();
    let mut session = db.session();
    let tables = session.rows(&format!(
        "SELECT tablename FROM pg_tables WHERE schemaname = '{schema}' ORDER BY 1"
    ));
    for table in tables {
        let name = format!("{}.{}", ident(schema), ident(&table[0]));
        let mut rows = session.rows(&format!("SELECT t::text FROM {name} t"));
        rows.sort();
        out.push_str(&format!("{name}: {rows:?}\n"));
    }
    session.close();
    out
}

/// The whole JSON of `status` on a schema.
#[track_caller]
fn status(db: &TestDb, schema: &str) -> serde_json::Value {
    work(db, schema, "status --format json").json()
}

/// What only looks, and ends well on an empty database.
const LOOKS: [&str; 9] = [
    "status",
    "status --format json",
    "migrate status",
    "migrate plan",
    "migrate up --dry-run",
    "migrate down --all --dry-run",
    "migrate fresh --dry-run",
    "seed status",
    "seed undo --dry-run",
];

/// The dump of a database whose only schema beside `public` is `name`, as if all were in `public`.
fn as_public(dump: &str, name: &str) -> String {
    dump.lines()
        .filter(|line| !line.starts_with("CREATE SCHEMA"))
        .map(|line| line.replace(&format!("{name}."), "public.") + "\n")
        .collect()
}

#[test]
fn two_copies_live_side_by_side_and_work_at_once() {
    let db = TestDb::new(Db::Postgres);
    std::thread::scope(|scope| {
        for name in ["blue", "green"] {
            let db = &db;
            scope.spawn(move || {
                let setup = work(db, name, "setup --lock-timeout 0s");
                assert!(setup.stderr.contains(&format!("created schema {name}")));
                work(db, name, "migrate refresh --lock-timeout 0s");
                assert!(applied(db, name).iter().eq(CORE));
                work(db, name, "migrate down --all --lock-timeout 0s");
                work(db, name, "migrate fresh --lock-timeout 0s");
                work(db, name, "seed --lock-timeout 0s");
            });
        }
    });
    assert_eq!(schemas(&db), ["blue", "green"]);
    assert_eq!(relations(&db, "public"), [""; 0]);
    for name in ["blue", "green"] {
        let status = status(&db, name);
        assert_eq!(status["schema"], name);
        assert_eq!(
            (&status["applied"], &status["pending"]),
            (&13.into(), &0.into())
        );
        assert_eq!(status["drift"]["state"], "none", "{status}");
        for seeder in status["seeds"].as_array().unwrap() {
            assert_eq!(seeder["rows"], seeder["seeded"], "{seeder}");
        }
    }
    // What happens to one does not happen to the other.
    let green = contents(&db, "green");
    work(&db, "blue", "seed undo");
    work(&db, "blue", "migrate down --steps 4");
    db.sql("INSERT INTO blue.users (username, password) VALUES ('me', 'x')");
    within(&db, "blue").call(["migrate", "reset"]).code(6);
    work(&db, "blue", "migrate reset --yes");
    assert_eq!(contents(&db, "green"), green);
    assert_eq!(relations(&db, "public"), [""; 0]);
}

#[test]
fn a_schema_holds_exactly_what_a_database_would() {
    let (db, other) = (TestDb::new(Db::Postgres), TestDb::new(Db::Postgres));
    run(&other, "setup");
    work(&db, "blue", "setup");
    let found = as_public(&db.full_schema_dump(), "blue");
    assert_dump(&found, &other.full_schema_dump(), "in a schema");
}

/// A run of `migrate up` that is stuck in the middle, holding the lock, until the session ends.
fn stuck(db: &TestDb, call: &Saasdb, schema: &str) -> (Session, Running) {
    call.call(["migrate", "up", "--steps", "6"]).success();
    let mut session = db.session();
    session.sql(&format!("BEGIN; LOCK TABLE {schema}.users IN SHARE MODE"));
    let mut run = call
        .clone()
        .env("SAASDB_DDL_RETRY_FOR", "50s")
        .args(["migrate", "up"])
        .spawn();
    eventually(Duration::from_secs(20), "the run holds the lock", || {
        assert!(run.is_running(), "{}", run.stderr());
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND \
             database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        one(db, locks) != "0"
    });
    (session, run)
}

#[test]
fn each_schema_has_a_lock_of_its_own() {
    let db = TestDb::new(Db::Postgres);
    let (mut session, held) = stuck(&db, &within(&db, "blue"), "blue");
    work(&db, "green", "setup --lock-timeout 0s");
    run(&db, "migrate up --lock-timeout 0s");
    let refusal = within(&db, "blue")
        .call(["migrate", "up", "--lock-timeout", "300ms"])
        .code(5);
    for word in [&format!("pid {}", held.pid()), "schema: blue"] {
        assert!(refusal.stderr.contains(word), "{word}: {refusal:?}");
    }
    session.sql("ROLLBACK");
    held.wait().success();
}

#[test]
fn public_has_one_lock_whether_it_is_named_or_not() {
    for named in [true, false] {
        let db = TestDb::new(Db::Postgres);
        let calls = [saasdb(&db), within(&db, "public")];
        let (holder, other) = match named {
            true => (&calls[1], &calls[0]),
            false => (&calls[0], &calls[1]),
        };
        let (mut session, held) = stuck(&db, holder, "public");
        let refusal = other
            .call(["migrate", "up", "--lock-timeout", "300ms"])
            .code(5);
        assert!(refusal.stderr.contains(&format!("pid {}", held.pid())));
        session.sql("ROLLBACK");
        held.wait().success();
        let again = other.call(["migrate", "up"]).success();
        assert!(again.stdout.contains("nothing to do"), "{again:?}");
    }
}

#[test]
fn names_may_be_anything_that_postgresql_takes() {
    let longest = "ä".repeat(31) + "x";
    let names = [
        "my schema",
        " ",
        "UPPER",
        "Größe",
        "say \"hi\"",
        "it's",
        r"back\slash\",
        r"\ \",
        "a,b",
        "a.b",
        "x=y; DROP TABLE users; --",
        "--help",
        "$1 %s {}",
        "select",
        "🦀",
        "PG_upper",
        &longest,
    ];
    let db = TestDb::new(Db::Postgres);
    for name in names {
        work(&db, name, "migrate up");
        work(&db, name, "seed --only subscription-plans");
        work(&db, name, "migrate redo");
        let status = status(&db, name);
        assert_eq!(status["schema"], name);
        assert_eq!(status["drift"]["state"], "none", "{name}: {status}");
        let versions = work(&db, name, "migrate status");
        assert!(
            versions
                .stdout
                .contains(&format!(", schema {name}: 13 applied"))
        );
        let plans = format!("SELECT count(*) FROM {}.subscription_plans", ident(name));
        assert_eq!(one(&db, &plans), "4", "{name}");
        assert!(applied(&db, name).iter().eq(CORE), "{name}");
    }
    let mut sorted: Vec<String> = names.map(str::to_owned).into();
    let mut found = schemas(&db);
    sorted.sort();
    found.sort();
    assert_eq!(found, sorted);
    assert_eq!(relations(&db, "public"), [""; 0]);
    for name in names {
        work(&db, name, "migrate down --all");
    }
}

#[test]
fn the_choice_beats_what_the_url_and_the_role_say() {
    let db = TestDb::new(Db::Postgres);
    db.sql(&format!(
        "CREATE SCHEMA other; ALTER DATABASE {} SET search_path TO other, public",
        db.name()
    ));
    let url = format!("{}?options=-csearch_path%3Dother", db.url());
    let call = within(&db, "blue").env("DATABASE_URL", url);
    call.call(["setup"]).success();
    assert!(applied(&db, "blue").iter().eq(CORE));
    assert_eq!(relations(&db, "other"), [""; 0]);
    assert_eq!(relations(&db, "public"), [""; 0]);
}
