//! What differs between databases, behind two traits.
//!
//! [`Dialect`] is knowledge: quoting, expressions, limits, the SQL of the history tables.
//! [`Session`] is one connection that runs scripts. Everything above this module is written once
//! for all databases; a `match` on the backend anywhere else is a mistake.
//!
//! Scripts are sent as text, several statements in one message, and results come back as text.
//! That is what makes a migration one round trip: its statements and its history rows travel
//! together (sqlx's prepared statements would need two round trips for each statement).

mod catalogue;
#[cfg(feature = "faults")]
pub mod faults;
mod guards;
mod in_flight;
pub mod lint;
mod locks;
pub mod mysql;
pub mod postgres;
mod row_security;
mod rows;
mod schemas;
mod scratch;
mod sessions;
mod sizes;
pub mod sqlite;
mod stream;
mod tenancy;
mod trials;
mod trust;
pub mod url;

use std::fmt;
use std::time::Duration;

use sea_orm::DbBackend;
use sea_orm_migration::async_trait::async_trait;

use crate::schema::{Column, Ddl, Schema};
pub use guards::{AppRole, Creator, Definer, Guard, GuardedTable, Guards, Policy, View};
pub use in_flight::{InFlight, Lost, Names};
pub use locks::{Locks, TableLocks};
pub use row_security::RowSecurity;
pub use rows::Rows;
pub use schemas::Schemas;
pub use scratch::{Made, Scratch};
pub use sessions::{Ours, Sessions, Standing};
pub use sizes::Sizes;
pub use tenancy::{Reference, TenancySql};
pub use trials::Trials;
pub use trust::{Suspect, Suspicion};
pub use url::{Target, UrlError};

/// The databases that saasdb knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backend {
    /// SQLite 3.35 or newer (compiled in).
    Sqlite,
    /// PostgreSQL 13 or newer.
    Postgres,
    /// MySQL 8.0.13 or newer, MariaDB 10.6 or newer.
    Mysql,
}

impl Backend {
    /// The dialect of this database.
    pub fn dialect(self) -> &'static dyn Dialect {
        match self {
            Self::Sqlite => &sqlite::Sqlite,
            Self::Postgres => &postgres::Postgres,
            Self::Mysql => &mysql::Mysql,
        }
    }

    /// The database whose catalogue calls itself so, as [`Schema::product`] has it.
    pub fn of_product(product: &str) -> Option<Self> {
        match product {
            "sqlite" => Some(Self::Sqlite),
            "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::Mysql),
            _ => None,
        }
    }

    /// sea-orm's name for it.
    pub fn sea_orm(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::Mysql => DbBackend::MySql,
        }
    }

    /// The name as people write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mysql => "MySQL",
        }
    }
}

/// The rows of one statement of a script, every value as text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ResultSet {
    /// Rows in the order in which the server sent them.
    pub rows: Vec<Vec<Option<String>>>,
    /// Rows that the statement wrote.
    pub affected: u64,
}

impl ResultSet {
    /// The first value of the first row.
    pub fn single(&self) -> Option<&str> {
        self.rows.first()?.first()?.as_deref()
    }
}

/// Why a script failed, in terms that do not depend on the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A table or row lock was not granted in time.
    LockTimeout,
    /// The object exists already.
    AlreadyExists,
    /// A table, column or other object is not there.
    Undefined,
    /// The role may not do this.
    Permission,
    /// The database, its file or the transaction is read-only.
    ReadOnly,
    /// User or password were refused.
    Authentication,
    /// The database does not exist.
    NoDatabase,
    /// Nothing answers at that address, or the connection broke.
    Unreachable,
    /// The disk, a quota or the server's memory is full.
    Full,
    /// The file is not a database of this kind, or is damaged.
    NotADatabase,
    /// A unique or foreign key constraint refused a row.
    Constraint,
    /// The server ended the transaction because of what another one did at the same time.
    Conflict,
    /// The statement was cancelled: by us, by somebody else, or by a time limit of the server.
    Cancelled,
    /// Anything else; the server's message says what.
    Other,
}

/// An error of a script or a connection.
#[derive(Debug, Clone)]
pub struct SqlError {
    /// Which statement of the script failed, counted from 0.
    pub statement: usize,
    /// The kind of failure.
    pub cause: Cause,
    /// The database's own code (SQLSTATE, error number), where it gave one.
    pub code: Option<String>,
    /// The database's own words.
    pub message: String,
}

impl SqlError {
    /// An error that did not come from a server.
    pub fn local(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            statement: 0,
            cause,
            code: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{} ({code})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for SqlError {}

/// Who holds the runner's lock, as far as the database tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who it is: command, process, host, user, connection.
    pub who: String,
    /// Since when, RFC 3339 in UTC, if known.
    pub since: Option<String>,
}

/// How a connection is opened.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// What the server's process list shows for this session.
    pub application: String,
    /// How long a statement waits for a table lock before it gives up.
    pub ddl_lock_timeout: Duration,
    /// How long connecting may take, to the first answer that the server gives to a logged-in session.
    pub connect_timeout: Duration,
    /// SQLite only: make the file where it is missing.
    pub create: bool,
    /// Nothing will be written; SQLite then does not even tidy up its write-ahead log.
    pub read_only: bool,
}

/// One connection. Dropping it without [`Session::close`] is safe: server and kernel free the
/// lock and roll back what was open.
#[async_trait]
pub trait Session: Send {
    /// Runs one or more statements in one message.
    ///
    /// # Errors
    /// The first statement that fails ends the script; its index is in the error. What came
    /// before it stays in effect unless the script opened a transaction.
    async fn run(&mut self, script: &str) -> Result<Vec<ResultSet>, SqlError>;

    /// Takes the runner's lock if it is free; never waits.
    async fn try_lock(&mut self, key: &str) -> Result<bool, SqlError>;

    /// Leaves a note about who took the lock, where others could not see it otherwise. The tables of
    /// the history are there.
    async fn note_holder(&mut self) {}

    /// Who holds the runner's lock.
    async fn lock_holder(&mut self, key: &str) -> Option<Holder>;

    /// What each transaction must set for itself, because a pooler forgets what a session set.
    fn transaction_settings(&self) -> Option<String> {
        None
    }

    /// Gives the runner's lock back.
    async fn unlock(&mut self, key: &str) -> Result<(), SqlError>;

    /// Says goodbye to the server.
    async fn close(self: Box<Self>);
}

/// What one look at a database tells, before any history is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The server's version as it prints it.
    pub server_version: String,
    /// The database's name as the server has it; a URL may say it in several ways.
    pub database: Option<String>,
    /// The schema that names without one mean, where the database has schemas and this one is there.
    pub schema: Option<String>,
    /// Why nothing can be written here, if so (a standby, a read-only file, …).
    pub read_only: Option<String>,
    /// Tables, views and other relations of the schema, by name.
    pub relations: Vec<String>,
    /// The server's number for this session, where it has one.
    pub session_id: Option<String>,
    /// Names of tables are kept, or compared, in lower case.
    pub folds_tables: bool,
    /// What stands in the way of trusting the history tables.
    pub suspects: Vec<Suspect>,
}

/// The comment on objects that a migration made because they were missing, and takes back again.
pub const MADE_BY: &str = "made by saasdb";

/// How a migration's statements are carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atomicity {
    /// In one transaction with the history rows.
    Whole,
    /// One by one, each journalled, because the database commits each by itself.
    Stepwise,
}

/// Knowledge about one kind of database.
#[async_trait]
pub trait Dialect: Send + Sync {
    /// Which database this is.
    fn backend(&self) -> Backend;

    /// What to do when the database may not be opened or made.
    fn permission_hint(&self) -> &'static str {
        "let a role that may connect and create databases do it, then run again"
    }

    /// What to do when the database is not there.
    fn missing_hint(&self) -> &'static str {
        "make the database with `saasdb setup`"
    }

    /// What it knows of schemas within a database, if it has them.
    fn schemas(&self) -> Option<&dyn Schemas> {
        None
    }

    /// How it writes its schema.
    fn ddl(&self) -> &dyn Ddl;
    /// What it knows of databases that are made to be thrown away.
    fn scratch(&self) -> &dyn Scratch;

    /// What it knows of rows and of the constraints that they have to satisfy.
    fn rows(&self) -> &dyn Rows;

    /// What it tells of statements that a killed run left in flight.
    fn in_flight(&self) -> &dyn InFlight;

    /// How it keeps others out of tables.
    fn locks(&self) -> &dyn Locks;

    /// Opens a connection.
    async fn connect(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError>;

    /// Why writing there could do harm whoever does it, and what to do about it.
    fn hazard(&self, _target: &Target) -> Option<(String, &'static str)> {
        None
    }

    /// Whether the database exists, without making it. `None` where only connecting can tell.
    fn exists(&self, _target: &Target) -> Option<bool> {
        None
    }

    /// Opens a connection to the server of a database that is not there yet.
    async fn connect_to_server(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError> {
        self.connect(target, options).await
    }

    /// Whether it refuses by itself to drop what views, triggers and the like need.
    fn refuses_to_break(&self) -> bool {
        false
    }

    /// The statement that makes a database.
    fn create_database_sql(&self, name: &str) -> String {
        format!("CREATE DATABASE {}", self.ident(name))
    }

    /// Makes the database that the target names; true if it was not there.
    async fn create_database(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<bool, SqlError> {
        match self.connect(target, options).await {
            Ok(session) => {
                session.close().await;
                return Ok(false);
            }
            Err(error) if error.cause == Cause::NoDatabase => {}
            Err(error) => return Err(error),
        }
        let mut session = self.connect_to_server(target, options).await?;
        #[cfg(feature = "faults")]
        {
            session = faults::around(session, self.backend());
        }
        let made = session.run(&self.create_database_sql(&target.name)).await;
        session.close().await;
        match made {
            Ok(_) => Ok(true),
            // Another setup was faster. PostgreSQL may say so as a unique violation.
            Err(error) if matches!(error.cause, Cause::AlreadyExists | Cause::Constraint) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Quotes an identifier.
    fn ident(&self, name: &str) -> String;

    /// Quotes the name of a table that may say its schema: `schema.table`.
    fn path(&self, name: &str) -> String {
        let parts: Vec<String> = name.split('.').map(|part| self.ident(part)).collect();
        parts.join(".")
    }

    /// Quotes text as a literal.
    fn literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    /// The statement that turns a script into one transaction.
    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    /// The statements that begin a transaction in which, behind a first statement that waited for rows,
    /// the others see what was committed until then, whatever the server's default is.
    fn begin_after_others(&self) -> &'static [&'static str];

    /// Whether DDL commits together with the rest of its transaction.
    fn ddl_in_transactions(&self) -> bool {
        true
    }

    /// The statement after these tables of saasdb's own were made, so that nobody but their owner
    /// writes them, whatever privileges new tables come with there.
    fn keep_from_others(&self, _tables: &[&str]) -> Option<String> {
        None
    }

    /// What runs around a transaction that drops or rebuilds tables, outside of it: `(before,
    /// after)`. SQLite must switch foreign keys off there, or dropping a table deletes the rows
    /// that refer to it.
    fn around_drops(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// A query that runs before COMMIT of such a transaction and returns one row for each broken
    /// reference (table, parent).
    fn broken_references(&self) -> Option<&'static str> {
        None
    }

    /// The current time in UTC as RFC 3339 text with milliseconds, as an SQL expression.
    fn now_text(&self) -> &'static str;

    /// The current time in seconds since 1970, as an SQL expression.
    fn now_epoch(&self) -> &'static str;

    /// Milliseconds from the RFC 3339 text in `column` until now, as an SQL expression.
    fn elapsed_ms(&self, column: &str) -> String;

    /// The column type for text of up to `length` characters that can be a key.
    fn varchar(&self, length: usize) -> String {
        format!("varchar({length})")
    }

    /// The column type for long text.
    fn long_text(&self) -> &'static str {
        "text"
    }

    /// What goes behind the closing parenthesis of CREATE TABLE.
    fn table_options(&self) -> &'static str {
        ""
    }

    /// An INSERT that overwrites the row with the same key.
    fn upsert(&self, table: &str, key: &str, columns: &[&str], rows: &[Vec<String>]) -> String;

    /// The expression that shows a column's value as text, the same for the same value.
    fn as_text(&self, column: &str) -> String;

    /// The literal for a boolean.
    fn boolean(&self, value: bool) -> &'static str;

    /// What makes a SELECT hold the rows that it finds until the transaction ends, so that another
    /// one that asks for them waits.
    fn hold_rows(&self) -> &'static str {
        " FOR UPDATE"
    }

    /// What makes a SELECT hold rows that are to be deleted: it also waits for those who insert rows
    /// that refer to them, and keeps others from it.
    fn hold_rows_to_delete(&self) -> &'static str {
        " FOR UPDATE"
    }

    /// The condition that a row, of the table or alias `name`, is the table's own and not that of a
    /// table which inherits from it. `None` where tables do not inherit.
    fn only_own(&self, _name: &str, _table: &str) -> Option<String> {
        None
    }

    /// Milliseconds since 1970 of the point in time in `column`, which is kept in UTC; null where it is
    /// none. The session's time zone makes no difference.
    fn epoch_ms(&self, column: &str) -> String;

    /// The literal for a uuid.
    fn uuid(&self, value: &uuid::Uuid) -> String {
        self.literal(&value.to_string())
    }

    /// The literal for a point in time.
    fn timestamp(&self, value: &chrono::DateTime<chrono::Utc>) -> String;

    /// The same where it is kept as text, with its zone: JavaScript takes a time without one for local.
    fn timestamp_with_zone(&self, value: &chrono::DateTime<chrono::Utc>) -> String {
        self.timestamp(value)
    }

    /// The statement after explicit ids were written into an auto-increment column, so that the
    /// next row that the application inserts does not collide.
    fn after_explicit_ids(&self, _table: &str, _column: &str) -> Option<String> {
        None
    }

    /// What it knows of how many rows there are.
    fn sizes(&self) -> &dyn Sizes;

    /// What it knows of keys, limits and protection that tell tenants apart.
    fn tenancy(&self) -> &dyn TenancySql;

    /// What it knows of rows that a session is not shown, if it hides any.
    fn row_security(&self) -> Option<&dyn RowSecurity> {
        None
    }

    /// The statement by which a transaction tells the schema's triggers that it seeds: a trigger
    /// that would answer a new row with rows of its own leaves that to the seeders.
    fn announce_seeding(&self) -> Option<&'static str> {
        None
    }

    /// The script whose results [`Dialect::facts`] reads.
    fn facts_script(&self) -> &'static str;

    /// Reads the results of [`Dialect::facts_script`].
    fn facts(&self, results: &[ResultSet]) -> Facts;

    /// Says why a server of this version cannot be served.
    fn unsupported(&self, server_version: &str) -> Option<String>;

    /// The script whose results [`Dialect::schema`] reads.
    fn schema_script(&self) -> &'static str;

    /// The script that reads tables of other schemas, each named `schema.table`, in the shapes of
    /// [`Dialect::schema_script`]. `None` where there are none.
    fn elsewhere_script(&self, _tables: &[String]) -> Option<String> {
        None
    }

    /// A condition that holds where a table of another schema, `schema.table`, is not there.
    fn is_gone(&self, _table: &str) -> Option<String> {
        None
    }

    /// A query for the kinds of objects that this role is not shown in the catalogue, one in a row.
    fn unseen_script(&self) -> Option<&'static str> {
        None
    }

    /// Reads the catalogue as a value.
    fn schema(&self, results: &[ResultSet]) -> Schema;

    /// A query for all columns, `(table, column)`, that waits for no table's lock where possible.
    fn columns_script(&self) -> &'static str;

    /// A query whose one value is `t` if `schema.table` is there and a migration of ours made it (its
    /// comment says so). `None` where no set makes tables in other schemas.
    fn is_made(&self, _table: &str) -> Option<String> {
        None
    }

    /// What the database does when it is asked to drop these tables together.
    fn drop_tables(&self, tables: &[String]) -> Vec<String>;

    /// What is wrong with a primary key where a migration would have made it of type `wanted`;
    /// `referred` says whether later migrations make foreign keys to it.
    fn key_problem(&self, wanted: &str, found: &Column, _referred: bool) -> Option<String> {
        (is_integer(wanted) != is_integer(&found.kind)).then(|| {
            if is_integer(wanted) {
                "it must be an integer".to_owned()
            } else {
                format!("it must be {wanted}")
            }
        })
    }

    /// What its server tells about sessions, if it has one.
    fn sessions(&self) -> Option<&dyn Sessions> {
        None
    }

    /// Whether two names of tables mean the same.
    fn same_name(&self, a: &str, b: &str) -> bool {
        a == b
    }

    /// Whether an error may mean that the statement's effect is there already (the object exists,
    /// or is gone). Only the catalogue can tell for sure.
    fn may_be_done_already(&self, _error: &SqlError) -> bool {
        false
    }
}

/// Whether a type is one of the integers.
fn is_integer(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    [
        "int",
        "serial",
        "bigint",
        "bigserial",
        "smallint",
        "smallserial",
        "mediumint",
        "tinyint",
    ]
    .iter()
    .any(|i| kind.starts_with(i))
}

/// Whether a type is text of some length.
fn is_text(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["text", "char", "varchar"]
        .iter()
        .any(|t| kind.starts_with(t))
}

/// Limits how long connecting may take.
async fn within<T>(
    limit: Duration,
    attempt: impl Future<Output = Result<T, SqlError>>,
) -> Result<T, SqlError> {
    let outcome = tokio::time::timeout(limit, attempt).await;
    outcome.unwrap_or_else(|_| {
        Err(SqlError::local(
            Cause::Unreachable,
            format!("no answer within {} s", limit.as_secs_f64()),
        ))
    })
}

/// Whether it says that the other end has gone.
fn has_ended(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    [
        BrokenPipe,
        ConnectionAborted,
        ConnectionReset,
        UnexpectedEof,
    ]
    .contains(&kind)
}

/// An error of the connection itself, not of a statement.
fn transport(statement: usize, error: &sea_orm::sqlx::Error) -> SqlError {
    use sea_orm::sqlx::Error;
    let cause = match error {
        Error::Io(_) | Error::Tls(_) | Error::WorkerCrashed | Error::Protocol(_) => {
            Cause::Unreachable
        }
        _ => Cause::Other,
    };
    let message = match error {
        Error::Io(io) if has_ended(io.kind()) => format!("the connection broke: {io}"),
        Error::Io(io) => io.to_string(),
        other => other.to_string(),
    };
    SqlError {
        statement,
        cause,
        code: None,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_inside_their_quotes() {
        for backend in [Backend::Sqlite, Backend::Postgres, Backend::Mysql] {
            let d = backend.dialect();
            let quote = d.ident("a").chars().next().unwrap_or_default();
            let name = format!("x{quote}; DROP TABLE t; --");
            let quoted = d.ident(&name);
            let inner = &quoted[1..quoted.len() - 1];
            assert_eq!(
                inner.replace(&format!("{quote}{quote}"), ""),
                "x; DROP TABLE t; --"
            );
            let literal = d.literal("it's \\ here");
            assert!(literal.starts_with('\'') && literal.ends_with('\''));
            assert!(literal.contains("it''s"));
        }
        assert_eq!(Backend::Mysql.dialect().literal("a\\b"), "'a\\\\b'");
    }

    #[test]
    fn servers_that_are_too_old_are_told_so() {
        let check = |backend: Backend, version: &str| backend.dialect().unsupported(version);
        for (backend, version) in [
            (Backend::Postgres, "12.20 (Debian 12.20-1)"),
            (Backend::Postgres, "9.6.24"),
            (Backend::Mysql, "5.7.44-log"),
            (Backend::Mysql, "8.0.12"),
            (Backend::Mysql, "10.5.23-MariaDB"),
            (Backend::Mysql, "5.5.5-10.3.39-MariaDB"),
        ] {
            assert!(
                check(backend, version).is_some_and(|w| w.contains("or newer")),
                "{version}"
            );
        }
        for (backend, version) in [
            (Backend::Postgres, "13.0"),
            (Backend::Postgres, "17beta1"),
            (Backend::Mysql, "8.0.13"),
            (Backend::Mysql, "9.1.0"),
            (Backend::Mysql, "10.11.6-MariaDB-0+deb12u1"),
            (Backend::Mysql, "5.5.5-10.11.6-MariaDB"),
        ] {
            assert_eq!(check(backend, version), None, "{version}");
        }
    }
}
