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
use super::gate::{self, Gate, Reached, Stake};
use super::history;
use super::in_doubt::{self, Verdict};
use super::journal::{self, Kind};
use super::losses::Loss;
use super::migration::{Direction, Migration};
use super::plan::{Resume, Step};
use super::script;
use super::seed::carry;
use super::send;
use super::trouble;
use crate::dialect::{Cause, Lost, SqlError};
use crate::schema::sql;

/// Carries out one step, statement by statement.
pub(super) async fn run(db: &mut Database, run: &Run<'_>, step: &Step, last: bool) -> Result<()> {
    let migration = &run.source.migrations[step.index];
    // What the first one destroys was counted with all the rest.
    if let (Some(gate), None, false) = (run.gate, step.resume, run.steps.first() == Some(step)) {
        let effects = gate::reverting(run.source, std::slice::from_ref(step));
        gate.before_migration(db, effects).await?;
    }
    let start = begin(db, run, step).await?;
    let steps = std::slice::from_ref(step);
    // What PostgreSQL runs outside of a transaction changes no rows that seeding made.
    let seeded = match db.dialect().ddl_in_transactions() {
        true => Vec::new(),
        false => carry::tables(db, run.source, steps).await?,
    };
    let carried = carry::read(db, &seeded).await?;
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
        let statement = other.unwrap_or(statement);
        let outcome = match gated(db, run, step, statement) {
            Some((gate, stake)) => guarded(db, gate, &stake, (migration, step, i), statement).await,
            None => one(db, migration, step.direction, i, statement)
                .await
                .map_err(Stop::Failed),
        };
        let Err(stop) = outcome else {
            continue;
        };
        if let Stop::Failed((error, _)) = &stop {
            let tolerant = step.resume.is_some_and(|r| r.tolerant);
            let passed = db.dialect().may_be_done_already(error) || error.cause == Cause::Undefined;
            if tolerant && passed {
                continue;
            }
        }
        let d = db.dialect();
        let why = match &stop {
            Stop::Failed((error, _)) => error.to_string(),
            Stop::Refused(error) => error.message.clone(),
        };
        let refusal = [
            history::journal_failure(d, &migration.name, i + 1, &why),
            journal::forget(d, &migration.name, i + 1),
        ];
        // If this fails too the connection is gone, and the statement counts as in doubt.
        let _ = db
            .run(&send::join(refusal.iter().map(String::as_str)))
            .await;
        let (error, blockers) = match stop {
            Stop::Failed(failure) => failure,
            Stop::Refused(error) => {
                return Err(error.migration(&migration.name).statement(statement));
            }
        };
        let error = explain(db, migration, step.direction, i, &error, blockers);
        return Err(if db.interrupt.raised() {
            trouble::interrupted_by(db, error)
        } else {
            error
        });
    }
    carried.write(db).await?;
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

/// Why a statement did not run.
enum Stop {
    /// The database refused it.
    Failed(send::Failure),
    /// More was at stake than was agreed to.
    Refused(Error),
}

/// How one attempt at a guarded statement ended.
enum Attempt {
    Done,
    Grown(Vec<Loss>),
    Failed(send::Failure),
}

impl From<SqlError> for Attempt {
    fn from(error: SqlError) -> Self {
        Self::Failed((error, Vec::new()))
    }
}

/// What a statement destroys, where somebody had to agree to that.
fn gated<'r>(
    db: &Database,
    run: &Run<'r>,
    step: &Step,
    statement: &str,
) -> Option<(&'r Gate<'r>, Stake)> {
    let stake = gate::around(db, run.source, step, statement)?;
    Some((run.gate?, stake))
}

/// Runs statement `i`, which destroys something: counts under locks what it is.
async fn guarded(
    db: &mut Database,
    gate: &Gate<'_>,
    stake: &Stake,
    (migration, step, i): (&Migration, &Step, usize),
    statement: &str,
) -> Result<(), Stop> {
    let books = Books::of(db, migration, step.direction, i);
    let whole = db.dialect().ddl_in_transactions()
        || (Kind::of(statement) == Kind::Rows
            && all_transactional(db).await.map_err(Stop::Failed)?);
    let mut patience = send::Patience::new(db);
    loop {
        let attempt = match whole {
            true => in_transaction(db, gate, stake, &books, statement).await,
            false => under_locks(db, gate, stake, &books, statement).await,
        };
        match attempt.map_err(Stop::Refused)? {
            Attempt::Done => return Ok(()),
            Attempt::Grown(now) => {
                let asked = gate.ask_again(db, now, Reached::Statement).await;
                asked.map_err(Stop::Refused)?;
            }
            Attempt::Failed(failure) => {
                let failure = patience.remember(failure);
                if !(patience.allows(db, &failure.0) && patience.pause(db).await) {
                    return Err(Stop::Failed(failure));
                }
            }
        }
    }
}

/// The statement in a transaction that locks and counts first.
async fn in_transaction(
    db: &mut Database,
    gate: &Gate<'_>,
    stake: &Stake,
    books: &Books,
    statement: &str,
) -> Result<Attempt> {
    let d = db.dialect();
    let mut head: Vec<String> = d
        .begin_after_others()
        .iter()
        .map(ToString::to_string)
        .collect();
    head.extend(db.transaction_settings());
    match d.ddl_in_transactions() {
        true => head.extend(stake.lock_in_transaction(db)),
        false => head.extend(stake.all_rows(d)),
    }
    head.extend(stake.look(d));
    let script = send::join(head.iter().map(String::as_str));
    let looked = match gate::enter(db, stake, &script, head.len() - 1).await {
        Ok(looked) => looked,
        Err(failure) => {
            send::abandon(db, None).await;
            return Ok(Attempt::Failed(failure));
        }
    };
    let weighed = gate.weigh(db, stake, looked.as_ref()).await;
    if !matches!(weighed, Ok(None)) {
        send::abandon(db, None).await;
    }
    if let Some(now) = weighed? {
        return Ok(Attempt::Grown(now));
    }
    let mut rest: Vec<String> = stake.leave(d).into_iter().collect();
    rest.extend(books.before.iter().cloned());
    rest.extend([
        statement.to_owned(),
        books.after.clone(),
        "COMMIT".to_owned(),
    ]);
    let script = send::join(rest.iter().map(String::as_str));
    if let Err(failure) = send::once(db, &script, true).await {
        send::abandon(db, None).await;
        return Ok(Attempt::Failed(failure));
    }
    Ok(Attempt::Done)
}

/// The statement between taking table locks and giving them back, where it commits by itself. Others
/// read the books meanwhile, however long it takes: so these are not locked, and written before and after.
async fn under_locks(
    db: &mut Database,
    gate: &Gate<'_>,
    stake: &Stake,
    books: &Books,
    statement: &str,
) -> Result<Attempt> {
    let before = send::join(books.before.iter().map(String::as_str));
    if let Err(error) = db.run(&before).await {
        return Ok(error.into());
    }
    let locked = match gate::lock(db, gate, stake).await? {
        gate::Locked::Held(give_back) => Some(give_back),
        gate::Locked::Free => None,
        gate::Locked::Grown(now) => return Ok(Attempt::Grown(now)),
        gate::Locked::Failed(failure) => return Ok(Attempt::Failed(failure)),
    };
    let after = books.after.as_str();
    if let Some(give_back) = locked {
        let script = send::join([statement, give_back, after].into_iter());
        let Err(failure) = send::once(db, &script, false).await else {
            return Ok(Attempt::Done);
        };
        db.run(give_back).await.ok();
        if failure.0.statement > 0 || !db.dialect().locks().stand_in_the_way(&failure.0) {
            return Ok(Attempt::Failed(failure));
        }
        gate.unlocked(&failure.0);
        if let Some(now) = gate.weigh(db, stake, None).await? {
            return Ok(Attempt::Grown(now));
        }
    }
    let script = send::join([statement, after].into_iter());
    let outcome = send::once(db, &script, false).await;
    Ok(outcome.map_or_else(Attempt::Failed, |_| Attempt::Done))
}

/// A statement's entries in the journal.
struct Books {
    before: Vec<String>,
    after: String,
}

impl Books {
    fn of(db: &Database, migration: &Migration, direction: Direction, i: usize) -> Self {
        let d = db.dialect();
        let state = match direction {
            Direction::Up => "applying",
            Direction::Down => "reverting",
        };
        let mut before = vec![history::journal(d, &migration.name, i + 1, state)];
        before.extend(journal::begin(d, migration, direction, i + 1));
        let after = journal::finish(d, &migration.name, i + 1);
        Self { before, after }
    }
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
    let Books { before, after } = Books::of(db, migration, direction, i);
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
