//! Reports of the `seed` verbs.

use serde::Serialize;

use super::{Place, Report, duration, lines, plural, table};
use crate::engine::seed::undo::Undone;
use crate::engine::seed::{Given, Origin, Outcome, Standing};
use crate::ui::{Tone, Ui, Verbosity};

/// What seeding did.
#[derive(Debug, Serialize)]
pub struct Seeded {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The environment that it was seeded for.
    pub environment: &'static str,
    /// Whether demo data may live in that environment.
    #[serde(skip)]
    pub disposable: bool,
    /// By seeder.
    pub seeders: Vec<Outcome>,
    /// Demo seeders that were left out: this environment does not get them, or nobody asked for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
    /// Of the accounts that were made, outside of dev and test.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passwords: Vec<Given>,
    /// Milliseconds.
    pub duration_ms: u64,
}

impl Report for Seeded {
    fn command(&self) -> &'static str {
        "seed"
    }

    fn is_answer(&self) -> bool {
        !self.passwords.is_empty()
    }

    fn text(&self, ui: &Ui) -> String {
        if ui.verbosity == Verbosity::Quiet {
            return passwords(ui, &self.passwords);
        }
        let mut out = Vec::new();
        for s in &self.seeders {
            let mut parts = Vec::new();
            for (n, word) in [
                (s.inserted, "inserted"),
                (s.updated, "updated"),
                (s.unchanged, "unchanged"),
                (s.existing, "there already"),
                (s.kept, "kept, changed by hand"),
            ] {
                if n > 0 {
                    parts.push(format!("{n} {word}"));
                }
            }
            let (word, tone) = if s.changed() {
                ("seeded   ", Tone::Good)
            } else {
                ("unchanged", Tone::Dim)
            };
            out.push(format!(
                "{}  {:<24} {}",
                ui.tone(tone, word),
                s.seeder,
                parts.join(", ")
            ));
        }
        for name in &self.skipped {
            out.push(format!(
                "{}  {name:<24} {}",
                ui.tone(Tone::Warn, "skipped  "),
                match self.disposable {
                    true => "demo data was not asked for".to_owned(),
                    false => format!("demo data is not for {}", self.environment),
                }
            ));
        }
        if !self.passwords.is_empty() {
            out.push(passwords(ui, &self.passwords));
        }
        let rows: usize = self.seeders.iter().map(|s| s.inserted + s.updated).sum();
        let took = duration(std::time::Duration::from_millis(self.duration_ms));
        out.push(if rows == 0 {
            format!("{} ({}): nothing to do.", self.database, self.environment)
        } else {
            format!(
                "{} ({}): {} written in {took}.",
                self.database,
                self.environment,
                plural(rows, "row")
            )
        });
        out.join("\n")
    }
}

/// Passwords of new accounts, a line each: where they came from, and those that nobody else knows.
pub fn passwords(ui: &Ui, all: &[Given]) -> String {
    let mut out: Vec<String> = all
        .iter()
        .map(|given| {
            let text = match (given.from, &given.password) {
                (Origin::Environment, _) => format!("from {}", given.variable),
                (Origin::Prompt, _) => "as typed".to_owned(),
                (Origin::Generated, password) => {
                    format!("generated {}", password.as_deref().unwrap_or_default())
                }
            };
            format!(
                "{}  {:<24} {text}",
                ui.tone(Tone::Warn, "password "),
                given.account
            )
        })
        .collect();
    if all.iter().any(|given| given.from == Origin::Generated) {
        out.push(
            "Generated passwords are shown this once: only their hashes are stored.".to_owned(),
        );
    }
    out.join("\n")
}

/// How seeders stand.
#[derive(Debug, Serialize)]
pub struct Standings {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// By seeder.
    pub seeders: Vec<Standing>,
}

impl Report for Standings {
    fn command(&self) -> &'static str {
        "seed status"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, _ui: &Ui) -> String {
        let mut t = table(&[
            "SEEDER", "KIND", "ROWS", "SEEDED", "OUTDATED", "CHANGED", "EXISTING", "ABSENT",
        ]);
        for s in &self.seeders {
            t.add_row(vec![
                s.seeder.clone(),
                s.kind.to_owned(),
                s.rows.to_string(),
                s.seeded.to_string(),
                s.outdated.to_string(),
                s.changed.to_string(),
                s.existing.to_string(),
                s.absent.to_string(),
            ]);
        }
        let mut about = table(&["SEEDER", "WHAT IT BRINGS"]);
        for s in &self.seeders {
            about.add_row(vec![s.seeder.as_str(), s.description]);
        }
        let mut out = lines(&mut t);
        for s in self.seeders.iter().filter(|s| s.hidden > 0) {
            out.push_str(&format!(
                "\n{}: {} out of sight; row level security binds this role",
                s.seeder,
                plural(s.hidden, "row")
            ));
        }
        format!("{out}\n\n{}", lines(&mut about))
    }
}

/// What undo did.
#[derive(Debug, Serialize)]
pub struct UndoReport {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// Nothing was deleted yet.
    pub dry_run: bool,
    /// By table.
    pub tables: Vec<Undone>,
}

impl Report for UndoReport {
    fn command(&self) -> &'static str {
        "seed undo"
    }

    fn text(&self, _ui: &Ui) -> String {
        let mut out = Vec::new();
        let mut deleted = 0;
        for t in &self.tables {
            deleted += t.deleted;
            let mut parts = Vec::new();
            for (n, word) in [
                (
                    t.deleted,
                    if self.dry_run {
                        "would be deleted"
                    } else {
                        "deleted"
                    },
                ),
                (t.changed, "kept, changed by hand"),
                (t.referred, "kept, other rows refer to them"),
                (t.kept, "kept by the database (a trigger or rule)"),
                (t.gone, "gone already"),
            ] {
                if n > 0 {
                    parts.push(format!("{n} {word}"));
                }
            }
            if !parts.is_empty() {
                out.push(format!("{:<24} {}", t.table, parts.join(", ")));
            }
        }
        out.push(if deleted == 0 {
            format!("{}: nothing to undo.", self.database)
        } else {
            format!(
                "{}: {} {}.",
                self.database,
                plural(deleted, "seeded row"),
                if self.dry_run {
                    "would be deleted"
                } else {
                    "deleted"
                }
            )
        });
        out.join("\n")
    }
}
