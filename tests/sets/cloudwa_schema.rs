//! The schema of `cloudwa` against its document: on SQLite the document's own DDL, run through the
//! `sqlite3` program; on the other databases the same in their types.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use saasdb::catalog::SETS;

use super::catalogue::{Catalogue, Column};
use super::tools::{column, rows, up};
use crate::support::{Db, TestDb};

const DOCUMENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/sets/fixtures/cloudwa.sql"
);

/// Value lists, which the document has in comments.
const CHOICES: [(&str, &str, &[&str]); 12] = [
    ("tenants", "subscription_plan", &["free", "pro", "business"]),
    (
        "devices",
        "session_status",
        &["connected", "scanning", "disconnected"],
    ),
    (
        "flow_sessions",
        "status",
        &["active", "completed", "expired"],
    ),
    ("contacts", "source", &["manual", "import", "chat"]),
    ("campaigns", "media_type", &["image", "video", "document"]),
    (
        "campaigns",
        "status",
        &[
            "draft",
            "scheduled",
            "processing",
            "completed",
            "paused",
            "failed",
        ],
    ),
    (
        "campaign_items",
        "status",
        &["queued", "sending", "sent", "failed", "skipped"],
    ),
    ("messages", "direction", &["incoming", "outgoing"]),
    (
        "messages",
        "message_type",
        &["text", "image", "video", "document", "audio"],
    ),
    ("knowledge_docs", "file_type", &["pdf", "txt", "url"]),
    (
        "knowledge_docs",
        "status",
        &["processing", "ready", "failed"],
    ),
    (
        "ai_providers",
        "provider",
        &[
            "openai",
            "gemini",
            "anthropic",
            "groq",
            "together",
            "workers_ai",
        ],
    ),
];

/// Columns that hold JSON.
const JSON: [(&str, &str); 13] = [
    ("tenants", "settings"),
    ("devices", "anti_ban_config"),
    ("devices", "ai_fallback_kb_ids"),
    ("flows", "trigger_keywords"),
    ("flows", "flow_json"),
    ("flow_sessions", "variables"),
    ("flow_sessions", "context"),
    ("contacts", "tags"),
    ("contacts", "custom_attributes"),
    ("campaigns", "rate_config"),
    ("messages", "metadata"),
    ("document_chunks", "metadata"),
    ("ai_providers", "settings"),
];

/// Those of them in which null is refused.
const NOT_NULL_JSON: [&str; 2] = ["trigger_keywords", "flow_json"];

/// Numbers that are true or false.
const FLAGS: [(&str, &str); 4] = [
    ("devices", "ai_fallback_enabled"),
    ("flows", "is_active"),
    ("ai_providers", "is_default"),
    ("ai_providers", "is_active"),
];

/// Tables whose `updated_at` a trigger keeps.
const TOUCHED: [&str; 3] = ["ai_providers", "flows", "tenants"];

/// References that no index of the document serves. Every set has one for each.
const SERVED: [(&str, &str); 5] = [
    ("campaign_items", "contact_id"),
    ("campaigns", "device_id"),
    ("flow_sessions", "device_id"),
    ("messages", "campaign_id"),
    ("messages", "flow_id"),
];

/// A database that the document's DDL made.
fn document() -> TestDb {
    let db = TestDb::new(Db::Sqlite);
    let file = db.url().trim_start_matches("sqlite://");
    let ran = Command::new("sqlite3")
        .args(["-bail", file, &format!(".read '{DOCUMENT}'")])
        .output()
        .expect("sqlite3 runs");
    assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
    db
}

/// The set's tables in a SQLite file, with what concerns a whole table.
fn tables(db: &TestDb) -> BTreeSet<Vec<String>> {
    rows(
        db,
        "SELECT name, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
           AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'saasdb_%' AND name <> 'seaql_migrations'",
    )
    .into_iter()
    .collect()
}

/// What a pragma tells of all tables.
fn pragma(db: &TestDb, columns: &str, call: &str) -> BTreeSet<Vec<String>> {
    let names = tables(db);
    rows(
        db,
        &format!("SELECT m.name, {columns} FROM sqlite_master m, {call} WHERE m.type = 'table'"),
    )
    .into_iter()
    .filter(|row| names.iter().any(|table| table[0] == row[0]))
    .collect()
}

/// An index: table, columns with their order and collation, whether it is unique, what made it, and
/// its predicate.
type Index = (String, String, bool, String, Option<String>);

fn indexes(db: &TestDb) -> BTreeSet<Index> {
    let list = pragma(
        db,
        r#"i.name, i."unique", i.origin, i.partial, (SELECT group_concat(c) FROM
           (SELECT x.name || iif(x."desc", ' DESC', '') || ' ' || x.coll AS c
            FROM pragma_index_xinfo(i.name) x WHERE x.key ORDER BY x.seqno))"#,
        "pragma_index_list(m.name) i",
    );
    let predicate = |name: &str| {
        let text = &column(
            db,
            &format!("SELECT sql FROM sqlite_master WHERE name = '{name}'"),
        )[0];
        let (_, predicate) = text.split_once("WHERE").expect("a partial index");
        predicate.replace('"', "").trim().to_owned()
    };
    list.into_iter()
        .map(|row| {
            let partial = (row[4] == "1").then(|| predicate(&row[1]));
            (
                row[0].clone(),
                row[5].clone(),
                row[2] == "1",
                row[3].clone(),
                partial,
            )
        })
        .collect()
}

#[test]
fn sqlite_has_what_the_documents_ddl_makes() {
    let document = document();
    let db = TestDb::new(Db::Sqlite);
    up(&db, "cloudwa");
    assert_eq!(tables(&db).len(), 13);
    assert_eq!(tables(&db), tables(&document));
    let columns = |db: &TestDb| {
        let what = r#"c.cid, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden"#;
        pragma(db, what, "pragma_table_xinfo(m.name) c")
    };
    // But no key is null, which the document's own DDL would take.
    let wanted: BTreeSet<Vec<String>> = columns(&document)
        .into_iter()
        .map(|mut column| {
            if column[6] == "1" {
                column[4] = "1".to_owned();
            }
            column
        })
        .collect();
    assert_eq!(columns(&db), wanted);
    let keys = |db: &TestDb| {
        let what = r#"f."table", f.seq, f."from", f."to", f.on_update, f.on_delete, f."match""#;
        pragma(db, what, "pragma_foreign_key_list(m.name) f")
    };
    assert_eq!(keys(&db), keys(&document));
    assert_eq!(keys(&db).len(), 16);

    // What a unique constraint serves needs no index of its own.
    let mut wanted = indexes(&document);
    let unique: Vec<(String, String)> = wanted
        .iter()
        .filter(|(_, _, _, origin, _)| origin == "u")
        .map(|(table, columns, ..)| (table.clone(), columns.clone()))
        .collect();
    let before = wanted.len();
    wanted.retain(|(table, columns, _, origin, _)| {
        origin != "c" || !unique.contains(&(table.clone(), columns.clone()))
    });
    assert_eq!(before - wanted.len(), 3, "email of three tables");
    let added = |table: &str, columns: &str, unique, predicate: Option<&str>| {
        (
            table.to_owned(),
            columns.to_owned(),
            unique,
            "c".to_owned(),
            predicate.map(str::to_owned),
        )
    };
    for (table, column) in SERVED {
        assert!(wanted.insert(added(table, &format!("{column} BINARY"), false, None)));
    }
    assert!(wanted.insert(added(
        "ai_providers",
        "tenant_id BINARY,provider BINARY",
        true,
        Some("model_id IS NULL")
    )));
    assert_eq!(indexes(&db), wanted);
}

#[test]
fn beyond_the_document_sqlite_has_checks_and_triggers_alone() {
    let document = document();
    let others =
        "SELECT type || ' ' || name FROM sqlite_master WHERE type NOT IN ('table', 'index')";
    assert!(column(&document, others).is_empty());
    let db = TestDb::new(Db::Sqlite);
    up(&db, "cloudwa");
    let mut found = column(&db, others);
    found.sort();
    assert_eq!(
        found,
        TOUCHED.map(|table| format!("trigger {table}_updated_at"))
    );

    let expected: BTreeSet<(String, String)> = CHOICES
        .iter()
        .map(|(table, column, values)| {
            let list = values.join("', '");
            (
                (*table).to_owned(),
                format!("CHECK (\"{column}\" IN ('{list}'))"),
            )
        })
        .chain(JSON.iter().map(|(table, column)| {
            let valid = format!("json_valid(\"{column}\")");
            let check = if NOT_NULL_JSON.contains(column) {
                format!("CHECK ({valid})")
            } else {
                format!("CHECK (\"{column}\" IS NULL OR {valid})")
            };
            ((*table).to_owned(), check)
        }))
        .collect();
    let checks: BTreeSet<(String, String)> = Catalogue::read(&db)
        .checks
        .into_iter()
        .map(|(table, _, text)| (table, text.trim_end_matches([',', ' ']).to_owned()))
        .collect();
    assert_eq!(checks, expected);
    // None that has no name, and no collation or generated column, which no pragma above would show.
    let texts = column(
        &db,
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'saasdb_%'",
    )
    .join("\n");
    assert_eq!(texts.matches("CHECK").count(), expected.len());
    assert!(!texts.contains("COLLATE") && !texts.contains("GENERATED"));
}

/// A column's default in words that all databases share.
fn plain_default(column: &Column) -> Option<String> {
    let text = column.default.as_deref()?;
    let lower = text.to_ascii_lowercase();
    if ["current_timestamp", "utc_timestamp"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Some("now".to_owned());
    }
    if lower.contains("uuid()") || lower.contains("randomblob") {
        return Some("random".to_owned());
    }
    let text = text.split_once("'::").map_or(text, |(text, _)| text);
    let text = text.trim_matches(['(', ')']).trim_matches('\'');
    let json = serde_json::from_str::<serde_json::Value>(text);
    Some(match (text, json) {
        ("false", _) => "0".to_owned(),
        ("true", _) => "1".to_owned(),
        (_, Ok(json)) => json.to_string(),
        _ => text.to_owned(),
    })
}

/// What the document's type is called on that database.
fn spelled(kind: Db, column: &Column, key: bool) -> &'static str {
    let is = |list: &[(&str, &str)]| list.contains(&(column.table.as_str(), column.name.as_str()));
    let choice = CHOICES
        .iter()
        .any(|(table, name, _)| *table == column.table && *name == column.name);
    let names = match column.kind.as_str() {
        _ if is(&JSON) => ["jsonb", "json"],
        _ if is(&FLAGS) => ["boolean", "tinyint(1)"],
        "integer" => ["integer", "int(11)"],
        "datetime" if column.name == "updated_at" => ["timestamp with time zone", "timestamp(3)"],
        "datetime" => ["timestamp with time zone", "datetime(3)"],
        "text" if key || choice => ["text", "varchar(255)"],
        "text" => ["text", "text"],
        other => panic!("{other}"),
    };
    names[usize::from(kind == Db::Mysql)]
}

#[test]
fn the_other_databases_have_the_same_in_their_own_types() {
    let source = document();
    let document = Catalogue::read(&source);
    for kind in [Db::Postgres, Db::Mysql] {
        let db = TestDb::new(kind);
        up(&db, "cloudwa");
        let found = Catalogue::read(&db);
        assert_eq!(found.tables, document.tables);
        let indexed: BTreeSet<(&String, &String)> = document
            .indexes
            .iter()
            .flat_map(|index| index.columns.iter().map(|column| (&index.table, column)))
            .chain(
                document
                    .keys
                    .iter()
                    .map(|key| (&key.table, &key.columns[0])),
            )
            .collect();
        for table in &document.tables {
            let ours: Vec<&Column> = found.columns_of(table).collect();
            let theirs: Vec<&Column> = document.columns_of(table).collect();
            assert_eq!(ours.len(), theirs.len(), "{table}");
            for (ours, theirs) in ours.into_iter().zip(theirs) {
                let what = format!("{kind:?} {table}.{}", theirs.name);
                assert_eq!(ours.name, theirs.name, "{what}");
                let key = indexed.contains(&(table, &theirs.name));
                assert_eq!(ours.kind, spelled(kind, theirs, key), "{what}");
                assert_eq!(ours.nullable, theirs.nullable, "{what}");
                assert_eq!(plain_default(ours), plain_default(theirs), "{what}");
            }
            assert_eq!(found.primary_key(table), ["id"], "{table}");
        }
        for (table, name, values) in CHOICES {
            let column = found.columns_of(table).find(|c| c.name == name).unwrap();
            let mut listed = found.values_of(column).unwrap_or_default();
            listed.retain(|value| !value.starts_with("::"));
            assert_eq!(listed, values, "{table}.{name}");
        }
        assert_eq!(found.checks.len(), CHOICES.len());

        let key = |key: &super::catalogue::Key| {
            // InnoDB knows one word for two things that it does alike.
            let action = key.on_delete.replace("RESTRICT", "NO ACTION");
            let ends = (key.columns.join(","), key.parent_columns.join(","));
            (key.table.clone(), ends, key.parent.clone(), action)
        };
        let ours: BTreeSet<_> = found.keys.iter().map(key).collect();
        let theirs: BTreeSet<_> = document.keys.iter().map(key).collect();
        assert_eq!(ours, theirs);

        let index = |index: &super::catalogue::Index| {
            let columns = index.columns.join(",");
            let some = index.predicate.is_some();
            (
                index.table.clone(),
                columns,
                index.unique,
                index.descending,
                some,
            )
        };
        let ours: BTreeSet<_> = found.indexes.iter().map(index).collect();
        let mut theirs: BTreeSet<_> = document.indexes.iter().map(index).collect();
        theirs.retain(|(table, columns, unique, ..)| {
            *unique || columns != "email" || table == "contacts"
        });
        for (table, column) in SERVED {
            theirs.insert((table.to_owned(), column.to_owned(), false, false, false));
        }
        let one = "ai_providers".to_owned();
        theirs.insert((one, "tenant_id,provider".to_owned(), true, false, true));
        assert_eq!(ours, theirs, "{kind:?}");
        let predicates: BTreeMap<&str, &str> = found
            .indexes
            .iter()
            .filter_map(|index| Some((index.table.as_str(), index.predicate.as_deref()?)))
            .collect();
        assert!(
            predicates["flow_sessions"].contains("'active'"),
            "{predicates:?}"
        );
        let missing = predicates["ai_providers"].to_ascii_lowercase();
        assert!(missing.contains("model_id") && missing.contains("is null"));
    }
}

#[test]
fn postgres_has_no_types_and_one_function_of_its_own() {
    let db = TestDb::new(Db::Postgres);
    up(&db, "cloudwa");
    assert!(Catalogue::read(&db).enums.is_empty());
    let here = "pronamespace = 'public'::regnamespace";
    assert_eq!(
        column(&db, &format!("SELECT proname FROM pg_proc WHERE {here}")),
        ["update_updated_at_column"]
    );
    let mut triggers = column(
        &db,
        "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    );
    triggers.sort();
    assert_eq!(triggers, TOUCHED);
}

#[test]
fn mysql_compares_keys_byte_by_byte() {
    let db = TestDb::new(Db::Mysql);
    up(&db, "cloudwa");
    let odd = db.rows(
        "SELECT s.table_name, s.column_name FROM information_schema.statistics s
         JOIN information_schema.columns c USING (table_schema, table_name, column_name)
         WHERE s.table_schema = database() AND c.data_type = 'varchar'
           AND c.collation_name <> 'utf8mb4_bin'
           AND s.table_name NOT LIKE 'saasdb%' AND s.table_name NOT LIKE 'seaql%'",
    );
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn the_migrations_are_in_the_order_of_the_specification() {
    let set = SETS.iter().find(|set| set.name == "cloudwa").unwrap();
    assert_eq!(
        (set.tenant_table, set.tenant_column),
        ("tenants", "tenant_id")
    );
    assert_eq!(set.backends.len(), 3);
    let tables = [
        "tenants",
        "super_admins",
        "users",
        "devices",
        "flows",
        "flow_sessions",
        "contacts",
        "campaigns",
        "campaign_items",
        "messages",
        "knowledge_docs",
        "document_chunks",
        "ai_providers",
    ];
    let mut expected: Vec<String> = tables
        .iter()
        .enumerate()
        .map(|(n, table)| format!("m20251201_{n:06}_create_{table}"))
        .collect();
    expected.push("m20251202_000000_require_ids".to_owned());
    let migrations = set.migrations();
    let names: Vec<&str> = migrations.iter().map(|m| m.name()).collect();
    assert_eq!(names, expected);
    assert!(migrations.iter().all(|m| m.use_transaction() == Some(true)));
}
