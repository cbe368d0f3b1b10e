//! SARIF 2.1.0, as <https://docs.oasis-open.org/sarif/sarif/v2.1.0/> has it.

use serde_json::{Value, json};

use super::CheckReport;
use crate::checks::{Checked, Finding, Location, Outcome, rules};

/// The schema that the standard itself names.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(report: &CheckReport) -> String {
    let all: Vec<_> = rules().collect();
    let described: Vec<Value> = all
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": { "text": rule.about },
                "help": { "text": rule.help },
                "defaultConfiguration": { "level": rule.severity.as_str() },
            })
        })
        .collect();
    let results: Vec<Value> = report
        .checks
        .iter()
        .flat_map(|checked| &checked.findings)
        .map(|finding| {
            let index = all.iter().position(|rule| rule.id == finding.rule.id);
            result(finding, index.unwrap_or_default())
        })
        .collect();
    let failures: Vec<Value> = report.checks.iter().filter_map(failure).collect();
    let body = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "saasdb",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": described,
            } },
            "invocations": [{
                "executionSuccessful": failures.is_empty(),
                "toolExecutionNotifications": failures,
            }],
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&body).unwrap_or_default()
}

fn result(finding: &Finding, index: usize) -> Value {
    let mut text = vec![finding.message.clone()];
    text.extend(finding.details.iter().cloned());
    text.push(finding.advice().to_owned());
    text.extend(finding.sql.iter().map(|s| format!("{s};")));
    let object = finding.object.as_ref().or(finding.migration.as_ref());
    let mut location = serde_json::Map::new();
    if let Some(at) = &finding.location {
        location.insert("physicalLocation".into(), physical(at));
    }
    if let Some(name) = object {
        let names = json!([{ "fullyQualifiedName": name }]);
        location.insert("logicalLocations".into(), names);
    }
    let mut out = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": finding.severity.as_str(),
        "message": { "text": text.join("\n") },
        // The same finding in the next run is the same alert, even if its line moved.
        "partialFingerprints": {
            "saasdbFinding/v1": format!(
                "{}:{}:{}",
                finding.rule.id,
                finding.migration.as_deref().unwrap_or_default(),
                object.map(String::as_str).unwrap_or_default()
            ),
        },
    });
    if !location.is_empty() {
        out["locations"] = json!([location]);
    }
    if let Some(excuse) = &finding.excepted {
        out["suppressions"] = json!([{
            "kind": "inSource",
            "justification": excuse.reason,
            "location": { "physicalLocation": physical(&excuse.location) },
        }]);
    }
    out
}

fn physical(at: &Location) -> Value {
    json!({
        "artifactLocation": { "uri": at.file },
        "region": { "startLine": at.line },
    })
}

fn failure(checked: &Checked) -> Option<Value> {
    let Outcome::Failed { error } = &checked.outcome else {
        return None;
    };
    let mut text = vec![format!("{}: {}", checked.check, error.message)];
    text.extend(error.why.iter().cloned());
    Some(json!({ "level": "error", "message": { "text": text.join("\n") } }))
}
