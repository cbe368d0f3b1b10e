//! Migrations that cannot be one transaction: on MySQL, where each DDL statement commits by
//! itself, and on PostgreSQL for those that asked to run outside one.
//!
//! Before a statement runs, the journal is told which it is and what the catalogue says of the names
//! in it; after it, that it is done. Statements that change rows are one transaction with their
//! entry. So after a crash the next run knows which statement was in flight, finds out from the
//! catalogue whether it took effect ([`super::in_doubt`]), and goes on behind it.

use super::apply::Run;
use super::database::{Database, who};
use super::drift;
use super::error::{Error, Result};
use super::history;
use super::in_doubt::{self, Verdict};
use super::journal::{self, Kind};
use super::migration::{Direction, Migration};
use super::plan::{Resume, Step};
use super::script;
use super::send;
use super::trouble;
use crate::dialect::{Cause, Lost, SqlError};
use crate::schema::sql;

/// Carries out one step, statement by statement.
pub(super) async fn run(db: &mut Database, run: &Run<'_>, step: &Step, last: bool) -> Result<()> {
    let migration = &run.source.migrations[step.index];
    let start = begin(db, run, step).await?;
    let statements = migration.statements(step.direction);
    for (i, statement) in statements.iter().enumerate() {
        if i < start.from {
            // What it set went with the session of the run that was interrupted.
            if start.resumed && is_setting(statement) {
                record(db, migration, statement).await?;
            }
            continue;
        }
        let other = (i == start.from)
            .then_some(start.instead.as_deref())
            .flatten();
        let outcome = one(db, migration, step.direction, i, other.unwrap_or(statement)).await;
        if let Err((error, blockers)) = outcome {
            let tolerant = step.resume.is_some_and(|r| r.tolerant);
            let passed =
                db.dialect().may_be_done_already(&error) || error.cause == Cause::Undefined;
            if tolerant && passed {
                continue;
            }
            let d = db.dialect();
            let refusal = [
                history::journal_failure(d, &migration.name, i + 1, &error.to_string()),
                journal::forget(d, &migration.name, i + 1),
            ];
            // If this fails too the connection is gone, and the statement counts as in doubt.
            let _ = db
                .run(&send::join(refusal.iter().map(String::as_str)))
                .await;
            let error = explain(db, migration, step.direction, i, &error, blockers);
            return Err(if db.interrupt.raised() {
                trouble::interrupted_by(db, error)
            } else {
                error
            });
        }
    }
    finish(db, run, step, last).await
}

/// Where a step starts.
struct Start {
    /// The first statement to run, from 0.
    from: usize,
    /// What to run in its place.
    instead: Option<String>,
    /// Whether an earlier run was interrupted in it.
    resumed: bool,
    /// What the server lost when it crashed.
    lost: Vec<Lost>,
}

/// Opens the books, and finds out where to start.
async fn begin(db: &mut Database, run: &Run<'_>, step: &Step) -> Result<Start> {
    let d = db.dialect();
    let migration = &run.source.migrations[step.index];
    let by = who();
    let mut opening = script::opening(db, run);
    if !journal::exists(db) {
        opening.extend(journal::create_table(d));
    }
    match (step.direction, step.resume) {
        (Direction::Up, None) => {
            if db.history.records.contains_key(&migration.name) {
                opening.push(history::forget_stale(d, &migration.name));
            }
            opening.push(journal::clear(d, &migration.name));
            opening.push(history::start_up(d, migration, &by));
        }
        (Direction::Down, None) => {
            if !db.history.records.contains_key(&migration.name) {
                // sea-orm applied it: the journal needs a row.
                opening.extend(history::record_foreign(d, migration, &by));
            }
            opening.push(journal::clear(d, &migration.name));
            opening.push(history::start_down(d, &migration.name, "down"));
        }
        (Direction::Down, Some(r)) if r.tolerant => {
            opening.push(journal::clear(d, &migration.name));
            opening.push(history::start_down(d, &migration.name, "undo"));
        }
        (_, Some(_)) => {}
    }
    let start = match step.resume {
        // Judged before anything is written: a refusal changes nothing.
        Some(resume) => resumed(db, migration, step.direction, resume).await?,
        None => Start {
            from: 0,
            instead: None,
            resumed: false,
            lost: Vec::new(),
        },
    };
    record(
        db,
        migration,
        &send::join(opening.iter().map(String::as_str)),
    )
    .await?;
    if start.resumed {
        run.observer.note(&format!(
            "going on with {}, which was interrupted",
            migration.name
        ));
    }
    for Lost { what, restore } in &start.lost {
        record(db, migration, restore).await?;
        run.observer.note(&format!(
            "restored the {what}, which the server lost when it crashed"
        ));
    }
    Ok(start)
}

/// Where an interrupted step goes on.
async fn resumed(
    db: &mut Database,
    migration: &Migration,
    direction: Direction,
    resume: Resume,
) -> Result<Start> {
    let statements = migration.statements(direction);
    let mut start = Start {
        from: resume.at.min(statements.len()),
        instead: None,
        resumed: true,
        lost: Vec::new(),
    };
    if resume.tolerant {
        return Ok(start);
    }
    let entries = journal::read(db, migration, direction).await?;
    journal::verify(db, migration, direction, &entries)?;
    let Some(statement) = statements.get(start.from) else {
        return Ok(start);
    };
    if in_doubt::clear_torn(db, statement).await? || !resume.in_doubt {
        return Ok(start);
    }
    let entry = entries.iter().find(|e| e.number == start.from + 1);
    if entry.is_some_and(|e| e.finished) {
        start.from += 1;
        return Ok(start);
    }
    match in_doubt::decide(db, statement, entry).await? {
        Verdict::Done(lost) => {
            start.from += 1;
            start.lost = lost;
        }
        Verdict::Again => {}
        Verdict::Rest(other) => start.instead = Some(other),
        Verdict::Unclear(why) => {
            return Err(in_doubt::unclear(db, migration, direction, start.from, why));
        }
    }
    Ok(start)
}

/// Runs statement `i` with its entries in the journal.
async fn one(
    db: &mut Database,
    migration: &Migration,
    direction: Direction,
    i: usize,
    statement: &str,
) -> Result<(), send::Failure> {
    let d = db.dialect();
    let state = match direction {
        Direction::Up => "applying",
        Direction::Down => "reverting",
    };
    let mut before = vec![history::journal(d, &migration.name, i + 1, state)];
    before.extend(journal::begin(d, migration, direction, i + 1));
    let after = journal::finish(d, &migration.name, i + 1);
    let rows = Kind::of(statement) == Kind::Rows && all_transactional(db).await?;
    if rows {
        let mut script = vec![d.begin().to_owned()];
        script.extend(db.transaction_settings());
        script.extend(before);
        script.extend([statement.to_owned(), after, "COMMIT".to_owned()]);
        let script = send::join(script.iter().map(String::as_str));
        let outcome = send::patiently(db, &script, true).await;
        if outcome.is_err() {
            send::abandon(db, None).await;
        }
        return outcome.map(drop);
    }
    // Whoever counts statements by their semicolons would miscount in the body of a trigger.
    let single = sql::split(statement).len() == 1;
    if single && d.in_flight().travels_with_others() {
        let script = before.iter().map(String::as_str);
        let script = send::join(script.chain([statement, after.as_str()]));
        return send::patiently(db, &script, false).await.map(drop);
    }
    let before = send::join(before.iter().map(String::as_str));
    db.run(&before).await.map_err(|e| (e, Vec::new()))?;
    send::patiently(db, statement, false).await?;
    db.run(&after).await.map_err(|e| (e, Vec::new()))?;
    Ok(())
}

/// Whether a transaction here can take back all that it changes.
async fn all_transactional(db: &mut Database) -> Result<bool, send::Failure> {
    let Some(query) = db.dialect().in_flight().untransactional() else {
        return Ok(true);
    };
    let found = db.run(query).await.map_err(|e| (e, Vec::new()))?;
    Ok(found.first().is_none_or(|r| r.rows.is_empty()))
}

/// Closes the books, and takes the snapshot where the run ends.
async fn finish(db: &mut Database, run: &Run<'_>, step: &Step, last: bool) -> Result<()> {
    let d = db.dialect();
    let migration = &run.source.migrations[step.index];
    // Before the end is recorded, so that no crash falls between the two.
    let snapshot = match last {
        true => {
            let read = db.read_patiently(d.schema_script()).await?;
            Some(drift::snapshot_statement(db, &read, run))
        }
        false => None,
    };
    let mut closing = vec![d.begin().to_owned()];
    closing.extend(match step.direction {
        Direction::Up => history::finish_up(d, &migration.name),
        Direction::Down => script::closing_down(db, migration),
    });
    closing.push(journal::clear(d, &migration.name));
    closing.extend(snapshot);
    closing.push("COMMIT".to_owned());
    let closed = record(
        db,
        migration,
        &send::join(closing.iter().map(String::as_str)),
    )
    .await;
    if closed.is_err() {
        send::abandon(db, None).await;
    }
    closed?;
    // The tables are there now; the next step must not make them again.
    db.look().await
}

/// Whether a statement sets something for the session.
fn is_setting(statement: &str) -> bool {
    Kind::of(statement) == Kind::Session
        && statement
            .split_whitespace()
            .next()
            .is_some_and(|w| w.eq_ignore_ascii_case("SET"))
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
