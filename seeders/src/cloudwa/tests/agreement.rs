//! Rows that say the same thing in two places.

use super::{Data, Row, anchors, data};
use serde_json::Value;
use std::collections::BTreeSet;

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
