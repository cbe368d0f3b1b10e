//! Counting under locks what is about to be destroyed.
//!
//! What a run destroys is counted once for the user to look at, while nobody is kept from writing.
//! Whoever writes until the locks are ours has committed: so the tables are locked first, their rows
//! are counted once more, and only if they are no more than what was agreed to do they go.

use std::cell::{Cell, RefCell};

use super::database::Database;
use super::effects::{self, Effect};
use super::error::{Error, Result};
use super::guard::{self, Consent, Environment};
use super::losses::{self, Loss};
use super::migration::{Direction, Source};
use super::operate::{Context, not_confirmed};
use super::plan::Step;
use super::seed::ledger;
use super::send;
use crate::dialect::{Dialect, ResultSet, SqlError, TableLocks};

/// What the user agreed to.
pub struct Gate<'a> {
    cx: &'a Context<'a>,
    what: &'a str,
    agreed: RefCell<Vec<Loss>>,
    /// Tables in other schemas that migrations made: they go too.
    made: Vec<String>,
    told: Cell<bool>,
}

/// How far a run has come when more is at stake than was agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Nothing was changed.
    Nothing,
    /// Earlier migrations are done, this one is not begun.
    Migration,
    /// Earlier statements are done.
    Statement,
}

impl<'a> Gate<'a> {
    /// Consent to these losses, which `effects` bring about.
    ///
    /// # Errors
    /// The database's.
    pub async fn new(
        db: &mut Database,
        cx: &'a Context<'a>,
        what: &'a str,
        agreed: Vec<Loss>,
        effects: &[Effect],
    ) -> Result<Self> {
        let mut made = Vec::new();
        for effect in effects {
            let Effect::DropMadeTable(t) = effect else {
                continue;
            };
            if let (false, Some(query)) = (made.contains(t), db.dialect().is_made(t)) {
                let found = db
                    .query("what the migrations made cannot be told", &query)
                    .await?;
                if found.first().and_then(ResultSet::single) == Some("t") {
                    made.push(t.clone());
                }
            }
        }
        Ok(Self {
            cx,
            what,
            agreed: RefCell::new(agreed),
            made,
            told: Cell::new(false),
        })
    }

    /// What is to be locked and counted for these effects; `None` where nothing can get lost.
    pub(super) fn stake(&self, db: &Database, effects: Vec<Effect>) -> Option<Stake> {
        let mut stake = Stake::over(db, effects);
        let made = stake.effects.iter().filter_map(|e| match e {
            Effect::DropMadeTable(t) if self.made.contains(t) => Some(t.clone()),
            _ => None,
        });
        let made: Vec<String> = made.collect();
        stake.tables.extend(made);
        (!stake.tables.is_empty()).then_some(stake)
    }

    /// Weighs, under the locks, what is at stake now: what it is, if that is more than was agreed to.
    /// `looked` is what [`Stake::look`] found.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn weigh(
        &self,
        db: &mut Database,
        stake: &Stake,
        looked: Option<&ResultSet>,
    ) -> Result<Option<Vec<Loss>>> {
        if looked.and_then(ResultSet::single) == Some(NONE) {
            return Ok(None);
        }
        let now = losses::count(db, &stake.effects).await?;
        self.grown(db, now)
    }

    fn grown(&self, db: &Database, now: Vec<Loss>) -> Result<Option<Vec<Loss>>> {
        if !exceeds(&self.agreed.borrow(), &now) {
            return Ok(None);
        }
        let environment = guard::environment(db, self.cx.environment)?;
        let verdict = guard::judge(environment, &db.target.name, &now, &self.spent(), self.what);
        Ok((verdict != Ok(guard::Verdict::Go)).then_some(now))
    }

    /// What the user said on the command line was said to other numbers.
    fn spent(&self) -> Consent {
        Consent {
            interactive: self.cx.consent.interactive,
            ..Consent::default()
        }
    }

    /// Counts before anything is done, without locks: so that a run whose statements commit one by
    /// one is not stopped half-way by what is there already.
    ///
    /// # Errors
    /// The database's; exit code 6 where the user does not agree.
    pub(super) async fn before(&self, db: &mut Database, effects: &[Effect]) -> Result<()> {
        loop {
            let now = losses::count(db, effects).await?;
            match self.grown(db, now)? {
                None => return Ok(()),
                Some(now) => self.ask_again(db, now, Reached::Nothing).await?,
            }
        }
    }

    /// Shows what is at stake now and asks. No locks are held meanwhile.
    ///
    /// # Errors
    /// Exit code 6 where the user does not agree, or nobody can be asked.
    pub(super) async fn ask_again(
        &self,
        db: &Database,
        now: Vec<Loss>,
        reached: Reached,
    ) -> Result<()> {
        let environment: Environment = guard::environment(db, self.cx.environment)?;
        let verdict = guard::judge(environment, &db.target.name, &now, &self.spent(), self.what);
        let Ok(verdict) = verdict else {
            return Err(self.refusal(db, &now, reached));
        };
        self.cx.observer.working(None);
        self.cx
            .observer
            .note("rows were written in the meantime: more would be destroyed than was shown");
        self.cx.asker.show(self.what, &now, true);
        if !self.cx.asker.ask(&verdict, &db.target.name).await {
            return Err(match reached {
                Reached::Nothing => not_confirmed(self.what),
                _ => self.refusal(db, &now, reached),
            });
        }
        let mut agreed = self.agreed.borrow_mut();
        agreed.retain(|l| !now.iter().any(|n| is_about_the_same(l, n)));
        agreed.extend(now);
        Ok(())
    }

    /// Says, once, that tables are not locked while they are counted.
    pub(super) fn unlocked(&self, error: &SqlError) {
        if !self.told.replace(true) {
            self.cx.observer.note(&format!(
                "tables are not locked while their rows are counted, so what others commit at that \
                 moment may go uncounted: {error}"
            ));
        }
    }

    fn refusal(&self, db: &Database, now: &[Loss], reached: Reached) -> Error {
        let agreed = self.agreed.borrow();
        let mut error = Error::refused(format!(
            "{} would destroy more than it showed: rows were written in the meantime",
            self.what
        ))
        .on(&db.target);
        for loss in now {
            let before = agreed.iter().find(|l| is_about_the_same(l, loss));
            if exceeds(
                before.map_or(&[], std::slice::from_ref),
                std::slice::from_ref(loss),
            ) {
                let before = before.map_or("none".to_owned(), Loss::amount);
                error = error.because(format!(
                    "{}: {}; shown before: {before}",
                    loss.object(),
                    loss.amount()
                ));
            }
        }
        match reached {
            Reached::Nothing => error
                .because("nothing was changed")
                .hint("run the command again and look at what it would destroy now"),
            Reached::Migration => error.because("this migration changed nothing").hint(GO_ON),
            Reached::Statement => error
                .because("this statement and those after it were not run")
                .hint(
                    "`saasdb migrate down --steps 1` shows what is at stake now, and goes on here",
                ),
        }
    }
}

const GO_ON: &str = "`saasdb migrate status` shows where things stand; `down --to VERSION` goes on to a fixed point";

fn is_about_the_same(a: &Loss, b: &Loss) -> bool {
    (&a.table, &a.column, a.unknown) == (&b.table, &b.column, b.unknown)
}

/// Whether more would be lost than was agreed to. Fewer rows are no reason to ask; whose they are is:
/// rows that seeding brings back may have been replaced by others.
fn exceeds(agreed: &[Loss], now: &[Loss]) -> bool {
    now.iter().any(|loss| {
        let same = agreed.iter().find(|l| is_about_the_same(l, loss));
        // A column that goes ahead of its table was agreed to as part of that.
        let whole = || {
            let table = |l: &&Loss| l.table == loss.table && l.column.is_none() && !l.unknown;
            agreed.iter().find(table)
        };
        same.or_else(whole)
            .is_none_or(|l| loss.rows > l.rows || loss.foreign() > l.foreign())
    })
}

/// Tables whose rows or values a piece of work destroys.
#[derive(Debug)]
pub(super) struct Stake {
    tables: Vec<String>,
    effects: Vec<Effect>,
}

/// What [`Stake::look`] returns where no table has a row.
const NONE: &str = "none";

/// Behind it are settings and roles that are for counting alone.
const SAVEPOINT: &str = "saasdb_counting";

impl Stake {
    /// What these effects destroy here; `None` where it is nothing.
    pub(super) fn of(db: &Database, effects: Vec<Effect>) -> Option<Self> {
        let stake = Self::over(db, effects);
        (!stake.tables.is_empty()).then_some(stake)
    }

    fn over(db: &Database, effects: Vec<Effect>) -> Self {
        let d = db.dialect();
        let mut tables: Vec<String> = Vec::new();
        for effect in &effects {
            if let Effect::DropTable(t) | Effect::DeleteRows(t) | Effect::DropColumn(t, _) = effect
                && let Some(there) = db.facts.relations.iter().find(|r| d.same_name(r, t))
                && !tables.contains(there)
            {
                tables.push(there.clone());
            }
        }
        Self { tables, effects }
    }

    /// The statement that locks the tables, if one is needed.
    pub(super) fn locks(&self, db: &Database) -> Option<TableLocks> {
        let read: &[&str] = match ledger::exists(db) {
            true => &[ledger::LEDGER],
            false => &[],
        };
        db.dialect().locks().tables(&self.tables, read)
    }

    /// The statements that lock the tables until the transaction ends.
    pub(super) fn lock_in_transaction(&self, db: &Database) -> Vec<String> {
        let Some(locks) = self.locks(db) else {
            return Vec::new();
        };
        let limit = db.limits.ddl_lock_timeout;
        match db.dialect().locks().briefly(limit) {
            Some((before, after)) if self.tables.len() > 1 => vec![before, locks.take, after],
            _ => vec![locks.take],
        }
    }

    /// The statements that hold all rows of the tables until the transaction ends.
    pub(super) fn all_rows(&self, d: &dyn Dialect) -> Vec<String> {
        let locks = d.locks();
        self.tables
            .iter()
            .filter_map(|t| locks.all_rows(t))
            .collect()
    }

    /// The statements that tell, in the last result, whether there is anything to count.
    pub(super) fn look(&self, d: &dyn Dialect) -> Vec<String> {
        let mut out = Vec::new();
        if let Some(security) = d.row_security() {
            out.push(format!("SAVEPOINT {SAVEPOINT}"));
            out.push(security.insist().to_owned());
        }
        let any: Vec<String> = self
            .tables
            .iter()
            .map(|t| format!("EXISTS (SELECT 1 FROM {})", d.path(t)))
            .collect();
        out.push(format!(
            "SELECT CASE WHEN {} THEN 'some' ELSE '{NONE}' END",
            any.join(" OR ")
        ));
        out
    }

    /// The statement after counting, by which settings and roles are again what they were.
    pub(super) fn leave(&self, d: &dyn Dialect) -> Option<String> {
        d.row_security()
            .map(|_| format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}"))
    }

    /// Whether a failed look only means that rows are hidden, and they have to be counted as a role that
    /// sees them.
    pub(super) fn is_blind(d: &dyn Dialect, error: &SqlError) -> bool {
        d.row_security().is_some_and(|s| s.would_hide(error))
    }
}

/// The effects of those steps that revert.
pub(super) fn reverting(source: &Source, steps: &[Step]) -> Vec<Effect> {
    steps
        .iter()
        .filter(|s| s.direction == Direction::Down)
        .flat_map(|s| source.migrations[s.index].effects(s.direction))
        .cloned()
        .collect()
}

/// What a transaction of a run locks: the first one the tables of the whole run, so that it is stopped
/// before anything is done, the others their own.
pub(super) fn locked_by<'s>(all: &'s [Step], unit: &'s [Step], first: bool) -> &'s [Step] {
    if first { all } else { unit }
}

/// What a single statement of a migration that is reverted statement by statement destroys.
pub(super) fn around(db: &Database, source: &Source, step: &Step, sql: &str) -> Option<Stake> {
    if step.direction == Direction::Up {
        return None;
    }
    let all = source.migrations[step.index].effects(step.direction);
    // Alone, part of a rebuild looks like the end of a table.
    let of_this = effects::effects(&[sql.to_owned()]);
    Stake::of(
        db,
        of_this.into_iter().filter(|e| all.contains(e)).collect(),
    )
}

/// Sends the beginning of a transaction that ends in [`Stake::look`] at statement `at`.
///
/// # Errors
/// The database's.
pub(super) async fn enter(
    db: &mut Database,
    stake: &Stake,
    script: &str,
    at: usize,
) -> Result<Option<ResultSet>, send::Failure> {
    match send::once(db, script, true).await {
        Ok(mut results) => Ok(results.pop()),
        Err((error, _)) if error.statement == at && Stake::is_blind(db.dialect(), &error) => {
            if let Some(back) = stake.leave(db.dialect()) {
                db.run(&back).await.map_err(|e| (e, Vec::new()))?;
            }
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Where table locks are not a transaction's: what came of asking for them.
pub(super) enum Locked {
    /// They are ours until this statement.
    Held(&'static str),
    /// This server or role does not allow it: what was counted may grow until the next statement has
    /// a lock of its own.
    Free,
    /// More is at stake than was agreed to; nothing is locked.
    Grown(Vec<Loss>),
    /// The database refused.
    Failed(send::Failure),
}

/// Locks tables and counts.
///
/// # Errors
/// The database's.
pub(super) async fn lock(db: &mut Database, gate: &Gate<'_>, stake: &Stake) -> Result<Locked> {
    let d = db.dialect();
    let Some(locks) = stake.locks(db) else {
        return Ok(match gate.weigh(db, stake, None).await? {
            None => Locked::Free,
            Some(now) => Locked::Grown(now),
        });
    };
    let give_back = locks.give_back.unwrap_or("COMMIT");
    let mut script = vec![locks.take];
    script.extend(stake.look(d));
    let at = script.len() - 1;
    let script = send::join(script.iter().map(String::as_str));
    match enter(db, stake, &script, at).await {
        Ok(looked) => match gate.weigh(db, stake, looked.as_ref()).await {
            Ok(None) => return Ok(Locked::Held(give_back)),
            Ok(Some(now)) => {
                db.run(give_back).await.ok();
                return Ok(Locked::Grown(now));
            }
            // It may be the locks that keep us from reading something; without them it is said again.
            Err(_) => drop(db.run(give_back).await),
        },
        Err((error, blockers)) => {
            db.run(give_back).await.ok();
            if !d.locks().stand_in_the_way(&error) {
                return Ok(Locked::Failed((error, blockers)));
            }
            gate.unlocked(&error);
        }
    }
    Ok(match gate.weigh(db, stake, None).await? {
        None => Locked::Free,
        Some(now) => Locked::Grown(now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(table: &str, column: Option<&str>, rows: u64, seeded: u64) -> Loss {
        Loss {
            table: table.into(),
            column: column.map(str::to_owned),
            rows,
            seeded,
            unknown: false,
        }
    }

    #[test]
    fn more_is_more_and_less_is_not() {
        let agreed = [loss("t", None, 5, 3), loss("u", Some("c"), 2, 2)];
        for (now, more) in [
            (vec![], false),
            (vec![loss("t", None, 5, 3)], false),
            (vec![loss("t", None, 4, 3)], false),
            (vec![loss("t", None, 4, 2)], false),
            (vec![loss("t", None, 6, 4)], true),
            (vec![loss("t", None, 5, 2)], true),
            (vec![loss("t", None, 4, 1)], true),
            (vec![loss("u", Some("c"), 3, 3)], true),
            (vec![loss("u", Some("d"), 1, 1)], true),
            (vec![loss("t", Some("c"), 5, 3)], false),
            (vec![loss("t", Some("c"), 5, 2)], true),
            (vec![loss("new", None, 1, 1)], true),
        ] {
            assert_eq!(exceeds(&agreed, &now), more, "{now:?}");
        }
    }
}
