//! Errors as the user meets them: what failed, on which migration and database, why, what next.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::Serialize;

use crate::dialect::url::redact_all;
use crate::dialect::{self, Cause};

/// The exit codes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// The database or the system failed.
    Failed = 1,
    /// The command line or the configuration is wrong; nothing was tried.
    Usage = 2,
    /// There are pending migrations (`--exit-code`), or what was asked for needs them first.
    Pending = 3,
    /// Something is not as it should be: checksum mismatch, missing version, drift.
    Findings = 4,
    /// Another run holds the lock.
    LockHeld = 5,
    /// Refused because data or a production database is at stake, or because a subscription does not
    /// allow it.
    Refused = 6,
    /// Interrupted by Ctrl-C (SIGINT).
    Interrupted = 130,
    /// Interrupted by SIGTERM.
    Terminated = 143,
}

/// An error with everything that a message needs. Boxed, because results are passed around a lot
/// more often than they fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Error(Box<Details>);

/// The parts of an [`Error`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Details {
    /// The exit code it leads to.
    #[serde(skip)]
    pub exit: Exit,
    /// What failed, in one sentence.
    pub message: String,
    /// The migration it happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
    /// The statement it happened at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The database, without its password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The schema, where one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Why, in the database's words or ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The result of everything in the engine.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a message only.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            exit,
            // Whatever is repeated may be a URL in the wrong place.
            message: redact_all(&message.into()),
            migration: None,
            statement: None,
            database: None,
            schema: None,
            why: Vec::new(),
            hint: None,
        }))
    }

    /// The database or the system failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The command line or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Migrations have to be applied before `what` can be done.
    pub fn pending(what: &str, names: &[&str]) -> Self {
        let mut shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
        if names.len() > 3 {
            shown.push_str(&format!(" and {} more", names.len() - 3));
        }
        let migrations = match names.len() {
            1 => "1 migration".to_owned(),
            n => format!("{n} migrations"),
        };
        Self::new(Exit::Pending, format!("{what} needs {migrations} first"))
            .because(format!("pending: {shown}"))
    }

    /// Refused for safety.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Adds the migration.
    #[must_use]
    pub fn migration(mut self, name: impl Into<String>) -> Self {
        self.migration = Some(name.into());
        self
    }

    /// Adds the statement, shortened to what fits a screen.
    #[must_use]
    pub fn statement(mut self, sql: &str) -> Self {
        let one_line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut short: String = one_line.chars().take(200).collect();
        if short.len() < one_line.len() {
            short.push('…');
        }
        self.statement = Some(short);
        self
    }

    /// Adds the database, and the schema where one was chosen.
    #[must_use]
    pub fn on(mut self, target: &dialect::Target) -> Self {
        self.database = Some(target.to_string());
        self.schema.clone_from(&target.schema);
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(redact_all(&why.into()));
        self
    }

    /// Adds the sessions that stood in the way.
    #[must_use]
    pub fn blocked_by(mut self, sessions: Vec<String>) -> Self {
        self.why
            .extend(sessions.into_iter().map(|s| format!("blocked by {s}")));
        self
    }

    /// Says of an interrupt what it left, where everything was rolled back; other errors stay as they are.
    #[must_use]
    pub fn if_interrupted(self, left: &str) -> Self {
        match self.exit {
            Exit::Interrupted | Exit::Terminated => self
                .because(format!("rolled back: {left}, and the lock is released"))
                .hint("run the same command again"),
            _ => self,
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// An error from the database: its words, and a hint where the cause suggests one.
    pub fn sql(message: impl Into<String>, error: &crate::dialect::SqlError) -> Self {
        let built = Self::failed(message).because(error.to_string());
        match cause_hint(error.cause) {
            Some(hint) => built.hint(hint),
            None => built,
        }
    }
}

/// What usually helps against a cause.
fn cause_hint(cause: Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::LockTimeout => {
            "another session holds a lock on the table; run again when it has ended, or raise `--ddl-retry-for`"
        }
        Cause::Conflict => "another session was at the same rows; run the command again",
        Cause::Cancelled => {
            "somebody cancelled the statement, or a time limit of the server did; run the command again"
        }
        Cause::AlreadyExists => {
            "if the application made this object, adopt it with `saasdb migrate baseline --to VERSION`"
        }
        Cause::Permission => {
            "use a role that may do this, for migrations the one that owns the tables; docs/privileges.md has \
             the GRANT statements for each command"
        }
        Cause::ReadOnly => "connect to a server, file and role that may write",
        Cause::Authentication => "check user and password in DATABASE_URL",
        Cause::NoDatabase => "make the database with `saasdb setup`",
        Cause::Unreachable => {
            "check host, port and that the server runs; `--wait 30s` waits for it to start"
        }
        Cause::Full => {
            "the disk is full: free space where the database lives, then run the command again"
        }
        Cause::NotADatabase => {
            "check the path; saasdb does not overwrite a file that it does not know"
        }
        Cause::Undefined | Cause::Constraint | Cause::Other => return None,
    })
}

impl Deref for Error {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for why in &self.why {
            write!(f, ": {why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
