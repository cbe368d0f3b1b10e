//! What statements do to a system that is at work: which locks they take, what they copy, what
//! they break. Every database has rules of its own, and they change with its version; so each has
//! a [`Linter`]. It reads statements only. How many rows there are is for the caller to know.

mod mysql;
mod parsed;
mod postgres;
mod sqlite;
mod text;
mod version;

use super::{Backend, mysql::Mysql, postgres::Postgres, sqlite::Sqlite};
use crate::schema::Schema;

/// A kind of harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Harm {
    /// An index is built, and somebody waits for it.
    IndexBuilt,
    /// An index is dropped, and the queries of its table wait.
    IndexDropped,
    /// `CONCURRENTLY` in a transaction.
    Concurrently,
    /// All rows of a table are written anew.
    TableRewritten,
    /// A column gets another type.
    TypeChanged,
    /// A column that takes no NULL is added without a default.
    ColumnRequired,
    /// A column takes no NULL any more, and all rows are looked at.
    NotNullSet,
    /// A foreign key that all rows are checked for.
    ForeignKey,
    /// A CHECK that all rows are checked for.
    Check,
    /// A unique constraint whose index is built.
    Unique,
    /// A primary key whose index is built.
    PrimaryKey,
    /// A constraint is added as NOT VALID and validated in one transaction.
    ValidatedAtOnce,
    /// A column goes.
    ColumnDropped,
    /// A column gets another name.
    ColumnRenamed,
    /// A table gets another name or schema.
    TableRenamed,
    /// A table goes.
    TableDropped,
    /// A constraint goes.
    ConstraintDropped,
    /// Many rows are written in one transaction.
    RowsChanged,
    /// A table is emptied.
    TableEmptied,
    /// A table is locked for as long as something takes.
    TableLocked,
    /// A statement begins or ends a transaction.
    TransactionControl,
}

/// How bad a hazard is, apart from how many rows it meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The statement fails.
    Fails,
    /// Others wait for as long as it takes, which grows with the table.
    Blocks,
    /// Nobody waits, but the server has work to do, which grows with the table.
    Works,
    /// The application that is running may fail, whatever the size.
    Breaks,
    /// Worth knowing.
    Minor,
}

/// Something that a statement does to a running system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// What kind it is.
    pub harm: Harm,
    /// How bad it is.
    pub weight: Weight,
    /// The table whose rows matter, `schema.table` where the statement says so, without quotes.
    /// `None` where the statement is at fault whatever the rows.
    pub table: Option<String>,
    /// The object: `column users.email`.
    pub object: Option<String>,
    /// A name by which the statement is found in the migration's source.
    pub near: String,
    /// What happens, in one sentence.
    pub what: String,
    /// Statements that do the same without the harm, in order.
    pub safe: Vec<String>,
    /// What to do, where that of the rule is not enough.
    pub help: Option<String>,
}

impl Hazard {
    fn new(harm: Harm, weight: Weight, table: &str, what: impl Into<String>) -> Self {
        Self {
            harm,
            weight,
            table: (!table.is_empty()).then(|| table.to_owned()),
            object: (!table.is_empty()).then(|| format!("table {table}")),
            near: table.rsplit('.').next().unwrap_or_default().to_owned(),
            what: what.into(),
            safe: Vec::new(),
            help: None,
        }
    }

    /// On that part of the table: `("column", "email")`.
    fn part(mut self, kind: &str, name: &str) -> Self {
        let of = self.table.as_deref().filter(|_| kind == "column");
        self.object = Some(match of {
            Some(table) => format!("{kind} {table}.{name}"),
            None => format!("{kind} {name}"),
        });
        self.near = name.to_owned();
        self
    }

    fn safe<const N: usize>(mut self, statements: [String; N]) -> Self {
        self.safe = statements.into();
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// What there is to say of one statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub hazards: Vec<Hazard>,
    /// Tables that nobody else can use from here to the end of the transaction.
    pub locks: Vec<String>,
    /// Why it could not be told what it does, if so.
    pub unclear: Option<String>,
}

/// The server that statements are for.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    /// Its version as it prints it.
    pub version: &'a str,
    /// What there is before the statements run.
    pub schema: &'a Schema,
}

/// What a database knows of the harm that statements do.
pub trait Linter: Send + Sync {
    /// A query for the size of those of the tables that are there: name as given, rows as the
    /// catalogue guesses (NULL where it has no idea), bytes (NULL where it cannot tell).
    fn sizes(&self, tables: &[String]) -> String;

    /// Reads the statements of one migration: one step for each.
    fn steps(&self, statements: &[String], in_transaction: bool, server: Server<'_>) -> Vec<Step>;
}

/// The linter of a database.
pub fn linter(backend: Backend) -> &'static dyn Linter {
    match backend {
        Backend::Sqlite => &Sqlite,
        Backend::Postgres => &Postgres,
        Backend::Mysql => &Mysql,
    }
}

/// The statement `ALTER TABLE table action`.
fn alter(table: &str, action: &str) -> String {
    format!("ALTER TABLE {table} {action}")
}
