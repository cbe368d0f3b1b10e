//! Sending scripts: retries while tables are locked, and finding out who locks them.

use std::time::{Duration, Instant};

use super::attend::Attention;
use super::backoff::Backoff;
use super::database::Database;
use super::script::Piece;
use crate::dialect::{Cause, ResultSet, SqlError};

/// Sends the end of a transaction. On SQLite a reader can keep COMMIT waiting; the transaction is
/// still open then, so only COMMIT is repeated.
pub(super) async fn commit(db: &mut Database, closing: &[Piece]) -> Result<(), SqlError> {
    let start = Instant::now();
    let mut from = 0;
    loop {
        let script = join(closing[from..].iter().map(|p| p.sql.as_str()));
        match db.run(&script).await {
            Ok(_) => return Ok(()),
            Err(e)
                if e.cause == Cause::LockTimeout
                    && start.elapsed() < db.limits.ddl_retry_for
                    && !db.interrupt.raised() =>
            {
                from += e.statement;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(mut e) => {
                e.statement += from;
                return Err(e);
            }
        }
    }
}

/// Ends a transaction that failed. The connection may be gone; then so is the transaction.
pub(super) async fn abandon(db: &mut Database, after: Option<&str>) {
    let _ = db.run("ROLLBACK").await;
    if let Some(after) = after {
        let _ = db.run(after).await;
    }
}

/// Runs statements in one transaction of their own; after an error nothing of them stays.
pub(super) async fn in_transaction(
    db: &mut Database,
    statements: &[String],
) -> Result<(), SqlError> {
    let begin = db.dialect().begin();
    let all = std::iter::once(begin)
        .chain(statements.iter().map(String::as_str))
        .chain(std::iter::once("COMMIT"));
    let outcome = db.run(&join(all)).await;
    if outcome.is_err() {
        abandon(db, None).await;
    }
    outcome.map(drop)
}

pub(super) type Failure = (SqlError, Vec<String>);

/// Runs a script; tries again while tables are locked, for as long as the limits say. `roll_back`
/// where it opens a transaction: a failed attempt leaves that open, and a signal may cancel it. The
/// error comes with whoever held it up.
pub(super) async fn patiently(
    db: &mut Database,
    script: &str,
    roll_back: bool,
) -> Result<Vec<ResultSet>, Failure> {
    let mut patience = Patience::new(db);
    loop {
        let failure = match once(db, script, roll_back).await {
            Ok(results) => return Ok(results),
            Err(failure) => patience.remember(failure),
        };
        let again = match roll_back {
            true => patience.allows(db, &failure.0),
            false => failure.0.cause == Cause::LockTimeout && patience.lasts(db),
        };
        if !again {
            return Err(failure);
        }
        if roll_back {
            let _ = db.run("ROLLBACK").await;
        }
        if !patience.pause(db).await {
            return Err(failure);
        }
    }
}

/// Runs a script and notes who holds it up.
pub(super) async fn once(
    db: &mut Database,
    script: &str,
    cancel: bool,
) -> Result<Vec<ResultSet>, Failure> {
    let mut blockers = Vec::new();
    let attention = Attention {
        blockers: Some(&mut blockers),
        cancel,
    };
    let outcome = db.run_with(script, attention).await;
    outcome.map_err(|error| (error, blockers))
}

/// For how long locked tables are tried again, and with what pauses.
pub(super) struct Patience {
    start: Instant,
    limit: Duration,
    backoff: Backoff,
    blockers: Vec<String>,
}

impl Patience {
    pub(super) fn new(db: &Database) -> Self {
        Self {
            start: Instant::now(),
            limit: db.limits.ddl_retry_for,
            backoff: Backoff::default(),
            blockers: Vec::new(),
        }
    }

    /// Adds to a failure who was seen in the way in an earlier attempt, where this one saw nobody.
    pub(super) fn remember(&mut self, (error, blockers): Failure) -> Failure {
        if !blockers.is_empty() {
            self.blockers = blockers;
        }
        (error, self.blockers.clone())
    }

    /// Whether the failure is one that passes, and there is time for one more attempt of a transaction.
    pub(super) fn allows(&self, db: &Database, error: &SqlError) -> bool {
        // What a transaction did is gone after the server broke it off because of another one.
        matches!(error.cause, Cause::LockTimeout | Cause::Conflict) && self.lasts(db)
    }

    /// For locks that are waited for only briefly at a time: no shorter in all than asked for at once.
    pub(super) fn for_locks(db: &Database) -> Self {
        let mut patience = Self::new(db);
        patience.limit = patience.limit.max(db.limits.ddl_lock_timeout);
        patience
    }

    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.start.elapsed())
    }

    /// Whether there is time for one more attempt, and nobody wants to stop.
    fn lasts(&self, db: &Database) -> bool {
        !self.left().is_zero() && !db.interrupt.raised()
    }

    /// Waits for the next attempt; false where a signal came.
    pub(super) async fn pause(&mut self, db: &Database) -> bool {
        let pause = self.backoff.pause().min(self.left());
        tokio::select! {
            _ = db.interrupt.heard() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }
}

/// Joins statements to a script.
pub(super) fn join<'a>(statements: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for statement in statements {
        out.push_str(statement.trim_end().trim_end_matches(';'));
        out.push_str(";\n");
    }
    out
}
