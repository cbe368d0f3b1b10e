//! Sending scripts: retries while tables are locked, and finding out who locks them.

use std::time::{Duration, Instant};

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
                if e.cause == Cause::LockTimeout && start.elapsed() < db.limits.ddl_retry_for =>
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
/// where a failed attempt leaves a transaction open. The error comes with whoever held it up.
pub(super) async fn patiently(
    db: &mut Database,
    script: &str,
    roll_back: bool,
) -> Result<Vec<ResultSet>, Failure> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(100);
    let mut blockers = Vec::new();
    loop {
        match watched(db, script, &mut blockers).await {
            Err(e)
                if e.cause == Cause::LockTimeout
                    && start.elapsed() < db.limits.ddl_retry_for
                    && !db.interrupt.raised() =>
            {
                if roll_back {
                    let _ = db.run("ROLLBACK").await;
                }
                // Jitter from the clock: two runners should not meet again at the same moment.
                let jitter = Duration::from_millis(u64::from(start.elapsed().subsec_nanos() % 50));
                tokio::time::sleep(pause + jitter).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(e) => return Err((e, blockers)),
            Ok(results) => return Ok(results),
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

/// Runs a script; when it takes long, asks on a second connection for whom it waits.
pub(super) async fn watched(
    db: &mut Database,
    script: &str,
    blockers: &mut Vec<String>,
) -> Result<Vec<ResultSet>, SqlError> {
    let Some(query) = db
        .facts
        .session_id
        .clone()
        .and_then(|id| db.dialect().blockers(&id))
    else {
        return db.run(script).await;
    };
    let patience = db.limits.ddl_lock_timeout / 2;
    let options = crate::dialect::ConnectOptions {
        application: "saasdb (who blocks?)".to_owned(),
        ddl_lock_timeout: db.limits.ddl_lock_timeout,
        connect_timeout: db.limits.connect_timeout,
        create: false,
        read_only: true,
    };
    let target = db.target.clone();
    let work = db.run(script);
    tokio::pin!(work);
    tokio::select! {
        outcome = &mut work => return outcome,
        () = tokio::time::sleep(patience) => {}
    }
    let watch = async {
        let mut session = target
            .backend
            .dialect()
            .connect(&target, &options)
            .await
            .ok()?;
        let found = session.run(&query).await.ok()?;
        session.close().await;
        Some(
            found
                .first()?
                .rows
                .iter()
                .filter_map(|r| r.first()?.clone())
                .collect::<Vec<String>>(),
        )
    };
    tokio::pin!(watch);
    tokio::select! {
        outcome = &mut work => return outcome,
        found = &mut watch => *blockers = found.unwrap_or_default(),
    }
    work.await
}
