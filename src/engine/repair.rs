//! Repair: accepting, explicitly and one by one, what the checks complain about.

use super::database::{Database, who};
use super::drift;
use super::error::{Error, Result};
use super::forget;
use super::guard::{self, Environment};
use super::history::{self, meta};
use super::journal;
use super::operate::{Context, check_set, holds};
use super::plan::{State, Survey};
use super::send;

/// What to accept.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The schema as it is now becomes the snapshot.
    pub accept_drift: bool,
    /// The database is for something else from now on.
    pub record_environment: Option<Environment>,
    /// Versions to take out of the history: of a release that is gone for good.
    pub forget: Vec<String>,
    /// Whether the statement in flight of an interrupted migration took effect.
    pub in_flight: Option<InFlight>,
}

/// What somebody found out about a statement in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlight {
    /// It took effect: the next run goes on behind it.
    Done,
    /// It did not: the next run begins with it.
    NotDone,
}

/// What was accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Repaired {
    /// Versions whose new checksum was accepted.
    pub checksums: Vec<String>,
    /// Versions that sea-orm applied and that have a record now.
    pub recorded: Vec<String>,
    /// Versions that were taken out of the history.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<String>,
    /// The migration whose statement in flight was settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// Whether the schema was accepted as it is.
    pub drift_accepted: bool,
    /// The schema set that is recorded now, where another one was by mistake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<&'static str>,
    /// The environment that is recorded now, where it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<&'static str>,
}

impl Repaired {
    /// Whether there was anything to accept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Accepts new checksums, gives versions that sea-orm applied a record, and what the options say.
///
/// # Errors
/// Exit code 6 where a laxer environment is not confirmed; those of locking and writing.
pub async fn run(db: &mut Database, cx: &Context<'_>, options: &Options) -> Result<Repaired> {
    let other = db.history.meta.get(meta::SET);
    let wrong_set = other.is_some_and(|set| set != cx.source.set) && holds(db, cx.source);
    if !wrong_set {
        check_set(db, cx.source)?;
    }
    if let Some(wanted) = options.record_environment {
        let recorded = guard::recorded(db).unwrap_or(Environment::Dev);
        let confirmed = cx.consent.confirm.as_deref() == Some(db.target.name.as_str());
        if wanted.strictness() < recorded.strictness() && !confirmed {
            return Err(
                Error::refused(format!("this database is recorded as {recorded}"))
                    .on(&db.target)
                    .because(format!(
                        "recorded as {wanted} it would lose that protection"
                    ))
                    .hint(format!("if you mean it: `--confirm {}`", db.target.name)),
            );
        }
    }
    if !db.history.exists && !db.history.companion {
        return Err(Error::failed("there is no history to repair")
            .on(&db.target)
            .hint("`saasdb migrate up` makes one; `baseline` adopts what is there"));
    }
    let forget = forget::versions(db, cx, &options.forget).await?;
    cx.lock(db).await?;
    let d = db.dialect();
    let survey = Survey::new(cx.source, &db.history);
    let mut repaired = Repaired::default();
    let mut script = Vec::new();
    for name in forget {
        script.extend(history::remove(d, &name));
        if journal::exists(db) {
            script.push(journal::clear(d, &name));
        }
        repaired.forgotten.push(name);
    }
    for entry in &survey.entries {
        let Some(migration) = cx.source.get(&entry.name) else {
            continue;
        };
        if repaired.forgotten.contains(&entry.name) {
            continue;
        }
        if entry.record.as_ref().is_some_and(|r| !r.is_sound()) {
            // What it said before somebody edited it, nobody knows; sea-orm's table says whether it is applied.
            script.push(history::forget_record(d, &entry.name));
            if entry.applied_at.is_some() {
                script.extend(history::record_foreign(d, migration, &who()));
            }
            repaired.recorded.push(entry.name.clone());
            continue;
        }
        // A half-done one can be mended only as long as none of its statements has run.
        let untouched = entry.state == State::Dirty
            && entry
                .record
                .as_ref()
                .is_some_and(|r| r.statement_at <= 1 && r.state == "failed");
        if entry.mismatch && (entry.state == State::Applied || untouched) {
            script.push(history::accept_checksum(
                d,
                &entry.name,
                &migration.checksum,
            ));
            repaired.checksums.push(entry.name.clone());
        } else if entry.state == State::Applied && entry.record.is_none() {
            script.extend(history::record_foreign(d, migration, &who()));
            repaired.recorded.push(entry.name.clone());
        }
    }
    if let Some(environment) = options.record_environment
        && guard::recorded(db) != Some(environment)
    {
        script.push(history::write_meta(
            d,
            &[(meta::ENVIRONMENT, environment.as_str())],
        ));
        repaired.environment = Some(environment.as_str());
    }
    if wrong_set {
        script.push(history::write_meta(d, &[(meta::SET, cx.source.set)]));
        repaired.set = Some(cx.source.set);
    }
    if let Some(found) = options.in_flight {
        let (name, statements) = settle(db, cx, &survey, found)?;
        script.extend(statements);
        repaired.settled = Some(name);
    }
    let tables = history::create_tables(d, &db.facts);
    if !repaired.forgotten.is_empty() {
        // The snapshot is of what is applied from now on.
        let left: Vec<String> = db
            .history
            .applied_list(cx.source)
            .split(',')
            .filter(|name| !repaired.forgotten.iter().any(|gone| gone == name))
            .map(str::to_owned)
            .collect();
        script.push(history::write_meta(
            d,
            &[(meta::SNAPSHOT_OF, &left.join(","))],
        ));
    }
    if !script.is_empty() || options.accept_drift {
        if !tables.is_empty() {
            db.query("the history cannot be made", &tables.join(";\n"))
                .await?;
        }
        send::in_transaction(db, &script)
            .await
            .map_err(|e| Error::sql("the history could not be repaired", &e).on(&db.target))?;
    }
    if options.accept_drift {
        drift::store_snapshot(db, cx.source).await?;
        repaired.drift_accepted = true;
    }
    db.unlock().await;
    Ok(repaired)
}

/// The statements that record whether a statement in flight took effect, and its migration.
fn settle(
    db: &Database,
    cx: &Context<'_>,
    survey: &Survey,
    found: InFlight,
) -> Result<(String, Vec<String>)> {
    let none = || {
        Error::refused("no statement is in doubt")
            .on(&db.target)
            .because("nothing was changed")
            .hint("`saasdb migrate status` shows where things stand")
    };
    let entry = survey.dirty().ok_or_else(none)?;
    let (Some(record), Some(at)) = (&entry.record, &entry.stopped_at) else {
        return Err(none());
    };
    // A migration that is taken back passes over what is not there.
    if record.state == "failed" || !matches!(record.direction.as_str(), "up" | "down") {
        return Err(none());
    }
    let migration = cx.source.get(&entry.name).ok_or_else(none)?;
    let d = db.dialect();
    let name = &migration.name;
    let mut script = Vec::new();
    match found {
        InFlight::Done => {
            if !journal::exists(db) {
                script.extend(journal::create_table(d));
            }
            script.extend(journal::begin(d, migration, at.direction, at.number));
            script.push(journal::finish(d, name, at.number));
        }
        InFlight::NotDone => {
            let why = "interrupted; somebody saw that this statement had no effect";
            script.push(history::journal_failure(d, name, at.number, why));
            if journal::exists(db) {
                script.push(journal::forget(d, name, at.number));
            }
        }
    }
    Ok((name.clone(), script))
}
