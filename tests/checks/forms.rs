//! One result, many forms.

use super::{found, outcomes, report};
use crate::commands::json_schema::published;
use crate::commands::shown;
use crate::support::{Db, Saasdb, TestDb};

/// A database in which something is pending, something is edited, and something is the team's own.
fn troubled() -> (TestDb, Saasdb) {
    let db = TestDb::new(Db::Sqlite);
    let program = Saasdb::new().db(&db);
    program.call(["migrate", "up", "--steps", "12"]).success();
    db.sql(
        "UPDATE saasdb_migrations SET checksum = 'x' WHERE version LIKE '%templates';
         CREATE TABLE \"mine, \"\"100 %\"\" <b>\" (id int)",
    );
    (db, program)
}

#[test]
fn every_form_names_the_same_findings() {
    let (_db, program) = troubled();
    let findings = found(&program, "pending checksum drift");
    let rules: Vec<&str> = findings.iter().map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(
        rules,
        ["pending/not-applied", "checksum/edited", "drift/added"]
    );
    let line = |form: &str| format!("check pending checksum drift --format {form}");
    for form in ["text", "json", "junit", "sarif", "github"] {
        let out = program.call(line(form).split_whitespace()).code(4);
        for rule in &rules {
            assert!(out.stdout.contains(rule), "{form}: {rule}: {}", out.stdout);
        }
        assert!(out.stderr.is_empty(), "{form}: {}", out.stderr);
        if form == "github" {
            assert_eq!(out.stdout.lines().count(), rules.len(), "{}", out.stdout);
            insta::assert_snapshot!("check_github", shown(&out));
        }
    }
}

#[test]
fn one_run_writes_several_reports() {
    let (_db, program) = troubled();
    let out = program
        .call(
            "check checksum --report sarif=out/a.sarif --report junit=b.xml --report json=c.json"
                .split_whitespace(),
        )
        .code(4);
    assert!(out.stdout.contains("FOUND    checksum"), "{}", out.stdout);
    let sarif: serde_json::Value =
        serde_json::from_str(&program.read("out/a.sarif")).expect("JSON");
    let found = &sarif["runs"][0]["results"][0];
    assert_eq!(found["ruleId"], "checksum/edited");
    let uri = &found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(
        uri,
        "migration/src/core/m20251010_100009_add_organization_to_templates.rs"
    );
    assert!(program.read("b.xml").contains("<failure"));
    let json: serde_json::Value = serde_json::from_str(&program.read("c.json")).expect("JSON");
    assert_eq!(json["exit_code"], 4);
    assert_eq!(
        outcomes(&json),
        [("checksum".to_owned(), "found".to_owned())]
    );
    // What differs is the time that it took.
    let again = report(&program, "checksum");
    assert_eq!(
        again["checks"][0]["findings"],
        json["checks"][0]["findings"]
    );
}

#[test]
fn quiet_says_nothing_where_nothing_is_found() {
    let (_db, program) = troubled();
    let out = program
        .call("check history -q".split_whitespace())
        .success();
    assert_eq!(out.stdout, "");
    let out = program.call("check checksum -q".split_whitespace()).code(4);
    assert!(out.stdout.contains("checksum/edited"), "{}", out.stdout);
}

#[test]
fn the_list_shows_every_rule_as_it_is_set() {
    let program = Saasdb::new().file(
        "saasdb.toml",
        "[checks]\nentities = \"off\"\n\"history/dirty\" = \"note\"\n",
    );
    let list = published(
        &program
            .call("check --list --format json".split_whitespace())
            .success(),
    );
    let checks = list["checks"].as_array().expect("checks");
    let of = |name: &str| checks.iter().find(|c| c["check"] == name).expect("check");
    assert_eq!(of("entities")["runs"], false);
    assert_eq!(of("entities")["rules"][0]["severity"], "off");
    let rules = of("history")["rules"].as_array().expect("rules");
    let dirty = rules
        .iter()
        .find(|r| r["rule"] == "history/dirty")
        .expect("rule");
    assert_eq!(dirty["severity"], "note");
    assert_eq!(of("pending")["runs"], true);
    insta::assert_snapshot!(
        "check_list",
        shown(&Saasdb::new().call(["check", "--list"]).success())
    );
}
