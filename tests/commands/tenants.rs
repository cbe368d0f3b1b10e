//! Organizations for tests to work on: a database of the set that has them, and rows in plain SQL, as
//! an application would write them.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::json_schema::published;
use crate::support::{Db, Output, Saasdb, Session, TestDb};

/// The set.
pub const SET: &str = "better-auth";

/// A point in time that no test will see.
pub const FUTURE: &str = "2990-01-01 00:00:00";

/// A point in time that is over.
pub const PAST: &str = "2020-02-03 04:05:06";

/// The program, pointed at that database and the set.
pub fn on(db: &TestDb) -> Saasdb {
    Saasdb::new().db(db).env("SAASDB_SET", SET)
}

/// Runs a command line, split at spaces.
#[track_caller]
pub fn run(db: &TestDb, line: &str) -> Output {
    on(db).call(line.split_whitespace())
}

/// Runs a command line that succeeds, and returns its JSON, which is of the published form.
#[track_caller]
pub fn json(db: &TestDb, line: &str) -> Value {
    let words = line.split_whitespace().chain(["--format", "json"]);
    published(&on(db).call(words).success())
}

/// A database with the set's tables, empty.
#[track_caller]
pub fn migrated(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    run(&db, "migrate up").success();
    db
}

/// Runs `body` on such a database of every kind.
#[track_caller]
pub fn on_all(body: impl Fn(&TestDb)) {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        body(db);
    });
}

/// SQL with names in double quotes, as that database wants it.
pub fn quoted(db: &TestDb, sql: &str) -> String {
    if db.kind() != Db::Mysql {
        return sql.to_owned();
    }
    let mut in_text = false;
    sql.chars()
        .map(|c| {
            in_text ^= c == '\'';
            if c == '"' && !in_text { '`' } else { c }
        })
        .collect()
}

/// Exit code and output, the same for every kind of database.
pub fn same(db: &TestDb, output: &Output) -> String {
    let kind = match db.kind() {
        Db::Sqlite => "(SQLite)",
        Db::Postgres => "(PostgreSQL)",
        Db::Mysql => "(MySQL)",
    };
    super::shown(output).replace(kind, "([kind])")
}

/// Executes SQL with names in double quotes.
#[track_caller]
pub fn sql(db: &TestDb, text: &str) {
    db.sql(&quoted(db, text));
}

/// The rows of a query with names in double quotes.
#[track_caller]
pub fn rows(db: &TestDb, text: &str) -> Vec<Vec<String>> {
    db.rows(&quoted(db, text))
}

/// The only value of a query.
#[track_caller]
pub fn one(db: &TestDb, text: &str) -> String {
    rows(db, text)[0][0].clone()
}

/// Adds an organization: the id is `org-` and its slug.
#[track_caller]
pub fn organization(db: &TestDb, slug: &str, name: &str) {
    sql(
        db,
        &format!(
            r#"INSERT INTO "organization" ("id", "name", "slug", "createdAt")
               VALUES ('org-{slug}', '{name}', '{slug}', '2025-10-01 09:00:00')"#
        ),
    );
}

/// Gives an organization a subscription that ends then, and whose trial ends then too.
#[track_caller]
pub fn subscription(db: &TestDb, slug: &str, plan: &str, status: &str, end: &str) {
    sql(
        db,
        &format!(
            r#"INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
                 "currentPeriodStart", "currentPeriodEnd", "trialEndsAt", "updatedAt")
               VALUES ('sub-{slug}', 'org-{slug}', '{plan}', '{status}',
                 '2020-01-01 00:00:00', '{end}', '{end}', '2020-01-01 00:00:00')"#
        ),
    );
}

/// Adds an organization with an active subscription.
#[track_caller]
pub fn subscriber(db: &TestDb, slug: &str, plan: &str) {
    organization(db, slug, &format!("The {slug} company"));
    subscription(db, slug, plan, "active", FUTURE);
}

/// Gives an organization a module, as the application would.
#[track_caller]
pub fn module(db: &TestDb, slug: &str, key: &str) {
    sql(db, &module_sql(slug, key));
}

/// The statement for it.
pub fn module_sql(slug: &str, key: &str) -> String {
    format!(
        r#"INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey", "settings", "enabledAt")
           VALUES ('mod-{slug}-{key}', 'org-{slug}', '{key}', '{{"mine": 1}}', '2025-10-02 10:00:00')"#
    )
}

/// Adds a user: the id is `user-` and the first part of the e-mail.
#[track_caller]
pub fn user(db: &TestDb, name: &str, email: &str) {
    let id = email.split('@').next().unwrap_or_default();
    sql(
        db,
        &format!(
            r#"INSERT INTO "user" ("id", "name", "email") VALUES ('user-{id}', '{name}', '{email}')"#
        ),
    );
}

/// Makes a user a member.
#[track_caller]
pub fn member(db: &TestDb, slug: &str, user: &str, role: &str, since: &str) {
    sql(
        db,
        &format!(
            r#"INSERT INTO "member" ("id", "organizationId", "userId", "role", "createdAt")
               VALUES ('{user}-{slug}', 'org-{slug}', '{user}', '{role}', '{since}')"#
        ),
    );
}

/// The keys of the modules that an organization has on, in alphabetical order.
#[track_caller]
pub fn enabled(db: &TestDb, slug: &str) -> Vec<String> {
    let text = format!(
        r#"SELECT "moduleKey" FROM "organizationModule"
           WHERE "organizationId" = 'org-{slug}' AND "isEnabled" ORDER BY 1"#
    );
    rows(db, &text)
        .into_iter()
        .map(|mut r| r.remove(0))
        .collect()
}

/// Waits until that many runs of saasdb wait for a row of this database.
#[track_caller]
pub fn wait_for_waiting(db: &TestDb, wanted: usize) {
    let query = match db.kind() {
        Db::Postgres => {
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND application_name LIKE 'saasdb %'"
        }
        _ => {
            // INNODB_TRX is not up to date while several look at it. On tables as small as these, what is
            // found at work several times waits; a statement that waits is sent again every second.
            "SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() \
             AND COMMAND = 'Query' AND ID <> CONNECTION_ID()"
        }
    };
    let mut watcher = db.session();
    let deadline = Instant::now() + Duration::from_secs(20);
    let looks = if db.kind() == Db::Mysql { 4 } else { 1 };
    let mut found = 0;
    while found < looks {
        found = match watcher.rows(query)[0][0] == wanted.to_string() {
            true => found + 1,
            false => 0,
        };
        if found > 0 && found < looks {
            std::thread::sleep(Duration::from_millis(150));
        }
        assert!(
            Instant::now() < deadline,
            "not {wanted} that wait on {:?}",
            db.kind()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    watcher.close();
}

/// A session that holds the row of an organization.
#[track_caller]
pub fn hold(db: &TestDb, slug: &str) -> Session {
    let mut session = db.session();
    session.sql(match db.kind() {
        Db::Sqlite => "BEGIN IMMEDIATE",
        _ => "BEGIN",
    });
    let row = format!(r#"SELECT "id" FROM "organization" WHERE "slug" = '{slug}'"#);
    let lock = match db.kind() {
        Db::Sqlite => row,
        _ => format!("{row} FOR UPDATE"),
    };
    session.rows(&quoted(db, &lock));
    session
}

/// What an error says, without the database.
pub fn said(output: &Output) -> String {
    let lines = output
        .stderr
        .lines()
        .filter(|l| !l.starts_with("  database:"));
    let text: Vec<&str> = lines.collect();
    format!("exit code {}\n{}\n", output.code, text.join("\n"))
}
