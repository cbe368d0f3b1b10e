//! Tests of the set's seeders, on the rows that the engine gets.

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
fn a_campaigns_counters_are_its_items_and_its_messages() {
    let data = data();
    for (key, campaign) in data.rows("campaigns") {
        let items = data.children("campaign_items", "campaign_id", key);
        let count = |status: &str| items.iter().filter(|item| item["status"] == status).count();
        assert_eq!(campaign["total_contacts"], items.len());
        assert_eq!(campaign["sent_count"], count("sent"));
        assert_eq!(campaign["failed_count"], count("failed"));
        assert!(count("sent") > 1 && count("failed") > 0 && count("skipped") > 0);
        assert_eq!(
            count("sent") + count("failed") + count("skipped"),
            items.len()
        );

        let messages = data.children("messages", "campaign_id", key);
        assert_eq!(messages.len(), count("sent"));
        for item in &items {
            let contact = data.parent("contacts", item, "contact_id");
            assert_eq!(contact["tenant_id"], campaign["tenant_id"]);
            let sent = item["status"] == "sent";
            assert_eq!(sent, item["sent_at"].is_string());
            assert_eq!(sent, item["error_reason"].is_null());
            let message = messages
                .iter()
                .find(|m| m["contact_phone"] == contact["phone"]);
            assert_eq!(message.is_some(), sent, "{item:?}");
            if let Some(message) = message {
                assert_eq!(message["content"], item["rendered_message"]);
                assert_eq!(message["timestamp"], item["sent_at"]);
                assert_eq!(message["media_url"], campaign["media_url"]);
                assert_eq!(message["message_type"], campaign["media_type"]);
                assert_eq!(message["device_id"], campaign["device_id"]);
            }
        }
        let last = items
            .iter()
            .filter_map(|item| item["sent_at"].as_str())
            .max();
        assert_eq!(campaign["completed_at"].as_str(), last);
    }
}

#[test]
fn sessions_stand_in_their_flow() {
    let data = data();
    let mut active = BTreeSet::new();
    for (key, session) in data.rows("flow_sessions") {
        let flow = data.parent("flows", session, "flow_id");
        assert_eq!(flow["device_id"], session["device_id"], "{key}");
        let nodes = flow["flow_json"]["nodes"].as_array().expect("nodes");
        let node = nodes
            .iter()
            .find(|node| node["id"] == session["current_node_id"])
            .unwrap_or_else(|| panic!("{key}: no node {}", session["current_node_id"]));
        let kind = if session["status"] == "active" {
            let who = (
                session["device_id"].to_string(),
                session["contact_phone"].to_string(),
            );
            assert!(active.insert(who), "{key} is a second active session");
            "question"
        } else {
            "end"
        };
        assert_eq!(node["type"], kind, "{key}");
        let variables = session["variables"].as_object().expect("variables");
        assert!(!variables.is_empty());
        for name in variables.keys() {
            let asked = nodes.iter().any(|n| n["data"]["variable"] == *name);
            assert!(asked, "{key}: nobody asks for {name}");
        }
        // What was said is in the log, word for word.
        let said: Vec<(bool, &Value)> = session["context"]
            .as_array()
            .expect("a history")
            .iter()
            .map(|line| (line["role"] == "user", &line["content"]))
            .collect();
        let began = session["created_at"].as_str();
        let last = session["last_interaction"].as_str();
        let mut log: Vec<&Row> = data
            .children(
                "messages",
                "flow_id",
                session["flow_id"].as_str().expect("a flow"),
            )
            .into_iter()
            .filter(|m| m["contact_phone"] == session["contact_phone"])
            .filter(|m| (began..=last).contains(&m["timestamp"].as_str()))
            .collect();
        log.sort_by_key(|m| m["timestamp"].as_str());
        let logged: Vec<(bool, &Value)> = log
            .iter()
            .map(|m| (m["direction"] == "incoming", &m["content"]))
            .collect();
        assert_eq!(said, logged, "{key}");
    }
    assert_eq!(active.len(), 1);
}

#[test]
fn flows_are_drawn_whole() {
    let data = data();
    for (key, flow) in data.rows("flows") {
        let drawing = &flow["flow_json"];
        let nodes: BTreeSet<&str> = drawing["nodes"]
            .as_array()
            .expect("nodes")
            .iter()
            .map(|node| node["id"].as_str().expect("an id"))
            .collect();
        let mut edges = BTreeSet::new();
        let mut reached = BTreeSet::new();
        for edge in drawing["edges"].as_array().expect("edges") {
            let end = |side: &str| edge[side].as_str().expect("a node");
            assert!(
                nodes.contains(end("source")) && nodes.contains(end("target")),
                "{edge}"
            );
            assert!(
                edges.insert(edge["id"].to_string()),
                "{key}: {edge} is there twice"
            );
            reached.insert(end("target"));
        }
        assert_eq!(
            nodes.len() - reached.len(),
            1,
            "{key}: all but the start are reached"
        );
        let keywords = flow["trigger_keywords"].as_array().expect("keywords");
        assert!(!keywords.is_empty());
    }
}

#[test]
fn a_document_has_as_many_chunks_as_it_says_and_is_used() {
    let data = data();
    for (key, document) in data.rows("knowledge_docs") {
        let chunks = data.children("document_chunks", "doc_id", key);
        assert_eq!(document["total_chunks"], chunks.len());
        let numbers: BTreeSet<u64> = chunks
            .iter()
            .map(|chunk| chunk["chunk_index"].as_u64().expect("a number"))
            .collect();
        assert!(numbers.into_iter().eq(0..chunks.len() as u64));
        for column in ["id", "filename"] {
            let part = document[column].as_str().expect("text");
            assert!(document["file_url"].as_str().expect("a URL").contains(part));
        }
        let tenant = data.parent("tenants", document, "tenant_id");
        let mut used = false;
        for (_, device) in data.rows("devices") {
            let ids = device["ai_fallback_kb_ids"].as_array().expect("a list");
            assert_eq!(device["ai_fallback_enabled"], !ids.is_empty());
            assert_eq!(device["ai_fallback_prompt"].is_string(), !ids.is_empty());
            if ids.contains(&document["id"]) {
                assert_eq!(
                    data.parent("tenants", device, "tenant_id")["id"],
                    tenant["id"]
                );
                used = true;
            }
        }
        assert!(used);
    }
}

#[test]
fn the_ai_counted_what_it_said_this_month() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let month = anchor.format("%Y-%m").to_string();
        let answers = || {
            let all = data.rows("messages").map(|(_, row)| row);
            all.filter(|row| row["metadata"]["sent_by"] == "ai")
        };
        let tokens: i64 = answers()
            .filter(|row| {
                row["timestamp"]
                    .as_str()
                    .is_some_and(|at| at.starts_with(&month))
            })
            .map(|row| row["metadata"]["tokens"].as_i64().expect("tokens"))
            .sum();
        let last = answers()
            .map(|row| row["timestamp"].as_str())
            .max()
            .flatten();
        for (key, provider) in data.rows("ai_providers") {
            let is_default = provider["is_default"] == true;
            assert_eq!(
                provider["usage_current"],
                if is_default { tokens } else { 0 },
                "{key}"
            );
            let used = last.filter(|_| is_default);
            assert_eq!(provider["last_used"].as_str(), used, "{key}");
        }
        assert!(last.is_some());
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
fn contacts_were_last_written_with_when_the_log_says() {
    let data = data();
    for (key, contact) in data.rows("contacts") {
        let mut times: Vec<&str> = data
            .rows("messages")
            .filter(|(_, m)| m["contact_phone"] == contact["phone"])
            .filter_map(|(_, m)| m["timestamp"].as_str())
            .collect();
        times.sort_unstable();
        assert_eq!(
            contact["last_contacted"].as_str(),
            times.last().copied(),
            "{key}"
        );
        if contact["source"] == "chat" {
            assert_eq!(
                contact["created_at"].as_str(),
                times.first().copied(),
                "{key}"
            );
        }
    }
    for (key, message) in data.rows("messages") {
        let device = data.parent("devices", message, "device_id");
        let tenant = device["tenant_id"].as_str().expect("a tenant");
        let contacts = data.children("contacts", "tenant_id", tenant);
        let known = contacts
            .iter()
            .any(|c| c["phone"] == message["contact_phone"]);
        assert!(known, "{key}");
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
