//! Pages about a schema: what they tell as one value, and the forms that it is written in.
//!
//! Nothing in a page depends on when, where or for which of several equal databases it was made.

mod diagram;
pub mod escape;
mod html;
mod layout;
mod markdown;
mod svg;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::dialect::MADE_BY;
use crate::engine::rows::Rows;
use crate::schema::{self, Column, ForeignKey, Schema, Table};
use crate::tenancy::classify::{Tenancy, classify, parent};

pub use html::html;
pub use markdown::markdown;

/// What both forms say near their beginning, so that a later run knows its own files.
pub const MARK: &str = "saasdb schema docs";

/// What is known of the database beside its tables.
#[derive(Debug, Clone)]
pub struct About {
    /// The heading of the pages.
    pub title: String,
    /// One line about the schema, if there is one.
    pub about: Option<String>,
    /// The schema set.
    pub set: String,
    /// The kind of database.
    pub kind: &'static str,
    /// The table with a row for each tenant.
    pub tenant_table: String,
    /// The column that says to which tenant a row belongs.
    pub tenant_column: String,
    /// How many migrations are applied.
    pub applied: usize,
    /// How many are pending.
    pub pending: usize,
    /// The latest applied one.
    pub latest: Option<String>,
    /// Whether the rows were counted.
    pub counted: bool,
    /// What tables are for, where the database has no comment on them.
    pub descriptions: BTreeMap<String, String>,
}

/// Everything that the pages show.
#[derive(Debug)]
pub struct Page {
    /// What is known beside the tables.
    pub about: About,
    /// The schema's fingerprint.
    pub fingerprint: String,
    /// Its tables by name.
    pub tables: Vec<TablePage>,
    /// Lists of other things: heading, then name and definition of each.
    pub others: Vec<(&'static str, Vec<(String, String)>)>,
    /// The diagram for Markdown.
    pub mermaid: String,
}

/// A table.
#[derive(Debug)]
pub struct TablePage {
    /// Its name.
    pub name: String,
    /// Its place in the page: letters, digits, `-` and `_`, different for each table.
    pub anchor: String,
    /// To whom its rows belong.
    pub tenancy: Tenancy,
    /// The same as a sentence.
    pub belongs: String,
    /// What it is for.
    pub comment: Option<String>,
    /// How many rows it has.
    pub rows: Rows,
    /// Its columns in order.
    pub columns: Vec<ColumnPage>,
    /// What it refers to.
    pub references: Vec<Reference>,
    /// What refers to it.
    pub referenced_by: Vec<Reference>,
    /// The rest of the catalogue's entry.
    pub table: Table,
}

/// A column.
#[derive(Debug)]
pub struct ColumnPage {
    /// The catalogue's entry.
    pub column: Column,
    /// What it is for.
    pub comment: Option<String>,
    /// Part of the primary key.
    pub primary: bool,
    /// Part of a foreign key.
    pub foreign: bool,
    /// Unique by itself.
    pub unique: bool,
    /// The tenant column.
    pub tenant: bool,
}

/// A foreign key, seen from one of its ends.
#[derive(Debug)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// The table at the other end.
    pub table: String,
    /// That table's number in [`Page::tables`], if it is one of them.
    pub index: Option<usize>,
    /// The key.
    pub key: ForeignKey,
    /// Whether a row may refer to nothing.
    pub optional: bool,
    /// Whether at most one row refers to a row of the parent.
    pub single: bool,
}

impl Page {
    /// Puts together what the pages show.
    pub fn new(about: About, schema: &Schema, rows: &BTreeMap<String, Rows>) -> Self {
        let tenancies = classify(schema, &about.tenant_table, &about.tenant_column);
        let numbers: BTreeMap<&str, usize> =
            schema.tables.keys().map(String::as_str).zip(0..).collect();
        let mut anchors = BTreeSet::new();
        let mut tables: Vec<TablePage> = schema
            .tables
            .iter()
            .map(|(name, table)| {
                let tenancy = tenancies[name].clone();
                TablePage {
                    name: name.clone(),
                    anchor: anchor(name, &mut anchors),
                    belongs: words::belongs(&tenancy, table, &about.tenant_column),
                    tenancy,
                    comment: said(&table.comment).or_else(|| about.descriptions.get(name).cloned()),
                    rows: rows.get(name).copied().unwrap_or_default(),
                    columns: columns(table, &about.tenant_column),
                    references: references(schema, table, &numbers),
                    referenced_by: Vec::new(),
                    table: table.clone(),
                }
            })
            .collect();
        let mut inward: Vec<(usize, Reference)> = Vec::new();
        for (from, table) in tables.iter().enumerate() {
            for r in &table.references {
                let Some(to) = r.index else { continue };
                let reference = Reference {
                    name: r.name.clone(),
                    table: table.name.clone(),
                    index: Some(from),
                    key: r.key.clone(),
                    optional: r.optional,
                    single: r.single,
                };
                inward.push((to, reference));
            }
        }
        for (to, reference) in inward {
            tables[to].referenced_by.push(reference);
        }
        let list = |map: &BTreeMap<String, String>| {
            let pairs = map.iter().map(|(name, text)| (name.clone(), text.clone()));
            pairs.collect::<Vec<_>>()
        };
        let types = schema.types.iter();
        let types = types.map(|(name, labels)| (name.clone(), labels.join(", ")));
        let others = [
            ("Views", list(&schema.views)),
            ("Types", types.collect()),
            ("Functions", list(&schema.routines)),
        ];
        Self {
            fingerprint: schema.fingerprint(),
            others: others.into_iter().filter(|(_, l)| !l.is_empty()).collect(),
            mermaid: diagram::mermaid(schema, &tenancies),
            tables,
            about,
        }
    }
}

impl TablePage {
    /// Whether row level security guards it, and the table's owner too.
    pub fn guarded(&self) -> Option<bool> {
        self.table
            .is_guarded()
            .then(|| self.table.options.ends_with("forced"))
    }
}

fn anchor(name: &str, taken: &mut BTreeSet<String>) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let slug: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    let mut anchor = format!("t-{slug}");
    // Names that differ in nothing but case or marks are told apart by a number.
    let mut number = 2;
    while !taken.insert(anchor.to_ascii_lowercase()) {
        anchor = format!("t-{slug}-{number}");
        number += 1;
    }
    anchor
}

/// A comment that is one; ours says nothing about the table.
fn said(comment: &str) -> Option<String> {
    let is_one = !comment.trim().is_empty() && comment != MADE_BY;
    is_one.then(|| comment.to_owned())
}

fn columns(table: &Table, tenant_column: &str) -> Vec<ColumnPage> {
    let keys = schema::unique_keys(table);
    let in_key = |primary: bool, name: &str| {
        keys.iter().any(|(is_primary, columns)| {
            *is_primary == primary && columns.contains(&name) && (primary || columns.len() == 1)
        })
    };
    let refers = |name: &str| {
        let mut keys = table.foreign_keys.values();
        keys.any(|fk| fk.columns.split(',').any(|c| c == name))
    };
    let page = |column: &Column| ColumnPage {
        comment: said(&column.comment),
        primary: in_key(true, &column.name),
        foreign: refers(&column.name),
        unique: in_key(false, &column.name),
        tenant: column.name == tenant_column,
        column: column.clone(),
    };
    table.columns.iter().map(page).collect()
}

fn references(schema: &Schema, table: &Table, numbers: &BTreeMap<&str, usize>) -> Vec<Reference> {
    let reference = |(name, fk): (&String, &ForeignKey)| {
        let there = parent(schema, fk);
        Reference {
            name: name.clone(),
            table: there.unwrap_or(&fk.table).to_owned(),
            index: there.and_then(|t| numbers.get(t).copied()),
            key: fk.clone(),
            optional: schema::is_nullable(table, fk),
            single: schema::is_unique(table, fk),
        }
    };
    let mut out: Vec<Reference> = table.foreign_keys.iter().map(reference).collect();
    // In the order of the table's columns.
    let place = |r: &Reference| {
        let first = r.key.columns.split(',').next();
        table
            .columns
            .iter()
            .position(|c| Some(c.name.as_str()) == first)
    };
    out.sort_by_key(|r| (place(r), r.name.clone()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_plain_and_differ() {
        let mut taken = BTreeSet::new();
        let mut made = |name: &str| anchor(name, &mut taken);
        assert_eq!(made("organizationId"), "t-organizationId");
        assert_eq!(made("organizationid"), "t-organizationid-2");
        assert_eq!(made("a b"), "t-a-b");
        assert_eq!(made("a\"b"), "t-a-b-2");
        assert_eq!(made("a<b"), "t-a-b-3");
    }
}
