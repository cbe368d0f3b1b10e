//! JUnit's XML: a suite for each check, a case for each rule that found nothing and for each finding.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::CheckReport;
use crate::checks::{self, CHECKS, Checked, Finding, Outcome};

pub(super) fn render(report: &CheckReport) -> String {
    let mut out = Report::new(format!("saasdb check {}", report.place));
    out.set_time(Duration::from_millis(report.duration_ms));
    for checked in &report.checks {
        out.add_test_suite(suite(checked));
    }
    out.to_string().unwrap_or_default()
}

fn suite(checked: &Checked) -> TestSuite {
    let mut suite = TestSuite::new(checked.check);
    suite.set_time(Duration::from_millis(checked.duration_ms));
    let case = |name: &str, status| {
        let mut case = TestCase::new(name, status);
        case.set_classname(checked.check);
        case
    };
    match &checked.outcome {
        Outcome::Skipped { why } => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            suite.add_test_case(case(checked.check, status));
        }
        Outcome::Failed { error } => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(error.message.as_str());
            status.set_description(error.why.join("\n"));
            suite.add_test_case(case(checked.check, status));
        }
        Outcome::Passed | Outcome::Found => {
            let check = CHECKS.iter().find(|c| c.name() == checked.check);
            let rules = check.map_or(checks::EXCEPTIONS, |c| c.rules());
            for rule in rules {
                let found: Vec<&Finding> = checked
                    .findings
                    .iter()
                    .filter(|f| f.rule.id == rule.id)
                    .collect();
                if found.is_empty() {
                    suite.add_test_case(case(rule.id, TestCaseStatus::success()));
                }
                for finding in found {
                    suite.add_test_case(case(&name(finding), status(finding)));
                }
            }
        }
    }
    suite
}

fn name(finding: &Finding) -> String {
    let of = finding.object.as_ref().or(finding.migration.as_ref());
    match of {
        Some(object) => format!("{} {object}", finding.rule.id),
        None => finding.rule.id.to_owned(),
    }
}

fn status(finding: &Finding) -> TestCaseStatus {
    if let Some(excuse) = &finding.excepted {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("excused: {}", excuse.reason));
        return status;
    }
    if !finding.counts() {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(finding.message.as_str());
    status.set_type(finding.severity.as_str());
    let mut lines = finding.details.clone();
    lines.push(finding.advice().to_owned());
    lines.extend(finding.sql.iter().map(|s| format!("{s};")));
    if let Some(at) = &finding.location {
        lines.push(format!("{}:{}", at.file, at.line));
    }
    status.set_description(lines.join("\n"));
    status
}
