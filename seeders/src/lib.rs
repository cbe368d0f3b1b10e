//! Seeders as data: what rows each schema set wants, without a database.
//!
//! A [`Seeder`] only says which rows should exist; the engine decides what to insert, update or
//! leave alone, hashes the passwords, resolves the references and keeps the ledger. That keeps
//! seeders testable without a database, and one implementation of idempotence and undo for all.

pub mod better_auth;
pub mod cloudwa;
pub mod core;
#[cfg(test)]
mod days;
pub mod supabase;
pub mod support;
pub mod telecom;
#[cfg(test)]
mod testing;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

/// What a seeder is for, and so where it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SeedKind {
    /// Rows that the application needs in every environment (plans, modules, system users).
    Reference,
    /// Example tenants, for dev and test only.
    Demo,
}

impl SeedKind {
    /// The word that the command line and the ledger use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Demo => "demo",
        }
    }
}

/// What a seeder may depend on. Nothing else: the same context gives the same rows anywhere.
#[derive(Debug, Clone, Copy)]
pub struct SeedContext {
    /// "Now" for relative dates: midnight UTC of the day on which this database was first seeded.
    /// It is kept in the database, so that a run next month still describes the same rows.
    pub anchor: DateTime<Utc>,
}

/// A value of a seeded row.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedValue {
    /// SQL NULL.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A DECIMAL, as its digits (`"200000.00"`), never a float.
    Decimal(String),
    /// Text, also for enumerated columns.
    Text(String),
    /// A JSON document.
    Json(serde_json::Value),
    /// A uuid.
    Uuid(Uuid),
    /// A point in time.
    Timestamp(DateTime<Utc>),
    /// The time of the run that inserts the row, plus a distance. It is never written again: what it
    /// was then is as right as what it would be now.
    FromNow(TimeDelta),
    /// A calendar day.
    Date(NaiveDate),
    /// A password in plain text; the engine writes its bcrypt hash (cost 12). This one is for dev and
    /// test: in staging and production the engine takes another one in its place, which whoever seeds
    /// gives it, by [`SeedRow::password_variable`] or when asked, or which it makes up.
    Password(String),
    /// The id wanted for a row of a table with an auto-increment key. Where a row of the user's
    /// has it already, the engine takes the next free one; references follow.
    Serial(i64),
    /// The primary key of another seeded row of the same set.
    Ref {
        /// The table of the row that is referred to.
        table: &'static str,
        /// Its [`SeedRow::key`].
        key: String,
    },
}

/// One row, with its identity for the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedRow {
    /// Identity within (seeder, table); never changes once released. At most 150 bytes.
    pub key: String,
    /// One value for each of [`SeedTable::columns`].
    pub values: Vec<SeedValue>,
}

impl SeedRow {
    /// The environment variable that holds the password of this row outside of dev and test:
    /// `SAASDB_PASSWORD_` and the key in capitals, with `_` for each character that is no letter or
    /// digit of ASCII.
    pub fn password_variable(&self) -> String {
        let spell = |c: char| match c {
            c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
            _ => '_',
        };
        let name: String = self.key.chars().map(spell).collect();
        format!("SAASDB_PASSWORD_{name}")
    }
}

/// The rows of one table. A table comes after the tables that its rows refer to, except through
/// [`SeedTable::deferred`] columns.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedTable {
    /// The table's name.
    pub table: &'static str,
    /// The primary key column; it is one of `columns`.
    pub primary_key: &'static str,
    /// Columns of a unique constraint by which an existing row is recognized; empty where the
    /// table has none.
    pub natural_key: &'static [&'static str],
    /// The columns that `values` are for.
    pub columns: Vec<&'static str>,
    /// Columns (among `columns`) written after all tables of the seeder are filled, because they
    /// refer to a later table. They are inserted as NULL.
    pub deferred: &'static [&'static str],
    /// Whether times are written with their zone where the database keeps them as text (SQLite), for
    /// clients that take one without for local time.
    pub zoned: bool,
    /// The rows.
    pub rows: Vec<SeedRow>,
}

/// Rows wanted for each row of some table, whoever made that one.
///
/// No row of another seeder refers to them.
#[derive(Debug, Clone, Copy)]
pub struct ForEach {
    /// The table.
    pub table: &'static str,
    /// Its primary key, one column.
    pub column: &'static str,
    /// The rows wanted for some of its rows, given by their keys as text. What is wanted for one of
    /// them does not depend on the others.
    pub tables: fn(&SeedContext, &[String]) -> Vec<SeedTable>,
}

/// A named group of rows.
pub trait Seeder: Send + Sync {
    /// Unique within the set; what `seed --only NAME` takes. Lower-case words with hyphens.
    fn name(&self) -> &'static str;
    /// Reference or demo.
    fn kind(&self) -> SeedKind;
    /// One line for `seed status`.
    fn description(&self) -> &'static str;
    /// The tables to fill, in the order in which to insert them.
    fn tables(&self, context: &SeedContext) -> Vec<SeedTable>;
    /// What it wants beside those, for each row that a table has once all seeders' own rows are in.
    fn for_each(&self) -> Option<ForEach> {
        None
    }
}
