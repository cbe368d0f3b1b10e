//! Migrations that cannot be one transaction: on MySQL, where each DDL statement commits by
//! itself, and on PostgreSQL for those that asked to run outside one.
//!
//! Before a statement runs, its number is journalled; so after a crash the next run knows which
//! statement was in flight. Servers of the supported versions carry out a DDL statement whole or
//! not at all, so that statement is run again, and "it is there already" counts as done.

use super::apply::Run;
use super::database::{Database, who};
use super::drift;
use super::effects::{Effect, effects};
use super::error::{Error, Result};
use super::history;
use super::migration::{Direction, Migration};
use super::plan::{Resume, Step};
use super::script;
use super::send;
use super::trouble;
use crate::dialect::{Cause, SqlError};

/// Carries out one step, statement by statement.
pub(super) async fn run(db: &mut Database, run: &Run<'_>, step: &Step, last: bool) -> Result<()> {
    let d = db.dialect();
    let migration = &run.source.migrations[step.index];
    let by = who();
    let mut opening = script::opening(db, run);
    match (step.direction, step.resume) {
        (Direction::Up, None) => {
            if db.history.records.contains_key(&migration.name) {
                opening.push(history::forget_stale(d, &migration.name));
            }
            opening.push(history::start_up(d, migration, &by));
        }
        (Direction::Down, None) => {
            if !db.history.records.contains_key(&migration.name) {
                // sea-orm applied it: the journal needs a row.
                opening.extend(history::record_foreign(d, migration, &by));
            }
            opening.push(history::start_down(d, &migration.name, "down"));
        }
        (Direction::Down, Some(r)) if r.tolerant => {
            opening.push(history::start_down(d, &migration.name, "undo"));
        }
        (_, Some(_)) => {}
    }
    record(
        db,
        migration,
        &send::join(opening.iter().map(String::as_str)),
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
        let in_doubt = step.resume.is_some_and(|r| r.in_doubt && r.at == i);
        if in_doubt && is_unrepeatable(statement) {
            return Err(Error::refused(
                "it cannot be told whether a statement had its effect before the crash",
            )
            .migration(&migration.name)
            .statement(statement)
            .on(&db.target)
            .because("it changes rows, and running it twice could change them twice")
            .hint(
                "look whether it did; `saasdb migrate down --steps 1` takes the migration back",
            ));
        }
        let journal = history::journal(d, &migration.name, i + 1, state);
        record(db, migration, &journal).await?;
        if let Err((error, blockers)) = send::patiently(db, statement, false).await {
            if forgiven(db, step.resume, i, statement, &error).await {
                continue;
            }
            let journal = history::journal_failure(d, &migration.name, &error.to_string());
            // If this fails too the connection is gone, and the statement counts as in doubt.
            let _ = db.run(&journal).await;
            let error = explain(db, migration, step.direction, i, &error, blockers);
            return Err(if db.interrupt.raised() {
                trouble::interrupted_by(db, error)
            } else {
                error
            });
        }
    }

    let mut closing = vec![d.begin().to_owned()];
    closing.extend(match step.direction {
        Direction::Up => history::finish_up(d, &migration.name),
        Direction::Down => script::closing_down(db, migration),
    });
    closing.push("COMMIT".to_owned());
    record(
        db,
        migration,
        &send::join(closing.iter().map(String::as_str)),
    )
    .await?;
    // The tables are there now; the next step must not make them again.
    db.look().await?;
    if last {
        drift::store_snapshot(db).await?;
    }
    Ok(())
}

/// Whether a refused statement means that there is nothing to do: it was in flight when an earlier
/// run was killed, and the catalogue shows its effects; or it would drop what was never made.
async fn forgiven(
    db: &mut Database,
    resume: Option<Resume>,
    at: usize,
    statement: &str,
    error: &SqlError,
) -> bool {
    let Some(resume) = resume else {
        return false;
    };
    let may_be = db.dialect().may_be_done_already(error);
    if resume.tolerant {
        return may_be || error.cause == Cause::Undefined;
    }
    if !(resume.in_doubt && resume.at == at && may_be) {
        return false;
    }
    let expected = effects(std::slice::from_ref(&statement.to_owned()));
    let Ok(schema) = db.schema().await else {
        return false;
    };
    let has = |table: &str, column: &str| {
        schema
            .tables
            .get(table)
            .is_some_and(|t| t.columns.iter().any(|c| c.name == column))
    };
    let has_key = |table: &str, name: &str| {
        schema
            .tables
            .get(table)
            .is_some_and(|t| t.foreign_keys.contains_key(name))
    };
    let has_trigger = |name: &str| {
        let mut tables = schema.tables.values();
        tables.any(|t| t.triggers.contains_key(name))
    };
    !expected.is_empty()
        && expected.iter().all(|effect| match effect {
            Effect::CreateTable(t) => schema.tables.contains_key(t),
            Effect::DropTable(t) => !schema.tables.contains_key(t),
            Effect::AddColumn(t, c) => has(t, c),
            Effect::DropColumn(t, c) => !has(t, c),
            Effect::AddForeignKey(t, k) => has_key(t, k),
            Effect::DropConstraint(t, k) => !has_key(t, k),
            Effect::CreateTrigger(n) => has_trigger(n),
            Effect::DropTrigger(n) => !has_trigger(n),
            _ => false,
        })
}

/// Whether a statement may not run twice: it changes rows, and nothing tells whether it did.
fn is_unrepeatable(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default();
    ["INSERT", "UPDATE", "DELETE", "REPLACE", "CALL"]
        .iter()
        .any(|w| first.eq_ignore_ascii_case(w))
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
    out = out.blocked_by(blockers);
    if at > 0 {
        out = out.because(format!(
            "{} commits each statement by itself: the {at} before it stay done and are recorded",
            db.target.backend.label()
        ));
    }
    out.hint(match direction {
        Direction::Up => {
            "mend the cause, then `saasdb migrate up` goes on at this statement; \
             `saasdb migrate down --steps 1` takes the migration back"
        }
        Direction::Down => {
            "mend the cause, then `saasdb migrate down --steps 1` goes on at this statement"
        }
    })
}
