//! Running the checks.

use std::time::Instant;

use serde::Serialize;

use super::exceptions::Sources;
use super::{CHECKS, Check, Finding, Look};
use crate::engine::{Error, Result};

/// What came of a check.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing that counts.
    Passed,
    /// Something that counts.
    Found,
    /// There was nothing to look at.
    Skipped {
        /// Why.
        why: String,
    },
    /// It could not be done, which is neither good nor bad news.
    Failed {
        /// Why.
        error: Error,
    },
}

/// A check that was to run.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub check: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Everything it found, excused things and notes too.
    pub findings: Vec<Finding>,
    /// Milliseconds.
    pub duration_ms: u64,
}

impl Checked {
    /// What counts of what it found.
    pub fn counting(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.counts())
    }
}

/// Runs the checks of these names, or all that run by themselves. `started` is told of each.
///
/// # Errors
/// Only an interrupt; what goes wrong in one check is its outcome.
pub async fn run(
    look: &mut Look<'_>,
    names: &[&'static str],
    started: &dyn Fn(&'static str),
) -> Result<Vec<Checked>> {
    let mut sources = Sources::of(look.set);
    let mut out = Vec::new();
    for check in CHECKS {
        let named = names.contains(&check.name());
        let by_itself = names.is_empty() && look.settings.runs(*check);
        if !named && !by_itself {
            continue;
        }
        look.db.interrupt.check()?;
        started(check.name());
        out.push(one(look, *check, named, &mut sources).await);
    }
    let pending: Vec<String> = look.survey().pending().map(|e| e.name.clone()).collect();
    let ran = |check: &str, migration: &str| {
        // Lint looks at what is pending; the others at what is there.
        let looked_at = check != "lint" || pending.iter().any(|name| name == migration);
        let done = |c: &Checked| matches!(c.outcome, Outcome::Passed | Outcome::Found);
        looked_at && out.iter().any(|c| c.check == check && done(c))
    };
    let problems = look.settings.apply(sources.problems(&ran), false);
    if !problems.is_empty() {
        out.push(Checked {
            check: "exception",
            about: "exceptions in the sources of migrations",
            outcome: outcome(&problems),
            findings: problems,
            duration_ms: 0,
        });
    }
    Ok(out)
}

async fn one(
    look: &mut Look<'_>,
    check: &dyn Check,
    named: bool,
    sources: &mut Sources,
) -> Checked {
    let start = Instant::now();
    look.named = named;
    let found = match check.not_for(look).await {
        Ok(Some(why)) => Err(Outcome::Skipped { why }),
        Ok(None) => check
            .find(look)
            .await
            .map_err(|error| Outcome::Failed { error }),
        Err(error) => Err(Outcome::Failed { error }),
    };
    let (outcome, findings) = match found {
        Err(outcome) => (outcome, Vec::new()),
        Ok(findings) => {
            let mut findings = look.settings.apply(findings, named);
            for finding in &mut findings {
                sources.place(finding);
            }
            // What is worst comes first; the rest stays as the check ordered it.
            findings.sort_by_key(|f| (f.excepted.is_some(), std::cmp::Reverse(f.severity)));
            (outcome(&findings), findings)
        }
    };
    Checked {
        check: check.name(),
        about: check.about(),
        outcome,
        findings,
        duration_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

fn outcome(findings: &[Finding]) -> Outcome {
    match findings.iter().any(Finding::counts) {
        true => Outcome::Found,
        false => Outcome::Passed,
    }
}
