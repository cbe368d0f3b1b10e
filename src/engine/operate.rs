//! Whole operations: what the command line and an embedding application call.
//!
//! Each one looks, plans, asks for consent where data is at stake, locks, looks and plans again
//! (the world may have changed while nobody held the lock), and carries the plan out.

use super::apply::{self, Done, Observer, Run, Span};
use super::database::{Database, describe};
use super::effects::{Effect, created_tables};
use super::error::{Error, Result};
use super::guard::{self, Consent, Environment, Verdict};
use super::history::meta;
use super::losses::{self, Loss};
use super::migration::{Direction, Source};
use super::plan::{self, DownTarget, Step, Survey, UpTarget};
use super::version::digits;

/// Shows what is at stake and asks. Returns whether the user agrees.
pub trait Asker {
    /// Shows the losses, if there are any.
    fn show(&self, what: &str, losses: &[Loss]);
    /// Asks for a yes, or for the database's name.
    fn ask(&self, verdict: &Verdict, name: &str) -> bool;
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
    fn run<'b>(&'b self, steps: &'b [Step]) -> Run<'b> {
        Run {
            source: self.source,
            steps,
            span: self.span,
            record_environment: self.environment.map(Environment::as_str),
            observer: self.observer,
        }
    }

    async fn lock(&self, db: &mut Database) -> Result<()> {
        db.lock(self.source, &|holder| {
            self.observer
                .note(&format!("waiting for another run: {}", describe(holder)));
        })
        .await
    }
}

/// Refuses a database that holds another schema set.
///
/// # Errors
/// Exit code 6, naming the set that is there.
pub fn check_set(db: &Database, source: &Source) -> Result<()> {
    match db.history.meta.get(meta::SET) {
        Some(there) if there != source.set => Err(Error::refused(format!(
            "this database holds the schema set `{there}`, not `{}`",
            source.set
        ))
        .on(&db.target)
        .because("the sets share table names: one database holds one set")
        .hint(format!("use `--set {there}`, or another database"))),
        _ => Ok(()),
    }
}

/// Plans a run upwards and makes sure that nothing stands in its way.
///
/// # Errors
/// Whatever [`plan::up`] finds; exit code 6 where a table that is to be made exists already.
pub fn plan_up(
    db: &Database,
    cx: &Context<'_>,
    target: &UpTarget,
    out_of_order: bool,
) -> Result<Vec<Step>> {
    check_set(db, cx.source)?;
    guard::environment(db, cx.environment)?;
    let survey = Survey::new(cx.source, &db.history);
    let steps = plan::up(cx.source, &survey, target, out_of_order).map_err(|e| e.on(&db.target))?;
    apply::check_span(cx.source, &steps, cx.span)?;
    check_free(db, cx.source, &steps)?;
    Ok(steps)
}

/// Refuses to make tables that are there already.
fn check_free(db: &Database, source: &Source, steps: &[Step]) -> Result<()> {
    let mut gone: Vec<String> = Vec::new();
    for step in steps {
        let migration = &source.migrations[step.index];
        let effects = migration.effects(step.direction);
        if step.direction == Direction::Down {
            gone.extend(effects.iter().filter_map(|e| match e {
                Effect::DropTable(t) => Some(t.clone()),
                _ => None,
            }));
            continue;
        }
        if step.resume.is_some() {
            continue;
        }
        let there: Vec<String> = created_tables(effects)
            .into_iter()
            .filter(|t| db.facts.relations.contains(t) && !gone.contains(t))
            .collect();
        if !there.is_empty() {
            let (verb, noun) = if there.len() == 1 {
                ("exists", "table")
            } else {
                ("exist", "tables")
            };
            return Err(Error::refused(format!(
                "{noun} that this migration would make {verb} already"
            ))
            .on(&db.target)
            .migration(&migration.name)
            .because(there.join(", "))
            .because("nothing was changed")
            .hint(format!(
                "if they are your application's, adopt them: `saasdb migrate baseline --to {}`",
                digits(&migration.name)
            )));
        }
    }
    Ok(())
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
    let steps = plan_up(db, cx, target, out_of_order)?;
    if steps.is_empty() {
        // Nothing to do is answered without the lock: most runs of `up` in a deployment are this.
        return Ok(Vec::new());
    }
    cx.lock(db).await?;
    let steps = plan_up(db, cx, target, out_of_order)?;
    let done = apply::run(db, &cx.run(&steps)).await?;
    db.unlock().await;
    Ok(done)
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
    apply::check_span(cx.source, &steps, cx.span)?;
    let dropped: Vec<String> = effects_of(cx.source, &steps)
        .into_iter()
        .filter_map(|e| match e {
            Effect::DropTable(t) => Some(t),
            _ => None,
        })
        .collect();
    check_references(db, &dropped).await?;
    Ok(steps)
}

/// Refuses to drop tables that tables outside refer to. SQLite would delete those rows with them
/// (ON DELETE CASCADE) or leave them pointing nowhere; the others would refuse half-way.
async fn check_references(db: &mut Database, dropped: &[String]) -> Result<()> {
    if dropped.is_empty() {
        return Ok(());
    }
    let outside = db.schema().await?.references_into(dropped);
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

fn effects_of(source: &Source, steps: &[Step]) -> Vec<Effect> {
    steps
        .iter()
        .flat_map(|s| source.migrations[s.index].effects(s.direction))
        .cloned()
        .collect()
}

/// Counts what steps would destroy.
///
/// # Errors
/// The database's.
pub async fn losses_of(db: &mut Database, source: &Source, steps: &[Step]) -> Result<Vec<Loss>> {
    let down: Vec<Step> = steps
        .iter()
        .filter(|s| s.direction == Direction::Down)
        .cloned()
        .collect();
    losses::count(db, &effects_of(source, &down)).await
}

/// Shows what is at stake and makes sure that the user wants it.
///
/// # Errors
/// Exit code 6 where not.
pub fn consent(db: &Database, cx: &Context<'_>, what: &str, losses: &[Loss]) -> Result<()> {
    let environment = guard::environment(db, cx.environment)?;
    cx.asker.show(what, losses);
    let verdict = guard::judge(environment, &db.target.name, losses, cx.consent, what)
        .map_err(|e| e.on(&db.target))?;
    if verdict == Verdict::Go || cx.asker.ask(&verdict, &db.target.name) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{what} was not confirmed; nothing was changed"
    )))
}

/// Reverts migrations and, where `again` is set, applies them anew.
///
/// # Errors
/// Those of planning, consent, locking and applying.
pub async fn down(
    db: &mut Database,
    cx: &Context<'_>,
    what: &str,
    target: &DownTarget,
    again: Option<&UpTarget>,
) -> Result<Vec<Done>> {
    let steps = plan_down(db, cx, target).await?;
    cx.observer
        .working(Some("counting the rows at stake".to_owned()));
    let losses = losses_of(db, cx.source, &steps).await?;
    cx.observer.working(None);
    if !steps.is_empty() {
        consent(db, cx, what, &losses)?;
    }
    cx.lock(db).await?;
    let now = plan_down(db, cx, target).await?;
    if now != steps {
        return Err(Error::failed(
            "another run changed the database in the meantime; nothing was done",
        )
        .on(&db.target)
        .hint("run the command again and look at what it would destroy now"));
    }
    let mut done = apply::run(db, &cx.run(&steps)).await?;
    if let Some(target) = again {
        let target = match target {
            UpTarget::Steps(_) => UpTarget::Steps(steps.len()),
            other => other.clone(),
        };
        db.look().await?;
        let steps = plan_up(db, cx, &target, false)?;
        done.extend(apply::run(db, &cx.run(&steps)).await?);
    }
    db.unlock().await;
    Ok(done)
}

/// Drops everything that the set made, whatever `down` would say, and applies all anew.
///
/// # Errors
/// Exit code 6 on adopted tables or references from outside; those of consent, locking, applying.
pub async fn fresh(db: &mut Database, cx: &Context<'_>) -> Result<Vec<Done>> {
    check_set(db, cx.source)?;
    let tables = tracked_tables(db, cx)?;
    check_references(db, &tables).await?;
    let effects: Vec<Effect> = tables.iter().cloned().map(Effect::DropTable).collect();
    let losses = losses::count(db, &effects).await?;
    consent(db, cx, "fresh", &losses)?;
    cx.lock(db).await?;
    if tracked_tables(db, cx)? != tables {
        return Err(Error::failed(
            "another run changed the database in the meantime; nothing was done",
        )
        .on(&db.target)
        .hint("run the command again and look at what it would destroy now"));
    }
    drop_tracked(db, cx.source, &tables).await?;
    let steps = plan_up(db, cx, &UpTarget::All, false)?;
    let done = apply::run(db, &cx.run(&steps)).await?;
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

async fn drop_tracked(db: &mut Database, source: &Source, tables: &[String]) -> Result<()> {
    let d = db.dialect();
    let schema = db.schema().await?;
    let types: Vec<String> = source
        .migrations
        .iter()
        .filter(|m| {
            db.history.applied.contains_key(&m.name) || db.history.records.contains_key(&m.name)
        })
        .flat_map(|m| m.effects(Direction::Up))
        .filter_map(|e| match e {
            Effect::CreateType(t) if schema.types.contains_key(t) => Some(t.clone()),
            _ => None,
        })
        .collect();
    let mut script = Vec::new();
    let around = d.around_drops();
    script.extend(around.map(|(before, _)| before.to_owned()));
    script.push(d.begin().to_owned());
    if !tables.is_empty() {
        script.extend(d.drop_tables(tables));
    }
    script.extend(types.iter().map(|t| format!("DROP TYPE {}", d.ident(t))));
    for m in &source.migrations {
        if db.history.exists && db.history.companion {
            script.extend(super::history::remove(d, &m.name));
        }
    }
    if super::seed::ledger::exists(db) {
        script.push(format!("DELETE FROM {}", super::seed::ledger::LEDGER));
    }
    script.push("COMMIT".to_owned());
    script.extend(around.map(|(_, after)| after.to_owned()));
    let critical = db.interrupt.critical();
    let outcome = db
        .run(&apply::join(script.iter().map(String::as_str)))
        .await;
    drop(critical);
    if let Err(error) = outcome {
        let _ = db.run("ROLLBACK").await;
        let mut out =
            Error::sql("the tables of the set could not be dropped", &error).on(&db.target);
        if let Some(sql) = script.get(error.statement) {
            out = out.statement(sql);
        }
        return Err(out);
    }
    db.look().await
}
