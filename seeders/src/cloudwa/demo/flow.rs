//! The chat bots: how they are drawn, and where a contact's answers lead.

use super::profile::{Does, Flow, Node, Profile, render};
use crate::SeedTable;
use crate::cloudwa::SET;
use crate::support::{Rows, hex_id, reference, values};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Fills `flows`.
pub(super) fn flows(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "flows",
        &[
            "id",
            "device_id",
            "name",
            "description",
            "trigger_keywords",
            "flow_json",
            "is_active",
            "priority",
            "version",
            "created_at",
            "updated_at",
        ],
    );
    for profile in profiles {
        for flow in profile.flows {
            let key = profile.key(flow.key);
            rows.push(
                key.as_str(),
                values![
                    hex_id(SET, "flows", &key),
                    reference("devices", profile.device_key(flow.device)),
                    flow.name,
                    flow.description,
                    json!(flow.keywords),
                    drawing(flow),
                    flow.active,
                    flow.priority,
                    flow.version,
                    flow.made.resolve(anchor),
                    flow.changed.resolve(anchor),
                ],
            );
        }
    }
    rows.finish()
}

/// The flow as React Flow keeps it.
fn drawing(flow: &Flow) -> Value {
    let nodes: Vec<Value> = flow
        .nodes
        .iter()
        .enumerate()
        .map(|(position, node)| {
            let (kind, data) = match node.does {
                Does::Start => ("start", json!({"keywords": flow.keywords})),
                Does::Say(text) => ("message", json!({"text": text})),
                Does::Ask(text, variable) => {
                    ("question", json!({"text": text, "variable": variable}))
                }
                Does::End(text) => ("end", json!({"text": text})),
            };
            json!({
                "id": node.id,
                "type": kind,
                "position": {"x": 240 * (position % 2), "y": 120 * position},
                "data": data,
            })
        })
        .collect();
    let edges: Vec<Value> = flow
        .edges
        .iter()
        .map(|(from, to, answer)| {
            let mut edge = json!({"id": format!("{from}-{to}"), "source": from, "target": to});
            if let Some(answer) = answer {
                edge["label"] = json!(answer);
            }
            edge
        })
        .collect();
    json!({"nodes": nodes, "edges": edges})
}

/// How far a contact came.
pub(super) struct Walk {
    /// What was said, the contact's part marked.
    pub lines: Vec<(bool, String)>,
    /// The node that waits for an answer, or the last one.
    pub node: &'static str,
    pub done: bool,
    pub variables: BTreeMap<&'static str, String>,
}

impl Walk {
    /// Goes through the flow with a keyword and answers.
    ///
    /// # Panics
    ///
    /// Where the flow has no way for an answer.
    pub fn new(flow: &Flow, says: &[&str]) -> Self {
        let (keyword, mut answers) = says.split_first().expect("a keyword");
        assert!(flow.keywords.contains(keyword), "{keyword} begins no flow");
        let mut walk = Self {
            lines: vec![(true, (*keyword).to_owned())],
            node: flow.nodes[0].id,
            done: false,
            variables: BTreeMap::new(),
        };
        let mut answer = "";
        loop {
            let node = next(flow, walk.node, answer);
            walk.node = node.id;
            let (text, variable) = match node.does {
                Does::Start => panic!("{}: back at the start", flow.key),
                Does::Say(text) | Does::End(text) => (text, None),
                Does::Ask(text, variable) => (text, Some(variable)),
            };
            let said = render(text, |name| walk.variables.get(name).cloned());
            walk.lines
                .push((false, said.expect("a variable with a value")));
            if matches!(node.does, Does::End(_)) {
                walk.done = true;
                return walk;
            }
            let Some(variable) = variable else {
                continue;
            };
            let Some((given, rest)) = answers.split_first() else {
                return walk;
            };
            (answer, answers) = (given, rest);
            walk.lines.push((true, answer.to_owned()));
            walk.variables.insert(variable, answer.to_owned());
        }
    }
}

fn next<'a>(flow: &'a Flow, from: &str, answer: &str) -> &'a Node {
    let fits = |label: &Option<&str>| label.is_none_or(|label| label == answer);
    let (_, to, _) = flow
        .edges
        .iter()
        .find(|(source, _, label)| *source == from && fits(label))
        .unwrap_or_else(|| panic!("{}: no way on from {from} for {answer:?}", flow.key));
    let node = flow.nodes.iter().find(|node| node.id == *to);
    node.unwrap_or_else(|| panic!("{}: no node {to}", flow.key))
}
