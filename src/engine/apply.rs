//! Carrying out a plan.
//!
//! Where DDL is transactional, a migration's statements and its history rows go to the database in
//! one message that opens and ends its own transaction: one round trip, and never half of it. The
//! last transaction also reads the catalogue and stores it as the snapshot, so that the two agree.

use std::time::{Duration, Instant};

use super::database::{Database, who};
use super::effects::{Effect, drops_tables};
use super::error::{Error, Result};
use super::history::{self, meta};
use super::migration::{Direction, Migration, Source};
use super::plan::Step;
use super::stepwise;
use crate::dialect::{Atomicity, Backend, Cause, Dialect, ResultSet, SqlError};
use crate::schema::sql;

/// What a transaction spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    /// One migration.
    #[default]
    Migration,
    /// The whole run.
    Run,
}

/// Who hears how a run goes.
pub trait Observer {
    /// A migration starts; `position` counts from 1.
    fn started(&self, _name: &str, _direction: Direction, _position: usize, _total: usize) {}
    /// A migration is done.
    fn finished(&self, _name: &str, _direction: Direction, _took: Duration) {}
    /// Something that may take long begins, or ends with `None`.
    fn working(&self, _text: Option<String>) {}
    /// Something that the user should know.
    fn note(&self, _text: &str) {}
}

/// A migration that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// Its name.
    pub name: String,
    /// Which way.
    pub direction: Direction,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// A run that is about to start.
pub struct Run<'a> {
    /// The migrations.
    pub source: &'a Source,
    /// What to do, in order.
    pub steps: &'a [Step],
    /// What a transaction spans.
    pub span: Span,
    /// The environment to record, if one was named that is not recorded yet.
    pub record_environment: Option<&'a str>,
    /// Who hears of it.
    pub observer: &'a dyn Observer,
}

/// A statement of a script, and which statement of which step it is.
struct Piece {
    sql: String,
    of: Option<(usize, usize)>,
}

/// Refuses spans that the database cannot give.
///
/// # Errors
/// Exit code 2, saying which migration or database stands against it.
pub fn check_span(source: &Source, steps: &[Step], span: Span) -> Result<()> {
    if span == Span::Migration {
        return Ok(());
    }
    let alone = steps
        .iter()
        .map(|s| &source.migrations[s.index])
        .find(|m| m.atomicity(source.backend) == Atomicity::Stepwise);
    match alone {
        None => Ok(()),
        Some(m) if m.outside_transaction => {
            Err(Error::usage("`--transaction run` is not possible here")
                .migration(&m.name)
                .because("it asked to run outside a transaction")
                .hint("leave `--transaction run` away"))
        }
        Some(_) => Err(Error::usage("`--transaction run` is not possible here")
            .because(format!(
                "{} commits every DDL statement by itself",
                source.backend.label()
            ))
            .hint("leave `--transaction run` away; an interrupted run goes on where it stopped")),
    }
}

/// Carries out the steps. The caller holds the lock.
///
/// # Errors
/// The first step that fails; earlier ones stay done (unless the span is the whole run), and the
/// error says so. Exit code 130 or 143 when a signal came between two steps.
pub async fn run(db: &mut Database, run: &Run<'_>) -> Result<Vec<Done>> {
    let mut done = Vec::new();
    let units: Vec<&[Step]> = match run.span {
        Span::Migration => run.steps.chunks(1).collect(),
        Span::Run if run.steps.is_empty() => Vec::new(),
        Span::Run => vec![run.steps],
    };
    let count = units.len();
    let mut position = 0;
    for (i, unit) in units.into_iter().enumerate() {
        if db.interrupt.raised() {
            keep_snapshot(db, &done).await;
            return Err(stopped(db, &done, run.steps));
        }
        let migration = &run.source.migrations[unit[0].index];
        run.observer.started(
            &migration.name,
            unit[0].direction,
            position + 1,
            run.steps.len(),
        );
        let start = Instant::now();
        let critical = db.interrupt.critical();
        let outcome = match migration.atomicity(run.source.backend) {
            Atomicity::Whole => transaction(db, run, unit, position == 0, i + 1 == count).await,
            Atomicity::Stepwise => stepwise::run(db, run, &unit[0], i + 1 == count).await,
        };
        drop(critical);
        if let Err(error) = outcome {
            keep_snapshot(db, &done).await;
            return Err(with_progress(error, &done, run));
        }
        position += unit.len();
        for step in unit {
            let name = run.source.migrations[step.index].name.clone();
            let took = start.elapsed() / u32::try_from(unit.len()).unwrap_or(1);
            run.observer.finished(&name, step.direction, took);
            done.push(Done {
                name,
                direction: step.direction,
                duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            });
        }
    }
    Ok(done)
}

fn with_progress(error: Error, done: &[Done], run: &Run<'_>) -> Error {
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

fn stopped(db: &Database, done: &[Done], steps: &[Step]) -> Error {
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

/// A run that ends early leaves a snapshot too, or `status` would take what it did for drift. If
/// that fails, `status` says that there is nothing to compare with.
async fn keep_snapshot(db: &mut Database, done: &[Done]) {
    if !done.is_empty() {
        let _ = store_snapshot(db).await;
    }
}

/// The statements that open a run's bookkeeping: tables, set, environment.
pub(super) fn opening(db: &Database, run: &Run<'_>) -> Vec<String> {
    let d = db.dialect();
    let mut out = history::create_tables(d, &db.facts);
    let mut values = Vec::new();
    if db
        .history
        .meta
        .get(meta::SET)
        .is_none_or(|s| s != run.source.set)
    {
        values.push((meta::SET, run.source.set));
    }
    if let Some(environment) = run.record_environment {
        values.push((meta::ENVIRONMENT, environment));
    }
    if !values.is_empty() {
        out.push(history::write_meta(d, &values));
    }
    out
}

/// All statements of the steps with their bookkeeping.
fn pieces(db: &Database, source: &Source, steps: &[Step], by: &str) -> Vec<Piece> {
    let d = db.dialect();
    let mut out = Vec::new();
    let own = |sql: String| Piece { sql, of: None };
    for (s, step) in steps.iter().enumerate() {
        let migration = &source.migrations[step.index];
        if step.direction == Direction::Up {
            let recorded = db.history.records.contains_key(&migration.name);
            let reverted_before = steps[..s].iter().any(|x| x.index == step.index);
            if recorded && !reverted_before && !db.history.applied.contains_key(&migration.name) {
                out.push(own(history::forget_stale(d, &migration.name)));
            }
            out.push(own(history::start_up(d, migration, by)));
        }
        for (i, sql) in migration.statements(step.direction).iter().enumerate() {
            out.push(Piece {
                sql: sql.clone(),
                of: Some((s, i)),
            });
        }
        let closing = match step.direction {
            Direction::Up => history::finish_up(d, &migration.name),
            Direction::Down => closing_down(d, migration),
        };
        out.extend(closing.into_iter().map(own));
    }
    out
}

/// The statements that take a reverted migration out of the history, and remember for the seeders
/// which columns went with it.
pub(super) fn closing_down(d: &dyn Dialect, migration: &Migration) -> Vec<String> {
    let mut out = history::remove(d, &migration.name);
    let lost: Vec<(&str, &str)> = migration
        .effects(Direction::Down)
        .iter()
        .filter_map(|e| match e {
            Effect::DropColumn(t, c) => Some((t.as_str(), c.as_str())),
            _ => None,
        })
        .collect();
    if !lost.is_empty() {
        out.push(history::remember_lost(d, &lost));
    }
    out
}

/// The script that `run` would send for these steps, for reading and for psql: one text for each
/// transaction or, where there are none, each migration.
pub fn script(db: &Database, run: &Run<'_>) -> Vec<Vec<String>> {
    let d = db.dialect();
    let by = who();
    let units: Vec<&[Step]> = match run.span {
        Span::Migration => run.steps.chunks(1).collect(),
        Span::Run if run.steps.is_empty() => Vec::new(),
        Span::Run => vec![run.steps],
    };
    let mut first = true;
    units
        .into_iter()
        .map(|unit| {
            let mut out = Vec::new();
            let whole = run.source.migrations[unit[0].index].atomicity(run.source.backend)
                == Atomicity::Whole;
            let around = drops(run.source, unit)
                .then(|| d.around_drops())
                .flatten()
                .filter(|_| whole);
            out.extend(around.map(|(before, _)| before.to_owned()));
            if whole {
                out.push(d.begin().to_owned());
            }
            if std::mem::take(&mut first) {
                out.extend(opening(db, run));
            }
            out.extend(pieces(db, run.source, unit, &by).into_iter().map(|p| p.sql));
            if whole {
                out.push("COMMIT".to_owned());
            }
            out.extend(around.map(|(_, after)| after.to_owned()));
            out
        })
        .collect()
}

fn drops(source: &Source, steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|s| drops_tables(source.migrations[s.index].effects(s.direction)))
}

/// Runs steps in one transaction.
async fn transaction(
    db: &mut Database,
    run: &Run<'_>,
    steps: &[Step],
    first: bool,
    last: bool,
) -> Result<()> {
    let d = db.dialect();
    let own = |sql: &str| Piece {
        sql: sql.to_owned(),
        of: None,
    };
    let around = drops(run.source, steps).then(|| d.around_drops()).flatten();
    let check = around.and_then(|_| d.broken_references());
    let mut all: Vec<Piece> = Vec::new();
    all.extend(around.map(|(before, _)| own(before)));
    all.push(own(d.begin()));
    all.extend(db.transaction_settings().map(|s| own(&s)));
    // References that were broken before are not ours to complain about.
    let broken_before = all.len();
    all.extend(check.map(own));
    if first {
        all.extend(opening(db, run).iter().map(|s| own(s)));
    }
    all.extend(pieces(db, run.source, steps, &who()));
    // What is read before COMMIT comes last, so that its results can be counted from the end.
    let mut reads = 0;
    for script in check.iter().chain(last.then(|| d.schema_script()).iter()) {
        let statements = sql::split(script);
        reads += statements.len();
        all.extend(statements.into_iter().map(own));
    }
    let after = around.map(|(_, after)| after);
    if reads == 0 {
        all.push(own("COMMIT"));
    }
    let results = match send(db, &all).await {
        Ok(results) => results,
        Err((error, blockers)) => {
            abandon(db, after).await;
            return Err(explain(db, run, steps, &all, &error, blockers));
        }
    };
    if reads == 0 {
        return Ok(());
    }
    let mut read = results
        .get(results.len().saturating_sub(reads)..)
        .unwrap_or_default();
    if check.is_some() {
        let known = results
            .get(broken_before)
            .map(|r| r.rows.as_slice())
            .unwrap_or_default();
        let broken: Vec<&Vec<Option<String>>> = read
            .first()
            .map(|r| r.rows.iter().filter(|row| !known.contains(row)).collect())
            .unwrap_or_default();
        if !broken.is_empty() {
            let error = orphans(db, run, steps, &broken);
            abandon(db, after).await;
            return Err(error);
        }
        read = &read[1..];
    }
    let mut closing = Vec::new();
    if last {
        closing.push(own(&snapshot_statement(db, read, run)));
    }
    closing.push(own("COMMIT"));
    if let Err(error) = commit(db, &closing).await {
        abandon(db, after).await;
        return Err(explain(db, run, steps, &closing, &error, Vec::new()));
    }
    if let Some(after) = after {
        db.query("foreign keys cannot be switched on again", after)
            .await?;
    }
    Ok(())
}

/// Sends the end of a transaction. On SQLite a reader can keep COMMIT waiting; the transaction is
/// still open then, so only COMMIT is repeated.
async fn commit(db: &mut Database, closing: &[Piece]) -> Result<(), SqlError> {
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

fn orphans(db: &Database, run: &Run<'_>, steps: &[Step], broken: &[&Vec<Option<String>>]) -> Error {
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

/// The statement that stores the schema as it is now. `read` holds the results of
/// [`Dialect::schema_script`].
fn snapshot_statement(db: &Database, read: &[ResultSet], run: &Run<'_>) -> String {
    let mut applied = db.history.applied.clone();
    for step in run.steps {
        let name = run.source.migrations[step.index].name.clone();
        match step.direction {
            Direction::Up => drop(applied.insert(name, 0)),
            Direction::Down => drop(applied.remove(&name)),
        }
    }
    let applied: Vec<String> = applied.into_keys().collect();
    snapshot_of(db.dialect(), read, &applied.join(","))
}

fn snapshot_of(d: &dyn Dialect, read: &[ResultSet], applied: &str) -> String {
    let schema = d.schema(read);
    history::write_meta(
        d,
        &[
            (meta::FINGERPRINT, &schema.fingerprint()),
            (meta::SNAPSHOT, &schema.canonical()),
            (meta::SNAPSHOT_OF, applied),
        ],
    )
}

/// Stores the schema as it is now, outside of a migration's transaction.
pub(super) async fn store_snapshot(db: &mut Database) -> Result<()> {
    let d = db.dialect();
    db.look().await?;
    let read = db
        .query("the catalogue cannot be read", d.schema_script())
        .await?;
    let statement = snapshot_of(d, &read, &db.history.applied_list());
    db.query("the snapshot cannot be stored", &statement)
        .await
        .map(drop)
}

/// Ends a transaction that failed. The connection may be gone; then so is the transaction.
async fn abandon(db: &mut Database, after: Option<&str>) {
    let _ = db.run("ROLLBACK").await;
    if let Some(after) = after {
        let _ = db.run(after).await;
    }
}

type Failure = (SqlError, Vec<String>);

/// Sends a script; tries again while tables are locked, for as long as the limits say.
async fn send(db: &mut Database, pieces: &[Piece]) -> Result<Vec<ResultSet>, Failure> {
    let script = join(pieces.iter().map(|p| p.sql.as_str()));
    let start = Instant::now();
    let mut pause = Duration::from_millis(100);
    let mut blockers = Vec::new();
    loop {
        let outcome = watched(db, &script, &mut blockers).await;
        match outcome {
            Err(e)
                if e.cause == Cause::LockTimeout
                    && start.elapsed() < db.limits.ddl_retry_for
                    && !db.interrupt.raised() =>
            {
                let _ = db.run("ROLLBACK").await;
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

/// Which statement of which migration failed, and why.
fn explain(
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
    for blocker in blockers {
        out = out.because(format!("blocked by {blocker}"));
    }
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

/// Whether that backend keeps a failed migration from leaving anything behind.
pub fn is_atomic(backend: Backend) -> bool {
    backend.dialect().ddl_in_transactions()
}
