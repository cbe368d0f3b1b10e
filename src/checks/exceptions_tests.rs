//! Exceptions read from sources, and findings placed in them.

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
    let text = "// about notes\nuse x;\nasync fn up(\n  drop(\"notes_old\");\n  drop(\"notes\");\n";
    let mut sources = Sources::read(&source(text));
    let mut finding = pending();
    sources.place(&mut finding);
    assert_eq!(finding.location.as_ref().map(|at| at.line), Some(5));
    finding.near = vec!["nothing of the kind".into()];
    sources.place(&mut finding);
    assert_eq!(finding.location.as_ref().map(|at| at.line), Some(3));
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

#[test]
fn a_source_is_searched_for_one_word_after_the_other() {
    let text = "fn up(\n  ALTER TABLE users DROP COLUMN nick\n  DROP COLUMN nickname\n";
    let line = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        line_of(text, &words)
    };
    assert_eq!(line(&["nick", "users"]), 2);
    assert_eq!(line(&["nothing", "", "nickname"]), 3);
    assert_eq!(line(&["nothing"]), 1);
}
