//! The diagram as Mermaid, coloured by tenancy.

use std::collections::BTreeMap;

use super::words;
use crate::schema::{Schema, mermaid_in_classes};
use crate::tenancy::classify::Tenancy;

/// The colours of the outlines, in the order of the kinds.
pub const COLOURS: [&str; 4] = ["orange", "blue", "green", "grey"];

/// Outlines only: GitHub draws the same text on light and on dark, where no filling suits both.
const CLASSES: [(&str, &str); 4] = [
    ("tenant", "stroke:#d97706,stroke-width:3px"),
    ("owned", "stroke:#2f7de1,stroke-width:2px"),
    ("derived", "stroke:#0f9d8a,stroke-width:2px"),
    ("global", "stroke:#8b93a1,stroke-width:1px"),
];

/// Draws the schema.
pub fn mermaid(schema: &Schema, tenancies: &BTreeMap<String, Tenancy>) -> String {
    let class_of: BTreeMap<String, &str> = tenancies
        .iter()
        .map(|(name, tenancy)| (name.clone(), words::kind(tenancy).0))
        .collect();
    mermaid_in_classes(schema, &CLASSES, &class_of)
}
