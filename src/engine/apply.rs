//! Carrying out a plan.
//!
//! Where DDL is transactional, a migration's statements and its history rows go to the database in
//! one message that opens and ends its own transaction: one round trip, and never half of it. The
//! last transaction also reads the catalogue and stores it as the snapshot, so that the two agree.

use std::time::{Duration, Instant};

use super::database::{Database, who};
use super::drift;
use super::error::{Error, Result};
use super::gate::{self, Gate, Reached, reverting};
use super::keep_drift;
use super::losses::Loss;
use super::migration::{Direction, Source};
use super::plan::Step;
use super::script::{Piece, beginning, drops, opening, pieces};
use super::seed::carry;
use super::send::{Failure, Patience, abandon, commit, join, once};
use super::stepwise;
use super::trouble::{cancelled, explain, interrupted_by, orphans, stopped, with_progress};
use crate::dialect::{Atomicity, Cause};
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
    /// What the user agreed to lose, where the run reverts.
    pub gate: Option<&'a Gate<'a>>,
}

impl<'a> Run<'a> {
    /// The steps of each transaction.
    pub(super) fn units(&self) -> Vec<&'a [Step]> {
        match self.span {
            Span::Migration => self.steps.chunks(1).collect(),
            Span::Run if self.steps.is_empty() => Vec::new(),
            Span::Run => vec![self.steps],
        }
    }
}

/// Refuses spans that the database cannot give.
///
/// # Errors
/// Exit code 2, saying which migration or database stands against it; 6 where a migration cannot
/// be sent to the schema that was chosen.
pub fn check_span(db: &Database, source: &Source, steps: &[Step], span: Span) -> Result<()> {
    let alone = steps
        .iter()
        .map(|s| &source.migrations[s.index])
        .find(|m| m.atomicity(source.backend) == Atomicity::Stepwise);
    if let Some(migration) = alone {
        db.check_reach(migration)?;
    }
    if span == Span::Migration {
        return Ok(());
    }
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
    // A signal is heard between two migrations, here, and where one can be cancelled and taken back.
    db.interrupt.enter_critical();
    if db.kept_drift.is_none() && !run.steps.is_empty() {
        keep_drift(db, run.source, run.observer).await?;
    }
    let mut done = Vec::new();
    let units = run.units();
    let count = units.len();
    let mut position = 0;
    for (i, unit) in units.into_iter().enumerate() {
        if db.interrupt.raised() {
            keep_snapshot(db, run, &done).await;
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
        let outcome = match migration.atomicity(run.source.backend) {
            Atomicity::Whole => transaction(db, run, unit, position == 0, i + 1 == count).await,
            Atomicity::Stepwise => stepwise::run(db, run, &unit[0], i + 1 == count).await,
        };
        if let Err(error) = outcome {
            keep_snapshot(db, run, &done).await;
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

/// Looks for changes by hand before a run, says what there is, and keeps it for the snapshot.
///
/// # Errors
/// The database's.
pub(super) async fn keep_drift(
    db: &mut Database,
    source: &Source,
    observer: &dyn Observer,
) -> Result<()> {
    const SHOWN: usize = 10;
    db.kept_drift = keep_drift::look(db, source).await?;
    let Some(kept) = &db.kept_drift else {
        return Ok(());
    };
    observer.note("the schema was changed by hand since the last run; this stays drift:");
    for difference in kept.differences.iter().take(SHOWN) {
        observer.note(&format!(
            "  {} {}",
            difference.change.as_str(),
            difference.object
        ));
    }
    if let Some(more) = kept.differences.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        observer.note(&format!("  and {more} more"));
    }
    observer.note(
        "hint: `saasdb check drift` shows how to fix it; `saasdb migrate repair --accept-drift` accepts it",
    );
    Ok(())
}

/// A run that ends early leaves a snapshot too, or `status` would take what it did for drift. If
/// that fails, `status` says that there is nothing to compare with.
async fn keep_snapshot(db: &mut Database, run: &Run<'_>, done: &[Done]) {
    if !done.is_empty() {
        let _ = drift::store_snapshot(db, run.source).await;
    }
}

/// Runs steps in one transaction.
async fn transaction(
    db: &mut Database,
    run: &Run<'_>,
    steps: &[Step],
    first: bool,
    last: bool,
) -> Result<()> {
    let mut patience = match run.gate {
        Some(_) => Patience::for_locks(db),
        None => Patience::new(db),
    };
    loop {
        match attempt(db, run, steps, first, last).await? {
            Attempt::Done => return Ok(()),
            Attempt::Grown(now) => {
                let gate = run.gate.expect("only a gate tells");
                let reached = match first {
                    true => Reached::Nothing,
                    false => Reached::Migration,
                };
                gate.ask_again(db, now, reached).await?;
            }
            Attempt::Failed(sent, failure) => {
                let (error, blockers) = patience.remember(failure);
                if patience.allows(db, &error) && patience.pause(db).await {
                    continue;
                }
                let cut = db.interrupt.raised();
                return Err(match error.cause {
                    Cause::Cancelled if cut => cancelled(db, run, steps, &sent, &error),
                    Cause::LockTimeout | Cause::Conflict if cut => {
                        interrupted_by(db, explain(db, run, steps, &sent, &error, blockers))
                    }
                    _ => explain(db, run, steps, &sent, &error, blockers),
                });
            }
        }
    }
}

/// Passes an outcome on; an error ends the transaction.
async fn abandoned<T>(db: &mut Database, after: Option<&str>, outcome: Result<T>) -> Result<T> {
    if outcome.is_err() {
        abandon(db, after).await;
    }
    outcome
}

/// How one attempt at a transaction ended. Unless it is done, it was rolled back.
enum Attempt {
    Done,
    /// More is at stake than was agreed to.
    Grown(Vec<Loss>),
    /// The database refused one of these statements.
    Failed(Vec<Piece>, Failure),
}

async fn attempt(
    db: &mut Database,
    run: &Run<'_>,
    steps: &[Step],
    first: bool,
    last: bool,
) -> Result<Attempt> {
    let d = db.dialect();
    let own = |sql: &str| Piece {
        sql: sql.to_owned(),
        of: None,
    };
    let around = drops(run.source, steps).then(|| d.around_drops()).flatten();
    let check = around.and_then(|_| d.broken_references());
    let after = around.map(|(_, after)| after);
    let counted = gate::locked_by(run.steps, steps, first);
    let stake = run
        .gate
        .and_then(|gate| Some((gate, gate.stake(db, reverting(run.source, counted))?)));
    let mut all: Vec<Piece> = Vec::new();
    all.extend(
        around
            .iter()
            .flat_map(|(before, _)| sql::split(before))
            .map(own),
    );
    all.extend(
        beginning(db, stake.as_ref().map(|(_, s)| s))
            .iter()
            .map(|s| own(s)),
    );
    if let Some((gate, stake)) = &stake {
        all.extend(stake.look(d).iter().map(|s| own(s)));
        // No statement of the run is on its way before the rows are counted.
        let head = std::mem::take(&mut all);
        let script = join(head.iter().map(|p| p.sql.as_str()));
        let looked = match gate::enter(db, stake, &script, head.len() - 1).await {
            Ok(looked) => looked,
            Err(failure) => {
                abandon(db, after).await;
                return Ok(Attempt::Failed(head, failure));
            }
        };
        match gate.weigh(db, stake, looked.as_ref()).await {
            Ok(None) => {}
            Ok(Some(now)) => {
                abandon(db, after).await;
                return Ok(Attempt::Grown(now));
            }
            Err(error) => {
                abandon(db, after).await;
                return Err(error);
            }
        }
        all.extend(stake.leave(d).map(|s| own(&s)));
    }
    let seeded = carry::tables(db, run.source, steps).await;
    let seeded = abandoned(db, after, seeded).await?;
    let mut carried = None;
    if !seeded.is_empty() {
        // Nobody changes these rows between the two looks at them.
        all.extend(d.locks().tables(&seeded, &[]).map(|locks| own(&locks.take)));
        let head = std::mem::take(&mut all);
        let script = join(head.iter().map(|p| p.sql.as_str()));
        if let Err(failure) = once(db, &script, true).await {
            abandon(db, after).await;
            return Ok(Attempt::Failed(head, failure));
        }
        let read = carry::read(db, &seeded).await;
        carried = Some(abandoned(db, after, read).await?);
    }
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
    let ends = reads == 0 && carried.is_none();
    if ends {
        all.push(own("COMMIT"));
    }
    let script = join(all.iter().map(|p| p.sql.as_str()));
    let results = match once(db, &script, true).await {
        Ok(results) => results,
        Err(failure) => {
            abandon(db, after).await;
            return Ok(Attempt::Failed(all, failure));
        }
    };
    if ends {
        return Ok(Attempt::Done);
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
    if let Some(carried) = carried {
        let written = carried.write(db).await;
        abandoned(db, after, written).await?;
    }
    let mut closing = Vec::new();
    if last {
        closing.push(own(&drift::snapshot_statement(db, read, run)));
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
    Ok(Attempt::Done)
}
