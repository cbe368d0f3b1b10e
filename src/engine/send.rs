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

/// Sends a script that opens its own transaction; see [`patiently`].
pub(super) async fn send(db: &mut Database, pieces: &[Piece]) -> Result<Vec<ResultSet>, Failure> {
    let script = join(pieces.iter().map(|p| p.sql.as_str()));
    patiently(db, &script, true).await
}

/// Runs a script; tries again while tables are locked, for as long as the limits say. `roll_back`
/// where it opens a transaction: a failed attempt leaves that open, and a signal may cancel it. The
/// error comes with whoever held it up.
pub(super) async fn patiently(
    db: &mut Database,
    script: &str,
    roll_back: bool,
) -> Result<Vec<ResultSet>, Failure> {
    let start = Instant::now();
    let mut backoff = Backoff::default();
    let mut blockers = Vec::new();
    loop {
        let attention = Attention {
            blockers: Some(&mut blockers),
            cancel: roll_back,
        };
        let error = match db.run_with(script, attention).await {
            Ok(results) => return Ok(results),
            Err(error) => error,
        };
        let left = db.limits.ddl_retry_for.saturating_sub(start.elapsed());
        if error.cause != Cause::LockTimeout || left.is_zero() || db.interrupt.raised() {
            return Err((error, blockers));
        }
        if roll_back {
            let _ = db.run("ROLLBACK").await;
        }
        tokio::select! {
            _ = db.interrupt.heard() => return Err((error, blockers)),
            () = tokio::time::sleep(backoff.pause().min(left)) => {}
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
