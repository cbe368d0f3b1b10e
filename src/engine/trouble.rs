//! The errors of a run: what failed, what is done before it, what state the database is in.

use super::apply::{Done, Run, Span};
use super::database::Database;
use super::error::Error;
use super::migration::{Direction, Migration};
use super::plan::Step;
use super::script::Piece;
use crate::dialect::{Cause, SqlError};

pub(super) fn with_progress(error: Error, done: &[Done], run: &Run<'_>) -> Error {
    let left = run.steps.len() - done.len();
    match done.last() {
        Some(last) if run.span == Span::Migration => error.because(format!(
            "{} of {} done before it, the last one {}; {left} not done",
            done.len(),
            run.steps.len(),
            last.name
        )),
        _ => error,
    }
}

pub(super) fn stopped(db: &Database, done: &[Done], steps: &[Step]) -> Error {
    let error = db.interrupt.error().on(&db.target);
    let error = match done.last() {
        Some(last) => error.because(format!(
            "{} of {} migrations done, the last one {}",
            done.len(),
            steps.len(),
            last.name
        )),
        None => error.because("no migration was run"),
    };
    error
        .because("no migration is half done and the lock is released")
        .hint(go_on(steps))
}

pub(super) fn orphans(
    db: &Database,
    run: &Run<'_>,
    steps: &[Step],
    broken: &[&Vec<Option<String>>],
) -> Error {
    let names: Vec<String> = broken
        .iter()
        .take(5)
        .map(|r| {
            let get = |i: usize| r.get(i).cloned().flatten().unwrap_or_default();
            format!("rows of {} would refer to nothing in {}", get(0), get(1))
        })
        .collect();
    let mut error =
        Error::refused("rows would be left without their parent; rolled back").on(&db.target);
    if let Some(step) = steps.last() {
        error = error.migration(&run.source.migrations[step.index].name);
    }
    error
        .because(names.join("; "))
        .hint("delete or change those rows, or drop their foreign key, then run again")
}

/// Which statement of which migration failed, and why.
pub(super) fn explain(
    db: &Database,
    run: &Run<'_>,
    steps: &[Step],
    pieces: &[Piece],
    error: &SqlError,
    blockers: Vec<String>,
) -> Error {
    let failed = pieces.get(error.statement);
    let migration = |s: usize| -> &Migration { &run.source.migrations[steps[s].index] };
    if error.cause == Cause::Unreachable {
        return broken(db, &migration(0).name, pieces, error);
    }
    let mut out = match failed.and_then(|p| p.of) {
        Some((s, i)) => {
            let m = migration(s);
            let verb = match steps[s].direction {
                Direction::Up => "apply",
                Direction::Down => "revert",
            };
            let total = m.statements(steps[s].direction).len();
            Error::sql(
                format!(
                    "could not {verb} a migration (statement {} of {total})",
                    i + 1
                ),
                error,
            )
            .migration(&m.name)
        }
        None => {
            let name = &migration(0).name;
            let what = if error.cause == Cause::Constraint {
                "another program applied this migration at the same time"
            } else if failed.is_some_and(|p| p.sql.starts_with("LOCK TABLE ")) {
                "could not lock the tables that a migration changes"
            } else {
                "could not record a migration"
            };
            Error::sql(what, error).migration(name)
        }
    };
    if let Some(piece) = failed {
        out = out.statement(&piece.sql);
    }
    out.blocked_by(blockers).because(ROLLED_BACK).on(&db.target)
}

const ROLLED_BACK: &str = "rolled back: this migration changed nothing";

/// The connection broke. Which statement the server was at cannot be told: answers come in one piece.
fn broken(db: &Database, migration: &str, pieces: &[Piece], error: &SqlError) -> Error {
    let out = Error::sql("the connection broke during a migration", error)
        .migration(migration)
        .on(&db.target);
    if pieces.last().is_some_and(|p| p.sql == "COMMIT") {
        out.because("its end was on its way: it is done whole or not at all")
            .hint(
                "`saasdb migrate status` shows whether it is done; then run the same command again",
            )
    } else {
        out.because(ROLLED_BACK)
    }
}

/// A migration that a signal cancelled. Whatever the server answered it answered before COMMIT.
pub(super) fn cancelled(
    db: &Database,
    run: &Run<'_>,
    steps: &[Step],
    pieces: &[Piece],
    error: &SqlError,
) -> Error {
    let failed = pieces.get(error.statement);
    let step = failed.and_then(|p| p.of).map_or(0, |(s, _)| s);
    let mut out = db
        .interrupt
        .error()
        .migration(&run.source.migrations[steps[step].index].name)
        .on(&db.target)
        .because(match run.span {
            Span::Migration => ROLLED_BACK,
            Span::Run => "rolled back: the whole run changed nothing",
        })
        .because("the lock is released")
        .hint(go_on(run.steps));
    if let Some(piece) = failed {
        out = out.statement(&piece.sql);
    }
    out
}

/// How to go on after an interrupt. The same words again would revert further migrations.
fn go_on(steps: &[Step]) -> &'static str {
    if steps.iter().all(|s| s.direction == Direction::Up) {
        "run the same command to go on"
    } else {
        "`saasdb migrate status` shows where things stand; `down --to VERSION` goes on to a fixed point"
    }
}

/// An error that came because a signal ended the waiting.
pub(super) fn interrupted_by(db: &Database, mut error: Error) -> Error {
    error.exit = db.interrupt.error().exit;
    error.message = format!("interrupted: {}", error.message);
    error
}
