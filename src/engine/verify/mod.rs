//! Verifying that migrations can be taken back: on a scratch database, with rows in every table.
//!
//! Up one by one, filling every table on the way; down one by one; up again. After each step the
//! schema has to be what it was at that place before, and rows in tables that the migration did not
//! make have to be the same to the byte.

pub(super) mod content;
mod draft;
mod expr;
mod fill;
pub(super) mod look;
mod value;
mod walk;

use serde::Serialize;

use super::apply::Observer;
use super::database::Limits;
use super::error::Result;
use super::interrupt::Interrupt;
use super::migration::Source;
use super::scratch::{Scratch, Wanted};
use crate::dialect::Target;

/// What the names of scratch databases begin with; a random number follows. A run that was killed
/// leaves one behind.
pub const PREFIX: &str = "saasdb_verify_";

/// What is to be verified, and where.
pub struct Request<'a> {
    /// The migrations, rendered both ways.
    pub source: &'a Source,
    /// The database on whose server the scratch database is made; it is not touched itself.
    pub target: &'a Target,
    /// Where the scratch database is made instead: on the server of that URL, or the SQLite file that
    /// it names, which may not be there yet.
    pub scratch_url: Option<&'a Target>,
    /// Leave the scratch database there.
    pub keep: bool,
    /// Time limits.
    pub limits: &'a Limits,
    /// Whether the user asked to stop. Anything is cut short then, and the scratch database removed.
    pub interrupt: &'a Interrupt,
    /// Who hears how it goes.
    pub observer: &'a dyn Observer,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The scratch database's URL without its password.
    pub scratch: String,
    /// Whether it was left there.
    pub kept: bool,
    /// The migrations, oldest first, as far as they were tried.
    pub migrations: Vec<Tried>,
    /// What is wrong, in the order in which it was found.
    pub failures: Vec<Failure>,
    /// What could not be tried, and why.
    pub notes: Vec<Note>,
}

/// A migration that was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// How long applying it took, in milliseconds; `None` where it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_ms: Option<u64>,
    /// How long reverting it took, in milliseconds; `None` where it failed or was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_ms: Option<u64>,
    /// How long applying it again took, in milliseconds; `None` where it failed or was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_ms: Option<u64>,
    /// Rows of other tables that were there while it was reverted, and were compared.
    pub rows: usize,
}

/// When something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// While it was applied.
    Up,
    /// While it was reverted.
    Down,
    /// While it was applied for the second time.
    UpAgain,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The database or the engine refused it.
    Refused,
    /// The schema is not what it was at that place before.
    Schema,
    /// Rows of a table that the migration did not make are gone.
    RowsLost,
    /// A value in a table that the migration did not make is another one.
    RowsChanged,
    /// Rows that applying it brought into another table are still there.
    RowsLeft,
}

/// A failure of a migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The migration's name.
    pub migration: String,
    /// When.
    pub when: When,
    /// What.
    pub what: What,
    /// The object: `index users.users_email_idx`, `row 3 of users`, `statement 2`.
    pub object: String,
    /// The rest: both sides of a difference, the database's words.
    pub detail: String,
}

/// Something that could not be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The migration after which it was to be tried.
    pub migration: String,
    /// The object: a table, a column.
    pub object: String,
    /// Why not.
    pub detail: String,
}

impl Verified {
    /// Whether every migration went up, down and up again as it should.
    pub fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Makes a scratch database, tries the migrations on it and removes it.
///
/// # Errors
/// When that could not be done: no scratch database can be made, the connection broke, the user
/// interrupted. What is wrong with a migration is no error but in the result.
pub async fn run(request: &Request<'_>) -> Result<Verified> {
    // From here on a signal is answered here, after the scratch database was removed.
    request.interrupt.enter_critical();
    let wanted = Wanted {
        prefix: PREFIX,
        command: "migrate verify",
        backend: request.source.backend,
        target: request.target,
        scratch_url: request.scratch_url,
        limits: request.limits,
    };
    let scratch = Scratch::make(&wanted).await?;
    let work = async {
        let db = scratch.open(&wanted).await?;
        walk::walk(request, db).await
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        error = request.interrupt.heard() => Err(error),
    };
    let outcome = outcome.map(|verified| Verified {
        kept: request.keep,
        ..verified
    });
    scratch.end(request.keep, outcome).await
}
