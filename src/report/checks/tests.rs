//! All forms say the same of one result that has everything in it.

use quick_junit::{TestCase, TestCaseStatus};

use super::*;
use crate::checks::{Excuse, Finding, Location, Severity, rule};
use crate::config::{Color, Format};
use crate::engine::Error;
use crate::ui::Verbosity;

fn checked(check: &'static str, outcome: Outcome, findings: Vec<Finding>) -> Checked {
    Checked {
        check,
        about: "what it looks for",
        outcome,
        findings,
        duration_ms: 12,
    }
}

fn finding(id: &str, message: &str) -> Finding {
    Finding::new(rule(id).expect("rule"), message)
}

fn at(line: usize) -> Location {
    Location {
        file: "migration/src/core/m1_a.rs".into(),
        line,
    }
}

fn report() -> CheckReport {
    let mut pending = finding("pending/not-applied", "m1_a is not applied").migration("m1_a");
    pending.location = Some(at(7));
    let mut excused = finding("checksum/edited", "m0 was edited").migration("m0");
    excused.excepted = Some(Excuse {
        reason: "only a comment".into(),
        location: at(3),
    });
    let mut odd = finding("drift/removed", "index \"a\",<b>: 50 %\nwas removed")
        .on("index t.\"a\",<b>")
        .detail("it was there")
        .sql(["CREATE INDEX \"a\" ON t (b)".to_owned()]);
    odd.severity = Severity::Warning;
    CheckReport {
        place: Place {
            database: "shop (PostgreSQL)".into(),
            schema: None,
        },
        set: "core",
        checks: vec![
            checked("pending", Outcome::Found, vec![pending]),
            checked("history", Outcome::Passed, Vec::new()),
            checked("checksum", Outcome::Passed, vec![excused]),
            checked("drift", Outcome::Found, vec![odd]),
            checked(
                "entities",
                Outcome::Skipped {
                    why: "not yet".into(),
                },
                Vec::new(),
            ),
        ],
        duration_ms: 60,
        with_notes: true,
    }
}

fn failed(report: &mut CheckReport) {
    report.checks[4].outcome = Outcome::Failed {
        error: Error::failed("the catalogue cannot be read").because("permission denied"),
    };
}

fn render(report: &CheckReport, form: Form) -> String {
    let ui = Ui::new(Format::Text, Color::Never, Verbosity::Normal);
    report.render(form, &ui, false)
}

#[test]
fn the_exit_code_tells_pending_from_findings_from_failures() {
    let mut all = report();
    assert_eq!(all.exit(), Exit::Findings);
    failed(&mut all);
    assert_eq!(all.exit(), Exit::Failed);
    let mut only_pending = report();
    only_pending.checks.truncate(3);
    assert_eq!(only_pending.exit(), Exit::Pending);
    only_pending.checks.remove(0);
    assert_eq!(only_pending.exit(), Exit::Done);
}

#[test]
fn sarif_is_what_the_standard_has() {
    let mut all = report();
    failed(&mut all);
    for report in [report(), all] {
        let text = render(&report, Form::Sarif);
        let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        // What the standard's schema does not know would be lost on the way.
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).expect("SARIF");
        let again = serde_json::to_value(&log).expect("JSON");
        assert_eq!(again, found);
        let run = &found["runs"][0];
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), 3);
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("index") as usize;
            let rule = &run["tool"]["driver"]["rules"][index]["id"];
            assert_eq!(*rule, result["ruleId"]);
        }
        let place = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "migration/src/core/m1_a.rs"
        );
        assert_eq!(place["region"]["startLine"], 7);
        assert_eq!(
            results[1]["suppressions"][0]["justification"],
            "only a comment"
        );
        assert_eq!(results[2]["level"], "warning");
        let invocation = &run["invocations"][0];
        let whole = !matches!(report.checks[4].outcome, Outcome::Failed { .. });
        assert_eq!(invocation["executionSuccessful"], whole);
    }
}

#[test]
fn junit_has_a_case_for_every_rule_and_finding() {
    let mut all = report();
    failed(&mut all);
    let text = render(&all, Form::Junit);
    let read = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
    let counts: Vec<(&str, usize, usize, usize, usize)> = read
        .test_suites
        .iter()
        .map(|s| {
            let skipped = |case: &&TestCase| matches!(case.status, TestCaseStatus::Skipped { .. });
            let skipped = s.test_cases.iter().filter(skipped).count();
            (s.name.as_str(), s.tests, s.failures, s.errors, skipped)
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("pending", 1, 1, 0, 0),
            ("history", 5, 0, 0, 0),
            ("checksum", 1, 0, 0, 1),
            ("drift", 6, 1, 0, 0),
            ("entities", 1, 0, 1, 0),
        ]
    );
    assert!(text.contains("&lt;b&gt;"), "{text}");
}

#[test]
fn github_gets_one_command_for_each_finding() {
    let text = render(&report(), Form::Github);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(
        lines[0].starts_with(
            "::error file=migration/src/core/m1_a.rs,line=7,title=pending/not-applied::m1_a is not applied%0A"
        ),
        "{text}"
    );
    assert!(
        lines[1]
            .starts_with("::warning title=drift/removed::index \"a\",<b>: 50 %25%0Awas removed%0A"),
        "{text}"
    );
}

#[test]
fn text_names_everything() {
    let mut all = report();
    failed(&mut all);
    let text = render(&all, Form::Text);
    for part in [
        "m1_a is not applied",
        "m1_a.rs:7",
        "reason: only a comment",
        "CREATE INDEX \"a\" ON t (b);",
        "permission denied",
        "1 error, 1 warning",
        "1 check could not be done",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}
