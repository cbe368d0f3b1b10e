//! Snapshots that older versions of saasdb stored.
//!
//! Format 0 had the labels of an enumeration joined with commas, no constraint names, collations
//! and table options on SQLite, no comments, sequences and grants, and it said the schema in the
//! definitions of routines and triggers (PostgreSQL) and views (MySQL).

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::{Schema, Table, sql};

/// Reads labels as a list, or as the one text that format 0 had.
pub(super) fn types<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Labels {
        Joined(String),
        List(Vec<String>),
    }
    let read = BTreeMap::<String, Labels>::deserialize(from)?;
    Ok(read
        .into_iter()
        .map(|(name, labels)| match labels {
            Labels::Joined(text) => (name, text.split(',').map(str::to_owned).collect()),
            Labels::List(list) => (name, list),
        })
        .collect())
}

/// The old schema with what its format lacks taken from the live one.
pub(super) fn filled_up(mut old: Schema, live: &Schema) -> Schema {
    old.format = live.format;
    old.product.clone_from(&live.product);
    old.sequences.clone_from(&live.sequences);
    old.view_options.clone_from(&live.view_options);
    old.routine_heads.clone_from(&live.routine_heads);
    old.grants.clone_from(&live.grants);
    for (name, labels) in &mut old.types {
        // A label may have a comma, which a joined text does not show.
        if let Some(now) = live.types.get(name)
            && now.join(",") == labels.join(",")
        {
            labels.clone_from(now);
        }
    }
    for definition in old.routines.values_mut() {
        *definition = sql::without_schema(definition, &["FUNCTION", "PROCEDURE"]);
    }
    if matches!(live.product.as_str(), "mysql" | "mariadb") {
        for (name, definition) in &mut old.views {
            if let Some(now) = live.views.get(name) {
                definition.clone_from(now);
            }
        }
    }
    for (name, table) in &mut old.tables {
        for definition in table.triggers.values_mut() {
            *definition = sql::without_schema(definition, &["ON"]);
        }
        if let Some(now) = live.tables.get(name) {
            for (trigger, definition) in &mut table.triggers {
                // It did not tell triggers that always fire from those that fire on replicas.
                if let Some(now) = now.triggers.get(trigger)
                    && now.strip_suffix(" (always)") == definition.strip_suffix(" (replication)")
                {
                    definition.clone_from(now);
                }
            }
            fill_table(table, now, live.product == "sqlite");
        }
    }
    old
}

fn fill_table(old: &mut Table, now: &Table, sqlite: bool) {
    old.comment.clone_from(&now.comment);
    old.grants.clone_from(&now.grants);
    for column in &mut old.columns {
        if let Some(now) = now.columns.iter().find(|c| c.name == column.name) {
            column.collation.clone_from(&now.collation);
            column.generation.clone_from(&now.generation);
            column.comment.clone_from(&now.comment);
            column.grants.clone_from(&now.grants);
        }
    }
    for (name, index) in &mut old.indexes {
        let Some(now) = now.indexes.get(name) else {
            continue;
        };
        index.name.clone_from(&now.name);
        index.extra.clone_from(&now.extra);
        // The columns of SQLite's primary keys were in the order of the table.
        let sorted = |text: &str| -> Vec<String> {
            let mut parts: Vec<String> = text.split(',').map(str::to_owned).collect();
            parts.sort();
            parts
        };
        if sqlite && index.kind == "primary" && sorted(&index.columns) == sorted(&now.columns) {
            index.columns.clone_from(&now.columns);
        }
        if (&index.kind, &index.columns, &index.predicate)
            == (&now.kind, &now.columns, &now.predicate)
        {
            index.definition.clone_from(&now.definition);
        }
    }
    for (name, key) in &mut old.foreign_keys {
        if let Some(now) = now.foreign_keys.get(name) {
            key.name.clone_from(&now.name);
            key.extra.clone_from(&now.extra);
            if sqlite {
                key.timing.clone_from(&now.timing);
            }
        }
    }
    if sqlite {
        old.options.clone_from(&now.options);
        for (name, definition) in &mut old.checks {
            match now.checks.get(name) {
                Some(now) => definition.clone_from(now),
                None => *definition = format!("CHECK ({name})"),
            }
        }
    }
}
