//! `history`: versions that this program lacks, that came out of order, or that are half done.

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::dialect::Suspicion;
use crate::engine::plan::State;
use crate::engine::{Result, trust};

/// The check.
pub struct History;

const MISSING: Rule = Rule {
    id: "history/missing",
    severity: Severity::Error,
    about: "an applied version is not known to this saasdb",
    help: "Use the release of saasdb that applied it, or a newer one: an older one must not go on from here.",
};
const OUT_OF_ORDER: Rule = Rule {
    id: "history/out-of-order",
    severity: Severity::Error,
    about: "a version is pending, though later ones are applied",
    help: "Look at what it does beside those, then `saasdb migrate up --allow-out-of-order`.",
};
const DIRTY: Rule = Rule {
    id: "history/dirty",
    severity: Severity::Error,
    about: "a version was started and not finished",
    help: "`saasdb migrate up` goes on with it, `saasdb migrate status` shows where it stopped.",
};
const UNSAFE: Rule = Rule {
    id: "history/unsafe",
    severity: Severity::Error,
    about: "a history table is another role's, or has somebody's code on it",
    help: "Who may create objects in the schema can have made it first, so that what they put on it runs as whoever migrates. Commands that write are refused until it is gone.",
};
const OPEN: Rule = Rule {
    id: "history/open",
    severity: Severity::Warning,
    about: "whoever reaches the API has privileges on a history table",
    help: "It says which rows are seeds, who migrates and what the schema looks like. The next command that writes takes the privileges away.",
};
const RULES: &[Rule] = &[MISSING, OUT_OF_ORDER, DIRTY, UNSAFE, OPEN];

#[async_trait(?Send)]
impl Check for History {
    fn name(&self) -> &'static str {
        "history"
    }

    fn about(&self) -> &'static str {
        "versions that are missing, out of order or half done, and tables that are not safe"
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        for entry in look.survey().entries {
            let name = &entry.name;
            let finding = match entry.state {
                State::Missing => {
                    Finding::new(&MISSING, format!("{name} is not known to this saasdb"))
                }
                State::OutOfOrder => Finding::new(
                    &OUT_OF_ORDER,
                    format!("{name} is pending, though later ones are applied"),
                ),
                State::Dirty => {
                    let finding = Finding::new(&DIRTY, format!("{name} is half done"));
                    match &entry.record {
                        Some(record) => {
                            let finding = finding.detail(format!(
                                "begun at {} by {}",
                                record.started_at, record.applied_by
                            ));
                            match entry.interrupted() {
                                Some(where_and_why) => finding.detail(where_and_why),
                                None => finding,
                            }
                        }
                        None => finding,
                    }
                }
                _ => continue,
            };
            found.push(finding.migration(name.clone()));
        }
        let d = look.db.dialect();
        for suspect in &look.db.facts.suspects {
            let open = suspect.kind == Suspicion::Open;
            let sql = open.then(|| {
                let role = match suspect.name.as_str() {
                    "PUBLIC" => "PUBLIC".to_owned(),
                    name => d.ident(name),
                };
                format!("REVOKE ALL ON {} FROM {role}", d.ident(&suspect.object))
            });
            let rule = if open { &OPEN } else { &UNSAFE };
            found.push(
                Finding::new(rule, trust::said(suspect))
                    .on(format!("table {}", suspect.object))
                    .sql(sql),
            );
        }
        Ok(found)
    }
}
