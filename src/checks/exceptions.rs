//! Exceptions, written with their reason into a migration's source:
//!
//! ```text
//! // saasdb:allow lint/column-dropped: nothing has read it since release 4.2
//! ```
//!
//! An exception holds for the migration in whose file it stands.

use std::collections::BTreeMap;

use super::{Excuse, Finding, Location, Rule, Severity, rule};
use crate::catalog::{SchemaSet, Source};

const MARK: &str = "saasdb:allow";

/// What may be wrong with exceptions.
pub const EXCEPTIONS: &[Rule] = &[NO_REASON, UNKNOWN, UNUSED];

const NO_REASON: Rule = Rule {
    id: "exception/no-reason",
    severity: Severity::Error,
    about: "an exception does not say why",
    help: "Write the reason behind the rule: `saasdb:allow lint/column-dropped: why it is safe here`.",
};
const UNKNOWN: Rule = Rule {
    id: "exception/unknown-rule",
    severity: Severity::Error,
    about: "an exception names a rule that there is not",
    help: "`saasdb check --list` shows all rules.",
};
const UNUSED: Rule = Rule {
    id: "exception/unused",
    severity: Severity::Note,
    about: "an exception excuses nothing any more",
    help: "Take the comment out, so that it does not hide the next finding of its rule.",
};

/// An exception.
struct Exception {
    rule: String,
    reason: String,
    at: Location,
}

/// The exceptions in a source, in order.
fn read(file: &str, text: &str) -> Vec<Exception> {
    let mut out = Vec::new();
    for (i, line) in text.lines().enumerate() {
        // In a comment, of Rust or of SQL; the same words in a string are no exception.
        let line = line.trim_start();
        let comment = line.strip_prefix("//").or_else(|| line.strip_prefix("--"));
        let Some(rest) = comment.and_then(|c| c.trim_start().strip_prefix(MARK)) else {
            continue;
        };
        let (rule, reason) = rest.split_once(':').unwrap_or((rest, ""));
        out.push(Exception {
            rule: rule.trim().to_owned(),
            reason: reason.trim().to_owned(),
            at: Location {
                file: file.to_owned(),
                line: i + 1,
            },
        });
    }
    out
}

/// The line on which a source first speaks of one of the words as a whole, the first of them that it has;
/// or where `up` begins.
fn line_of(text: &str, words: &[String]) -> usize {
    let whole = |line: &str, word: &str| {
        line.match_indices(word).any(|(i, _)| {
            let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
            !part(line[..i].chars().next_back()) && !part(line[i + word.len()..].chars().next())
        })
    };
    let code = |line: &&str| !line.trim_start().starts_with("//");
    let find = |fits: &dyn Fn(&str) -> bool| text.lines().position(|l| code(&l) && fits(l));
    let mut words = words.iter().filter(|w| !w.is_empty());
    let at = words
        .find_map(|word| find(&|line| whole(line, word)))
        .or_else(|| find(&|line| line.contains("fn up(")));
    at.unwrap_or(0) + 1
}

/// The sources of a set's migrations, to place findings and excuse them.
pub(super) struct Sources {
    /// By migration: its file, its text.
    files: BTreeMap<&'static str, (String, &'static str)>,
    exceptions: Vec<(&'static str, Exception, bool)>,
}

impl Sources {
    pub(super) fn of(set: &SchemaSet) -> Self {
        Self::read(set.sources())
    }

    fn read<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let mut files = BTreeMap::new();
        let mut exceptions = Vec::new();
        for file in sources {
            exceptions.extend(
                read(file.path, file.text)
                    .into_iter()
                    .map(|e| (file.migration, e, false)),
            );
            files.insert(file.migration, (file.path.to_owned(), file.text));
        }
        Self { files, exceptions }
    }

    /// Says where a finding stands and whether it is excused.
    pub(super) fn place(&mut self, finding: &mut Finding) {
        let Some(migration) = finding.migration.as_deref() else {
            return;
        };
        if let Some((file, text)) = self.files.get(migration) {
            finding.location = Some(Location {
                file: file.clone(),
                line: line_of(text, &finding.near),
            });
        }
        for (of, exception, used) in &mut self.exceptions {
            let applies = *of == migration
                && (exception.rule == finding.rule.id
                    || finding.rule.id.split('/').next() == Some(exception.rule.as_str()));
            if applies && !exception.reason.is_empty() {
                *used = true;
                finding.excepted = Some(Excuse {
                    reason: exception.reason.clone(),
                    location: exception.at.clone(),
                });
            }
        }
    }

    /// What is wrong with the exceptions themselves. `ran` tells of a check's name whether it ran and of
    /// a migration whether it was looked at: only then can an exception be called unused.
    pub(super) fn problems(&self, ran: &dyn Fn(&str, &str) -> bool) -> Vec<Finding> {
        let mut out = Vec::new();
        for (migration, exception, used) in &self.exceptions {
            let check = exception.rule.split('/').next().unwrap_or_default();
            let known = rule(&exception.rule).is_some()
                || super::CHECKS.iter().any(|c| c.name() == exception.rule);
            let finding = if !known {
                Finding::new(&UNKNOWN, format!("`{}` is no rule", exception.rule))
            } else if exception.reason.is_empty() {
                Finding::new(
                    &NO_REASON,
                    format!("the exception for {} has no reason", exception.rule),
                )
            } else if !used && ran(check, migration) {
                Finding::new(
                    &UNUSED,
                    format!("the exception for {} excuses nothing", exception.rule),
                )
            } else {
                continue;
            };
            let mut finding = finding.migration(*migration);
            finding.location = Some(exception.at.clone());
            out.push(finding);
        }
        out
    }
}

#[cfg(test)]
#[path = "exceptions_tests.rs"]
mod tests;
