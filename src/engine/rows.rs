//! How many rows tables have, for pages about a schema. Only reads.

use std::collections::BTreeMap;

use super::database::Database;
use super::error::{Error, Result};
use crate::dialect::{Cause, ResultSet};
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

/// How many rows each table has, by name.
///
/// # Errors
/// The database's. A table that cannot be counted is no error.
pub async fn count_all(db: &mut Database, schema: &Schema) -> Result<BTreeMap<String, Rows>> {
    let mut out = BTreeMap::new();
    let mut guarded: Vec<String> = Vec::new();
    let results = match db.dialect().sizes().query() {
        Some(query) => db.query("the tables' sizes cannot be read", query).await?,
        None => Vec::new(),
    };
    for row in results.into_iter().flat_map(|r| r.rows) {
        let get = |i: usize| row.get(i).cloned().flatten();
        let Some(table) = get(0).filter(|t| schema.tables.contains_key(t)) else {
            continue;
        };
        let estimate: u64 = get(2).and_then(|n| n.parse().ok()).unwrap_or(0);
        if get(1).as_deref() == Some("0") {
            out.insert(table, Rows::Forbidden);
        } else if estimate >= ESTIMATED_FROM {
            out.insert(table, Rows::About(estimate));
        } else if get(3).as_deref() == Some("1") {
            guarded.push(table);
        }
    }
    let tables = schema.tables.keys().filter(|t| !out.contains_key(*t));
    let rest: Vec<&str> = tables.map(String::as_str).collect();
    for (table, rows) in count(db, &rest).await? {
        let as_seen = guarded.iter().any(|t| t == table);
        let rows = match rows {
            Rows::Exact { rows, .. } => Rows::Exact { rows, as_seen },
            other => other,
        };
        out.insert(table.to_owned(), rows);
    }
    Ok(out)
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
