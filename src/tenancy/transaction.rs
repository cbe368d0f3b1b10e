//! Transactions on rows that the application works on at the same time: what got into another one's
//! way is done again from the beginning.

use std::time::{Duration, Instant};

use crate::dialect::{Cause, ResultSet, SqlError};
use crate::engine::backoff::below;
use crate::engine::{Database, Error, Result};

/// Why a transaction stopped.
pub(super) enum Stop {
    /// What was asked for cannot be done.
    Refused(Error),
    /// The database said no; with the sessions that were waited for.
    Sql(SqlError, Vec<String>),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self::Sql(error, Vec::new())
    }
}

/// How often a row may be refused because another transaction was faster; then something else must
/// be wrong with it.
const CLASHES: u32 = 3;

/// Runs `body`, which begins a transaction with [`open`] and ends it with [`finish`]. When it stops
/// nothing of it stays; where another transaction was in its way it runs again, for as long as
/// locked tables are waited for elsewhere. `what` is said where it fails, and `unchanged` what that
/// means for the data.
pub(super) async fn run<T>(
    db: &mut Database,
    what: &str,
    unchanged: &str,
    mut body: impl AsyncFnMut(&mut Database) -> Result<T, Stop>,
) -> Result<T> {
    let start = Instant::now();
    let mut clashes = 0;
    loop {
        let stop = match body(db).await {
            Ok(done) => return Ok(done),
            Err(stop) => stop,
        };
        // The connection may be gone; then so is the transaction.
        let _ = db.run("ROLLBACK").await;
        let (error, blockers) = match stop {
            Stop::Refused(error) => return Err(error.because(unchanged)),
            Stop::Sql(error, blockers) => (error, blockers),
        };
        let again = match error.cause {
            Cause::LockTimeout | Cause::Conflict => start.elapsed() < db.limits.ddl_retry_for,
            Cause::Constraint => {
                clashes += 1;
                clashes < CLASHES
            }
            _ => false,
        };
        // A connection that broke leaves open what became of a COMMIT; that is said below.
        if db.interrupt.raised() && error.cause != Cause::Unreachable {
            let stopped = db.interrupt.error().on(&db.target);
            return Err(stopped.because(unchanged));
        }
        if !again {
            let failure = Error::sql(what, &error).on(&db.target).blocked_by(blockers);
            return Err(match error.cause {
                Cause::Unreachable => failure.because("it was done whole or not at all"),
                Cause::Permission => failure
                    .because(unchanged)
                    .hint("use a role that may read and write these tables"),
                _ => failure.because(unchanged),
            });
        }
        // Two that met must not meet again.
        let pause = Duration::from_millis(10) + below(Duration::from_millis(50));
        tokio::time::sleep(pause).await;
    }
}

/// Begins a transaction and runs its first statement, which waits for whoever holds the rows. What is
/// read after it is what they left.
pub(super) async fn open(db: &mut Database, first: &str) -> Result<Vec<ResultSet>, Stop> {
    let begin = db.dialect().begin_after_others();
    let mut opening: Vec<String> = begin.iter().map(|s| (*s).to_owned()).collect();
    opening.extend(db.transaction_settings());
    let script = format!("{}; {first}", opening.join("; "));
    match db.run_watched(&script).await {
        Ok(results) => Ok(results.into_iter().skip(opening.len()).collect()),
        Err((error, blockers)) => Err(Stop::Sql(error, blockers)),
    }
}

/// Runs statements that write a row each, and commits. From here on a signal cuts nothing short.
pub(super) async fn finish(db: &mut Database, statements: &[String]) -> Result<(), Stop> {
    if db.interrupt.raised() {
        return Err(db.interrupt.error().on(&db.target).into());
    }
    db.interrupt.enter_critical();
    let written = db.run(&statements.join("; ")).await?;
    if written.iter().any(|r| r.affected != 1) {
        let why = "the rows were changed by another session";
        return Err(SqlError::local(Cause::Conflict, why).into());
    }
    db.run("COMMIT").await?;
    Ok(())
}
