//! What `saasdb check` looks for. A check is one file: its rules with their help, and a function that
//! reads and returns findings. The registry below is the only place that lists them.
//!
//! A check never writes: it works with a role that may only SELECT, and with none of saasdb's tables there.

mod checksum;
mod drift;
mod entities;
mod exceptions;
mod finding;
mod history;
mod isolation;
pub mod lint;
mod look;
mod pending;
mod reversible;
mod run;
mod settings;
mod tenancy;

use sea_orm_migration::async_trait::async_trait;

use crate::engine::Result;

pub use exceptions::EXCEPTIONS;
pub use finding::{Excuse, Finding, Location, Rule, Severity};
pub use look::Look;
pub use run::{Checked, Outcome, run};
pub use settings::{LintScope, Settings};

/// Something to look for.
#[async_trait(?Send)]
pub trait Check: Sync {
    /// Its name on the command line, in saasdb.toml and before the slash of its rules.
    fn name(&self) -> &'static str;

    /// One line about it.
    fn about(&self) -> &'static str;

    /// Everything that it may find.
    fn rules(&self) -> &'static [Rule];

    /// Whether it runs without being named. What takes long or needs more than SELECT does not.
    fn by_default(&self) -> bool {
        true
    }

    /// Why there is nothing to look at on this database and set, if so.
    ///
    /// # Errors
    /// The database's.
    async fn not_for(&self, _look: &mut Look<'_>) -> Result<Option<String>> {
        Ok(None)
    }

    /// Looks.
    ///
    /// # Errors
    /// When it could not be checked, which is not the same as a finding.
    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>>;
}

/// All checks, in the order in which they run and are shown.
pub const CHECKS: &[&dyn Check] = &[
    &pending::Pending,
    &history::History,
    &checksum::Checksum,
    &drift::Drift,
    &entities::Entities,
    &tenancy::TenancyCheck,
    &isolation::Isolation,
    &lint::Lint,
    &reversible::Reversible,
];

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

/// The rules of all checks.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = CHECKS.iter().flat_map(|check| check.rules());
    all.chain(EXCEPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_belongs_to_its_check_and_is_there_once() {
        let mut seen = BTreeSet::new();
        for check in CHECKS {
            assert!(!check.rules().is_empty(), "{}", check.name());
            for rule in check.rules() {
                let prefix = rule.id.split_once('/').map(|(check, _)| check);
                assert_eq!(prefix, Some(check.name()), "{}", rule.id);
                assert!(seen.insert(rule.id), "{} is there twice", rule.id);
                assert!(rule.about.len() > 10 && rule.help.len() > 10, "{}", rule.id);
            }
        }
        assert!(rules().count() > seen.len());
    }
}
