//! Comments and row counts, for pages about a schema. Only reads.

use std::collections::BTreeMap;

use super::database::Database;
use super::error::{Error, Result};
use crate::dialect::{Cause, MADE_BY, ResultSet};
use crate::schema::Schema;

/// From so many rows on, the server's estimate is taken where it has one: counting reads them all.
pub const ESTIMATED_FROM: u64 = 1_000_000;

/// How many rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// Nobody asked.
    #[default]
    NotCounted,
    /// As many as this role sees.
    Exact {
        /// The rows.
        rows: u64,
        /// Whether row level security may have left others out.
        as_seen: bool,
    },
    /// The server's estimate, for all rows.
    About(u64),
    /// This role may not read the table.
    Forbidden,
    /// Counting failed for another reason.
    Failed,
}

/// What the database knows of its tables beyond their structure.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// Comments of tables (no column) and columns.
    pub comments: BTreeMap<(String, Option<String>), String>,
    /// Rows by table.
    pub rows: BTreeMap<String, Rows>,
}

/// Reads the comments and, if `counting`, how many rows each table has.
///
/// # Errors
/// The database's. A table that cannot be counted is no error.
pub async fn read(db: &mut Database, schema: &Schema, counting: bool) -> Result<Notes> {
    let mut notes = Notes::default();
    let mut guarded: Vec<String> = Vec::new();
    let results = match db.dialect().notes().notes_script() {
        Some(script) => db.query("the comments cannot be read", script).await?,
        None => Vec::new(),
    };
    for row in results.into_iter().flat_map(|r| r.rows) {
        let get = |i: usize| row.get(i).cloned().flatten();
        let Some(table) = get(1).filter(|t| schema.tables.contains_key(t)) else {
            continue;
        };
        match get(0).as_deref() {
            Some("comment") => {
                if let Some(text) = get(3).filter(|t| t != MADE_BY && !t.trim().is_empty()) {
                    notes.comments.insert((table, get(2)), text);
                }
            }
            _ if counting => {
                let estimate: u64 = get(3).and_then(|n| n.parse().ok()).unwrap_or(0);
                if get(2).as_deref() == Some("0") {
                    notes.rows.insert(table, Rows::Forbidden);
                } else if estimate >= ESTIMATED_FROM {
                    notes.rows.insert(table, Rows::About(estimate));
                } else if get(4).as_deref() == Some("1") {
                    guarded.push(table);
                }
            }
            _ => {}
        }
    }
    if counting {
        let rest: Vec<&str> = schema
            .tables
            .keys()
            .filter(|t| !notes.rows.contains_key(*t))
            .map(String::as_str)
            .collect();
        for (table, rows) in count(db, &rest).await? {
            let as_seen = guarded.iter().any(|t| t == table);
            let rows = match rows {
                Rows::Exact { rows, .. } => Rows::Exact { rows, as_seen },
                other => other,
            };
            notes.rows.insert(table.to_owned(), rows);
        }
    }
    Ok(notes)
}

/// Counts in one message; where the database refuses one of the tables, one by one.
async fn count<'a>(db: &mut Database, tables: &[&'a str]) -> Result<Vec<(&'a str, Rows)>> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let d = db.dialect();
    let query = |table: &&str| format!("SELECT count(*) FROM {}", d.ident(table));
    let queries: Vec<String> = tables.iter().map(query).collect();
    if let Ok(results) = db.run(&queries.join(";\n")).await {
        let pairs = tables.iter().zip(&results);
        return Ok(pairs.map(|(t, result)| (*t, counted(result))).collect());
    }
    let mut out = Vec::new();
    for (table, query) in tables.iter().zip(&queries) {
        let rows = match db.run(query).await {
            Ok(results) => results.first().map_or(Rows::Failed, counted),
            Err(error) if error.cause == Cause::Permission => Rows::Forbidden,
            Err(error) if error.cause == Cause::Unreachable => {
                return Err(Error::sql("the rows cannot be counted", &error).on(&db.target));
            }
            Err(_) => Rows::Failed,
        };
        out.push((*table, rows));
    }
    Ok(out)
}

fn counted(result: &ResultSet) -> Rows {
    match result.single().and_then(|n| n.parse().ok()) {
        Some(rows) => Rows::Exact {
            rows,
            as_seen: false,
        },
        None => Rows::Failed,
    }
}
