//! `fresh`: dropping everything that the set made, whatever `down` would say, and applying it anew.

use super::apply::{self, Done};
use super::attend::Attention;
use super::database::Database;
use super::effects::{self, Effect, created_tables, makes_more};
use super::error::{Error, Result};
use super::guard;
use super::history;
use super::losses::{self, Loss};
use super::migration::{Direction, Migration, Source};
use super::operate::{Context, check_free, check_references, check_set, consent, moved, still};
use super::plan::{Step, Survey};
use super::send;
use crate::dialect::{Atomicity, Cause};

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
}

/// Plans `fresh`, and makes sure that nothing stands in its way.
///
/// # Errors
/// Exit code 6 on adopted tables, references from outside, or objects that are not the set's.
pub async fn plan_fresh(db: &mut Database, cx: &Context<'_>) -> Result<Fresh> {
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
    let losses = losses::count(db, &effects).await?;
    let drops = drop_statements(db, cx.source, &tables).await?;
    Ok(Fresh {
        tables,
        steps,
        drops,
        losses,
    })
}

/// Drops everything that the set made, whatever `down` would say, and applies all anew.
///
/// # Errors
/// Those of planning, consent, locking and applying.
pub async fn fresh(db: &mut Database, cx: &Context<'_>) -> Result<Vec<Done>> {
    let plan = plan_fresh(db, cx).await?;
    let environment = guard::recorded(db);
    consent(db, cx, "migrate fresh", &plan.losses).await?;
    cx.lock(db).await?;
    let now = plan_fresh(db, cx).await?;
    still(db, &plan.losses, &now.losses, environment)?;
    if now != plan {
        return Err(moved(db));
    }
    cx.make_schema(db).await?;
    // From the first drop to the last migration a signal waits for a good moment.
    db.interrupt.enter_critical();
    apply::keep_drift(db, cx.source, cx.observer).await?;
    drop_tracked(db, &plan.drops).await?;
    let outcome = apply::run(db, &cx.run(db, &plan.steps)).await;
    let done = outcome.map_err(|e| {
        e.because("the tables of the set were dropped before")
            .hint("`saasdb migrate up` applies what is missing")
    })?;
    db.unlock().await;
    Ok(done)
}

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

/// The statements of [`Fresh::drops`] with the transaction around them.
pub fn enclosed(db: &Database, drops: &[String]) -> Vec<String> {
    let d = db.dialect();
    let around = d.around_drops();
    let mut script: Vec<String> = around
        .map(|(before, _)| before.to_owned())
        .into_iter()
        .collect();
    script.push(d.begin().to_owned());
    script.extend(db.enter_schema(Atomicity::Whole));
    script.extend(drops.iter().cloned());
    script.push("COMMIT".to_owned());
    script.extend(around.map(|(_, after)| after.to_owned()));
    script
}

async fn drop_tracked(db: &mut Database, drops: &[String]) -> Result<()> {
    let script = enclosed(db, drops);
    let message = send::join(script.iter().map(String::as_str));
    if let Err(error) = db.run_with(&message, Attention::cancellable()).await {
        send::abandon(db, db.dialect().around_drops().map(|(_, after)| after)).await;
        if error.cause == Cause::Cancelled && db.interrupt.raised() {
            let stopped = db.interrupt.error().on(&db.target);
            return Err(stopped.if_interrupted("nothing was dropped"));
        }
        let mut out =
            Error::sql("the tables of the set could not be dropped", &error).on(&db.target);
        if let Some(sql) = script.get(error.statement) {
            out = out.statement(sql);
        }
        return Err(out);
    }
    db.look().await
}
