//! The report of `status` and `setup`: everything at a glance.

use serde::Serialize;

use super::seeds::passwords;
use super::{Report, plural};
use crate::engine::drift::Drift;
use crate::engine::seed::{Given, Standing};
use crate::ui::{Tone, Ui, Verbosity};

/// Set, database, migrations, seeds and drift at a glance.
#[derive(Debug, Serialize)]
pub struct Status {
    /// The verb, for the JSON envelope.
    #[serde(skip)]
    pub verb: &'static str,
    /// The database, without its password.
    pub database: String,
    /// Its name and kind.
    pub name: String,
    /// The server's version.
    pub server: String,
    /// The schema, where one was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Whether it exists yet: the schema where one was chosen, the file on SQLite.
    pub exists: bool,
    /// The schema set.
    pub set: &'static str,
    /// The environment that holds.
    pub environment: &'static str,
    /// Where that comes from: `recorded`, `given` or `default`.
    pub environment_from: &'static str,
    /// Applied or adopted versions.
    pub applied: usize,
    /// Pending versions.
    pub pending: usize,
    /// Versions in the same table that are another program's own.
    #[serde(skip_serializing_if = "is_zero")]
    pub external: usize,
    /// The latest applied version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<String>,
    /// Half done, edited, missing or out-of-order versions, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// By seeder.
    pub seeds: Vec<Standing>,
    /// Of the accounts that `setup` made, outside of dev and test.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passwords: Vec<Given>,
    /// The schema against the last run.
    pub drift: Drift,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl Report for Status {
    fn command(&self) -> &'static str {
        self.verb
    }

    fn is_answer(&self) -> bool {
        self.verb == "status" || !self.passwords.is_empty()
    }

    fn text(&self, ui: &Ui) -> String {
        if self.verb != "status" && ui.verbosity == Verbosity::Quiet {
            return passwords(ui, &self.passwords);
        }
        let mut out = Vec::new();
        let mut field = |name: &str, value: &str| out.push(format!("{name:<12} {value}"));
        let missing = if self.exists { "" } else { ", not there yet" };
        let database = format!("{} ({})", self.name, self.server);
        match &self.schema {
            None => field("Database", &format!("{database}{missing}")),
            Some(schema) => {
                field("Database", &database);
                field("Schema", &format!("{schema}{missing}"));
            }
        }
        field("Schema set", self.set);
        field(
            "Environment",
            &format!("{} ({})", self.environment, self.environment_from),
        );
        let tone = if self.pending > 0 {
            Tone::Warn
        } else {
            Tone::Good
        };
        let counts = format!("{} applied, {} pending", self.applied, self.pending);
        field("Migrations", &ui.tone(tone, &counts));
        if let Some(latest) = &self.latest {
            field("", &format!("latest {latest}"));
        }
        if self.external > 0 {
            field("", &format!("{} of another program", self.external));
        }
        for problem in &self.problems {
            field("", &ui.tone(Tone::Bad, problem));
        }
        for (i, s) in self.seeds.iter().enumerate() {
            let mut extra = Vec::new();
            for (n, word) in [
                (s.outdated, "to be updated"),
                (s.changed, "changed by hand"),
                (s.existing, "there already"),
                (s.hidden, "out of sight (row level security)"),
            ] {
                if n > 0 {
                    extra.push(format!(", {n} {word}"));
                }
            }
            let text = format!(
                "{}: {} of {} rows{}",
                s.seeder,
                s.seeded,
                s.rows,
                extra.concat()
            );
            field(if i == 0 { "Seeds" } else { "" }, &text);
        }
        match &self.drift {
            Drift::None => field("Drift", &ui.tone(Tone::Good, "none")),
            Drift::NoSnapshot => field("Drift", "unknown: no run of saasdb left a snapshot"),
            Drift::Outdated => field(
                "Drift",
                "unknown: another program migrated since the last run",
            ),
            Drift::Found { differences } => {
                let text = format!(
                    "{} changed since the last run",
                    plural(differences.len(), "object")
                );
                field("Drift", &ui.tone(Tone::Bad, &text));
                for d in differences.iter().take(10) {
                    field("", &format!("{} {}", d.change.as_str(), d.object));
                }
                if differences.len() > 10 {
                    field(
                        "",
                        &format!(
                            "and {} more (`--format json` lists all)",
                            differences.len() - 10
                        ),
                    );
                }
            }
        }
        if let Some(next) = &self.next {
            field("Next", next);
        }
        if !self.passwords.is_empty() {
            out.push(passwords(ui, &self.passwords));
        }
        out.join("\n")
    }
}
