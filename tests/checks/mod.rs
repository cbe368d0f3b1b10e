//! `saasdb check`: each check finds what it is for, and is silent where nothing is wrong.

mod builtin;
mod docs;
mod entities;
mod forms;
mod isolation;
mod lint;
mod recipes;
mod settings;
mod tenancy;
mod tenancy_rls;
mod tools;

use serde_json::Value;

use crate::commands::json_schema::published;
use crate::support::{Db, Saasdb, TestDb};

/// A database of that kind with everything that `setup` brings.
#[track_caller]
pub fn prepared(set: &str, kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    let program = Saasdb::new().db(&db).env("SAASDB_SET", set);
    program.call(["setup"]).success();
    db
}

/// What `saasdb check` with these words says as JSON, held against the published schema.
#[track_caller]
pub fn report(program: &Saasdb, words: &str) -> Value {
    let line = format!("check --format json {words}");
    published(&program.call(line.split_whitespace()))
}

/// What the checks of these names find: rule and object or migration, in order.
#[track_caller]
pub fn found(program: &Saasdb, names: &str) -> Vec<(String, String)> {
    let report = report(program, names);
    let mut out = Vec::new();
    for check in report["checks"].as_array().expect("checks") {
        assert_ne!(check["outcome"], "failed", "{check:#}");
        for finding in check["findings"].as_array().expect("findings") {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            let of = [text("object"), text("migration")];
            let of = of.into_iter().find(|name| !name.is_empty());
            out.push((text("rule"), of.unwrap_or_default()));
        }
    }
    out
}

/// The outcome of each check that ran, by name.
#[track_caller]
pub fn outcomes(report: &Value) -> Vec<(String, String)> {
    let checks = report["checks"].as_array().expect("checks");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    checks
        .iter()
        .map(|c| (text(&c["check"]), text(&c["outcome"])))
        .collect()
}
