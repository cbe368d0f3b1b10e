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
    // The same words again would revert further ones.
    let only_up = steps.iter().all(|s| s.direction == Direction::Up);
    error
        .because("no migration is half done and the lock is released")
        .hint(if only_up {
            "run the same command to go on"
        } else {
            "`saasdb migrate status` shows where things stand; `down --to VERSION` goes on to a fixed point"
        })
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
            } else {
                "could not record a migration"
            };
            Error::sql(what, error).migration(name)
        }
    };
    if let Some(piece) = failed {
        out = out.statement(&piece.sql);
    }
    out = out.blocked_by(blockers);
    let committing = pieces.last().is_some_and(|p| p.sql == "COMMIT");
    if error.cause == Cause::Unreachable && committing {
        out.hint = Some(
            "`saasdb migrate status` shows whether it is there; then run the same command again"
                .to_owned(),
        );
        return out
            .because("the connection broke while it was being committed: it is applied whole or not at all")
            .on(&db.target);
    }
    out.because("rolled back: this migration changed nothing")
        .on(&db.target)
}

/// An error that came because a signal ended the waiting.
pub(super) fn interrupted_by(db: &Database, mut error: Error) -> Error {
    error.exit = db.interrupt.error().exit;
    error.message = format!("interrupted: {}", error.message);
    error
}
