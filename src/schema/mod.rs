//! The catalogue of a database as a value: what tables, columns, keys, types and so on there are,
//! in one shape for all databases. Read by the dialects, stored as the snapshot, compared for
//! drift. saasdb's own tables and sea-orm's history are left out.

mod compare;
pub mod create_table;
pub mod ddl;
pub mod dump;
mod mermaid;
mod object;
mod older;
mod respell;
pub mod sql;
mod values;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use compare::{Change, Difference, compare};
pub use ddl::Ddl;
pub(crate) use mermaid::{is_nullable, is_unique, unique_keys};
pub use mermaid::{mermaid, mermaid_in_classes};
pub use object::Object;
pub use respell::respelled;

/// The number of the form in which this version writes schemas. Snapshots without a number are 0;
/// what they lack is in [`older`].
pub const FORMAT: u32 = 2;

/// Privileges by role (`public` is everybody), joined with commas. Where everybody has a privilege
/// from the start (EXECUTE on a function), that is left out, and an empty text says that it was
/// taken away.
pub type Grants = BTreeMap<String, String>;

/// Everything in one schema (PostgreSQL), database (MySQL) or file (SQLite).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The form it was read in: [`FORMAT`] of the version that read it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub format: u32,
    /// What it was read from: `sqlite`, `postgresql`, `mysql` or `mariadb`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Enumerations by name, with their labels in order.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "older::types"
    )]
    pub types: BTreeMap<String, Vec<String>>,
    /// Sequences by name, but for those of identity columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sequences: BTreeMap<String, Sequence>,
    /// Views by name, with their definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, String>,
    /// What is special about views, by name: `materialized`, `security_invoker=true`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub view_options: BTreeMap<String, String>,
    /// Functions and procedures by signature, with their definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routines: BTreeMap<String, String>,
    /// What stands between name and body of a routine, where the definition is only the body (MySQL).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routine_heads: BTreeMap<String, String>,
    /// Privileges on what is not a table, by object: `schema`, `view NAME`, `routine SIGNATURE`,
    /// `sequence NAME`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: BTreeMap<String, Grants>,
    /// Foreign keys of tables elsewhere that refer to tables here. Not part of this schema.
    #[serde(skip)]
    pub inbound: Vec<Inbound>,
    /// Tables elsewhere that somebody asked for, by `schema.table`. Not part of this schema.
    #[serde(skip)]
    pub elsewhere: BTreeMap<String, Table>,
}

/// A foreign key from another schema or database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The table that refers, quoted, with its schema.
    pub child: String,
    /// Its columns, joined with commas.
    pub columns: String,
    /// The table that is referred to.
    pub table: String,
    /// The columns that are referred to, joined with commas.
    pub parent_columns: String,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Type, increment and bounds, as CREATE SEQUENCE takes them.
    pub definition: String,
    /// The table of the column with which it goes, if it belongs to one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub table: String,
    /// That column.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Columns in the table's order.
    pub columns: Vec<Column>,
    /// Primary key, unique constraints and indexes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
    /// Foreign keys by name (on SQLite, where they have none in the catalogue, by their columns).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub foreign_keys: BTreeMap<String, ForeignKey>,
    /// CHECK constraints by name, with their definition (on SQLite by their text).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, String>,
    /// Triggers by name, with their definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub triggers: BTreeMap<String, String>,
    /// Row level security policies by name, with their definition.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, String>,
    /// Properties of the whole table (engine and collation, row level security), if not default.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub options: String,
    /// What somebody wrote about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// Who may do what with it, besides its owner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: Grants,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the database prints it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// Its default expression as the database prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Identity, generation, collation and the like.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub extra: String,
    /// Its collation, where that is not the type's own (on MySQL it is part of `extra`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub collation: String,
    /// SQLite: the expression of a generated column in brackets, and `STORED` or `VIRTUAL`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub generation: String,
    /// What somebody wrote about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
    /// Who may do what with this column alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: Grants,
}

/// An index or a constraint that has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// `primary`, `unique` (a constraint), `unique index` or `index`.
    pub kind: String,
    /// Its columns or expressions, in order.
    pub columns: String,
    /// The predicate of a partial index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// SQLite: the constraint's name, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// SQLite: what stands behind the table's name, exactly, where `columns` are not just columns.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub definition: String,
    /// What else is special: `deferrable`, `ON CONFLICT REPLACE`, `FULLTEXT`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub extra: String,
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The columns that refer, joined with commas.
    pub columns: String,
    /// The table that is referred to; `schema.table` where it is in another schema.
    pub table: String,
    /// The columns that are referred to, joined with commas.
    pub parent_columns: String,
    /// What happens to the row when its parent is deleted, upper case.
    pub on_delete: String,
    /// What happens to the row when its parent's key changes, upper case.
    pub on_update: String,
    /// When it is checked, if not at the end of each statement: `deferrable`, `initially deferred`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub timing: String,
    /// SQLite: the constraint's name, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What else is special: `match full`, `not valid`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub extra: String,
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Whether row level security may hide rows of it.
    pub fn is_guarded(&self) -> bool {
        self.options.starts_with("row level security")
    }
}

impl Schema {
    /// Reads a schema that an older version may have written. What that did not know is taken from
    /// `live`, so that only what both hold can differ.
    ///
    /// # Errors
    /// Where the text is no schema.
    pub fn from_snapshot(text: &str, live: &Schema) -> serde_json::Result<Self> {
        let schema: Self = serde_json::from_str(text)?;
        Ok(match schema.format < live.format {
            true => older::filled_up(schema, live),
            false => schema,
        })
    }

    /// The table of that name: one of this schema, or one elsewhere that was asked for.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name).or_else(|| self.elsewhere.get(name))
    }

    /// Whether the object is there to which privileges belong, by its key in `grants`.
    pub fn has(&self, object: &str) -> bool {
        match object.split_once(' ') {
            Some(("view", name)) => self.views.contains_key(name),
            Some(("routine", name)) => self.routines.contains_key(name),
            Some(("sequence", name)) => self.sequences.contains_key(name),
            _ => object == "schema",
        }
    }

    /// The canonical text: JSON with sorted keys and no spaces.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The SHA-256 of the canonical text, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.canonical().as_bytes()))
    }

    /// The foreign keys of tables outside `tables`, also in other schemas, that refer to one
    /// inside: `(table, parent)`. Those over a column in `gone` (table, column) do not count.
    pub fn references_into(
        &self,
        tables: &[String],
        gone: &[(String, String)],
    ) -> Vec<(String, String)> {
        let goes = |table: &str, columns: &str| {
            columns
                .split(',')
                .any(|c| gone.iter().any(|(t, x)| t == table && x == c))
        };
        let mut out = Vec::new();
        for (name, table) in self
            .tables
            .iter()
            .filter(|(name, _)| !tables.contains(name))
        {
            for fk in table.foreign_keys.values() {
                if tables.contains(&fk.table) && !goes(name, &fk.columns) {
                    out.push((name.clone(), fk.table.clone()));
                }
            }
        }
        let inbound = self.inbound.iter().filter(|i| tables.contains(&i.table));
        out.extend(inbound.map(|i| (i.child.clone(), i.table.clone())));
        out
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
