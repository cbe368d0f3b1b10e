//! `saasdb status`.

use super::{App, closing, seed as seed_command};
use crate::engine::drift;
use crate::engine::guard;
use crate::engine::operate::check_set;
use crate::engine::plan::{State, Survey};
use crate::engine::{Database, Exit, Open, Result, Source, seed};
use crate::report::{self, plural, status::Status};

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Shows everything at a glance.
pub async fn run(_args: &Args, app: &App) -> Result<Exit> {
    let (source, mut db) = app.open_with_source(Open::Look, "status").await?;
    let outcome = gather("status", app, &mut db, &source).await;
    let status = closing(db, outcome).await?;
    report::emit(&app.ui, &status);
    Ok(Exit::Done)
}

/// Collects what `status` shows.
pub async fn gather(
    verb: &'static str,
    app: &App,
    db: &mut Database,
    source: &Source,
) -> Result<Status> {
    check_set(db, source)?;
    let environment = guard::environment(db, app.config.environment)?;
    let environment_from = match (app.config.environment, guard::recorded(db)) {
        (_, Some(recorded)) if recorded == environment => "recorded",
        (Some(_), _) => "given",
        _ => "default",
    };
    let survey = Survey::new(source, &db.history);
    let seeders = seed_command::for_environment(app.set()?.seeders(), environment).0;
    let prepared = seed::prepare_so_far(&seeders, seed::anchor(db).0, source, db);
    let seeds = seed::status(db, &prepared).await?;
    let drift = drift::read(db, source).await?;
    let mut problems = Vec::new();
    for entry in &survey.entries {
        match entry.state {
            State::Dirty => {
                problems.push(format!("{} is half done", entry.name));
                problems.extend(entry.stopped_at.as_ref().map(|at| {
                    format!("at statement {} of {}: {}", at.number, at.of, at.statement)
                }));
            }
            State::Missing => problems.push(format!("{} is not known to this saasdb", entry.name)),
            State::OutOfOrder => problems.push(format!(
                "{} is pending, though later ones are applied",
                entry.name
            )),
            _ if entry.mismatch => {
                problems.push(format!("{} was edited after it was applied", entry.name))
            }
            _ => {}
        }
    }
    let pending = survey.pending().count();
    let place = if db.schema_missing() {
        "schema"
    } else {
        "database"
    };
    let target = &app.config.target;
    let exists = !db.schema_missing() && target.backend.dialect().exists(target) != Some(false);
    let absent: usize = seeds
        .iter()
        .filter(|s| environment.is_disposable() || s.kind == "reference")
        .map(|s| s.absent + s.outdated)
        .sum();
    let all_seen = seeds.iter().all(|s| s.hidden == 0);
    let half_up = survey
        .dirty()
        .is_some_and(|e| e.record.as_ref().is_some_and(|r| r.direction == "up"));
    let next = if half_up {
        Some("`saasdb migrate up` goes on with what is half done".to_owned())
    } else if !problems.is_empty() {
        Some("`saasdb migrate status` shows each version".to_owned())
    } else if !exists {
        Some(format!(
            "`saasdb setup` makes the {place}, migrates and seeds"
        ))
    } else if pending > 0 {
        Some(format!(
            "`saasdb migrate up` applies {}",
            plural(pending, "migration")
        ))
    } else if absent > 0 && all_seen {
        Some(format!("`saasdb seed` brings {} in", plural(absent, "row")))
    } else {
        None
    };
    // They change nothing about what comes next: until somebody looked into it, nothing does.
    problems.extend(db.warnings());
    Ok(Status {
        verb,
        database: target.to_string(),
        name: target.name.clone(),
        server: format!("{} {}", target.backend.label(), db.facts.server_version),
        schema: target.schema.clone(),
        exists,
        set: source.set,
        environment: environment.as_str(),
        environment_from,
        applied: survey.count(State::Applied) + survey.count(State::Baseline),
        pending,
        external: survey.count(State::External),
        latest: survey
            .entries
            .iter()
            .rfind(|e| matches!(e.state, State::Applied | State::Baseline))
            .map(|e| e.name.clone()),
        problems,
        seeds,
        passwords: Vec::new(),
        drift,
        next,
    })
}
