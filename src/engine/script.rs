//! The statements of a run: the migrations' own and the bookkeeping around them.

use super::apply::Run;
use super::database::{Database, who};
use super::effects::{Effect, drops_tables};
use super::gate::{self, Stake, reverting};
use super::history::{self, meta};
use super::migration::{Direction, Migration, Source};
use super::plan::Step;
use super::seed::ledger;
use crate::dialect::Atomicity;

/// A statement of a script, and which statement of which step it is.
pub(super) struct Piece {
    pub(super) sql: String,
    pub(super) of: Option<(usize, usize)>,
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

/// The statements that begin a transaction, in the schema that was chosen, and lock what it destroys.
/// Who waited for a lock has to see what was committed until then, whatever the server's default is.
pub(super) fn beginning(db: &Database, stake: Option<&Stake>) -> Vec<String> {
    let d = db.dialect();
    let mut out: Vec<String> = match stake {
        None => vec![d.begin().to_owned()],
        Some(_) => d
            .begin_after_others()
            .iter()
            .map(ToString::to_string)
            .collect(),
    };
    out.extend(db.transaction_settings());
    out.extend(db.enter_schema(Atomicity::Whole));
    out.extend(stake.into_iter().flat_map(|s| s.lock_in_transaction(db)));
    out
}

/// All statements of the steps with their bookkeeping.
pub(super) fn pieces(db: &Database, source: &Source, steps: &[Step], by: &str) -> Vec<Piece> {
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
            Direction::Down => closing_down(db, migration),
        };
        out.extend(closing.into_iter().map(own));
    }
    out
}

/// The statements that take a reverted migration out of the history, and remember for the seeders
/// which columns went with it.
pub(super) fn closing_down(db: &Database, migration: &Migration) -> Vec<String> {
    let d = db.dialect();
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
    // Rows that went with their table are no longer the seeders'; others may get their keys.
    let dropped: Vec<&str> = migration
        .effects(Direction::Down)
        .iter()
        .filter_map(|e| match e {
            Effect::DropTable(t) => Some(t.as_str()),
            _ => None,
        })
        .collect();
    if ledger::exists(db) {
        if !dropped.is_empty() {
            out.push(ledger::forget_tables(d, &dropped));
        }
        for effect in migration.effects(Direction::Down) {
            if let Effect::DropMadeTable(t) = effect {
                out.extend(ledger::forget_if_gone(d, t));
            }
        }
    }
    out
}

/// The script that `run` would send for these steps, for reading and for psql: one text for each
/// transaction or, where there are none, each migration.
pub fn script(db: &Database, run: &Run<'_>) -> Vec<Vec<String>> {
    let d = db.dialect();
    let by = who();
    let mut first = true;
    let mut journal = super::journal::exists(db);
    run.units()
        .into_iter()
        .map(|unit| {
            let mut out = Vec::new();
            let how = run.source.migrations[unit[0].index].atomicity(run.source.backend);
            let whole = how == Atomicity::Whole;
            let around = drops(run.source, unit)
                .then(|| d.around_drops())
                .flatten()
                .filter(|_| whole);
            let first = std::mem::take(&mut first);
            out.extend(around.map(|(before, _)| before.to_owned()));
            if first {
                out.extend(db.create_schema());
            }
            if whole {
                let counted = gate::locked_by(run.steps, unit, first);
                let stake = Stake::of(db, reverting(run.source, counted));
                out.extend(beginning(db, stake.as_ref()));
            } else {
                out.extend(db.enter_schema(how));
            }
            if first {
                out.extend(opening(db, run));
            }
            if !whole && !std::mem::replace(&mut journal, true) {
                out.extend(super::journal::create_table(d));
            }
            for piece in pieces(db, run.source, unit, &by) {
                let locks = match piece.of {
                    Some((s, _)) if !whole => gate::around(db, run.source, &unit[s], &piece.sql),
                    _ => None,
                };
                let locks = locks.and_then(|stake| stake.locks(db));
                out.extend(locks.as_ref().map(|l| l.take.clone()));
                out.push(piece.sql);
                out.extend(locks.and_then(|l| l.give_back).map(str::to_owned));
            }
            if whole {
                out.push("COMMIT".to_owned());
            }
            out.extend(around.map(|(_, after)| after.to_owned()));
            out
        })
        .collect()
}

pub(super) fn drops(source: &Source, steps: &[Step]) -> bool {
    steps
        .iter()
        .any(|s| drops_tables(source.migrations[s.index].effects(s.direction)))
}
