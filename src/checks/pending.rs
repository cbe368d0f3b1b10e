//! `pending`: migrations that are not applied.

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::engine::Result;

/// The check.
pub struct Pending;

const RULES: &[Rule] = &[Rule {
    id: "pending/not-applied",
    severity: Severity::Error,
    about: "a migration is not applied",
    help: "`saasdb migrate plan` shows its SQL, `saasdb migrate up` applies it.",
}];

#[async_trait(?Send)]
impl Check for Pending {
    fn name(&self) -> &'static str {
        "pending"
    }

    fn about(&self) -> &'static str {
        "migrations that are not applied"
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let survey = look.survey();
        let found = survey.pending().map(|entry| {
            Finding::new(&RULES[0], format!("{} is not applied", entry.name))
                .migration(entry.name.clone())
        });
        Ok(found.collect())
    }
}
