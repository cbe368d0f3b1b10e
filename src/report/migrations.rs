//! Reports of the `migrate` verbs.

use std::time::Duration;

use serde::Serialize;

use super::{Place, Report, duration, lines, minute, plural, table, wrap};
use crate::engine::Direction;
use crate::engine::apply::Done;
use crate::engine::losses::Loss;
use crate::engine::plan::{Entry, State, Survey};
use crate::engine::repair::Repaired;
use crate::engine::version::{digits, title};
use crate::schema::Difference;
use crate::ui::{Tone, Ui};

/// What a run did.
#[derive(Debug, Serialize)]
pub struct Ran {
    /// The verb, for the JSON envelope.
    #[serde(skip)]
    pub verb: &'static str,
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The migrations, in the order in which they ran.
    pub migrations: Vec<Done>,
    /// What was changed by hand before, and stays drift.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Difference>,
    /// The whole run, in milliseconds.
    pub duration_ms: u64,
}

impl Report for Ran {
    fn command(&self) -> &'static str {
        self.verb
    }

    fn text(&self, ui: &Ui) -> String {
        if self.migrations.is_empty() {
            return format!("{}: nothing to do.", self.database);
        }
        let mut out = Vec::new();
        for done in &self.migrations {
            let (word, tone) = match done.direction {
                Direction::Up => ("applied ", Tone::Good),
                Direction::Down => ("reverted", Tone::Warn),
            };
            let took = duration(Duration::from_millis(done.duration_ms));
            out.push(format!(
                "{}  {:<54} {took:>9}",
                ui.tone(tone, word),
                done.name
            ));
        }
        let count = |d: Direction| self.migrations.iter().filter(|m| m.direction == d).count();
        let mut parts = Vec::new();
        for (direction, word) in [(Direction::Down, "reverted"), (Direction::Up, "applied")] {
            if count(direction) > 0 {
                parts.push(format!("{} {word}", plural(count(direction), "migration")));
            }
        }
        out.push(format!(
            "{}: {} in {}.",
            self.database,
            parts.join(", "),
            duration(Duration::from_millis(self.duration_ms))
        ));
        out.join("\n")
    }
}

/// Where every version stands.
#[derive(Debug, Serialize)]
pub struct Versions {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The schema set.
    pub set: &'static str,
    /// How many are applied or adopted.
    pub applied: usize,
    /// How many `up` would run.
    pub pending: usize,
    /// All versions in order.
    pub migrations: Vec<Version>,
}

/// One version.
#[derive(Debug, Serialize)]
pub struct Version {
    /// sea-orm's name.
    pub name: String,
    /// Its timestamp in digits.
    pub version: String,
    /// Where it stands.
    pub state: State,
    /// `ok`, `mismatch`, or `unknown` where another program applied it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<&'static str>,
    /// RFC 3339, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<String>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// user@host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_by: Option<String>,
    /// Where an interrupted migration stands: the statement in flight, and why it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    #[serde(skip)]
    epoch: Option<i64>,
}

impl Versions {
    fn count(&self, which: impl Fn(&Version) -> bool) -> usize {
        self.migrations.iter().filter(|m| which(m)).count()
    }

    /// From a survey.
    pub fn new(database: Place, set: &'static str, survey: &Survey) -> Self {
        let migrations: Vec<Version> = survey.entries.iter().map(Version::new).collect();
        Self {
            database,
            set,
            applied: survey.count(State::Applied) + survey.count(State::Baseline),
            pending: survey.pending().count(),
            migrations,
        }
    }
}

impl Version {
    fn new(entry: &Entry) -> Self {
        let applied = matches!(entry.state, State::Applied | State::Baseline);
        let record = entry.record.as_ref();
        let known = record.is_some_and(|r| r.checksum.is_some());
        Self {
            name: entry.name.clone(),
            version: digits(&entry.name),
            state: entry.state,
            checksum: applied.then_some(match (entry.mismatch, known) {
                (true, _) => "mismatch",
                (false, true) => "ok",
                (false, false) => "unknown",
            }),
            applied_at: entry
                .applied_at
                .and_then(|t| chrono::DateTime::from_timestamp(t, 0))
                .map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
            duration_ms: record.and_then(|r| r.duration_ms),
            applied_by: record.map(|r| r.applied_by.clone()),
            interrupted: entry.interrupted(),
            epoch: entry.applied_at,
        }
    }
}

impl Report for Versions {
    fn command(&self) -> &'static str {
        "migrate status"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let mut t = table(&["VERSION", "MIGRATION", "STATE", "APPLIED (UTC)"]);
        let mut states = Vec::new();
        for m in &self.migrations {
            let tone = match m.state {
                State::Applied | State::Baseline => Tone::Good,
                State::Pending | State::External => Tone::Dim,
                State::OutOfOrder => Tone::Warn,
                State::Dirty | State::Missing => Tone::Bad,
            };
            let state = match m.checksum {
                Some("mismatch") => ("edited", Tone::Bad),
                _ => (m.state.as_str(), tone),
            };
            states.push(state);
            t.add_row(vec![
                m.version.clone(),
                title(&m.name).to_owned(),
                state.0.to_owned(),
                m.epoch.map(minute).unwrap_or_default(),
            ]);
        }
        // Coloured when the table is laid out, so that escape codes do not count as width. A name
        // too long for its column leaves lines without a version, which have no state.
        let mut states = states.into_iter();
        let mut out: Vec<String> = lines(&mut t)
            .lines()
            .map(|line| {
                if !line.starts_with(|c: char| c.is_ascii_digit()) {
                    return line.to_owned();
                }
                let Some((word, tone)) = states.next() else {
                    return line.to_owned();
                };
                match line.rfind(word) {
                    Some(at) => format!(
                        "{}{}{}",
                        &line[..at],
                        ui.tone(tone, word),
                        &line[at + word.len()..]
                    ),
                    None => line.to_owned(),
                }
            })
            .collect();
        let mut counts = vec![
            format!("{} applied", self.applied),
            format!("{} pending", self.pending),
        ];
        for (n, word) in [
            (self.count(|m| m.state == State::Dirty), "half done"),
            (
                self.count(|m| m.state == State::Missing),
                "not known to this saasdb",
            ),
            (self.count(|m| m.checksum == Some("mismatch")), "edited"),
            (
                self.count(|m| m.state == State::External),
                "of another program",
            ),
        ] {
            if n > 0 {
                counts.push(format!("{n} {word}"));
            }
        }
        out.push(String::new());
        out.push(format!("{}: {}.", self.database, counts.join(", ")));
        for m in &self.migrations {
            if let Some(interrupted) = &m.interrupted {
                out.push(format!("{} is half done:", m.name));
                out.push(wrap(interrupted, "  "));
            }
        }
        out.join("\n")
    }
}

/// What would run.
#[derive(Debug, Serialize)]
pub struct Planned {
    /// The verb, for the JSON envelope.
    #[serde(skip)]
    pub verb: &'static str,
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The migrations in order.
    pub migrations: Vec<PlannedMigration>,
    /// What would be destroyed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What would be sent before (`fresh`: dropping what is there).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// The whole script as it would be sent, history rows included: one list for each transaction.
    pub script: Vec<Vec<String>>,
}

/// A migration that would run.
#[derive(Debug, Serialize)]
pub struct PlannedMigration {
    /// sea-orm's name.
    pub name: String,
    /// Which way.
    pub direction: Direction,
    /// Its own statements.
    pub statements: Vec<String>,
}

impl Report for Planned {
    fn command(&self) -> &'static str {
        self.verb
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, _ui: &Ui) -> String {
        if self.migrations.is_empty() {
            return format!("-- {}: nothing to do.", self.database);
        }
        let mut out = vec![format!(
            "-- {}: {} would run. Nothing was changed.",
            self.database,
            plural(self.migrations.len(), "migration")
        )];
        for loss in &self.losses {
            out.push(format!(
                "-- at stake in {}: {}",
                loss.object(),
                loss.amount()
            ));
        }
        if !self.before.is_empty() {
            out.push(String::new());
            out.extend(self.before.iter().map(|s| format!("{s};")));
        }
        let one_each = self.script.len() == self.migrations.len();
        for (i, unit) in self.script.iter().enumerate() {
            let names: Vec<String> = if one_each {
                vec![describe(&self.migrations[i])]
            } else {
                self.migrations.iter().map(describe).collect()
            };
            out.push(String::new());
            out.extend(names.iter().map(|n| format!("-- {n}")));
            out.extend(
                unit.iter()
                    .map(|s| format!("{};", s.trim_end().trim_end_matches(';'))),
            );
        }
        out.join("\n")
    }
}

fn describe(m: &PlannedMigration) -> String {
    let verb = match m.direction {
        Direction::Up => "up",
        Direction::Down => "down",
    };
    format!("{} ({verb})", m.name)
}

/// Versions that were adopted.
#[derive(Debug, Serialize)]
pub struct Adopted {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// Their names.
    pub migrations: Vec<String>,
    /// Versions that saasdb had recorded, whose rows in sea-orm's table are back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restored: Vec<String>,
}

impl Report for Adopted {
    fn command(&self) -> &'static str {
        "migrate baseline"
    }

    fn text(&self, ui: &Ui) -> String {
        if self.migrations.is_empty() && self.restored.is_empty() {
            return format!(
                "{}: nothing to adopt, all of it is in the history.",
                self.database
            );
        }
        let mut out = Vec::new();
        for (names, word) in [(&self.migrations, "adopted "), (&self.restored, "restored")] {
            let word = ui.tone(Tone::Good, word.trim_end());
            out.extend(names.iter().map(|n| format!("{word}  {n}")));
        }
        if !self.migrations.is_empty() {
            out.push(format!(
                "{}: {} adopted.\nNo table was touched, and `down` will never drop them.",
                self.database,
                plural(self.migrations.len(), "migration")
            ));
        }
        if !self.restored.is_empty() {
            out.push(format!(
                "{}: {} back in the history, as saasdb had recorded them. No table was touched.",
                self.database,
                plural(self.restored.len(), "migration")
            ));
        }
        out.join("\n")
    }
}

/// What repair accepted.
#[derive(Debug, Serialize)]
pub struct RepairReport {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// What was accepted.
    #[serde(flatten)]
    pub repaired: Repaired,
}

impl Report for RepairReport {
    fn command(&self) -> &'static str {
        "migrate repair"
    }

    fn text(&self, _ui: &Ui) -> String {
        let r = &self.repaired;
        let mut out = Vec::new();
        for (names, what) in [
            (&r.checksums, "accepted the new checksum of"),
            (&r.recorded, "recorded:"),
            (&r.forgotten, "forgot:"),
        ] {
            if !names.is_empty() {
                out.push(what.to_owned());
                out.extend(names.iter().map(|n| format!("  {n}")));
            }
        }
        if let Some(name) = &r.settled {
            out.push(format!("settled the statement in flight of {name}"));
        }
        if let Some(set) = r.set {
            out.push(format!("recorded   the schema set {set}"));
        }
        if r.drift_accepted {
            out.push("accepted the schema as it is now".to_owned());
        }
        out.extend(
            r.environment
                .map(|e| format!("recorded this database as {e}")),
        );
        let last = if out.is_empty() {
            "nothing to repair"
        } else {
            "repaired"
        };
        out.push(format!("{}: {last}.", self.database));
        out.join("\n")
    }
}
