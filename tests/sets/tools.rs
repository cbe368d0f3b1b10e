//! Short cuts that the tests of sets and engine share: the program on a database, SQL in one
//! spelling for all databases, and all rows of a database as a value.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use saasdb::catalog::SchemaSet;
use saasdb::dialect::Backend;
use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::catalogue::Catalogue;
use super::fill::spelled;
use crate::support::{Db, Output, Saasdb, TestDb};

/// The migrations of `core`, as the specification lists them.
pub const CORE: [&str; 13] = [
    "m20251010_095900_create_app_tables",
    "m20251010_100000_create_organizations",
    "m20251010_100001_create_subscription_plans",
    "m20251010_100002_create_subscriptions",
    "m20251010_100003_create_usage_tracking",
    "m20251010_100004_create_quota_alerts",
    "m20251010_100005_add_organization_to_users",
    "m20251010_100006_add_organization_to_sessions",
    "m20251010_100007_add_organization_to_blast_sessions",
    "m20251010_100008_add_organization_to_blast_messages",
    "m20251010_100009_add_organization_to_templates",
    "m20251010_100010_add_organization_to_chats",
    "m20251010_100011_add_organization_to_campaigns",
];

/// The databases that a set runs on, its first one first.
pub fn kinds(set: &SchemaSet) -> Vec<Db> {
    let kind = |backend: &Backend| match backend {
        Backend::Sqlite => Db::Sqlite,
        Backend::Postgres => Db::Postgres,
        Backend::Mysql => Db::Mysql,
    };
    set.backends.iter().map(kind).collect()
}

/// A fresh database with all migrations of that set.
#[track_caller]
pub fn migrated(set: &SchemaSet, kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    run(&db, &format!("migrate up --set {}", set.name));
    db
}

/// The program on that database.
pub fn saasdb(db: &TestDb) -> Saasdb {
    Saasdb::new().db(db)
}

/// Runs `saasdb` with the words of `command`, which has to succeed.
#[track_caller]
pub fn run(db: &TestDb, command: &str) -> Output {
    saasdb(db).call(command.split_whitespace()).success()
}

/// Applies all migrations of a set.
#[track_caller]
pub fn up(db: &TestDb, set: &str) {
    run(db, &format!("migrate up --set {set}"));
}

/// The same, as JSON.
#[track_caller]
pub fn json(db: &TestDb, command: &str) -> serde_json::Value {
    run(db, &format!("{command} --format json")).json()
}

/// SQL with `"quoted"` names in the spelling of that database.
pub fn quoted(kind: Db, sql: &str) -> String {
    if kind != Db::Mysql {
        return sql.to_owned();
    }
    let mut inside = false;
    let spell = |c: char| {
        inside ^= c == '\'';
        if c == '"' && !inside { '`' } else { c }
    };
    sql.chars().map(spell).collect()
}

/// Executes SQL with `"quoted"` names.
#[track_caller]
pub fn sql(db: &TestDb, sql: &str) {
    db.sql(&quoted(db.kind(), sql));
}

/// Fails the test unless the database refuses that SQL.
#[track_caller]
pub fn refused(db: &TestDb, sql: &str) {
    let outcome = db.try_sql(&quoted(db.kind(), sql));
    assert!(outcome.is_err(), "{:?} accepts: {sql}", db.kind());
}

/// The rows of a query with `"quoted"` names.
#[track_caller]
pub fn rows(db: &TestDb, sql: &str) -> Vec<Vec<String>> {
    db.rows(&quoted(db.kind(), sql))
}

/// The single value of a query.
#[track_caller]
pub fn one(db: &TestDb, sql: &str) -> String {
    let rows = rows(db, sql);
    assert_eq!((rows.len(), rows[0].len()), (1, 1), "{sql}: {rows:?}");
    rows[0][0].clone()
}

/// The first column of a query.
#[track_caller]
pub fn column(db: &TestDb, sql: &str) -> Vec<String> {
    let rows = rows(db, sql);
    rows.into_iter().map(|row| row[0].clone()).collect()
}

/// The versions in sea-orm's table, in order.
#[track_caller]
pub fn applied(db: &TestDb) -> Vec<String> {
    column(
        db,
        r#"SELECT "version" FROM "seaql_migrations" ORDER BY "version""#,
    )
}

/// A fact that saasdb recorded about the database.
#[track_caller]
pub fn meta(db: &TestDb, name: &str) -> String {
    one(
        db,
        &format!(r#"SELECT "value" FROM "saasdb_meta" WHERE "name" = '{name}'"#),
    )
}

/// Rows of all tables but the books, by table; every row as its values by column.
pub type Content = BTreeMap<String, Vec<BTreeMap<String, String>>>;

/// Reads all rows, in an order that depends on nothing but the rows.
#[track_caller]
pub fn content(db: &TestDb) -> Content {
    let catalogue = Catalogue::read(db);
    let mut session = db.session();
    let mut content = Content::new();
    for table in catalogue.tables.iter().chain(&catalogue.outside) {
        let names: Vec<String> = catalogue
            .columns_of(table)
            .map(|column| column.name.clone())
            .collect();
        let list: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let query = format!("SELECT {} FROM {}", list.join(", "), spelled(table));
        let mut rows: Vec<BTreeMap<String, String>> = session
            .rows(&quoted(db.kind(), &query))
            .into_iter()
            .map(|row| names.iter().cloned().zip(row).collect())
            .collect();
        rows.sort();
        content.insert(table.clone(), rows);
    }
    session.close();
    content
}

/// The part of `content` that lies in tables and columns which `like` has too.
pub fn shared(content: &Content, like: &Content) -> Content {
    let mut out = Content::new();
    for (table, rows) in content {
        let Some(others) = like.get(table) else {
            continue;
        };
        let keep = |column: &String| others.first().is_none_or(|row| row.contains_key(column));
        let mut kept: Vec<BTreeMap<String, String>> = rows
            .iter()
            .map(|row| {
                row.iter()
                    .filter(|(column, _)| keep(column))
                    .map(|(column, value)| (column.clone(), value.clone()))
                    .collect()
            })
            .collect();
        kept.sort();
        out.insert(table.clone(), kept);
    }
    out
}

/// Fails the test unless both hold the same rows; shows the first table that differs.
#[track_caller]
pub fn assert_same(found: &Content, expected: &Content, when: &str) {
    for (table, rows) in expected {
        let others = found.get(table).map(Vec::as_slice).unwrap_or_default();
        let differ = rows.iter().zip(others).find(|(a, b)| a != b);
        if let Some((wanted, other)) = differ {
            panic!("{table}, {when}:\n found {other:?}\nwanted {wanted:?}");
        }
        assert_eq!(others.len(), rows.len(), "rows of {table}, {when}");
    }
    assert!(found.keys().eq(expected.keys()), "tables, {when}");
}

/// Fails the test unless both texts are the same; shows only the lines that differ.
#[track_caller]
pub fn assert_dump(found: &str, expected: &str, when: &str) {
    let only = |a: &str, b: &str| -> Vec<String> {
        let other: Vec<&str> = b.lines().collect();
        let lines = a.lines().filter(|line| !other.contains(line));
        lines.map(str::to_owned).collect()
    };
    assert!(
        found == expected,
        "{when}:\nonly found: {:#?}\nonly expected: {:#?}",
        only(found, expected),
        only(expected, found)
    );
}

/// Waits until `done`, at most so long.
#[track_caller]
pub fn eventually(limit: Duration, what: &str, mut done: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    start.elapsed()
}

/// Runs an application's asynchronous code on a runtime of its own.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio runtime")
        .block_on(future)
}

/// Connects as an application with sea-orm would.
pub async fn connect(db: &TestDb) -> DatabaseConnection {
    let mut options = ConnectOptions::new(db.url());
    options.sqlx_logging(false).max_connections(2);
    Database::connect(options)
        .await
        .expect("sea-orm connects to the test database")
}
