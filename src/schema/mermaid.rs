//! The schema as a Mermaid entity relationship diagram
//! (<https://mermaid.js.org/syntax/entityRelationshipDiagram.html>), for READMEs and web pages.
//!
//! Mermaid's words are narrower than SQL's: a type or attribute is one word of letters, digits and
//! few marks, and an entity in quotes must not contain quotes, `%` or `\`. What does not fit is
//! replaced, and an attribute's true name then stands beside it as a comment.

use std::collections::{BTreeMap, BTreeSet};

use super::sql::{self, Token};
use super::{Column, ForeignKey, Index, Schema, Table};

/// Words that mean something to Mermaid where an entity may stand.
const RESERVED: [&str; 16] = [
    "accdescr",
    "acctitle",
    "class",
    "classdef",
    "direction",
    "end",
    "erdiagram",
    "many",
    "one",
    "only",
    "optionally",
    "style",
    "subgraph",
    "title",
    "to",
    "u",
];

/// Long names of types, and what everybody calls them.
const SHORT: [(&str, &str); 3] = [
    ("character varying", "varchar"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
];

/// Draws the schema: tables and references in alphabetical order, columns in the table's.
pub fn mermaid(schema: &Schema) -> String {
    mermaid_in_classes(schema, &[], &BTreeMap::new())
}

/// The same, with classes (name, style) and the class of each table that has one. Mermaid 11.5 and
/// newer. Names of classes are words that mean nothing to Mermaid.
pub fn mermaid_in_classes(
    schema: &Schema,
    classes: &[(&str, &str)],
    class_of: &BTreeMap<String, &str>,
) -> String {
    let entities = entities(schema);
    let mut out = vec!["erDiagram".to_owned()];
    for (class, style) in classes {
        out.push(format!("    classDef {class} {style}"));
    }
    for (name, table) in &schema.tables {
        let mut entity = entities[name.as_str()].clone();
        if let Some(class) = class_of.get(name) {
            entity.push_str(&format!(":::{class}"));
        }
        if table.columns.is_empty() {
            out.push(format!("    {entity}"));
            continue;
        }
        out.push(format!("    {entity} {{"));
        for column in &table.columns {
            out.push(format!("        {}", attribute(table, column)));
        }
        out.push("    }".to_owned());
    }
    let mut relations: Vec<(&str, &str, &ForeignKey)> = Vec::new();
    for (name, table) in &schema.tables {
        let keys = table.foreign_keys.values();
        relations.extend(keys.map(|fk| (fk.table.as_str(), name.as_str(), fk)));
    }
    relations.sort_by_key(|(parent, child, fk)| (*parent, *child, fk.columns.as_str()));
    for (parent, child, fk) in relations {
        let table = &schema.tables[child];
        out.push(format!(
            "    {} {}--{} {} : \"{}\"",
            entities[parent],
            if is_nullable(table, fk) { "|o" } else { "||" },
            if is_unique(table, fk) { "o|" } else { "o{" },
            entities[child],
            fitting(&fk.columns.replace(',', ", "))
        ));
    }
    out.push(String::new());
    out.join("\n")
}

/// The entity of each table, also of those elsewhere that are referred to.
fn entities(schema: &Schema) -> BTreeMap<&str, String> {
    let own = schema.tables.keys().map(String::as_str);
    let keys = schema.tables.values().flat_map(|t| t.foreign_keys.values());
    let names: BTreeSet<&str> = own.chain(keys.map(|fk| fk.table.as_str())).collect();
    let (as_they_are, changed): (Vec<&str>, Vec<&str>) =
        names.into_iter().partition(|name| fitting(name) == *name);
    let mut out: BTreeMap<&str, String> = BTreeMap::new();
    for name in as_they_are.into_iter().chain(changed) {
        let mut entity = fitting(name);
        // Two names may become one.
        while out.values().any(|e| e.trim_matches('"') == entity) {
            entity.push('_');
        }
        if !is_plain(&entity) {
            entity = format!("\"{entity}\"");
        }
        out.insert(name, entity);
    }
    out
}

fn is_plain(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let lower = name.to_ascii_lowercase();
    letters && begins && !RESERVED.contains(&lower.as_str())
}

/// Text that may stand in quotes.
fn fitting(text: &str) -> String {
    let one_line = text.replace(|c: char| c.is_control() || "\"%\\".contains(c), "_");
    let lower = one_line.to_lowercase();
    // `direction LR` is heard anywhere in a line, also in quotes.
    if lower.contains("direction") || one_line.trim().is_empty() {
        return one_line.replace(char::is_whitespace, "_");
    }
    one_line
}

/// A word for a type or an attribute.
fn word(text: &str, marks: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || marks.contains(c);
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '`' => {}
            _ if fits(c) => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    let is_key = ["pk", "fk", "uk"].iter().any(|key| {
        let rest = out.get(..2).filter(|s| s.eq_ignore_ascii_case(key));
        rest.is_some() && !out[2..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    });
    if is_key || !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    out
}

fn attribute(table: &Table, column: &Column) -> String {
    // The values of an enumeration are in the schema, not in its picture.
    let enumerated = column.kind.to_ascii_lowercase().starts_with("enum(");
    let kind = match column.kind.as_str() {
        "" => "any".to_owned(),
        _ if enumerated => "enum".to_owned(),
        other => SHORT.iter().fold(other.to_owned(), |kind, (long, short)| {
            kind.replace(long, short)
        }),
    };
    let name = word(&column.name, "-");
    let mut out = format!("{} {name}", word(&kind, "-()[]"));
    let keys = unique_keys(table);
    let in_key = |primary: bool| {
        keys.iter().any(|(is_primary, columns)| {
            *is_primary == primary
                && columns.contains(&column.name.as_str())
                && (primary || columns.len() == 1)
        })
    };
    let refers = table
        .foreign_keys
        .values()
        .any(|fk| fk.columns.split(',').any(|c| c == column.name));
    let marks: Vec<&str> = [(in_key(true), "PK"), (refers, "FK"), (in_key(false), "UK")]
        .into_iter()
        .filter_map(|(is, mark)| is.then_some(mark))
        .collect();
    if !marks.is_empty() {
        out.push_str(&format!(" {}", marks.join(", ")));
    }
    if name != column.name {
        // Two tildes in a line are a generic type, in quotes too.
        let shown = fitting(&column.name).replace('~', "_");
        out.push_str(&format!(" \"{shown}\""));
    }
    out
}

/// Whether a row may refer to nothing.
pub(crate) fn is_nullable(table: &Table, fk: &ForeignKey) -> bool {
    fk.columns.split(',').any(|name| {
        let column = table.columns.iter().find(|c| c.name == name);
        column.is_some_and(|c| c.nullable)
    })
}

/// Whether a row of the parent has at most one row here.
pub(crate) fn is_unique(table: &Table, fk: &ForeignKey) -> bool {
    let refers: Vec<&str> = fk.columns.split(',').collect();
    unique_keys(table)
        .iter()
        .any(|(_, columns)| columns.iter().all(|c| refers.contains(c)))
}

/// The columns of every key that holds for all rows, and whether it is the primary one.
pub(crate) fn unique_keys(table: &Table) -> Vec<(bool, Vec<&str>)> {
    let unique = ["primary", "unique", "unique index"];
    let keys = table.indexes.values();
    keys.filter(|i| i.predicate.is_none() && unique.contains(&i.kind.as_str()))
        .filter_map(|i| Some((i.kind == "primary", key_columns(table, i)?)))
        .collect()
}

/// The columns of an index that has no expressions: `a,b`, `a, b DESC`, `btree ("a", b)`.
fn key_columns<'a>(table: &'a Table, index: &Index) -> Option<Vec<&'a str>> {
    let column = |name: &str| {
        let mut names = table.columns.iter().map(|c| c.name.as_str());
        names.find(|n| *n == name)
    };
    let text = index.columns.as_str();
    if let Some(only) = column(text) {
        return Some(vec![only]);
    }
    let all = sql::tokens(text);
    // PostgreSQL puts the method before, and what is included behind.
    let list = match all.as_slice() {
        [(method, _), (Token::Mark('('), _), ..] if method.is("btree") => {
            &all[2..sql::closing(&all, 1)?]
        }
        other => other,
    };
    list.split(|(token, _)| *token == Token::Mark(','))
        .map(|part| {
            let (first, last) = (part.first()?, part.last()?);
            let bare = text.get(first.1.start..last.1.end)?;
            let is_expression = part.iter().any(|(t, _)| *t == Token::Mark('('));
            let named = first.0.name().filter(|_| !is_expression);
            column(bare).or_else(|| column(named?))
        })
        .collect()
}

#[cfg(test)]
#[path = "mermaid_tests.rs"]
mod tests;
