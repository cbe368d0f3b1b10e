//! `fresh`: dropping everything that the set made, whatever `down` would say, and applying it anew.

use super::apply::{self, Done};
use super::database::Database;
use super::dependents;
use super::effects::{self, Effect, created_tables, makes_more};
use super::error::{Error, Result};
use super::gate::{self, Gate, Locked, Reached, Stake};
use super::guard;
use super::history;
use super::losses::{self, Loss};
use super::migration::{Direction, Migration, Source};
use super::operate::{
    Context, check_free, check_references, check_set, consent, moved, same_environment,
};
use super::plan::{Step, Survey};
use super::script::beginning;
use super::send;
use crate::dialect::{Cause, Dialect};
use crate::schema::sql;

/// What `fresh` would do.
#[derive(Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The tables that would be dropped.
    pub tables: Vec<String>,
    /// The migrations that would be applied.
    pub steps: Vec<Step>,
    /// The statements that drop, outside of a transaction's BEGIN and COMMIT.
    pub drops: Vec<String>,
    /// What would be lost.
    pub losses: Vec<Loss>,
    /// What the drops do to tables.
    effects: Vec<Effect>,
}

/// Plans `fresh`, and makes sure that nothing stands in its way.
///
/// # Errors
/// Exit code 6 on adopted tables, references from outside, or objects that are not the set's.
pub async fn plan_fresh(db: &mut Database, cx: &Context<'_>) -> Result<Fresh> {
    let mut plan = plan_drops(db, cx).await?;
    plan.losses = losses::count(db, &plan.effects).await?;
    Ok(plan)
}

/// The same without counting.
async fn plan_drops(db: &mut Database, cx: &Context<'_>) -> Result<Fresh> {
    check_set(db, cx.source)?;
    guard::environment(db, cx.environment)?;
    let tables = tracked_tables(db, cx)?;
    let steps: Vec<Step> = (0..cx.source.migrations.len())
        .map(|index| Step::new(index, Direction::Up))
        .collect();
    apply::check_span(db, cx.source, &steps, cx.span)?;
    check_free(db, cx.source, &steps, &tables).await?;
    let mut effects: Vec<Effect> = tables.iter().cloned().map(Effect::DropTable).collect();
    effects.extend(
        recorded(db, cx.source)
            .flat_map(|m| m.effects(Direction::Down))
            .filter(|e| matches!(e, Effect::DropMadeTable(_) | Effect::Opaque(_)))
            .cloned(),
    );
    check_references(db, &effects).await?;
    dependents::check(db, cx.source, &effects).await?;
    let drops = drop_statements(db, cx.source, &tables).await?;
    Ok(Fresh {
        tables,
        steps,
        drops,
        losses: Vec::new(),
        effects,
    })
}

/// Drops everything that the set made, whatever `down` would say, and applies all anew.
///
/// # Errors
/// Those of planning, consent, locking and applying.
pub async fn fresh(db: &mut Database, cx: &Context<'_>) -> Result<Vec<Done>> {
    let plan = plan_fresh(db, cx).await?;
    let environment = guard::recorded(db);
    consent(db, cx, WHAT, &plan.losses).await?;
    cx.lock(db).await?;
    same_environment(db, environment)?;
    let losses = plan.losses.clone();
    let now = Fresh {
        losses: losses.clone(),
        ..plan_drops(db, cx).await?
    };
    if now != plan {
        return Err(moved(db));
    }
    let gate = Gate::new(db, cx, WHAT, losses, &plan.effects).await?;
    cx.make_schema(db).await?;
    // From the first drop to the last migration a signal waits for a good moment.
    db.interrupt.enter_critical();
    apply::keep_drift(db, cx.source, cx.observer).await?;
    drop_tracked(db, &plan, &gate).await?;
    let outcome = apply::run(db, &cx.run(db, &plan.steps)).await;
    let done = outcome.map_err(|e| match plan.tables.is_empty() {
        true => e,
        false => e
            .because("the tables of the set were dropped before")
            .hint("`saasdb migrate up` applies what is missing"),
    })?;
    db.unlock().await;
    Ok(done)
}

const WHAT: &str = "migrate fresh";

/// The tables that applied or half-applied migrations made and that are there.
fn tracked_tables(db: &Database, cx: &Context<'_>) -> Result<Vec<String>> {
    use super::plan::State;
    let survey = Survey::new(cx.source, &db.history);
    if let Some(adopted) = survey.entries.iter().find(|e| e.state == State::Baseline) {
        return Err(
            Error::refused("`fresh` would drop tables that were there before saasdb")
                .on(&db.target)
                .migration(&adopted.name)
                .because("it was adopted with `baseline`")
                .hint("`saasdb migrate refresh` reverts and applies everything after it"),
        );
    }
    if survey.count(State::Missing) > 0 {
        survey.verify()?;
    }
    Ok(survey
        .entries
        .iter()
        .filter(|e| matches!(e.state, State::Applied | State::Dirty))
        .filter_map(|e| cx.source.get(&e.name))
        .flat_map(|m| created_tables(m.effects(Direction::Up)))
        .filter(|t| db.facts.relations.contains(t))
        .collect())
}

/// The statements that drop what the set made, and its history.
async fn drop_statements(
    db: &mut Database,
    source: &Source,
    tables: &[String],
) -> Result<Vec<String>> {
    let d = db.dialect();
    let mut script = Vec::new();
    if recorded(db, source).any(|m| makes_more(m.effects(Direction::Up))) {
        // Functions, roles and the like would stand in the way of making them again; only the
        // migrations know how to take them back.
        script.extend(reverts(db, source));
    } else {
        let schema = db.schema().await?;
        let types = recorded(db, source)
            .flat_map(|m| m.effects(Direction::Up))
            .filter_map(|e| match e {
                Effect::CreateType(t) if schema.types.contains_key(t) => Some(t),
                _ => None,
            });
        if !tables.is_empty() {
            script.extend(d.drop_tables(tables));
        }
        script.extend(types.map(|t| format!("DROP TYPE {}", d.ident(t))));
    }
    if db.history.exists && !db.history.companion {
        // sea-orm migrated it: removing versions takes both tables.
        script.extend(history::create_tables(d, &db.facts));
    }
    if db.history.exists || db.history.companion {
        script.extend(
            source
                .migrations
                .iter()
                .flat_map(|m| history::remove(d, &m.name)),
        );
    }
    if super::journal::exists(db) {
        let all = source.migrations.iter();
        script.extend(all.map(|m| super::journal::clear(d, &m.name)));
    }
    if super::seed::ledger::exists(db) {
        let made = recorded(db, source)
            .flat_map(|m| m.effects(Direction::Down))
            .filter_map(|e| match e {
                Effect::DropMadeTable(t) => Some(t.as_str()),
                _ => None,
            });
        script.push(super::seed::ledger::forget_all(d, made));
    }
    Ok(script)
}

/// The migrations that are applied, wholly or in part, oldest first.
fn recorded<'a>(
    db: &'a Database,
    source: &'a Source,
) -> impl DoubleEndedIterator<Item = &'a Migration> {
    source.migrations.iter().filter(|m| {
        db.history.applied.contains_key(&m.name) || db.history.records.contains_key(&m.name)
    })
}

/// What the migrations' `down` says, latest first, without what would drop a table that is gone.
fn reverts(db: &Database, source: &Source) -> Vec<String> {
    let gone = |statement: &String| match effects::effects(std::slice::from_ref(statement))[..] {
        [Effect::DropTable(ref table)] => !db.facts.relations.contains(table),
        _ => false,
    };
    recorded(db, source)
        .rev()
        .flat_map(|m| m.statements(Direction::Down))
        .filter(|statement| !gone(statement))
        .cloned()
        .collect()
}

/// The statements of [`Fresh::drops`] with the transaction around them, or what there is instead.
pub fn enclosed(db: &Database, plan: &Fresh) -> Vec<String> {
    let d = db.dialect();
    let stake = Stake::of(db, plan.effects.clone());
    let locks = stake.as_ref().and_then(|s| s.locks(db));
    if let Some((take, give_back)) = locks.and_then(|l| Some((l.take, l.give_back?))) {
        let (under, rest) = plan.split();
        let held = holds(db);
        let mut script = Vec::new();
        script.extend(held.then_some(take));
        script.extend(under.iter().cloned());
        script.extend(held.then(|| give_back.to_owned()));
        script.extend(in_transaction(d, rest));
        return script;
    }
    let around = d.around_drops();
    let before = around.iter().flat_map(|(before, _)| sql::split(before));
    let mut script: Vec<String> = before.map(str::to_owned).collect();
    script.extend(beginning(db, stake.as_ref()));
    script.extend(plan.drops.iter().cloned());
    script.push("COMMIT".to_owned());
    let after = around.iter().flat_map(|(_, after)| sql::split(after));
    script.extend(after.map(str::to_owned));
    script
}

impl Fresh {
    /// The statements up to the last one that destroys something, and the others.
    fn split(&self) -> (&[String], &[String]) {
        let destroys = |sql: &String| {
            let all = effects::effects(std::slice::from_ref(sql));
            let lost = |e: &Effect| matches!(e, Effect::DropTable(t) if self.tables.contains(t));
            all.iter().any(lost)
        };
        let last = self.drops.iter().rposition(destroys);
        self.drops.split_at(last.map_or(0, |i| i + 1))
    }
}

fn in_transaction(d: &dyn Dialect, statements: &[String]) -> Vec<String> {
    let mut script = vec![d.begin().to_owned()];
    script.extend(statements.iter().cloned());
    script.push("COMMIT".to_owned());
    script
}

/// How one attempt at dropping ended. Unless it is done, it changed nothing, or what it did is done
/// again without harm.
enum Attempt {
    Done,
    Grown(Vec<Loss>),
    /// The database refused one of these statements.
    Failed(Vec<String>, send::Failure),
}

async fn drop_tracked(db: &mut Database, plan: &Fresh, gate: &Gate<'_>) -> Result<()> {
    let mut patience = send::Patience::for_locks(db);
    loop {
        let attempt = match db.dialect().ddl_in_transactions() {
            true => drop_whole(db, plan, gate).await?,
            false => drop_stepwise(db, plan, gate).await?,
        };
        let (script, (error, blockers)) = match attempt {
            Attempt::Done => return db.look().await,
            Attempt::Grown(now) => {
                gate.ask_again(db, now, Reached::Nothing).await?;
                continue;
            }
            Attempt::Failed(script, failure) => (script, patience.remember(failure)),
        };
        // Where statements commit one by one, the first ones are not there to be dropped again.
        let again = db.dialect().ddl_in_transactions() || error.statement == 0;
        if again && patience.allows(db, &error) && patience.pause(db).await {
            continue;
        }
        if error.cause == Cause::Cancelled && db.interrupt.raised() {
            let stopped = db.interrupt.error().on(&db.target);
            return Err(stopped.if_interrupted("nothing was dropped"));
        }
        let mut out = Error::sql("the tables of the set could not be dropped", &error)
            .on(&db.target)
            .blocked_by(blockers);
        if let Some(sql) = script.get(error.statement) {
            out = out.statement(sql);
        }
        return Err(out);
    }
}

/// Locks, counts and drops in one transaction.
async fn drop_whole(db: &mut Database, plan: &Fresh, gate: &Gate<'_>) -> Result<Attempt> {
    let d = db.dialect();
    let around = d.around_drops();
    let after = around.map(|(_, after)| after);
    let stake = gate.stake(db, plan.effects.clone());
    let before = around.iter().flat_map(|(before, _)| sql::split(before));
    let mut script: Vec<String> = before.map(str::to_owned).collect();
    script.extend(beginning(db, stake.as_ref()));
    if let Some(stake) = &stake {
        script.extend(stake.look(d));
        let head = std::mem::take(&mut script);
        let joined = send::join(head.iter().map(String::as_str));
        let looked = match gate::enter(db, stake, &joined, head.len() - 1).await {
            Ok(looked) => looked,
            Err(failure) => {
                send::abandon(db, after).await;
                return Ok(Attempt::Failed(head, failure));
            }
        };
        let weighed = gate.weigh(db, stake, looked.as_ref()).await;
        if !matches!(weighed, Ok(None)) {
            send::abandon(db, after).await;
        }
        if let Some(now) = weighed? {
            return Ok(Attempt::Grown(now));
        }
        script.extend(stake.leave(d));
    }
    script.extend(plan.drops.iter().cloned());
    script.push("COMMIT".to_owned());
    script.extend(after.map(str::to_owned));
    let joined = send::join(script.iter().map(String::as_str));
    if let Err(failure) = send::once(db, &joined, true).await {
        send::abandon(db, after).await;
        return Ok(Attempt::Failed(script, failure));
    }
    Ok(Attempt::Done)
}

/// Whether the tables can be dropped under locks here.
fn holds(db: &Database) -> bool {
    let locks = db.dialect().locks();
    locks.hold_while_dropping(&db.facts.server_version)
}

/// Drops under table locks, where each statement commits by itself.
async fn drop_stepwise(db: &mut Database, plan: &Fresh, gate: &Gate<'_>) -> Result<Attempt> {
    let (mut under, rest) = plan.split();
    let stake = gate.stake(db, plan.effects.clone());
    if let (Some(stake), false) = (&stake, holds(db)) {
        // As late as can be.
        if let Some(now) = gate.weigh(db, stake, None).await? {
            return Ok(Attempt::Grown(now));
        }
    } else if let Some(stake) = &stake {
        match gate::lock(db, gate, stake).await? {
            Locked::Held(give_back) => {
                let script = send::join(under.iter().map(String::as_str));
                let outcome = send::once(db, &script, false).await;
                db.run(give_back).await.ok();
                match outcome {
                    Ok(_) => under = &[],
                    Err(failure) if !db.dialect().locks().stand_in_the_way(&failure.0) => {
                        return Ok(Attempt::Failed(under.to_vec(), failure));
                    }
                    Err((error, _)) => {
                        gate.unlocked(&error);
                        under = under.get(error.statement..).unwrap_or_default();
                        if let Some(now) = gate.weigh(db, stake, None).await? {
                            return Ok(Attempt::Grown(now));
                        }
                    }
                }
            }
            Locked::Free => {}
            Locked::Grown(now) => return Ok(Attempt::Grown(now)),
            Locked::Failed(failure) => return Ok(Attempt::Failed(Vec::new(), failure)),
        }
    }
    let mut script = under.to_vec();
    script.extend(in_transaction(db.dialect(), rest));
    let joined = send::join(script.iter().map(String::as_str));
    if let Err(failure) = send::once(db, &joined, false).await {
        send::abandon(db, None).await;
        return Ok(Attempt::Failed(script, failure));
    }
    Ok(Attempt::Done)
}
