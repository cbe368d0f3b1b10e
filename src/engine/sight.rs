//! Seeing every row, although row level security may hide some from this session.
//!
//! A table's owner is bound by its policies too where they are forced, and then a query returns
//! fewer rows and no error: what is counted as nothing would be dropped as nothing. So whoever
//! reads rows here first asks which tables hide some. For these the transaction acts as a role that
//! sees all, if the session may; otherwise the caller says so or refuses. And each such transaction
//! insists on seeing all, so that a query which would still be cut short is an error.

use std::collections::{BTreeMap, BTreeSet};

use super::attend::Attention;
use super::database::Database;
use super::error::{Error, Result};
use crate::dialect::{Cause, Dialect, ResultSet, SqlError};
use crate::schema::{Schema, Table, sql};

/// What is to be done with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// They are read.
    Read,
    /// They are changed too.
    Write,
}

/// How this session gets at the rows of tables.
#[derive(Debug, Default)]
pub struct Sight {
    /// Whether transactions insist on seeing all.
    insists: bool,
    /// Who the session is.
    user: String,
    /// The role that it acts as by itself.
    own: String,
    /// The role to act as for a table.
    roles: BTreeMap<String, String>,
    /// Tables of which rows stay hidden, each with a role that would see them, if there is one.
    hidden: BTreeMap<String, Option<String>>,
}

impl Sight {
    /// Finds out about the tables (`schema.table` in another schema) by what the catalogue says of
    /// them: asks no more where none has row level security.
    ///
    /// # Errors
    /// The database's.
    pub async fn over<'a>(
        db: &mut Database,
        schema: &Schema,
        tables: impl IntoIterator<Item = &'a str>,
        need: Need,
    ) -> Result<Self> {
        let guarded: BTreeSet<&str> = tables
            .into_iter()
            .filter(|t| schema.table(t).is_some_and(Table::is_guarded))
            .collect();
        Self::of(db, guarded.into_iter().map(str::to_owned).collect(), need).await
    }

    /// Finds out about the tables.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(db: &mut Database, tables: Vec<String>, need: Need) -> Result<Self> {
        let Some(security) = db.dialect().row_security() else {
            return Ok(Self::default());
        };
        if tables.is_empty() {
            return Ok(Self::default());
        }
        let query = security.hidden(&tables, need == Need::Write);
        let results = db
            .query("row level security cannot be looked up", &query)
            .await?;
        let mut sight = Self {
            insists: true,
            ..Self::default()
        };
        for mut row in results.into_iter().flat_map(|r| r.rows) {
            let mut get = |i: usize| row.get_mut(i).and_then(Option::take);
            let table = get(0).unwrap_or_default();
            sight.user = get(1).unwrap_or_default();
            sight.own = get(2).unwrap_or_default();
            match get(3) {
                Some(role) => drop(sight.roles.insert(table, role)),
                None => drop(sight.hidden.insert(table, get(4))),
            }
        }
        Ok(sight)
    }

    /// The same, insisting on seeing all also of tables that nobody asked about.
    #[must_use]
    pub fn strict(mut self, db: &Database) -> Self {
        self.insists = db.dialect().row_security().is_some();
        self
    }

    /// Whether rows of the table stay hidden.
    pub fn hides(&self, table: &str) -> bool {
        self.hidden.contains_key(table)
    }

    /// The tables of which rows stay hidden.
    pub fn hidden(&self) -> Vec<&str> {
        self.hidden.keys().map(String::as_str).collect()
    }

    /// The role to act as when rows of the table are read.
    pub fn reader(&self, table: &str) -> &str {
        let own = match self.own.as_str() {
            "" => "none",
            own => own,
        };
        self.roles.get(table).map_or(own, String::as_str)
    }

    /// The statement by which an administrator lets this session see all, where a role can.
    pub fn grant(&self, db: &Database) -> Option<String> {
        let role = self.hidden.values().next()?.as_ref()?;
        let (role, user) = (db.dialect().ident(role), db.dialect().ident(&self.user));
        Some(format!("GRANT {role} TO {user}"))
    }

    /// Refuses where rows stay hidden.
    ///
    /// # Errors
    /// Exit code 6, naming tables and what would help.
    pub fn all(self, db: &Database) -> Result<Self> {
        if self.hidden.is_empty() {
            return Ok(self);
        }
        let tables = self.hidden();
        let user = db.dialect().ident(&self.user);
        let hint = match self.grant(db) {
            Some(grant) => format!("let an administrator run: {grant}"),
            None => format!(
                "let an administrator GRANT {user} a role with BYPASSRLS that has rights on these tables"
            ),
        };
        Err(
            Error::refused("row level security hides rows from this role")
                .on(&db.target)
                .because(format!("it is bound on {}", tables.join(", ")))
                .because("what it cannot see it can neither count nor spare; nothing was changed")
                .hint(hint),
        )
    }
}

/// Statements of one transaction, each as a role that sees all rows of its table.
pub struct Batch<'a> {
    d: &'static dyn Dialect,
    sight: &'a Sight,
    statements: Vec<String>,
    acting: &'a str,
    wanted: Vec<usize>,
}

impl<'a> Batch<'a> {
    /// For a transaction that is open; where none is, the statements of one message are one.
    pub fn new(db: &Database, sight: &'a Sight) -> Self {
        Self::after(db, sight, Vec::new())
    }

    /// For a transaction that begins here.
    pub fn begin(db: &Database, sight: &'a Sight) -> Self {
        Self::after(db, sight, vec![db.dialect().begin().to_owned()])
    }

    /// For a transaction that these statements begin.
    pub fn after(db: &Database, sight: &'a Sight, mut statements: Vec<String>) -> Self {
        let d = db.dialect();
        if let (true, Some(security)) = (sight.insists, d.row_security()) {
            statements.push(security.insist().to_owned());
        }
        Self {
            d,
            sight,
            statements,
            acting: &sight.own,
            wanted: Vec::new(),
        }
    }

    /// Adds a statement on a table.
    pub fn on(&mut self, table: &str, sql: String) {
        let role = self.sight.roles.get(table);
        self.act_as(role.map_or(&self.sight.own, String::as_str));
        self.statements.push(sql);
    }

    /// Adds a query on a table, whose rows are wanted.
    pub fn ask(&mut self, table: &str, sql: String) {
        self.on(table, sql);
        self.wanted.push(self.statements.len() - 1);
    }

    /// Adds a statement on tables of saasdb's own.
    pub fn own(&mut self, sql: String) {
        self.act_as(&self.sight.own);
        self.statements.push(sql);
    }

    fn act_as(&mut self, role: &'a str) {
        if let (true, Some(security)) = (role != self.acting, self.d.row_security()) {
            self.statements.push(security.act_as(role));
            self.acting = role;
        }
    }

    /// The statements; whatever follows them is done as the session itself.
    pub fn into_statements(mut self) -> Vec<String> {
        self.act_as(&self.sight.own);
        self.statements
    }

    /// Sends it in one message: the results of what was asked. A signal may cancel it.
    ///
    /// # Errors
    /// The database's, with the statement that it refused. What was open stays open.
    pub async fn send(mut self, db: &mut Database) -> Result<Vec<ResultSet>, Refusal> {
        let wanted = std::mem::take(&mut self.wanted);
        // A thousand rows are text enough not to be kept in pieces and as a whole.
        let script = self.into_statements().join(";\n");
        match db.run_with(&script, Attention::cancellable()).await {
            Ok(mut results) => Ok(wanted
                .into_iter()
                .filter_map(|i| results.get_mut(i).map(std::mem::take))
                .collect()),
            Err(error) => {
                let statement = sql::split(&script)
                    .get(error.statement)
                    .map(|s| (*s).to_owned());
                Err(Refusal { error, statement })
            }
        }
    }
}

/// An error of a [`Batch`].
pub struct Refusal {
    /// The database's error.
    pub error: SqlError,
    /// The statement that it is about.
    pub statement: Option<String>,
}

impl Refusal {
    /// As the user meets it.
    pub fn explain(self, db: &Database, what: &str) -> Error {
        let stopped = matches!(self.error.cause, Cause::Cancelled | Cause::LockTimeout);
        if stopped && db.interrupt.raised() {
            return db.interrupt.error().on(&db.target);
        }
        let hides = db
            .dialect()
            .row_security()
            .is_some_and(|s| s.would_hide(&self.error));
        if hides {
            return Error::refused("row level security hides rows from this role")
                .on(&db.target)
                .because(self.error.to_string())
                .because("nothing was changed")
                .hint("use a role with BYPASSRLS");
        }
        let out = Error::sql(what, &self.error).on(&db.target);
        match self.statement {
            Some(sql) => out.statement(&sql),
            None => out,
        }
    }
}

/// Runs queries, each on its table, and returns their rows; within the transaction, if one is open.
///
/// # Errors
/// The database's; exit code 6 where rows would be left out.
pub async fn read(
    db: &mut Database,
    sight: &Sight,
    what: &str,
    queries: Vec<(&str, String)>,
) -> Result<Vec<ResultSet>> {
    if queries.is_empty() {
        return Ok(Vec::new());
    }
    let mut batch = Batch::new(db, sight);
    for (table, sql) in queries {
        batch.ask(table, sql);
    }
    batch.send(db).await.map_err(|e| e.explain(db, what))
}
