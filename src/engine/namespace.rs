//! The schema within the database in which a set has its place, where one was chosen.

use super::database::Database;
use super::error::{Error, Result};
use super::migration::Migration;
use super::operate::{Context, check_set};
use super::send;
use crate::dialect::{Atomicity, Cause, Schemas};

impl Database {
    /// The schema that was chosen, and what its database knows of schemas.
    fn chosen(&self) -> Option<(&'static dyn Schemas, &str)> {
        Some((self.dialect().schemas()?, self.target.schema.as_deref()?))
    }

    /// Whether a schema was chosen that is not there, as of the last look.
    pub fn schema_missing(&self) -> bool {
        self.target.schema.is_some() && self.facts.schema.is_none()
    }

    /// The statement that makes the schema which was chosen, if it is not there.
    pub fn create_schema(&self) -> Option<String> {
        let (schemas, name) = self.chosen().filter(|_| self.schema_missing())?;
        Some(schemas.create(name))
    }

    /// The statement by which a script enters the schema that was chosen. Our own sessions are in
    /// it from the start; what is printed for another program has to say so.
    pub fn enter_schema(&self, how: Atomicity) -> Option<String> {
        self.chosen()
            .map(|(schemas, name)| schemas.enter(name, how))
    }

    /// The key of the runner's lock. Database and schema are as the server names them, because a
    /// URL may say the one in several ways, and the other may be chosen or just be the first.
    pub(super) fn lock_key(&self, set: &str) -> String {
        let database = &self.target.name;
        match self.facts.schema.as_ref().or(self.target.schema.as_ref()) {
            Some(schema) => format!("saasdb/{database}/{schema}/{set}"),
            None => format!("saasdb/{database}/{set}"),
        }
    }

    /// Refuses to take for empty what only seems to be, because this role may not use the schema.
    pub(super) async fn check_withheld(&mut self) -> Result<()> {
        if self.facts.schema.is_some() || self.dialect().schemas().is_none() {
            return Ok(());
        }
        let Some((schemas, name)) = self.chosen() else {
            return Err(Error::failed("there is no schema to work in")
                .on(&self.target)
                .because("the role lacks USAGE on the schemas of its search path, or none of them is there")
                .hint("let an owner run GRANT USAGE ON SCHEMA public TO ROLE, or name another one: `--schema NAME`"));
        };
        let (query, ident) = (schemas.withheld(name), self.dialect().ident(name));
        let found = self
            .query("the schema cannot be looked for", &query)
            .await?;
        if found.iter().all(|r| r.rows.is_empty()) {
            return Ok(());
        }
        Err(Error::failed("this role may not use the schema")
            .on(&self.target)
            .because("it is there, but the role lacks USAGE on it")
            .hint(format!(
                "let its owner run GRANT USAGE, CREATE ON SCHEMA {ident} TO ROLE"
            )))
    }

    /// Refuses a migration outside of a transaction behind a pooler, which keeps the choice of a
    /// schema no longer than a transaction.
    pub(super) fn check_reach(&self, migration: &Migration) -> Result<()> {
        if self.target.schema.is_none() || self.transaction_settings().is_none() {
            return Ok(());
        }
        Err(Error::refused(
            "a migration outside a transaction cannot reach a schema through a pooler",
        )
        .migration(&migration.name)
        .on(&self.target)
        .because("the pooler keeps the choice of a schema no longer than a transaction")
        .hint("connect to the server itself; nothing was changed"))
    }

    /// Makes the schema that was chosen where it is not there, and looks again; false where
    /// somebody else made it. The caller holds the lock.
    ///
    /// # Errors
    /// When the role may not.
    pub(in crate::engine) async fn make_schema(&mut self) -> Result<bool> {
        let Some(statement) = self.create_schema() else {
            return Ok(false);
        };
        let sent = send::patiently(self, &statement, false).await;
        let made = sent.is_ok();
        if let Err((error, blockers)) = sent {
            let failed = Error::sql("the schema cannot be made", &error)
                .on(&self.target)
                .statement(&statement)
                .blocked_by(blockers);
            match error.cause {
                // PostgreSQL may say so as a unique violation too.
                Cause::AlreadyExists | Cause::Constraint => {}
                Cause::Permission => {
                    return Err(failed.hint(format!(
                        "let an administrator run GRANT CREATE ON DATABASE {} TO ROLE, or \
                         {statement} AUTHORIZATION ROLE",
                        self.dialect().ident(&self.target.name)
                    )));
                }
                _ => return Err(failed),
            }
        }
        self.look().await?;
        Ok(made)
    }
}

impl Context<'_> {
    /// Makes the schema that was chosen where it is not there.
    pub(super) async fn make_schema(&self, db: &mut Database) -> Result<()> {
        if !db.schema_missing() {
            return Ok(());
        }
        let made = db.make_schema().await?;
        if let Some(name) = db.target.schema.as_ref().filter(|_| made) {
            self.observer.note(&format!("created schema {name}"));
        }
        // Where somebody else was faster, another set may have it.
        check_set(db, self.source)
    }
}

/// The place holds another set.
pub(super) fn other_set(db: &Database, there: &str, wanted: &str) -> Error {
    let shared = "the sets share table names: one";
    let error = match &db.facts.schema {
        Some(schema) => Error::refused(format!(
            "the schema `{schema}` holds the schema set `{there}`, not `{wanted}`"
        ))
        .because(format!("{shared} schema holds one set"))
        .hint(format!(
            "use `--set {there}`, or give `{wanted}` a schema of its own: `--schema NAME`"
        )),
        None => Error::refused(format!(
            "this database holds the schema set `{there}`, not `{wanted}`"
        ))
        .because(format!("{shared} database holds one set"))
        .hint(format!("use `--set {there}`, or another database")),
    };
    error.on(&db.target)
}
