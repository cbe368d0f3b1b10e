//! Planning: from the migrations and the history to the steps of a run. Pure; no database.

use std::collections::BTreeMap;

use super::effects::beginning;
use super::error::{Error, Exit, Result};
use super::history::{BASELINE, History, Record};
use super::migration::{Direction, Migration, Source};
use super::version::{digits, resolve};

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Applied.
    Applied,
    /// Adopted by `baseline`.
    Baseline,
    /// Not applied.
    Pending,
    /// Not applied, though a later one is.
    #[serde(rename = "out of order")]
    OutOfOrder,
    /// Started and not finished.
    Dirty,
    /// Applied by saasdb, but not among the migrations of this program.
    Missing,
    /// Applied by another program that shares sea-orm's table, and never recorded by saasdb: an
    /// application's own migration. Shown, and left alone.
    External,
}

impl State {
    /// The word for tables and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Baseline => "baseline",
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Dirty => "dirty",
            Self::Missing => "missing",
            Self::External => "external",
        }
    }

    /// Whether `up` would run it.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::OutOfOrder)
    }
}

/// A version with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Whether it was edited after it was applied.
    pub mismatch: bool,
    /// When it was applied, in seconds since 1970.
    pub applied_at: Option<i64>,
    /// The companion table's record.
    pub record: Option<Record>,
    /// The statement at which it was interrupted, if it was.
    pub stopped_at: Option<StoppedAt>,
}

/// A statement of an interrupted migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedAt {
    /// Which way the migration was going.
    pub direction: Direction,
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Its beginning.
    pub statement: String,
}

impl StoppedAt {
    fn new(migration: &Migration, record: &Record) -> Option<Self> {
        let direction = match record.direction.as_str() {
            "up" => Direction::Up,
            _ => Direction::Down,
        };
        let statements = migration.statements(direction);
        let at = record.statement_at.checked_sub(1)?;
        let statement = statements.get(at).filter(|_| record.is_dirty())?;
        Some(Self {
            direction,
            number: at + 1,
            of: statements.len(),
            statement: beginning(statement),
        })
    }
}

impl Entry {
    /// Where and why it was interrupted, if it was: `applying at statement 2 of 7 (…): …`.
    pub fn interrupted(&self) -> Option<String> {
        let record = self.record.as_ref().filter(|r| r.is_dirty())?;
        let mut text = match &self.stopped_at {
            Some(at) => format!(
                "{} at statement {} of {} ({})",
                record.state, at.number, at.of, at.statement
            ),
            None if record.statement_at == 0 => {
                format!("{} before its first statement", record.state)
            }
            None => format!("{} at statement {}", record.state, record.statement_at),
        };
        if let Some(error) = &record.error {
            text.push_str(": ");
            text.push_str(error);
        }
        Some(text)
    }
}

/// All versions in order, the program's and the database's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// By name, which is by time.
    pub entries: Vec<Entry>,
}

impl Survey {
    /// Puts the program's migrations and the database's history side by side.
    pub fn new(source: &Source, history: &History) -> Self {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let latest = source
            .migrations
            .iter()
            .rev()
            .find(|m| history.applied.contains_key(&m.name))
            .map(|m| m.name.clone());
        for migration in &source.migrations {
            let record = history.records.get(&migration.name).cloned();
            let applied_at = history.applied.get(&migration.name).copied();
            let state = match (&record, applied_at) {
                (Some(r), _) if r.is_dirty() => State::Dirty,
                (Some(r), Some(_)) if r.kind == BASELINE => State::Baseline,
                (_, Some(_)) => State::Applied,
                (_, None) if latest.as_ref().is_some_and(|l| *l > migration.name) => {
                    State::OutOfOrder
                }
                (_, None) => State::Pending,
            };
            let mismatch = matches!(state, State::Applied | State::Dirty)
                && record
                    .as_ref()
                    .and_then(|r| r.checksum.as_ref())
                    .is_some_and(|c| *c != migration.checksum);
            entries.insert(
                migration.name.clone(),
                Entry {
                    name: migration.name.clone(),
                    state,
                    mismatch,
                    applied_at,
                    stopped_at: record.as_ref().and_then(|r| StoppedAt::new(migration, r)),
                    record,
                },
            );
        }
        for (name, at) in &history.applied {
            let state = match history.records.contains_key(name) {
                true => State::Missing,
                false => State::External,
            };
            entries.entry(name.clone()).or_insert_with(|| Entry {
                name: name.clone(),
                state,
                mismatch: false,
                applied_at: Some(*at),
                record: history.records.get(name).cloned(),
                stopped_at: None,
            });
        }
        // A newer release that was interrupted leaves a record before it leaves a version.
        for (name, record) in &history.records {
            if record.is_dirty() {
                entries.entry(name.clone()).or_insert_with(|| Entry {
                    name: name.clone(),
                    state: State::Missing,
                    mismatch: false,
                    applied_at: None,
                    record: Some(record.clone()),
                    stopped_at: None,
                });
            }
        }
        Self {
            entries: entries.into_values().collect(),
        }
    }

    /// How many versions are in that state.
    pub fn count(&self, state: State) -> usize {
        self.entries.iter().filter(|e| e.state == state).count()
    }

    /// The versions that `up` would run.
    pub fn pending(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| e.state.is_pending())
    }

    /// The version that was started and not finished.
    pub fn dirty(&self) -> Option<&Entry> {
        self.entries.iter().find(|e| e.state == State::Dirty)
    }

    /// Stops on what no run may pass over: versions that this program lacks, and edited ones.
    ///
    /// # Errors
    /// Exit code 4, naming them.
    pub fn verify(&self) -> Result<()> {
        self.verify_except(|_| false)
    }

    fn verify_except(&self, pardoned: impl Fn(&Entry) -> bool) -> Result<()> {
        let missing: Vec<&str> = self
            .entries
            .iter()
            .filter(|e| e.state == State::Missing)
            .map(|e| e.name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(Error::new(
                Exit::Findings,
                "the database has versions that this saasdb does not know",
            )
            .because(missing.join(", "))
            .because("a newer release of your application was probably deployed here")
            .hint(format!(
                "run the newer saasdb; if that release and all that it made are gone for good: `saasdb migrate repair --forget {} --yes`",
                missing.join(" --forget ")
            )));
        }
        let edited = |e: &&Entry| e.record.as_ref().is_some_and(|r| !r.is_sound());
        if let Some(edited) = self.entries.iter().find(edited) {
            return Err(
                Error::new(Exit::Findings, "the record of a migration was edited")
                    .migration(&edited.name)
                    .because("saasdb_migrations says something of it that saasdb never writes")
                    .hint("`saasdb migrate repair` writes the record again"),
            );
        }
        if let Some(edited) = self.entries.iter().find(|e| e.mismatch && !pardoned(e)) {
            return Err(Error::new(
                Exit::Findings,
                "a migration was edited after it was applied (checksum mismatch)",
            )
            .migration(&edited.name)
            .because("what it does now is not what the database has")
            .hint(
                "undo the edit and add a new migration; or accept it with `saasdb migrate repair`",
            ));
        }
        Ok(())
    }
}

/// How far to go up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpTarget {
    /// Everything pending.
    All,
    /// At most so many.
    Steps(usize),
    /// Up to and including a version.
    To(String),
}

/// How far to go down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownTarget {
    /// Everything.
    All,
    /// So many.
    Steps(usize),
    /// Everything after a version, which stays.
    To(String),
}

/// One migration to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its position in the source.
    pub index: usize,
    /// Which way.
    pub direction: Direction,
    /// The statement (from 0) at which an interrupted run goes on, and whether that statement may
    /// have taken effect already.
    pub resume: Option<Resume>,
}

/// Where an interrupted migration goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The statement, counted from 0.
    pub at: usize,
    /// The earlier run was killed while it ran, so it may have taken effect.
    pub in_doubt: bool,
    /// Objects that the migration never came to make are passed over.
    pub tolerant: bool,
}

impl Step {
    /// A step from the beginning.
    pub fn new(index: usize, direction: Direction) -> Self {
        Self {
            index,
            direction,
            resume: None,
        }
    }
}

/// Plans a run upwards.
///
/// # Errors
/// Unknown or already applied targets; pending versions before applied ones unless
/// `allow_out_of_order`; whatever [`Survey::verify`] finds.
pub fn up(
    source: &Source,
    survey: &Survey,
    target: &UpTarget,
    allow_out_of_order: bool,
) -> Result<Vec<Step>> {
    survey.verify()?;
    let last = match target {
        UpTarget::To(version) => {
            let name = resolve(source.migrations.iter().map(|m| m.name.as_str()), version)?;
            let entry = survey.entries.iter().find(|e| e.name == name);
            if entry.is_some_and(|e| matches!(e.state, State::Applied | State::Baseline))
                && survey.dirty().is_none()
            {
                // Going up to where we are is done; going up to the past is a mistake.
                let later = survey.entries.iter().any(|e| {
                    e.name.as_str() > name && matches!(e.state, State::Applied | State::Baseline)
                });
                if later {
                    return Err(Error::usage(format!(
                        "{name} is applied already, and later ones are too"
                    ))
                    .hint(format!(
                        "to go back to it: `saasdb migrate down --to {}`",
                        digits(name)
                    )));
                }
            }
            Some(name.to_owned())
        }
        _ => None,
    };
    let mut steps = Vec::new();
    if let Some(dirty) = survey.dirty() {
        if dirty.record.as_ref().is_some_and(|r| r.direction != "up") {
            // Going on would drop what is still there, and nobody asked `up` for that.
            return Err(
                Error::refused("a revert was interrupted and has to be finished first")
                    .migration(&dirty.name)
                    .because("what is left of it may hold rows, so `up` does not touch it")
                    .hint("`saasdb migrate down --steps 1` finishes it, then `saasdb migrate up`"),
            );
        }
        steps.extend(finish_dirty(source, dirty, Direction::Up));
    }
    let wanted: Vec<&Entry> = survey
        .pending()
        .filter(|e| last.as_ref().is_none_or(|l| e.name <= *l))
        .collect();
    let early: Vec<&str> = wanted
        .iter()
        .filter(|e| e.state == State::OutOfOrder)
        .map(|e| e.name.as_str())
        .collect();
    if !early.is_empty() && !allow_out_of_order {
        let error = Error::refused("pending migrations are older than applied ones (out of order)")
            .because(early.join(", "));
        // Whoever reverts begins with the newest: the rows of these were lost.
        let lost = wanted.iter().rev().find(|e| e.record.is_some());
        return Err(match lost {
            Some(lost) => error
                .because("saasdb_migrations has them, seaql_migrations lost their rows")
                .hint(format!(
                    "restore the rows: `saasdb migrate baseline --to {}`",
                    digits(&lost.name)
                )),
            None => error.hint(
                "check that they do not depend on order, then `saasdb migrate up --allow-out-of-order`",
            ),
        });
    }
    for entry in wanted {
        steps.extend(
            source
                .position(&entry.name)
                .map(|i| Step::new(i, Direction::Up)),
        );
    }
    if let UpTarget::Steps(n) = target {
        steps.truncate(*n);
    }
    Ok(steps)
}

/// Plans a run downwards, newest first. Adopted versions end it: their objects are not ours.
///
/// # Errors
/// Targets that are unknown or not applied, more steps than there are, and whatever
/// [`Survey::verify`] finds.
pub fn down(source: &Source, survey: &Survey, target: &DownTarget) -> Result<Vec<Step>> {
    // A half-applied migration that was mended since can be taken back: what it made is dropped.
    survey.verify_except(|e| e.state == State::Dirty)?;
    let mut steps = Vec::new();
    let dirty = survey.dirty();
    if let Some(dirty) = dirty {
        steps.extend(finish_dirty(source, dirty, Direction::Down));
    }
    let applied: Vec<&Entry> = survey
        .entries
        .iter()
        .rev()
        .filter(|e| e.state == State::Applied)
        .collect();
    let adopted = survey
        .entries
        .iter()
        .rev()
        .find(|e| e.state == State::Baseline);
    let wanted: Vec<&Entry> = match target {
        DownTarget::All => applied,
        DownTarget::Steps(n) => {
            let there = applied.len() + steps.len();
            if there == 0 && adopted.is_none() {
                return Ok(Vec::new());
            }
            if *n > there {
                let error =
                    Error::usage(format!("cannot revert {n}: only {there} can be reverted"));
                return Err(match adopted {
                    Some(a) => {
                        error.because(format!("{} was adopted (baseline) and stays", a.name))
                    }
                    None => error,
                }
                .hint("`saasdb migrate down --all` reverts everything that can be"));
            }
            applied.into_iter().take(n - steps.len()).collect()
        }
        DownTarget::To(version) => {
            let name = resolve(source.migrations.iter().map(|m| m.name.as_str()), version)?;
            let there = survey
                .entries
                .iter()
                .any(|e| e.name == name && matches!(e.state, State::Applied | State::Baseline));
            if !there {
                return Err(Error::usage(format!(
                    "{name} is not applied, so there is no way down to it"
                ))
                .hint("`saasdb migrate status` shows what is applied"));
            }
            applied
                .into_iter()
                .filter(|e| e.name.as_str() > name)
                .collect()
        }
    };
    if let Some(adopted) = adopted
        && wanted.iter().any(|e| e.name < adopted.name)
    {
        return Err(Error::refused("an adopted migration is in the way")
            .migration(&adopted.name)
            .because("its tables were there before saasdb and are never dropped"));
    }
    for entry in wanted {
        steps.extend(
            source
                .position(&entry.name)
                .map(|i| Step::new(i, Direction::Down)),
        );
    }
    Ok(steps)
}

/// The step that ends an interrupted migration.
fn finish_dirty(source: &Source, dirty: &Entry, wish: Direction) -> Option<Step> {
    let (index, record) = (source.position(&dirty.name)?, dirty.record.as_ref()?);
    let refused = record.state == "failed";
    let resume = match (record.direction.as_str(), wish) {
        // Half applied or half taken back, and the user wants it gone: what was made is dropped,
        // what was not is passed over. If the very first statement was refused nothing was made.
        ("undo", _) | ("up", Direction::Down) => Resume {
            at: if record.direction == "up" && refused && record.statement_at <= 1 {
                usize::MAX
            } else {
                0
            },
            in_doubt: false,
            tolerant: true,
        },
        _ => Resume {
            at: record.statement_at.saturating_sub(1),
            in_doubt: !refused && record.statement_at > 0,
            tolerant: false,
        },
    };
    Some(Step {
        index,
        direction: wish,
        resume: Some(resume),
    })
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
