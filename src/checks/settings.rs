//! What saasdb.toml says about checks.

use std::collections::BTreeMap;

use super::{CHECKS, Check, Finding, Rule, Severity, rules};
use crate::config::CheckSettings;
use crate::engine::words::closest;
use crate::engine::{Error, Result};

/// The section `[checks]`, with names that there are.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// By check or rule: its severity, or `None` for off.
    levels: BTreeMap<String, Option<Severity>>,
    /// Objects outside of the set that are known, `*` for any text.
    known: Vec<String>,
    /// The role as which the application works, where it is named.
    pub role: Option<String>,
    /// The statement by which a session of the application says who it is, with `{tenant}` and `{user}`.
    pub claims: Option<String>,
    /// The query for `{user}`, with `{tenant}` and `{other}`.
    pub members: Option<String>,
    /// What `lint` looks at, where the command line says so.
    pub lint: LintScope,
}

/// What `lint` looks at instead of what is pending and what the tables hold.
#[derive(Debug, Clone, Default)]
pub struct LintScope {
    /// The first migration, by a name or version as people write it; applied ones too.
    pub since: Option<String>,
    /// How many rows every table holds that a migration finds.
    pub assume_rows: Option<u64>,
}

impl Settings {
    /// Takes over what the file says.
    ///
    /// # Errors
    /// Exit code 2: a check, rule or severity that there is not.
    pub fn read(given: &CheckSettings) -> Result<Self> {
        let mut levels = BTreeMap::new();
        for (name, word) in &given.levels {
            let check = CHECKS.iter().any(|c| c.name() == name);
            if !check && !rules().any(|r| r.id == name) {
                let names: Vec<&str> = CHECKS.iter().map(|c| c.name()).collect();
                let every: Vec<&str> = names.iter().copied().chain(rules().map(|r| r.id)).collect();
                let error =
                    Error::usage(format!("[checks] has `{name}`, which is no check or rule"))
                        .because(format!("from {}", given.origin));
                return Err(match closest(name, &every) {
                    Some(close) => error.hint(format!("did you mean `{close}`?")),
                    None => error.hint("`saasdb check --list` shows all checks and rules"),
                });
            }
            let level = match word.as_str() {
                "off" => None,
                "note" => Some(Severity::Note),
                "warning" => Some(Severity::Warning),
                "error" => Some(Severity::Error),
                other => {
                    return Err(
                        Error::usage(format!("[checks] `{name}` cannot be `{other}`"))
                            .because(format!("from {}", given.origin))
                            .hint("known: off, note, warning, error"),
                    );
                }
            };
            levels.insert(name.clone(), level);
        }
        Ok(Self {
            levels,
            known: given.known.clone(),
            role: given.role.clone(),
            claims: given.claims.clone(),
            members: given.members.clone(),
            lint: LintScope::default(),
        })
    }

    /// Whether a check runs: it was not switched off, or does so by itself.
    pub fn runs(&self, check: &dyn Check) -> bool {
        match self.levels.get(check.name()) {
            Some(level) => level.is_some(),
            None => check.by_default(),
        }
    }

    /// The severity of a rule here, `None` if it is off. What is said of the rule goes before what is
    /// said of its check.
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        let check = rule.id.split('/').next().unwrap_or_default();
        let said = self.levels.get(rule.id).or_else(|| self.levels.get(check));
        match said {
            Some(level) => *level,
            None => Some(rule.severity),
        }
    }

    /// Gives findings the severities that hold here and leaves out those that are off.
    pub(super) fn apply(&self, findings: Vec<Finding>, named: bool) -> Vec<Finding> {
        findings
            .into_iter()
            .filter_map(|mut finding| {
                let check = finding.rule.id.split('/').next().unwrap_or_default();
                let by_rule = self.levels.get(finding.rule.id);
                match by_rule.or_else(|| self.levels.get(check)) {
                    // As bad as the check found it.
                    None => {}
                    Some(Some(level)) => finding.severity = *level,
                    // Who names a check that is off wants to see what it finds.
                    Some(None) if named && by_rule.is_none() => {}
                    Some(None) => return None,
                }
                Some(finding)
            })
            .collect()
    }

    /// Whether an object is known as the team's own: a table's name, or what stands behind its kind.
    pub fn knows(&self, name: &str) -> bool {
        self.known.iter().any(|pattern| matches(pattern, name))
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|tail| {
            let cuts = tail.char_indices().map(|(i, _)| i).chain([tail.len()]);
            cuts.into_iter().any(|i| matches(rest, &tail[i..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, fits) in [
            ("reports", "reports", true),
            ("reports", "reports2", false),
            ("billing_*", "billing_", true),
            ("*_old", "users_old", true),
            ("*_old", "users_older", false),
            ("a*b*c", "aXbYbZc", true),
            ("*", "größe", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    fn settings(levels: &[(&str, &str)]) -> Result<Settings> {
        Settings::read(&CheckSettings {
            levels: levels
                .iter()
                .map(|(name, level)| ((*name).to_owned(), (*level).to_owned()))
                .collect(),
            ..CheckSettings::default()
        })
    }

    #[test]
    fn a_rule_goes_before_its_check() {
        let all = settings(&[("history", "note"), ("history/missing", "error")]).expect("settings");
        let severity = |id| all.severity(super::super::rule(id).expect("rule"));
        assert_eq!(severity("history/missing"), Some(Severity::Error));
        assert_eq!(severity("history/dirty"), Some(Severity::Note));
        let off = settings(&[("pending", "off")]).expect("settings");
        assert!(!CHECKS.iter().any(|c| c.name() == "pending" && off.runs(*c)));
    }

    #[test]
    fn what_there_is_not_is_refused() {
        let error = settings(&[("histroy", "off")]).expect_err("typing error");
        assert_eq!(error.hint.as_deref(), Some("did you mean `history`?"));
        assert!(settings(&[("history", "loud")]).is_err());
    }
}
