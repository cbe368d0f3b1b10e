//! JSON where a schema is expected: files for `schema diff`, and the snapshot in the books.

use std::sync::OnceLock;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use saasdb::dialect::Backend;
use saasdb::schema::dump::{self, Dump};
use saasdb::schema::{Schema, compare, mermaid};
use serde_json::Value;

use super::{always, hostile, sane, some};
use crate::commands::unchanged;
use crate::sets::tools::run;
use crate::support::{Db, Saasdb, TestDb};

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        hostile().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let names = prop_oneof![
            proptest::sample::select(vec![
                "format",
                "product",
                "tables",
                "columns",
                "name",
                "kind",
                "nullable",
                "primary_key",
                "indexes",
                "foreign_keys",
                "checks",
                "triggers",
                "views",
                "functions",
                "enums",
                "definition",
                "extra",
            ])
            .prop_map(str::to_owned),
            hostile(),
        ];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(names, inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// A schema as one of the databases has it.
fn real() -> &'static [Value] {
    static REAL: OnceLock<Vec<Value>> = OnceLock::new();
    REAL.get_or_init(|| {
        let dumps = Db::ALL.map(|kind| {
            let db = TestDb::new(kind);
            run(&db, "migrate up --set cloudwa");
            let dump = run(&db, "schema dump --format json --set cloudwa");
            dump.json()
        });
        dumps.into()
    })
}

/// One of all values in a document, by its number, replaced.
fn replace(document: &mut Value, at: &mut usize, with: &Value) -> bool {
    if *at == 0 {
        *document = with.clone();
        return true;
    }
    *at -= 1;
    match document {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, at, with)),
        Value::Object(map) => map.values_mut().any(|item| replace(item, at, with)),
        _ => false,
    }
}

/// A real schema in which some values are others.
fn mutated() -> impl Strategy<Value = Value> {
    (0..3_usize, vec((0..2500_usize, json()), 1..4)).prop_map(|(which, changes)| {
        let mut document = real()[which].clone();
        for (mut at, value) in changes {
            replace(&mut document, &mut at, &value);
        }
        document
    })
}

/// All that is done with a schema that was read.
fn use_it(schema: &Schema) {
    let other: Schema = serde_json::from_value(real()[0].clone()).expect("a schema");
    let _ = (schema.fingerprint(), mermaid(schema));
    let _ = (compare(schema, &other), compare(&other, schema));
    let Some(backend) = Backend::of_product(&schema.product) else {
        return;
    };
    let ddl = backend.dialect().ddl();
    let _ = dump::sql(schema, ddl);
    let empty = Schema {
        product: schema.product.clone(),
        ..Schema::default()
    };
    let _ = ddl.script(&ddl.statements(&empty, schema));
    let _ = ddl.script(&ddl.statements(schema, &empty));
}

#[test]
fn any_json_is_read_or_refused() {
    always(1500, json(), |value| {
        let text = value.to_string();
        let _ = dump::read(&text);
        let _ = dump::read(&text[..text.floor_char_boundary(text.len() / 2)]);
        Ok(())
    });
    for depth in [100, 1_000, 100_000] {
        let deep = format!("{{\"tables\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(dump::read(&deep).is_err());
        assert!(dump::read(&"{\"tables\":".repeat(depth)).is_err());
    }
}

#[test]
fn a_schema_that_somebody_changed_is_compared_or_refused() {
    always(250, mutated(), |value| {
        if let Ok(Dump::Json(schema)) = dump::read(&value.to_string()) {
            use_it(&schema);
        }
        Ok(())
    });
}

#[test]
fn the_program_compares_or_refuses_files_and_snapshots() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --set cloudwa");
    let call = Saasdb::new().db(&db).env("SAASDB_SET", "cloudwa");
    let cases = some(8, mutated()).into_iter().chain(some(8, json()));
    for value in cases {
        let call = call.clone().file("other.json", &value.to_string());
        for format in ["text", "json", "sql"] {
            sane(call.call([
                "schema",
                "diff",
                "other.json",
                "snapshot",
                "--format",
                format,
            ]));
        }
        // As the snapshot of the last run, with a fingerprint that does not fit.
        let text = value.to_string().replace('\'', "''").replace('\0', "");
        db.sql(&format!(
            "UPDATE saasdb_meta SET value = '{text}' WHERE name = 'snapshot';
             UPDATE saasdb_meta SET value = 'x' WHERE name = 'fingerprint'"
        ));
        unchanged(&db, || {
            for line in [
                "status",
                "check drift",
                "schema diff snapshot database",
                "check -v",
            ] {
                sane(call.call(line.split(' ')));
            }
        });
    }
}
