//! JSON columns of `core` and `telecom` are declared `json` on SQLite. That type has NUMERIC affinity:
//! it would store `1.0` as 1 and large numbers as others. So no bare number gets in.

use super::catalogue::Catalogue;
use super::fill::fill;
use super::tools::{assert_dump, column, one, rows, run, saasdb, up};
use crate::support::{Db, TestDb};

/// What stays as it is.
const KEPT: [&str; 9] = [
    r#"{"a":1.0,"b":12345678901234567890}"#,
    r#"{ "a" : 1 }"#,
    "[1.0]",
    "[]",
    r#""1""#,
    r#""abc""#,
    "true",
    "null",
    r#""1e400""#,
];

/// What the type would change, or is no JSON.
const REFUSED: [&str; 14] = [
    "'1'",
    "'1.0'",
    "' 1 '",
    "'-0'",
    "'1e2'",
    "'0.1'",
    "'1e400'",
    "'12345678901234567890'",
    "'9007199254740993.0'",
    "'01'",
    "'abc'",
    "7",
    "1.5",
    "x'7b7d'",
];

/// The set's JSON columns: table and column.
fn json_columns(db: &TestDb) -> Vec<(String, String)> {
    let catalogue = Catalogue::read(db);
    let checks = catalogue.checks.iter();
    let json = checks.filter(|(_, _, text)| text.contains("json_valid"));
    json.map(|(table, name, _)| {
        let name = name.trim_start_matches(&format!("{table}_"));
        (table.clone(), name.trim_end_matches("_check").to_owned())
    })
    .collect()
}

#[test]
fn the_declared_type_is_json_and_no_value_changes() {
    for (set, expected) in [("core", 5), ("telecom", 11)] {
        let db = TestDb::new(Db::Sqlite);
        up(&db, set);
        fill(&db);
        let columns = json_columns(&db);
        assert_eq!(columns.len(), expected, "{columns:?}");
        let mut session = db.session();
        for (table, name) in &columns {
            let kind =
                format!("SELECT type FROM pragma_table_info('{table}') WHERE name = '{name}'");
            assert_eq!(session.rows(&kind)[0][0], "json", "{table}.{name}");
            let stored = format!("SELECT DISTINCT typeof(\"{name}\"), \"{name}\" FROM \"{table}\"");
            for text in KEPT {
                session.sql(&format!("UPDATE \"{table}\" SET \"{name}\" = '{text}'"));
                assert_eq!(session.rows(&stored), [["text", text]], "{table}.{name}");
            }
            for value in REFUSED {
                let update = format!("UPDATE \"{table}\" SET \"{name}\" = {value}");
                let error = session.try_sql(&update).expect_err(value).to_string();
                assert!(error.contains(&format!("{table}_{name}_check")), "{error}");
            }
            let last = KEPT[KEPT.len() - 1];
            assert_eq!(session.rows(&stored), [["text", last]], "{table}.{name}");
        }
        session.close();
    }
}

#[test]
fn a_bare_number_from_before_is_named_and_kept() {
    for (set, before, table, name) in [
        ("core", "20251010100011", "organizations", "settings"),
        ("telecom", "20241001000012", "payments", "metadata"),
    ] {
        let db = TestDb::new(Db::Sqlite);
        run(&db, &format!("migrate up --set {set} --to {before}"));
        fill(&db);
        db.sql(&format!("UPDATE {table} SET {name} = '1.0'"));
        let (schema, query) = (
            db.schema_dump(),
            format!("SELECT DISTINCT quote({name}) FROM {table}"),
        );
        let out = saasdb(&db).call(["migrate", "up", "--set", set]).code(1);
        let column = format!("{table}.{name}");
        for word in [&column, "bare number", "Rows: 3"] {
            assert!(out.stderr.contains(word), "{word}: {}", out.stderr);
        }
        assert_dump(&db.schema_dump(), &schema, set);
        assert_eq!(one(&db, &query), "'1.0'");
        db.sql(&format!("UPDATE {table} SET {name} = '[1.0]'"));
        run(&db, &format!("migrate up --set {set}"));
        assert_eq!(one(&db, &query), "'[1.0]'");
    }
}

/// Tables of an application's own that refer to one that is recreated keep their rows, and keys that were
/// counted up are not given out again.
#[test]
fn what_refers_to_a_recreated_table_stays_and_counters_go_on() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --to 20251010100011");
    fill(&db);
    db.sql(
        "CREATE TABLE notes (id integer PRIMARY KEY, o char(36) NOT NULL REFERENCES organizations (id) ON DELETE CASCADE ON UPDATE CASCADE);
         INSERT INTO notes (o) SELECT id FROM organizations;
         INSERT INTO subscription_plans (id, name, displayName) VALUES (700, 'gone', 'gone');
         DELETE FROM subscription_plans WHERE id = 700;
         DELETE FROM usage_tracking",
    );
    let notes = rows(&db, "SELECT * FROM notes");
    let sequences =
        "SELECT name, seq FROM sqlite_sequence WHERE name NOT LIKE 'saasdb%' ORDER BY 1";
    let counters = rows(&db, sequences);
    for verb in ["migrate up", "migrate down --steps 1 --yes", "migrate up"] {
        run(&db, verb);
        assert_eq!(rows(&db, "SELECT * FROM notes"), notes, "{verb}");
        assert!(rows(&db, "PRAGMA foreign_key_check").is_empty());
        assert_eq!(rows(&db, sequences), counters, "{verb}");
    }
    db.sql("INSERT INTO subscription_plans (name, displayName) VALUES ('next', 'next')");
    let next = "SELECT id FROM subscription_plans WHERE name = 'next'";
    assert_eq!(column(&db, next), ["701"]);
}
