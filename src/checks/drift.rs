//! `drift`: the live catalogue against the snapshot that the last run left.

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::engine::Result;
use crate::engine::drift::{self, Drift as Found};
use crate::schema::Change;

/// The check.
pub struct Drift;

const HELP: &str = "If it was meant, write a migration for it, or accept it with `saasdb migrate repair --accept-drift`; if not, the SQL restores it.";

const ADDED: Rule = Rule {
    id: "drift/added",
    severity: Severity::Error,
    about: "an object was added by hand",
    help: "If it is the team's own, list it under `known` in [checks] of saasdb.toml; if it belongs to the set, write a migration; if it does not belong here, the SQL removes it.",
};
const REMOVED: Rule = Rule {
    id: "drift/removed",
    severity: Severity::Error,
    about: "an object was removed by hand",
    help: HELP,
};
const CHANGED: Rule = Rule {
    id: "drift/changed",
    severity: Severity::Error,
    about: "an object was changed by hand",
    help: HELP,
};
const UNKNOWN: Rule = Rule {
    id: "drift/no-snapshot",
    severity: Severity::Warning,
    about: "there is no snapshot to compare with",
    help: "`saasdb migrate repair --accept-drift` takes one of the schema as it is now.",
};
const RULES: &[Rule] = &[ADDED, REMOVED, CHANGED, UNKNOWN];

#[async_trait]
impl Check for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }

    fn about(&self) -> &'static str {
        "objects that were added, removed or changed by hand"
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    async fn not_for(&self, look: &mut Look<'_>) -> Result<Option<String>> {
        Ok((!look.is_migrated()).then(|| "nothing is applied yet".to_owned()))
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let differences = match drift::read(look.db).await? {
            Found::None => return Ok(Vec::new()),
            Found::NoSnapshot => {
                let message = "no run of saasdb left a snapshot";
                return Ok(vec![Finding::new(&UNKNOWN, message)]);
            }
            Found::Outdated => {
                let message = "another program migrated since the last run of saasdb";
                return Ok(vec![Finding::new(&UNKNOWN, message)]);
            }
            Found::Found { differences } => differences,
        };
        let mut found = Vec::new();
        for difference in differences {
            if difference.change == Change::Added && is_known(look, &difference.object) {
                continue;
            }
            let (rule, word) = match difference.change {
                Change::Added => (&ADDED, "added"),
                Change::Removed => (&REMOVED, "removed"),
                Change::Changed => (&CHANGED, "changed"),
            };
            let mut finding = Finding::new(rule, format!("{} was {word}", difference.object))
                .on(difference.object.clone());
            finding.details.extend(difference.detail);
            found.push(finding);
        }
        Ok(found)
    }
}

/// Whether the team listed the object, `table reports`, or the table that it is a part of.
fn is_known(look: &Look<'_>, object: &str) -> bool {
    let name = object.split_once(' ').map_or(object, |(_, name)| name);
    let table = name.split('.').next().unwrap_or(name);
    look.settings.knows(name) || look.settings.knows(table)
}
