//! The list of checks and rules.

use serde::Serialize;

use crate::checks::{CHECKS, EXCEPTIONS, Rule, Settings};
use crate::report::{Report, wrap};
use crate::ui::{Tone, Ui};

/// All checks with their rules, as they are set here.
#[derive(Debug, Serialize)]
pub struct List {
    /// The checks.
    pub checks: Vec<Entry>,
}

/// A check.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub check: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Whether it runs without being named.
    pub runs: bool,
    /// What it may find.
    pub rules: Vec<RuleEntry>,
}

/// A rule.
#[derive(Debug, Serialize)]
pub struct RuleEntry {
    /// Its id.
    pub rule: &'static str,
    /// How bad a finding is here, or `off`.
    pub severity: &'static str,
    /// What it means.
    pub about: &'static str,
    /// What to do.
    pub help: &'static str,
}

impl List {
    /// The registry, with these settings.
    pub fn new(settings: &Settings) -> Self {
        let entries = |rules: &'static [Rule]| -> Vec<RuleEntry> {
            rules
                .iter()
                .map(|rule| RuleEntry {
                    rule: rule.id,
                    severity: settings.severity(rule).map_or("off", |s| s.as_str()),
                    about: rule.about,
                    help: rule.help,
                })
                .collect()
        };
        let mut checks: Vec<Entry> = CHECKS
            .iter()
            .map(|check| Entry {
                check: check.name(),
                about: check.about(),
                runs: settings.runs(*check),
                rules: entries(check.rules()),
            })
            .collect();
        checks.push(Entry {
            check: "exception",
            about: "exceptions in the sources of migrations",
            runs: true,
            rules: entries(EXCEPTIONS),
        });
        Self { checks }
    }
}

impl Report for List {
    fn command(&self) -> &'static str {
        "check --list"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let mut out = Vec::new();
        for check in &self.checks {
            let when = if check.runs { "" } else { " (only when named)" };
            out.push(format!(
                "{}  {}{when}",
                ui.tone(Tone::Bold, &format!("{:<10}", check.check)),
                check.about
            ));
            for rule in &check.rules {
                out.push(format!("  {:<34} {}", rule.rule, rule.severity));
                out.push(wrap(rule.about, "      "));
            }
        }
        out.join("\n")
    }
}
