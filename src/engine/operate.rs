//! Whole operations: what the command line and an embedding application call.
//!
//! Each one looks, plans, asks for consent where data is at stake, locks, looks and plans again
//! (the world may have changed while nobody held the lock), and carries the plan out.

use super::apply::{self, Done, Observer, Run, Span};
use super::baseline;
use super::database::{Database, describe};
use super::dependents;
use super::effects::Effect;
use super::error::{Error, Result};
use super::gate::{Gate, reverting};
use super::guard::{self, Consent, Environment, Verdict};
use super::history::{self, meta};
use super::losses::{self, Loss};
use super::migration::{Direction, Migration, Source};
use super::namespace::other_set;
use super::plan::{self, DownTarget, Step, Survey, UpTarget};
use super::signs;
use super::version::digits;
use crate::dialect::Atomicity;
use sea_orm_migration::async_trait::async_trait;

/// Shows what is at stake and asks.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Shows the losses, if there are any; `needed` where the user has to decide on them.
    fn show(&self, what: &str, losses: &[Loss], needed: bool);
    /// Asks for a yes, or for the database's name; whether the user agrees.
    async fn ask(&self, verdict: &Verdict, name: &str) -> bool;
}

/// What all operations need.
pub struct Context<'a> {
    /// The migrations.
    pub source: &'a Source,
    /// The environment that somebody named.
    pub environment: Option<Environment>,
    /// What a transaction spans.
    pub span: Span,
    /// What the user already agreed to.
    pub consent: &'a Consent,
    /// Who asks the user.
    pub asker: &'a dyn Asker,
    /// Who hears how it goes.
    pub observer: &'a dyn Observer,
}

impl Context<'_> {
    /// A run of these steps on that database.
    pub fn run<'b>(&'b self, db: &Database, steps: &'b [Step]) -> Run<'b> {
        Run {
            source: self.source,
            steps,
            span: self.span,
            record_environment: guard::to_record(db, self.environment).map(Environment::as_str),
            observer: self.observer,
            gate: None,
        }
    }

    /// Takes the runner's lock, and says for whom it waits.
    ///
    /// # Errors
    /// As [`Database::lock`].
    pub async fn lock(&self, db: &mut Database) -> Result<()> {
        db.lock(self.source, &|holder| {
            self.observer
                .note(&format!("waiting for another run: {}", describe(holder)));
        })
        .await
    }
}

/// Refuses a database that holds another schema set. One whose set was reverted to the last
/// migration holds none any more.
///
/// # Errors
/// Exit code 6, naming the set that is there.
pub fn check_set(db: &Database, source: &Source) -> Result<()> {
    match db.history.meta.get(meta::SET) {
        Some(there) if there != source.set && holds(db, source) => Err(Error::refused(format!(
            "the recorded schema set is `{there}`, but the versions are those of `{}`",
            source.set
        ))
        .on(&db.target)
        .because(format!(
            "the row {} of {} was edited",
            meta::SET,
            history::META
        ))
        .hint(format!(
            "`saasdb --set {} migrate repair` records the set that is there",
            source.set
        ))),
        Some(there) if there != source.set && db.history.holds_any() => {
            Err(other_set(db, there, source.set))
        }
        _ => Ok(()),
    }
}

/// Whether versions of this set are applied. No two sets have one in common.
pub(super) fn holds(db: &Database, source: &Source) -> bool {
    let (applied, records) = (&db.history.applied, &db.history.records);
    let is_ours = |name: &String| source.get(name).is_some();
    applied.keys().any(is_ours) || (applied.is_empty() && records.keys().any(is_ours))
}

/// Plans a run upwards.
///
/// # Errors
/// Whatever [`plan::up`] finds; another set or a stricter environment in the database.
fn plan_up(
    db: &Database,
    cx: &Context<'_>,
    target: &UpTarget,
    out_of_order: bool,
) -> Result<Vec<Step>> {
    check_set(db, cx.source)?;
    guard::environment(db, cx.environment)?;
    let survey = Survey::new(cx.source, &db.history);
    let steps = plan::up(cx.source, &survey, target, out_of_order).map_err(|e| e.on(&db.target))?;
    apply::check_span(db, cx.source, &steps, cx.span)?;
    Ok(steps)
}

/// Plans a run upwards for somebody to read, and makes sure that it could run.
///
/// # Errors
/// As [`plan_up`]; exit code 6 where an object that is to be made exists already.
pub async fn preview_up(
    db: &mut Database,
    cx: &Context<'_>,
    target: &UpTarget,
    out_of_order: bool,
) -> Result<Vec<Step>> {
    let steps = plan_up(db, cx, target, out_of_order)?;
    check_free(db, cx.source, &steps, &[]).await?;
    let rebuilds: Vec<Effect> = steps
        .iter()
        .flat_map(|step| cx.source.migrations[step.index].effects(step.direction))
        .filter(|effect| matches!(effect, Effect::RebuildTable(_)))
        .cloned()
        .collect();
    if !rebuilds.is_empty() {
        dependents::check(db, cx.source, &rebuilds).await?;
    }
    check_lost(db, cx.source, &steps).await?;
    Ok(steps)
}

/// Refuses to apply again what was recorded as applied and is there: sea-orm's row of it was lost. Where
/// sea-orm reverted it, nothing of it is there.
async fn check_lost(db: &mut Database, source: &Source, steps: &[Step]) -> Result<()> {
    let recorded: Vec<&Migration> = steps
        .iter()
        .filter(|step| step.resume.is_none())
        .map(|step| &source.migrations[step.index])
        .filter(|m| db.history.records.contains_key(&m.name))
        .collect();
    if recorded.is_empty() {
        return Ok(());
    }
    let schema = db.schema().await?;
    let Some(there) = recorded.iter().find(|m| signs::stands(m, &schema)) else {
        return Ok(());
    };
    let last = last_unlisted(db, source).unwrap_or(&there.name);
    Err(
        Error::refused("what this migration would make exists already")
            .on(&db.target)
            .migration(&there.name)
            .because(format!(
                "saasdb recorded it as applied, but its row in {} is gone",
                history::SEAORM
            ))
            .because("nothing was changed")
            .hint(format!(
                "restore the rows: `saasdb migrate baseline --to {}`",
                digits(last)
            )),
    )
}

/// Refuses to make tables and columns that are there already. `gone` are tables that will have
/// been dropped before.
pub(super) async fn check_free(
    db: &mut Database,
    source: &Source,
    steps: &[Step],
    gone: &[String],
) -> Result<()> {
    let d = db.dialect();
    let mut gone: Vec<String> = gone.to_vec();
    let mut dropped: Vec<(String, String)> = Vec::new();
    let mut columns: Option<Vec<(String, String)>> = None;
    for step in steps {
        let migration = &source.migrations[step.index];
        if step.resume.is_some() && step.direction == Direction::Up {
            continue;
        }
        let mut there: Vec<String> = Vec::new();
        for effect in migration.effects(step.direction) {
            let stands = |t: &str| {
                db.facts.relations.iter().any(|r| d.same_name(r, t)) && !gone.iter().any(|g| g == t)
            };
            match effect {
                Effect::DropTable(t) => gone.push(t.clone()),
                Effect::DropColumn(t, c) => dropped.push((t.clone(), c.clone())),
                Effect::CreateTable(t) if stands(t) => there.push(format!("table {t}")),
                Effect::AddColumn(t, c)
                    if stands(t) && !dropped.contains(&(t.clone(), c.clone())) =>
                {
                    let columns = match &mut columns {
                        Some(columns) => columns,
                        none => none.insert(db.columns().await?),
                    };
                    if columns
                        .iter()
                        .any(|(x, y)| d.same_name(x, t) && d.same_name(y, c))
                    {
                        there.push(format!("column {t}.{c}"));
                    }
                }
                _ => {}
            }
        }
        if !there.is_empty() {
            let verb = if there.len() == 1 { "exists" } else { "exist" };
            let refused = Error::refused(format!("what this migration would make {verb} already"))
                .on(&db.target)
                .migration(&migration.name)
                .because(there.join(", "));
            let last = match last_unlisted(db, source) {
                Some(last) => Ok(last),
                None => {
                    let schema = db.schema().await?;
                    Err(baseline::last_there(
                        db,
                        &schema,
                        &source.migrations,
                        migration,
                    ))
                }
            };
            return Err(match last {
                Ok(last) => refused
                    .because(format!(
                        "saasdb recorded it as applied, but its row in {} is gone",
                        history::SEAORM
                    ))
                    .because("nothing was changed")
                    .hint(format!(
                        "restore the rows: `saasdb migrate baseline --to {}`",
                        digits(last)
                    )),
                Err(last) => refused.because("nothing was changed").hint(format!(
                    "if it is your application's, adopt it: `saasdb migrate baseline --to {}`",
                    digits(last)
                )),
            });
        }
    }
    Ok(())
}

/// The last version that was recorded as applied and that sea-orm's table does not list.
fn last_unlisted<'a>(db: &Database, source: &'a Source) -> Option<&'a str> {
    let unlisted = source.migrations.iter().rev().find(|m| {
        let record = db.history.records.get(&m.name);
        record.is_some_and(|r| !r.is_dirty()) && !db.history.applied.contains_key(&m.name)
    });
    unlisted.map(|m| m.name.as_str())
}

/// Applies pending migrations.
///
/// # Errors
/// Those of planning, locking and applying.
pub async fn up(
    db: &mut Database,
    cx: &Context<'_>,
    target: &UpTarget,
    out_of_order: bool,
) -> Result<Vec<Done>> {
    // What looks half done may be another run at work: that is judged under the lock.
    let at_work = db
        .history
        .records
        .iter()
        .any(|(name, record)| record.is_dirty() && cx.source.get(name).is_some());
    if !at_work && plan_up(db, cx, target, out_of_order)?.is_empty() {
        // Nothing to do is answered without the lock: most runs of `up` in a deployment are this.
        record_environment(db, cx).await?;
        return Ok(Vec::new());
    }
    cx.lock(db).await?;
    // Only under the lock do history and catalogue belong together.
    let steps = preview_up(db, cx, target, out_of_order).await?;
    cx.make_schema(db).await?;
    let empty = !db.history.companion;
    let outcome = apply::run(db, &cx.run(db, &steps)).await;
    if outcome.is_err() && empty && db.look().await.is_ok() {
        // A run of another set has another lock: both may have found the place empty.
        check_set(db, cx.source)?;
    }
    let done = outcome?;
    db.unlock().await;
    Ok(done)
}

/// Records the environment that somebody named, where that is new or stricter.
///
/// # Errors
/// The database's.
pub async fn record_environment(db: &mut Database, cx: &Context<'_>) -> Result<()> {
    let Some(environment) = guard::to_record(db, cx.environment) else {
        return Ok(());
    };
    if !db.history.companion {
        // sea-orm migrated it; the first run that changes something makes the companion tables.
        return Ok(());
    }
    db.check_writable()?;
    let statement = history::write_meta(db.dialect(), &[(meta::ENVIRONMENT, environment.as_str())]);
    db.query("the environment cannot be recorded", &statement)
        .await
        .map(drop)
}

/// Plans a run downwards.
///
/// # Errors
/// Whatever [`plan::down`] finds; exit code 6 where tables outside the set refer to what goes.
pub async fn plan_down(
    db: &mut Database,
    cx: &Context<'_>,
    target: &DownTarget,
) -> Result<Vec<Step>> {
    check_set(db, cx.source)?;
    let survey = Survey::new(cx.source, &db.history);
    let steps = plan::down(cx.source, &survey, target).map_err(|e| e.on(&db.target))?;
    apply::check_span(db, cx.source, &steps, cx.span)?;
    let effects = reverting(cx.source, &steps);
    check_references(db, &effects).await?;
    dependents::check(db, cx.source, &effects).await?;
    Ok(steps)
}

/// Refuses to drop tables that tables outside refer to. SQLite would delete those rows with them
/// (ON DELETE CASCADE) or leave them pointing nowhere; the others would refuse half-way.
pub(super) async fn check_references(db: &mut Database, effects: &[Effect]) -> Result<()> {
    let mut dropped = Vec::new();
    let mut columns = Vec::new();
    for effect in effects {
        match effect {
            Effect::DropTable(t) => dropped.push(t.clone()),
            Effect::DropColumn(t, c) => columns.push((t.clone(), c.clone())),
            _ => {}
        }
    }
    if dropped.is_empty() {
        return Ok(());
    }
    let mut schema = db.schema().await?;
    for effect in effects {
        match effect {
            Effect::DropConstraint(t, name) => {
                if let Some(table) = schema.tables.get_mut(t) {
                    table.foreign_keys.remove(name);
                }
            }
            // How a migration takes a reference away on SQLite. Should it still be there, the check
            // before the commit finds it.
            Effect::RebuildTable(t) => {
                if let Some(table) = schema.tables.get_mut(t) {
                    table
                        .foreign_keys
                        .retain(|_, key| !dropped.contains(&key.table));
                }
            }
            _ => {}
        }
    }
    let outside = schema.references_into(&dropped, &columns);
    if outside.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = outside
        .iter()
        .map(|(child, parent)| format!("{child} refers to {parent}"))
        .collect();
    Err(
        Error::refused("other tables refer to tables that would be dropped")
            .on(&db.target)
            .because(list.join(", "))
            .because("nothing was changed")
            .hint("drop those foreign keys or tables first"),
    )
}

/// Counts what steps would destroy.
///
/// # Errors
/// The database's.
pub async fn losses_of(db: &mut Database, source: &Source, steps: &[Step]) -> Result<Vec<Loss>> {
    losses::count(db, &reverting(source, steps)).await
}

/// Shows what is at stake and makes sure that the user wants it.
///
/// # Errors
/// Exit code 6 where not.
pub async fn consent(db: &Database, cx: &Context<'_>, what: &str, losses: &[Loss]) -> Result<()> {
    let environment = guard::environment(db, cx.environment)?;
    let verdict = guard::judge(environment, &db.target.name, losses, cx.consent, what);
    cx.asker.show(what, losses, verdict != Ok(Verdict::Go));
    let verdict = verdict.map_err(|e| e.on(&db.target))?;
    if verdict == Verdict::Go || cx.asker.ask(&verdict, &db.target.name).await {
        return Ok(());
    }
    Err(not_confirmed(what))
}

pub(super) fn not_confirmed(what: &str) -> Error {
    Error::refused(format!("{what} was not confirmed; nothing was changed"))
}

/// Makes sure, under the lock, that the database is still for what it was when the user agreed.
pub(super) fn same_environment(db: &Database, agreed: Option<Environment>) -> Result<()> {
    if guard::recorded(db) == agreed {
        return Ok(());
    }
    Err(
        Error::refused("the database changed in the meantime; nothing was done")
            .on(&db.target)
            .because("another run recorded another environment")
            .hint("run the command again and look at what it would destroy now"),
    )
}

/// What to apply after reverting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Nothing.
    No,
    /// What was reverted.
    Reverted,
    /// Everything.
    All,
}

/// Adds the steps that apply again what `steps` revert, and makes sure that they can run.
async fn plan_again(
    db: &mut Database,
    cx: &Context<'_>,
    mut steps: Vec<Step>,
    again: Again,
) -> Result<Vec<Step>> {
    let mut indexes: Vec<usize> = steps.iter().map(|s| s.index).collect();
    match again {
        Again::No => return Ok(steps),
        Again::Reverted => {}
        Again::All => {
            let survey = Survey::new(cx.source, &db.history);
            indexes.extend(survey.pending().filter_map(|e| cx.source.position(&e.name)));
        }
    }
    indexes.sort_unstable();
    indexes.dedup();
    steps.extend(
        indexes
            .into_iter()
            .map(|index| Step::new(index, Direction::Up)),
    );
    apply::check_span(db, cx.source, &steps, cx.span)?;
    check_free(db, cx.source, &steps, &[]).await?;
    Ok(steps)
}

/// Plans reverting and, where asked, applying anew.
///
/// # Errors
/// Those of planning both ways.
pub async fn preview_down(
    db: &mut Database,
    cx: &Context<'_>,
    target: &DownTarget,
    again: Again,
) -> Result<Vec<Step>> {
    let reverts = plan_down(db, cx, target).await?;
    plan_again(db, cx, reverts, again).await
}

/// Reverts migrations and, where asked, applies them anew.
///
/// # Errors
/// Those of planning, consent, locking and applying.
pub async fn down(
    db: &mut Database,
    cx: &Context<'_>,
    what: &str,
    target: &DownTarget,
    again: Again,
) -> Result<Vec<Done>> {
    loop {
        if let Some(done) = down_once(db, cx, what, target, again).await? {
            return Ok(done);
        }
    }
}

/// The same; `None` where the plan has moved on by itself, and is to be made again.
async fn down_once(
    db: &mut Database,
    cx: &Context<'_>,
    what: &str,
    target: &DownTarget,
    again: Again,
) -> Result<Option<Vec<Done>>> {
    let mut steps = preview_down(db, cx, target, again).await?;
    if steps.is_empty() {
        return Ok(Some(Vec::new()));
    }
    cx.observer
        .working(Some("counting the rows at stake".to_owned()));
    let losses = match losses_of(db, cx.source, &steps).await {
        Ok(losses) => losses,
        Err(_) => {
            // Another run may be taking those tables away: what it leaves is counted when it is done.
            cx.lock(db).await?;
            steps = preview_down(db, cx, target, again).await?;
            let losses = losses_of(db, cx.source, &steps).await?;
            db.unlock().await;
            losses
        }
    };
    cx.observer.working(None);
    let environment = guard::recorded(db);
    consent(db, cx, what, &losses).await?;
    cx.lock(db).await?;
    let planned = preview_down(db, cx, target, again).await?;
    if planned != steps {
        // A run that was killed leaves its last message to the server, which works on until it has
        // done it: what was to be reverted is under way then, or done in part.
        let agreed = |step: &Step| {
            let same = |s: &Step| (s.index, s.direction) == (step.index, step.direction);
            steps.iter().any(same)
        };
        if !planned.iter().all(agreed) {
            return Err(moved(db));
        }
        db.unlock().await;
        return Ok(None);
    }
    same_environment(db, environment)?;
    let effects = reverting(cx.source, &steps);
    let gate = Gate::new(db, cx, what, losses, &effects).await?;
    let first = &cx.source.migrations[steps[0].index];
    if first.atomicity(cx.source.backend) == Atomicity::Stepwise {
        gate.before(db, &effects).await?;
    }
    let run = Run {
        gate: Some(&gate),
        ..cx.run(db, &steps)
    };
    let done = apply::run(db, &run).await?;
    db.unlock().await;
    Ok(Some(done))
}

pub(super) fn moved(db: &Database) -> Error {
    Error::failed("another run changed the database in the meantime; nothing was done")
        .on(&db.target)
        .hint("run the command again and look at what it would destroy now")
}
