//! Snapshots of older versions are no drift.

use serde_json::Value;

use super::tools::Library;
use crate::sets::tools::{json, run};
use crate::support::{Db, TestDb};

/// What format 0 had not.
const UNKNOWN: [&str; 14] = [
    "format",
    "product",
    "sequences",
    "view_options",
    "routine_heads",
    "grants",
    "comment",
    "collation",
    "generation",
    "name",
    "definition",
    "extra",
    "timing",
    "options",
];

/// Takes out of a table's part all that format 0 did not know.
fn reduce(part: &mut Value, keep: &[&str]) {
    if let Some(map) = part.as_object_mut() {
        map.retain(|key, _| !UNKNOWN.contains(&key.as_str()) || keep.contains(&key.as_str()));
    }
}

fn as_format_0(snapshot: &str, kind: Db) -> String {
    let mut schema: Value = serde_json::from_str(snapshot).expect("JSON");
    reduce(&mut schema, &[]);
    if let Some(types) = schema.get_mut("types").and_then(Value::as_object_mut) {
        for labels in types.values_mut() {
            let list: Vec<&str> = labels
                .as_array()
                .expect("labels")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            *labels = Value::String(list.join(","));
        }
    }
    for table in schema["tables"]
        .as_object_mut()
        .expect("tables")
        .values_mut()
    {
        let sqlite = kind == Db::Sqlite;
        reduce(table, if sqlite { &[] } else { &["options"] });
        for column in table["columns"].as_array_mut().expect("columns") {
            reduce(column, &["name", "extra"]);
        }
        for (parts, keep) in [
            ("indexes", [""; 1].as_slice()),
            ("foreign_keys", if sqlite { &[] } else { &["timing"] }),
        ] {
            for part in table
                .get_mut(parts)
                .and_then(Value::as_object_mut)
                .into_iter()
                .flat_map(|m| m.values_mut())
            {
                reduce(part, keep);
            }
        }
        if let (true, Some(checks)) = (
            sqlite,
            table.get_mut("checks").and_then(Value::as_object_mut),
        ) {
            checks
                .values_mut()
                .for_each(|c| *c = Value::String(String::new()));
        }
    }
    schema.to_string()
}

#[test]
fn a_snapshot_in_an_older_form_differs_only_in_what_was_changed() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let stored = db
            .rows("SELECT value FROM saasdb_meta WHERE name = 'snapshot'")
            .remove(0)
            .remove(0);
        let old = as_format_0(&stored, db.kind());
        assert!(!old.contains("format"), "{old}");
        let literal = Library::open(db).dialect().literal(&old);
        db.sql(&format!(
            "UPDATE saasdb_meta SET value = {literal} WHERE name = 'snapshot'"
        ));
        db.sql("UPDATE saasdb_meta SET value = 'older' WHERE name = 'fingerprint'");
        assert_eq!(json(db, "status")["drift"]["state"], "none");
        let diff = json(db, "schema diff snapshot snapshot");
        assert_eq!(diff["differences"].as_array().map(Vec::len), Some(0));
        // And what was changed by hand is still found.
        db.sql("ALTER TABLE chats DROP COLUMN message");
        let drift = &json(db, "status")["drift"];
        assert_eq!(
            drift["differences"][0]["object"], "column chats.message",
            "{drift}"
        );
        assert_eq!(
            drift["differences"].as_array().map(Vec::len),
            Some(1),
            "{drift}"
        );
    });
}
