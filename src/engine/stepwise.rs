//! Migrations that cannot be one transaction: on MySQL, where each DDL statement commits by
//! itself, and on PostgreSQL for those that asked to run outside one.
//!
//! Before a statement runs, its number is journalled; so after a crash the next run knows which
//! statement was in flight. Servers of the supported versions carry out a DDL statement whole or
//! not at all, so that statement is run again, and "it is there already" counts as done.

use std::time::{Duration, Instant};

use super::apply::{self, Run};
use super::database::{Database, who};
use super::error::{Error, Result};
use super::history;
use super::migration::{Direction, Migration};
use super::plan::{Resume, Step};
use crate::dialect::{Cause, SqlError};

/// Carries out one step, statement by statement.
pub(super) async fn run(db: &mut Database, run: &Run<'_>, step: &Step, last: bool) -> Result<()> {
    let d = db.dialect();
    let migration = &run.source.migrations[step.index];
    let by = who();
    let mut opening = apply::opening(db, run);
    match (step.direction, step.resume) {
        (Direction::Up, None) => opening.push(history::start_up(d, migration, &by)),
        (Direction::Down, None) => {
            if !db.history.records.contains_key(&migration.name) {
                // sea-orm applied it: the journal needs a row.
                opening.extend(history::record_foreign(d, migration, &by));
            }
            opening.push(history::start_down(d, &migration.name));
        }
        (Direction::Down, Some(r)) if r.tolerant => {
            opening.push(history::start_down(d, &migration.name))
        }
        (_, Some(_)) => {}
    }
    record(
        db,
        migration,
        &apply::join(opening.iter().map(String::as_str)),
    )
    .await?;
    if step.resume.is_some() {
        run.observer.note(&format!(
            "going on with {}, which was interrupted",
            migration.name
        ));
    }

    let statements = migration.statements(step.direction);
    let from = step.resume.map_or(0, |r| r.at).min(statements.len());
    for (i, statement) in statements.iter().enumerate().skip(from) {
        let state = match step.direction {
            Direction::Up => "applying",
            Direction::Down => "reverting",
        };
        record(
            db,
            migration,
            &history::journal(d, &migration.name, i + 1, state),
        )
        .await?;
        if let Err((error, blockers)) = patiently(db, statement).await {
            if forgiven(db, step.resume, i, &error) {
                continue;
            }
            let journal = history::journal_failure(d, &migration.name, &error.to_string());
            // If this fails too the connection is gone, and the statement counts as in doubt.
            let _ = db.run(&journal).await;
            return Err(explain(db, migration, step.direction, i, &error, blockers));
        }
    }

    let mut closing = vec![d.begin().to_owned()];
    closing.extend(match step.direction {
        Direction::Up => history::finish_up(d, &migration.name),
        Direction::Down => history::remove(d, &migration.name),
    });
    closing.push("COMMIT".to_owned());
    record(
        db,
        migration,
        &apply::join(closing.iter().map(String::as_str)),
    )
    .await?;
    // The tables are there now; the next step must not make them again.
    db.look().await?;
    if last {
        apply::store_snapshot(db).await?;
    }
    Ok(())
}

/// Whether a refused statement means that there is nothing to do.
fn forgiven(db: &Database, resume: Option<Resume>, at: usize, error: &SqlError) -> bool {
    let Some(resume) = resume else {
        return false;
    };
    let there = db.dialect().took_effect_before(error);
    (resume.in_doubt && resume.at == at && there)
        || (resume.tolerant && (there || error.cause == Cause::Undefined))
}

/// Runs a statement; tries again while tables are locked, for as long as the limits say.
async fn patiently(db: &mut Database, statement: &str) -> Result<(), (SqlError, Vec<String>)> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(100);
    loop {
        let mut blockers = Vec::new();
        match apply::watched(db, statement, &mut blockers).await {
            Ok(_) => return Ok(()),
            Err(e)
                if e.cause == Cause::LockTimeout
                    && start.elapsed() < db.limits.ddl_retry_for
                    && !db.interrupt.raised() =>
            {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(e) => return Err((e, blockers)),
        }
    }
}

async fn record(db: &mut Database, migration: &Migration, script: &str) -> Result<()> {
    if script.is_empty() {
        return Ok(());
    }
    db.run(script).await.map(drop).map_err(|e| {
        Error::sql("could not record a migration", &e)
            .migration(&migration.name)
            .on(&db.target)
    })
}

fn explain(
    db: &Database,
    migration: &Migration,
    direction: Direction,
    at: usize,
    error: &SqlError,
    blockers: Vec<String>,
) -> Error {
    let statements = migration.statements(direction);
    let verb = match direction {
        Direction::Up => "apply",
        Direction::Down => "revert",
    };
    let mut out = Error::sql(
        format!(
            "could not {verb} a migration (statement {} of {})",
            at + 1,
            statements.len()
        ),
        error,
    )
    .migration(&migration.name)
    .statement(&statements[at])
    .on(&db.target);
    for blocker in blockers {
        out = out.because(format!("blocked by {blocker}"));
    }
    if at > 0 {
        out = out.because(format!(
            "{} commits each statement by itself: the {at} before it stay done and are recorded",
            db.target.backend.label()
        ));
    }
    out.hint(format!(
        "mend the cause, then `saasdb migrate {}` goes on at this statement; `saasdb migrate down --steps 1` takes it back",
        match direction {
            Direction::Up => "up",
            Direction::Down => "down --steps 1",
        }
    ))
}
