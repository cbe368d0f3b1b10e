//! Tests of the set's seeders, on the rows that the engine gets.

mod agreement;

use super::seeders;
use crate::support::at;
use crate::testing::problems;
use crate::{SeedContext, SeedValue};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Row = Map<String, Value>;

/// All rows by table and key.
struct Data(BTreeMap<&'static str, BTreeMap<String, Row>>);

impl Data {
    fn new(anchor: DateTime<Utc>) -> Self {
        let context = SeedContext { anchor };
        let mut data = BTreeMap::new();
        for table in seeders().iter().flat_map(|s| s.tables(&context)) {
            let rows: BTreeMap<String, Row> = table
                .rows
                .iter()
                .map(|row| {
                    let columns = table.columns.iter().map(|c| (*c).to_owned());
                    let values = row.values.iter().map(plain);
                    (row.key.clone(), columns.zip(values).collect())
                })
                .collect();
            data.insert(table.table, rows);
        }
        Self(data)
    }

    fn rows(&self, table: &str) -> impl Iterator<Item = (&str, &Row)> {
        self.0[table].iter().map(|(key, row)| (key.as_str(), row))
    }

    /// The row that a column of another row refers to.
    fn parent(&self, table: &str, row: &Row, column: &str) -> &Row {
        &self.0[table][row[column].as_str().expect("a reference")]
    }

    /// The rows of a table that refer to a row.
    fn children<'a>(&'a self, table: &str, column: &'a str, key: &'a str) -> Vec<&'a Row> {
        let rows = self.rows(table).map(|(_, row)| row);
        rows.filter(|row| row[column] == key).collect()
    }

    fn columns(&self, table: &str, column: &str) -> Vec<&str> {
        self.rows(table)
            .map(|(_, row)| row[column].as_str().unwrap_or("none"))
            .collect()
    }
}

/// References as the key of the row; times in a form that sorts.
fn plain(value: &SeedValue) -> Value {
    match value {
        SeedValue::Null => Value::Null,
        SeedValue::Bool(b) => json!(b),
        SeedValue::Int(n) => json!(n),
        SeedValue::Text(text) => json!(text),
        SeedValue::Json(value) => value.clone(),
        SeedValue::Timestamp(at) => json!(at.format("%Y-%m-%dT%H:%M:%S").to_string()),
        SeedValue::Password(plain) => json!(format!("password {plain}")),
        SeedValue::Ref { key, .. } => json!(key),
        other => panic!("no column of the set is {other:?}"),
    }
}

fn anchors() -> impl Iterator<Item = DateTime<Utc>> {
    [(2024, 2, 27), (2025, 12, 30), (2026, 3, 30)]
        .into_iter()
        .flat_map(|(year, month, day)| {
            let first = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            (0..5).map(move |days| at(first + Days::new(days), 0, 0))
        })
}

fn data() -> Data {
    Data::new(anchors().next().expect("an anchor"))
}

#[test]
fn the_rows_can_be_inserted_in_their_order() {
    for anchor in anchors() {
        let found = problems(&seeders(), &SeedContext { anchor });
        assert!(found.is_empty(), "{anchor}: {found:#?}");
    }
}

#[test]
fn the_demo_has_what_the_specification_lists() {
    let data = data();
    assert_eq!(data.0.len(), 13);
    assert!(data.0.values().all(|rows| !rows.is_empty()));
    assert_eq!(data.0["super_admins"].len(), 1);
    assert_eq!(
        data.columns("tenants", "subscription_plan"),
        ["free", "pro"]
    );
    let distinct =
        |table, column| -> BTreeSet<&str> { data.columns(table, column).into_iter().collect() };
    assert_eq!(
        distinct("devices", "session_status"),
        BTreeSet::from(["connected", "disconnected", "scanning"])
    );
    assert_eq!(
        distinct("flow_sessions", "status"),
        BTreeSet::from(["active", "completed"])
    );
    assert_eq!(
        distinct("messages", "direction"),
        BTreeSet::from(["incoming", "outgoing"])
    );
    assert_eq!(data.columns("campaigns", "status"), ["completed"]);
    assert_eq!(data.0["knowledge_docs"].len(), 1);
    assert_eq!(
        data.columns("ai_providers", "provider"),
        ["openai", "workers_ai"]
    );
    assert!(
        data.rows("contacts")
            .any(|(_, row)| row["tags"] != json!([]))
    );
    for (key, _) in data.rows("tenants") {
        for table in ["users", "devices", "contacts"] {
            assert!(
                !data.children(table, "tenant_id", key).is_empty(),
                "{table} of {key}"
            );
        }
    }
}

#[test]
fn ids_are_32_hexadecimal_digits_and_the_same_whenever_it_was_seeded() {
    let ids = |anchor| -> BTreeSet<String> {
        let data = Data::new(anchor);
        let rows = data.0.values().flat_map(BTreeMap::values);
        rows.map(|row| row["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let first = ids(anchors().next().expect("an anchor"));
    for id in &first {
        assert!(
            id.len() == 32 && id.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
            "{id}"
        );
    }
    for anchor in anchors() {
        assert_eq!(ids(anchor), first, "{anchor}");
    }
}

#[test]
fn no_api_key_is_one() {
    for key in data().columns("ai_providers", "api_key") {
        for beginning in ["sk-", "AIza", "gsk_"] {
            assert!(!key.starts_with(beginning), "{key}");
        }
        // Neither a key without a form of its own nor base64 or hexadecimal of anything.
        assert!(key.contains(' ') && key.contains(['(', ':']), "{key}");
    }
}

#[test]
fn everything_happens_in_order_and_before_the_anchor() {
    const TIMES: [(&str, &[&str]); 12] = [
        ("super_admins", &["created_at", "last_login"]),
        ("tenants", &["created_at", "updated_at"]),
        ("users", &["created_at", "last_login"]),
        ("devices", &["created_at", "connected_at"]),
        ("flows", &["created_at", "updated_at"]),
        ("flow_sessions", &["created_at", "last_interaction"]),
        ("contacts", &["created_at", "last_contacted"]),
        (
            "campaigns",
            &["created_at", "scheduled_at", "started_at", "completed_at"],
        ),
        ("campaign_items", &["created_at", "sent_at"]),
        ("messages", &["timestamp"]),
        ("knowledge_docs", &["uploaded_at"]),
        ("ai_providers", &["created_at", "last_used", "updated_at"]),
    ];
    const PARENTS: [(&str, &str, &str); 13] = [
        ("users", "tenant_id", "tenants"),
        ("devices", "tenant_id", "tenants"),
        ("contacts", "tenant_id", "tenants"),
        ("campaigns", "tenant_id", "tenants"),
        ("knowledge_docs", "tenant_id", "tenants"),
        ("ai_providers", "tenant_id", "tenants"),
        ("flows", "device_id", "devices"),
        ("messages", "device_id", "devices"),
        ("campaigns", "device_id", "devices"),
        ("flow_sessions", "flow_id", "flows"),
        ("messages", "flow_id", "flows"),
        ("messages", "campaign_id", "campaigns"),
        ("campaign_items", "contact_id", "contacts"),
    ];
    for anchor in anchors() {
        let data = Data::new(anchor);
        let now = anchor.format("%Y-%m-%dT%H:%M:%S").to_string();
        let first = |table: &str| TIMES.iter().find(|(t, _)| *t == table).expect("times").1[0];
        for (table, columns) in TIMES {
            for (key, row) in data.rows(table) {
                let times: Vec<&str> = columns.iter().filter_map(|c| row[*c].as_str()).collect();
                assert!(times.is_sorted(), "{table} {key}: {times:?}");
                assert!(
                    times.iter().all(|t| **t <= *now),
                    "{table} {key}: {times:?}"
                );
            }
        }
        for (table, column, parent) in PARENTS {
            for (key, row) in data.rows(table).filter(|(_, row)| row[column].is_string()) {
                let made = &data.parent(parent, row, column)[first(parent)];
                assert!(made.as_str() <= row[first(table)].as_str(), "{table} {key}");
            }
        }
        for (key, chunk) in data.rows("document_chunks") {
            let document = data.parent("knowledge_docs", chunk, "doc_id");
            assert!(
                document["uploaded_at"].as_str() < chunk["created_at"].as_str(),
                "{key}"
            );
        }
    }
}

#[test]
fn nothing_in_the_demo_can_reach_anybody() {
    let data = data();
    for (table, column) in [
        ("super_admins", "email"),
        ("tenants", "email"),
        ("users", "email"),
        ("contacts", "email"),
    ] {
        for email in data.columns(table, column) {
            assert!(email == "none" || email.ends_with(".example"), "{email}");
        }
    }
    for (table, column) in [
        ("devices", "phone_number"),
        ("contacts", "phone"),
        ("messages", "contact_phone"),
        ("flow_sessions", "contact_phone"),
    ] {
        for phone in data.columns(table, column) {
            // 62 is Indonesia, where no number goes on with 0.
            assert!(phone.starts_with("62000") && phone.len() == 13, "{phone}");
        }
    }
    for (table, column) in [
        ("devices", "webhook_url"),
        ("campaigns", "media_url"),
        ("knowledge_docs", "file_url"),
    ] {
        for url in data.columns(table, column) {
            let host = url.split('/').nth(2).expect("a host");
            assert!(host.ends_with(".example"), "{url}");
        }
    }
    let passwords: BTreeSet<&str> = [("super_admins", "Admin@123"), ("users", "Demo@123")]
        .into_iter()
        .flat_map(|(table, wanted)| {
            let found = data.columns(table, "password_hash");
            assert!(
                found.iter().all(|p| *p == format!("password {wanted}")),
                "{found:?}"
            );
            found
        })
        .collect();
    assert_eq!(passwords.len(), 2);
}

#[test]
fn no_placeholder_is_left_in_what_was_written() {
    for text in data().columns("messages", "content") {
        assert!(!text.contains(['{', '}']), "{text}");
    }
}
