//! `checksum`: migrations that were edited after they were applied.

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::engine::Result;

/// The check.
pub struct Checksum;

const RULES: &[Rule] = &[Rule {
    id: "checksum/edited",
    severity: Severity::Error,
    about: "a migration was edited after it was applied",
    help: "Take the edit back and write a new migration. If both mean the same, `saasdb migrate repair` accepts it.",
}];

#[async_trait(?Send)]
impl Check for Checksum {
    fn name(&self) -> &'static str {
        "checksum"
    }

    fn about(&self) -> &'static str {
        "migrations that were edited after they were applied"
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        for entry in look.survey().entries.into_iter().filter(|e| e.mismatch) {
            let now = look.source.get(&entry.name).map(|m| m.checksum.as_str());
            let then = entry.record.and_then(|r| r.checksum);
            found.push(
                Finding::new(
                    &RULES[0],
                    format!("{} was edited after it was applied", entry.name),
                )
                .detail(format!("applied as {}", then.as_deref().unwrap_or("?")))
                .detail(format!("now        {}", now.unwrap_or("?")))
                .migration(entry.name),
            );
        }
        Ok(found)
    }
}
