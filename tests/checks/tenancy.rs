//! `tenancy`: what is found after a change by hand, and that the sets as they are have nothing wrong.

use serde_json::Value;

use saasdb::catalog::SETS;

use crate::sets::tools::{kinds, run, saasdb};
use crate::support::{Saasdb, TestDb};

/// The findings of a check with their rules, severities and objects, without the notes.
#[track_caller]
pub fn counting(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().expect("checks");
    let findings = checks
        .iter()
        .flat_map(|c| c["findings"].as_array().expect("findings"));
    findings
        .filter(|f| f["severity"] != "note")
        .map(|f| {
            format!(
                "{} {}",
                f["rule"].as_str().unwrap(),
                f["object"].as_str().unwrap_or("")
            )
        })
        .collect()
}

#[track_caller]
pub fn check(call: Saasdb, names: &str) -> Value {
    let words = format!("check {names} --format json");
    call.call(words.split_whitespace()).json()
}

#[test]
fn the_sets_as_they_are_have_nothing_wrong() {
    for set in SETS {
        for kind in kinds(set) {
            let db = TestDb::new(kind);
            let call = || saasdb(&db).env("SAASDB_SET", set.name);
            run(&db, &format!("setup --set {}", set.name));
            let report = check(call(), "tenancy");
            println!("{} {kind:?} {report:#}", set.name);
            assert_eq!(
                counting(&report),
                Vec::<String>::new(),
                "{} {kind:?}",
                set.name
            );
        }
    }
}
