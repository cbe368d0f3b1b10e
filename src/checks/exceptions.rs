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
mod tests {
    use super::*;

    const NAME: &str = "m20250101_000000_drop_notes";

    fn source(text: &'static str) -> [Source; 1] {
        [Source {
            set: "x",
            migration: NAME,
            path: "migration/src/x/m20250101_000000_drop_notes.rs",
            text,
        }]
    }

    fn pending() -> Finding {
        let rule = rule("pending/not-applied").expect("rule");
        Finding::new(rule, "not applied")
            .migration(NAME)
            .near("notes")
    }

    fn problems(text: &'static str, placed: bool) -> Vec<(&'static str, usize)> {
        let mut sources = Sources::read(&source(text));
        if placed {
            sources.place(&mut pending());
        }
        let found = sources.problems(&|_, _| true).into_iter();
        found
            .map(|f| (f.rule.id, f.location.map_or(0, |at| at.line)))
            .collect()
    }

    #[test]
    fn a_finding_is_placed_where_the_code_speaks_of_it() {
        let text =
            "// about notes\nuse x;\nasync fn up(\n  drop(\"notes_old\");\n  drop(\"notes\");\n";
        let mut sources = Sources::read(&source(text));
        let mut finding = pending();
        sources.place(&mut finding);
        assert_eq!(finding.location.as_ref().map(|at| at.line), Some(5));
        finding.near = vec!["nothing of the kind".into()];
        sources.place(&mut finding);
        assert_eq!(finding.location.as_ref().map(|at| at.line), Some(3));
        // The second word, where the first one is not there.
        finding = finding.near("").near("notes_old").near("notes");
        sources.place(&mut finding);
        assert_eq!(finding.location.as_ref().map(|at| at.line), Some(4));
        finding.location = None;
        finding.migration = Some("another".into());
        sources.place(&mut finding);
        assert_eq!(finding.location, None);
        assert!(finding.counts());
    }

    #[test]
    fn an_exception_with_a_reason_excuses_its_rule_and_its_check() {
        for line in [
            "    // saasdb:allow pending/not-applied: run by hand at night\nfn up(",
            "-- saasdb:allow pending: run by hand at night",
        ] {
            let mut sources = Sources::read(&source(line));
            let mut finding = pending();
            sources.place(&mut finding);
            let excuse = finding.excepted.clone().expect("excused");
            assert_eq!(excuse.reason, "run by hand at night");
            assert_eq!(excuse.location.line, 1);
            assert!(!finding.counts());
            assert!(sources.problems(&|_, _| true).is_empty());
        }
    }

    #[test]
    fn an_exception_of_lint_is_for_its_rule_and_its_migration() {
        let line = "-- saasdb:allow lint/column-dropped: nobody reads it since 4.2";
        let mut sources = Sources::read(&source(line));
        let mut finding = |id, migration| {
            let mut finding = Finding::new(rule(id).expect("rule"), "x").migration(migration);
            sources.place(&mut finding);
            finding.excepted.map(|excuse| excuse.reason)
        };
        assert_eq!(
            finding("lint/column-dropped", NAME).as_deref(),
            Some("nobody reads it since 4.2")
        );
        assert_eq!(finding("lint/table-rewrite", NAME), None);
        assert_eq!(
            finding("lint/column-dropped", "m20250102_000000_other"),
            None
        );
    }

    #[test]
    fn an_exception_must_be_right_itself() {
        for (text, found) in [
            ("// saasdb:allow pending", &["exception/no-reason"][..]),
            (
                "// saasdb:allow pending/not-applied:  ",
                &["exception/no-reason"],
            ),
            ("// saasdb:allow pendig: so", &["exception/unknown-rule"]),
            ("// saasdb:allow checksum: so", &["exception/unused"]),
            ("let text = \"saasdb:allow pendig: so\";", &[]),
        ] {
            let ids: Vec<&str> = problems(text, true).iter().map(|(id, _)| *id).collect();
            assert_eq!(ids, found, "{text}");
        }
        assert_eq!(problems("\n// saasdb:allow pending", true)[0].1, 2);
        // Without a reason it excuses nothing.
        let mut sources = Sources::read(&source("// saasdb:allow pending"));
        let mut finding = pending();
        sources.place(&mut finding);
        assert!(finding.counts());
    }

    #[test]
    fn unused_is_only_what_was_looked_at() {
        let sources = Sources::read(&source("// saasdb:allow checksum: so"));
        assert!(sources.problems(&|check, _| check != "checksum").is_empty());
        assert!(
            sources
                .problems(&|_, migration| migration != NAME)
                .is_empty()
        );
    }
}
