//! `drift`: the live catalogue against the snapshot that the last run left.

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::engine::Result;
use crate::engine::drift::{self, Sides};
use crate::schema::{Change, Object};

/// The check.
pub struct Drift;

const HELP: &str = "If it was meant, write a migration for it, or accept it with `saasdb migrate repair --accept-drift`; if not, the SQL restores it.";

const ADDED: Rule = Rule {
    id: "drift/added",
    severity: Severity::Error,
    about: "an object was added by hand",
    help: "If it is the team's own, list it under `known` in [checks] of saasdb.toml; if it belongs to the set, write a migration; if it does not belong here, the SQL removes it.",
};
const GRANTED: Rule = Rule {
    id: "drift/granted",
    severity: Severity::Warning,
    about: "a role was given a privilege by hand",
    help: "If it was meant, list the role under `known` in [checks] of saasdb.toml or accept it with `saasdb migrate repair --accept-drift`; if not, the SQL takes it back.",
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
const UNSEEN: Rule = Rule {
    id: "drift/out-of-sight",
    severity: Severity::Note,
    about: "the database does not show this role everything",
    help: "What is out of sight is not compared: check now and then with a role that sees it.",
};
const RULES: &[Rule] = &[ADDED, GRANTED, REMOVED, CHANGED, UNKNOWN, UNSEEN];

#[async_trait(?Send)]
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
        let live = look.schema().await?;
        let (before, now, unseen) = match drift::sides(look.db, look.source, Some(&live)).await? {
            Sides::NoSnapshot => {
                let message = "no run of saasdb left a snapshot";
                return Ok(vec![Finding::new(&UNKNOWN, message)]);
            }
            Sides::Outdated => {
                let message = "another program migrated since the last run of saasdb";
                return Ok(vec![Finding::new(&UNKNOWN, message)]);
            }
            Sides::Both {
                before,
                now,
                unseen,
            } => (before, now, unseen),
        };
        let mut found: Vec<Finding> = unseen
            .iter()
            .map(|kind| {
                let message = format!("this role is not shown {kind}s, which are not compared");
                Finding::new(&UNSEEN, message)
            })
            .collect();
        for (difference, statements) in look.db.dialect().ddl().mend(&before, &now) {
            let added = difference.change == Change::Added;
            let role = grantee(&difference.at).filter(|_| added);
            if added && is_known(look, &difference.object)
                || role.is_some_and(|role| look.settings.knows(role))
            {
                continue;
            }
            let (rule, word) = match difference.change {
                Change::Added if role.is_some() => (&GRANTED, "added"),
                Change::Added => (&ADDED, "added"),
                Change::Removed => (&REMOVED, "removed"),
                Change::Changed => (&CHANGED, "changed"),
            };
            let mut finding = Finding::new(rule, format!("{} was {word}", difference.object))
                .on(difference.object.clone())
                .sql(statements);
            finding.details.extend(difference.detail);
            let holds = matches!(difference.at, Object::Table(_) | Object::Column(..));
            if added && holds {
                finding
                    .details
                    .push("what is in it goes with it".to_owned());
            }
            found.push(finding);
        }
        Ok(found)
    }
}

/// The role of a privilege.
fn grantee(object: &Object) -> Option<&str> {
    match object {
        Object::TableGrant(_, role) | Object::ColumnGrant(_, _, role) | Object::Grant(_, role) => {
            Some(role)
        }
        _ => None,
    }
}

/// Whether the team listed the object, `table reports`, or the table that it is a part of.
fn is_known(look: &Look<'_>, object: &str) -> bool {
    let name = object.split_once(' ').map_or(object, |(_, name)| name);
    let table = name.split('.').next().unwrap_or(name);
    look.settings.knows(name) || look.settings.knows(table)
}
