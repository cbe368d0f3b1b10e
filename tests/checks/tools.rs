//! What the tests of checks share: running one, and its findings in a word each.

use serde_json::Value;

use crate::support::Saasdb;

/// Runs checks; the whole result.
#[track_caller]
pub fn check(call: &Saasdb, names: &str) -> Value {
    let words = format!("check {names} --format json");
    call.call(words.split_whitespace()).json()
}

/// All findings of a result.
fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    let checks = report["checks"].as_array().expect("checks");
    checks
        .iter()
        .flat_map(|c| c["findings"].as_array().into_iter().flatten())
}

fn word(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    format!("{} {}", text("rule"), text("object"))
}

/// Rule and object of what counts, sorted.
pub fn counting(report: &Value) -> Vec<String> {
    let mut out: Vec<String> = findings(report)
        .filter(|f| f["severity"] != "note")
        .map(word)
        .collect();
    out.sort();
    out
}

/// Rule and object of everything, notes too.
pub fn every(report: &Value) -> Vec<String> {
    findings(report).map(word).collect()
}

/// The finding of that rule and object.
#[track_caller]
pub fn finding<'a>(report: &'a Value, rule: &str, object: &str) -> &'a Value {
    let wanted = format!("{rule} {object}");
    let found = findings(report).find(|f| word(f) == wanted);
    found.unwrap_or_else(|| panic!("no {wanted} in {report:#}"))
}

/// A finding's details as one text.
pub fn details(finding: &Value) -> String {
    let lines = finding["details"].as_array().into_iter().flatten();
    let lines: Vec<&str> = lines.filter_map(Value::as_str).collect();
    lines.join("\n")
}

/// What came of a check, with the reason where it was skipped.
#[track_caller]
pub fn outcome(report: &Value, check: &str) -> (String, String) {
    let checks = report["checks"].as_array().expect("checks");
    let one = checks.iter().find(|c| c["check"] == check).expect("it ran");
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    (text("outcome"), text("why"))
}
