//! The program as a user meets it: every verb, flag, message and exit code, through the binary.
//!
//! One file for each verb or subject. What all of them need is here.

mod bad_connection;
mod bad_input;
mod baseline;
mod config;
mod demo;
mod docs;
mod docs_browser;
mod down;
pub mod dry_run;
mod export;
mod fresh;
mod help;
mod history;
mod interrupt;
pub mod json_schema;
mod kept_drift;
mod locks;
mod lost_history;
mod modules;
mod modules_at_once;
mod organizations;
mod output;
mod passwords;
mod read_only;
mod redo;
mod refusals;
mod repair;
mod safety;
mod seed;
mod sets;
mod setup;
mod shared_history;
mod status;
mod subscriptions;
mod tenancy;
mod tenants;
mod up;
mod verify;
mod versions;

use std::fs;
use std::path::PathBuf;

use crate::support::{Db, Output, Running, Saasdb, Session, TestDb};

/// All migrations of the set, in order, by their digits.
const VERSIONS: [&str; 13] = [
    "20251010095900",
    "20251010100000",
    "20251010100001",
    "20251010100002",
    "20251010100003",
    "20251010100004",
    "20251010100005",
    "20251010100006",
    "20251010100007",
    "20251010100008",
    "20251010100009",
    "20251010100010",
    "20251010100011",
];

/// The full name of the migration that makes the application's own tables.
const APP_TABLES: &str = "m20251010_095900_create_app_tables";

/// The program, pointed at that database.
fn on(db: &TestDb) -> Saasdb {
    Saasdb::new().db(db)
}

/// Runs a command line, split at spaces, on that database.
#[track_caller]
fn run(db: &TestDb, line: &str) -> Output {
    on(db).call(line.split_whitespace())
}

/// A database of that kind with all migrations applied.
#[track_caller]
fn migrated(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    run(&db, "migrate up").success();
    db
}

/// A name for the snapshot of something that differs between databases.
fn named(what: &str, db: &TestDb) -> String {
    format!("{what}_{}", format!("{:?}", db.kind()).to_lowercase())
}

/// Quotes a column name, which has capitals in it.
fn column(db: &TestDb, name: &str) -> String {
    match db.kind() {
        Db::Mysql => format!("`{name}`"),
        _ => format!("\"{name}\""),
    }
}

/// Adds a user whom no seeder knows.
fn add_user(db: &TestDb, name: &str) {
    db.sql(&format!(
        "INSERT INTO users (username, password) VALUES ('{name}', 'x')"
    ));
}

/// How many rows a table has.
#[track_caller]
fn count(db: &TestDb, table: &str) -> usize {
    db.rows(&format!("SELECT count(*) FROM {table}"))[0][0]
        .parse()
        .expect("a number")
}

/// The file of a SQLite database.
fn file(db: &TestDb) -> PathBuf {
    PathBuf::from(db.url().trim_start_matches("sqlite://"))
}

/// Everything that is in a database: its whole schema and the rows of every table.
#[track_caller]
fn contents(db: &TestDb) -> String {
    let list = match db.kind() {
        Db::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
        Db::Postgres => {
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        }
        Db::Mysql => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() \
             ORDER BY 1"
        }
    };
    let mut out = db.full_schema_dump();
    let mut session = db.session();
    for table in session.rows(list) {
        let name = &table[0];
        let mut rows: Vec<String> = session
            .rows(&format!("SELECT * FROM {name}"))
            .iter()
            .map(|row| row.join("|"))
            .collect();
        rows.sort();
        out.push_str(&format!("{name}:\n{}\n", rows.join("\n")));
    }
    session.close();
    out
}

/// Runs `body` and fails the test if anything in the database is different after it.
#[track_caller]
pub fn unchanged<T>(db: &TestDb, body: impl FnOnce() -> T) -> T {
    let before = contents(db);
    let result = body();
    let after = contents(db);
    if before != after {
        let changed: Vec<&str> = after.lines().filter(|l| !before.contains(l)).collect();
        panic!("the database was changed: {changed:#?}");
    }
    result
}

/// Exit code and output for a snapshot, without what differs between machines and moments beyond
/// the harness's own redactions: host names, connection numbers, server versions, the width of
/// aligned durations.
pub fn shown(output: &Output) -> String {
    let all = shown_verbose(output);
    let lines = all.lines().filter(|line| !is_progress(line));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The same, with the lines that say what goes on.
pub fn shown_verbose(output: &Output) -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let text = output
        .snapshot_text()
        .replace(&format!(" on {host})"), " on [host])")
        .replace(&format!("@{host}"), "@[host]");
    let text = mask_number(&text, "connection ");
    text.lines()
        .map(|line| format!("{}\n", steady(line)))
        .collect()
}

/// Whether a line says what goes on, as it does on a machine that is slow enough for that.
fn is_progress(line: &str) -> bool {
    let rest = ["applying ", "reverting "]
        .iter()
        .find_map(|word| line.strip_prefix(word));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || ["seeding", "counting the rows at stake"].contains(&line)
}

/// A line with its duration right behind its text, and without the server's version.
fn steady(line: &str) -> String {
    for kind in ["PostgreSQL ", "MySQL ", "MariaDB "] {
        if line.starts_with("Database ")
            && let Some((before, _)) = line.split_once(kind)
        {
            return format!("{before}{kind}[version])");
        }
    }
    // How many rows the demo has depends on the day.
    if line.contains("demo-organizations:")
        || line.starts_with("seeded ")
        || line.contains("saasdb seed` brings")
    {
        return without_large_numbers(line);
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["applied" | "reverted", name, number, unit @ ("ms" | "s")] => {
            format!("{}  {name}  {number} {unit}", words[0])
        }
        _ => line.to_owned(),
    }
}

fn without_large_numbers(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mask = |(i, word): (usize, &&str)| match (word.parse::<u32>(), words.get(i + 1)) {
        (Ok(100..), next) if !matches!(next, Some(&"ms" | &"s")) => "[n]".to_owned(),
        _ => (*word).to_owned(),
    };
    words
        .iter()
        .enumerate()
        .map(mask)
        .collect::<Vec<_>>()
        .join(" ")
}

fn mask_number(text: &str, before: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(before);
        out.push_str(if rest.len() < part.len() { "[n]" } else { "" });
        out.push_str(rest);
    }
    out
}

/// Fails the test if a line of stdout is wider than a terminal of 80 columns, for a database with
/// a name of usual length.
#[track_caller]
fn fits(output: &Output) {
    for line in output.stdout.lines() {
        let mut line = line.to_owned();
        if let Some(start) = line.find("saasdb_test_") {
            line.replace_range(
                start..start + "saasdb_test_0123456789ab".len(),
                "production",
            );
        }
        let width = line.chars().count();
        assert!(width <= 80, "{width} columns: {line}");
    }
}

/// Fails the test unless the output is a JSON document of the published form.
#[track_caller]
fn json_of(output: &Output, command: &str) -> serde_json::Value {
    let json = output.json();
    assert_eq!(json["version"], 1, "{json:#}");
    assert_eq!(json["command"], command, "{json:#}");
    json
}

/// The message behind `error:`.
#[track_caller]
fn error(output: &Output) -> &str {
    output
        .stderr
        .lines()
        .find_map(|l| l.strip_prefix("error: "))
        .unwrap_or_else(|| panic!("no error:\n{}", output.stderr))
}

/// The advice behind `hint:`.
#[track_caller]
fn hint(output: &Output) -> &str {
    output
        .stderr
        .lines()
        .find_map(|l| l.strip_prefix("hint: "))
        .unwrap_or_else(|| panic!("no hint:\n{}", output.stderr))
}

/// A session that keeps a run of `migrate up` from getting on, and that run: it holds the
/// runner's lock all the while.
struct Held {
    session: Session,
    run: Running,
}

impl Held {
    /// Blocks the second migration of a database on which the first one is applied.
    #[track_caller]
    fn on(db: &TestDb) -> Held {
        run(db, "migrate up --steps 1").success();
        let mut session = db.session();
        session.sql(match db.kind() {
            Db::Sqlite => "BEGIN IMMEDIATE",
            // Others may still read, the catalogue too.
            Db::Postgres => "BEGIN; LOCK TABLE users IN SHARE MODE",
            Db::Mysql => "LOCK TABLES users READ",
        });
        let call = on(db).args(["migrate", "up", "-v"]);
        let mut run = call.spawn();
        run.wait_for(Held::at(db.kind()));
        Held { session, run }
    }

    /// The migration that gets stuck: the first that needs more of `users` than to read it.
    fn at(kind: Db) -> &'static str {
        match kind {
            Db::Mysql => "applying 6 of 12",
            _ => "applying 1 of 12",
        }
    }

    /// Lets the run go on to its end.
    #[track_caller]
    fn release(mut self, db: &TestDb) -> Output {
        self.session.sql(match db.kind() {
            Db::Mysql => "UNLOCK TABLES",
            _ => "ROLLBACK",
        });
        self.session.close();
        self.run.wait()
    }
}

/// The files beside a SQLite database that are not the database itself.
fn left_beside(db: &TestDb) -> Vec<String> {
    let path = file(db);
    fs::read_dir(path.parent().expect("folder"))
        .expect("readable")
        .map(|entry| {
            entry
                .expect("entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .filter(|name| name != db.name())
        .collect()
}
