//! The result of `check`, and its forms: text, JSON, JUnit, SARIF, GitHub annotations. All of them say
//! the same.

mod github;
mod junit;
mod list;
mod sarif;
mod text;

use serde::Serialize;

use super::{Place, VERSION};
use crate::checks::{Checked, Outcome};
use crate::engine::Exit;
use crate::ui::Ui;

pub use list::List;

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs, as docs/output.schema.json says.
    Json,
    /// JUnit's XML, for the test pages of CI systems.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that GitHub shows beside the migration's line.
    Github,
}

impl Form {
    /// All of them by name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("junit", Self::Junit),
        ("sarif", Self::Sarif),
        ("github", Self::Github),
    ];

    /// The form of that name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, form)| *form)
    }

    /// Whether a text looks as one that saasdb wrote in this form.
    pub fn wrote(self, text: &str) -> bool {
        let json = || serde_json::from_str::<serde_json::Value>(text).ok();
        match self {
            Self::Json => json().is_some_and(|v| v["command"] == "check"),
            Self::Sarif => {
                json().is_some_and(|v| v["runs"][0]["tool"]["driver"]["name"] == "saasdb")
            }
            Self::Junit => {
                let start = text.trim_start();
                let start = start
                    .split_once("?>")
                    .map_or(start, |(_, rest)| rest.trim_start());
                start.starts_with("<testsuites name=\"saasdb check")
            }
            Self::Github => text.lines().all(|line| {
                let kinds = ["::error ", "::warning ", "::notice "];
                line.is_empty() || kinds.iter().any(|kind| line.starts_with(kind))
            }),
            Self::Text => text.lines().next().is_some_and(|line| {
                // `ok 1 - …` is a report too, but another program's.
                let mut words = line.split_whitespace();
                let outcome = ["ok", "FOUND", "skipped", "FAILED"];
                let is_check = |w: &str| crate::checks::CHECKS.iter().any(|c| c.name() == w);
                words.next().is_some_and(|w| outcome.contains(&w))
                    && words.next().is_some_and(is_check)
            }),
        }
    }
}

/// The result of `check`.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    /// The database.
    #[serde(flatten)]
    pub place: Place,
    /// The schema set.
    pub set: &'static str,
    /// What came of each check.
    pub checks: Vec<Checked>,
    /// Milliseconds.
    pub duration_ms: u64,
    /// Whether text lists notes too; the other forms always have them.
    #[serde(skip)]
    pub with_notes: bool,
}

impl CheckReport {
    /// What the result means: whether something could not be checked, was found, or is only pending.
    pub fn exit(&self) -> Exit {
        let is_pending = |c: &&Checked| c.check == "pending";
        let found = |c: &&Checked| matches!(c.outcome, Outcome::Found);
        let failed = |c: &Checked| matches!(c.outcome, Outcome::Failed { .. });
        if self.checks.iter().any(failed) {
            Exit::Failed
        } else if self
            .checks
            .iter()
            .filter(|c| !is_pending(c))
            .any(|c| found(&c))
        {
            Exit::Findings
        } else if self.checks.iter().any(|c| found(&c)) {
            Exit::Pending
        } else {
            Exit::Done
        }
    }

    /// The result in that form. Colours are the terminal's, for text alone.
    pub fn render(&self, form: Form, ui: &Ui, verbose: bool) -> String {
        match form {
            Form::Text => text::render(self, ui, verbose),
            Form::Json => self.json(),
            Form::Junit => junit::render(self),
            Form::Sarif => sarif::render(self),
            Form::Github => github::render(self),
        }
    }

    fn json(&self) -> String {
        let mut body = serde_json::json!({
            "version": VERSION,
            "command": "check",
            "exit_code": self.exit() as u8,
        });
        if let (Some(body), Ok(serde_json::Value::Object(fields))) =
            (body.as_object_mut(), serde_json::to_value(self))
        {
            body.extend(fields);
        }
        serde_json::to_string_pretty(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
