//! What `--format json` prints is what docs/output.schema.json says.
//!
//! The validator knows the part of JSON Schema that the document uses, and refuses the rest, so that
//! nothing in the document goes unchecked.

use serde_json::{Map, Value};

use super::{add_user, run};
use crate::support::{Db, Output, Saasdb, TestDb};

const DOCUMENT: &str = include_str!("../../docs/output.schema.json");

/// Fails the test unless the published schema allows that.
#[track_caller]
pub fn assert_published(json: &Value) {
    let schema: Value = serde_json::from_str(DOCUMENT).expect("the schema is JSON");
    let found = problems(&schema, &schema, json, "");
    assert!(found.is_empty(), "{found:#?}\n{json:#}");
}

/// What is wrong with `value`, as paths and reasons.
fn problems(root: &Value, schema: &Value, value: &Value, path: &str) -> Vec<String> {
    let mut out = Vec::new();
    let empty = Map::new();
    let rules = schema.as_object().unwrap_or(&empty);
    for (rule, wanted) in rules {
        let fine = match rule.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "format" | "pattern" => true,
            "$ref" => {
                let pointer = wanted.as_str().unwrap_or_default().trim_start_matches('#');
                let target = root.pointer(pointer).expect("a $ref leads somewhere");
                out.extend(problems(root, target, value, path));
                true
            }
            "type" => match wanted.as_str() {
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                Some("string") => value.is_string(),
                Some("integer") => value.is_i64() || value.is_u64(),
                Some("boolean") => value.is_boolean(),
                other => panic!("type {other:?} is not known to this test"),
            },
            "minimum" => value.as_i64() >= wanted.as_i64(),
            "const" => value == wanted,
            "enum" => wanted.as_array().is_some_and(|all| all.contains(value)),
            "required" => wanted
                .as_array()
                .into_iter()
                .flatten()
                .all(|key| key.as_str().is_some_and(|k| value.get(k).is_some())),
            "properties" => {
                for (key, inner) in wanted.as_object().into_iter().flatten() {
                    if let Some(found) = value.get(key) {
                        out.extend(problems(root, inner, found, &format!("{path}/{key}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                value
                    .as_object()
                    .is_none_or(|v| v.keys().all(|k| known.is_some_and(|p| p.contains_key(k))))
            }
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    out.extend(problems(root, wanted, item, &format!("{path}/{i}")));
                }
                true
            }
            "oneOf" => {
                let fitting = wanted
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|s| problems(root, s, value, path).is_empty())
                    .count();
                fitting == 1
            }
            other => panic!("the rule {other} is not known to this test"),
        };
        if !fine {
            out.push(format!("{path}: {rule} {wanted}"));
        }
    }
    out
}

/// Fails the test unless the output is what the published schema says.
#[track_caller]
pub fn published(output: &Output) -> Value {
    let schema: Value = serde_json::from_str(DOCUMENT).expect("the schema is JSON");
    let json = output.json();
    let found = problems(&schema, &schema, &json, "");
    assert!(found.is_empty(), "{found:#?}\n{json:#}");
    json
}

#[test]
fn every_command_prints_what_the_published_schema_says() {
    let schema: Value = serde_json::from_str(DOCUMENT).expect("the schema is JSON");
    let db = TestDb::new(Db::Sqlite);
    for line in [
        "status",
        "migrate status",
        "migrate plan",
        "migrate down --all",
        "setup",
        "status",
        "migrate down --steps 2 --dry-run",
        "migrate redo --dry-run",
        "migrate fresh --dry-run",
        "migrate refresh --dry-run",
        "migrate reset --dry-run",
        "rollback --dry-run",
        "rollback",
        "migrate up --dry-run",
        "migrate up",
        "seed",
        "seed status",
        "seed undo --dry-run",
        "seed undo",
        "migrate redo",
        "migrate refresh",
        "migrate repair --accept-drift",
        "migrate baseline --to 20251010095900",
        "migrate fresh",
        "migrate reset",
        "seed",
        "migrate up --to 9",
    ] {
        let json = run(&db, &format!("{line} --format json")).json();
        let found = problems(&schema, &schema, &json, "");
        assert!(found.is_empty(), "{line}: {found:#?}\n{json:#}");
    }
    run(&db, "migrate up").success();
    db.sql("CREATE TABLE mine (id integer); UPDATE saasdb_migrations SET checksum = 'x' WHERE version LIKE '%chats'");
    add_user(&db, "ann");
    for line in ["status", "migrate status", "migrate reset"] {
        let json = run(&db, &format!("{line} --format json")).json();
        assert_eq!(
            problems(&schema, &schema, &json, ""),
            [""; 0],
            "{line}: {json:#}"
        );
    }
}

#[test]
fn the_schema_is_named_in_all_that_is_printed() {
    let schema: Value = serde_json::from_str(DOCUMENT).expect("the schema is JSON");
    let db = TestDb::new(Db::Postgres);
    for line in [
        "status",
        "migrate status",
        "migrate plan",
        "seed",
        "setup",
        "migrate redo",
        "migrate down --steps 99",
        "migrate down --steps 2 --dry-run",
        "seed",
        "seed status",
        "seed undo --dry-run",
        "migrate repair",
        "migrate down --all",
        "migrate baseline --to 20251010095900",
    ] {
        let call = super::on(&db).args(["--format", "json", "--schema", "blue"]);
        let json = call.call(line.split_whitespace()).json();
        let found = problems(&schema, &schema, &json, "");
        assert!(found.is_empty(), "{line}: {found:#?}\n{json:#}");
        let place = if json["error"].is_object() {
            &json["error"]
        } else {
            &json
        };
        assert_eq!(place["schema"], "blue", "{line}: {json:#}");
    }
}

#[test]
fn rows_out_of_sight_are_in_the_published_schema() {
    let schema: Value = serde_json::from_str(DOCUMENT).expect("the schema is JSON");
    let db = TestDb::new(Db::Postgres);
    let (role, url) = db.account();
    db.sql(&format!("ALTER SCHEMA public OWNER TO {role}"));
    let call = |line: &str| {
        let program = Saasdb::new().env("DATABASE_URL", url.as_str());
        program.call(line.split_whitespace()).success()
    };
    call("migrate up");
    db.sql("ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
    for line in ["status", "seed status"] {
        let json = call(&format!("{line} --format json")).json();
        assert!(json.to_string().contains("\"hidden\":"), "{json:#}");
        assert_eq!(problems(&schema, &schema, &json, ""), [""; 0], "{json:#}");
    }
}

#[test]
fn the_validator_finds_what_does_not_fit() {
    let schema: Value = serde_json::from_str(DOCUMENT).expect("the schema is JSON");
    let good = serde_json::json!({ "version": 1, "error": { "message": "m" }, "exit_code": 2 });
    assert!(problems(&schema, &schema, &good, "").is_empty());
    for (key, value) in [
        ("version", serde_json::json!(2)),
        ("exit_code", serde_json::json!(77)),
        ("error", serde_json::json!({ "message": 5 })),
        ("unknown", serde_json::json!(true)),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!problems(&schema, &schema, &bad, "").is_empty(), "{key}");
    }
}
