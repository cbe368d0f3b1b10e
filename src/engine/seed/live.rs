//! The rows of the database that seeding has to do with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use seeders::{SeedRow, SeedTable, SeedValue};

use super::ledger::Ledger;
use crate::dialect::Dialect;
use crate::engine::database::Database;
use crate::engine::error::Result;
use crate::engine::sight::{self, Sight};
use crate::schema::Table;

/// A row, every value as text. The names of the columns are shared by all rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its primary key.
    pub id: String,
    columns: Arc<[String]>,
    values: Vec<Option<String>>,
}

impl Row {
    /// A row of these columns.
    pub fn new(id: String, columns: Arc<[String]>, values: Vec<Option<String>>) -> Self {
        Self {
            id,
            columns,
            values,
        }
    }

    /// The value of a column, if the table has it.
    pub fn get(&self, column: &str) -> Option<Option<&str>> {
        let i = self.columns.iter().position(|c| c == column)?;
        self.values.get(i).map(Option::as_deref)
    }
}

/// Rows of one table.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<Row>,
    ids: HashMap<String, usize>,
    /// The largest integer key of the table, for handing out free ones.
    pub largest_id: i64,
}

impl Rows {
    /// The row with that primary key.
    pub fn by_id(&self, id: &str) -> Option<&Row> {
        self.ids.get(id).map(|i| &self.rows[*i])
    }

    /// The row that has the natural key of `row`, if the table has one.
    pub fn by_natural_key(&self, table: &SeedTable, row: &SeedRow) -> Option<&Row> {
        if table.natural_key.is_empty() {
            return None;
        }
        let wanted: Vec<(&str, Option<String>)> = table
            .natural_key
            .iter()
            .map(|key| (*key, natural_value(table, row, key)))
            .collect();
        self.rows.iter().find(|r| {
            wanted
                .iter()
                .all(|(k, v)| v.is_some() && r.get(k) == Some(v.as_deref()))
        })
    }

    fn from_results(columns: &[String], primary_key: &str, rows: Vec<Vec<Option<String>>>) -> Self {
        let mut out = Self::default();
        let columns: Arc<[String]> = columns.into();
        let key_at = columns.iter().position(|c| c == primary_key);
        for values in rows {
            let id = key_at
                .and_then(|i| values.get(i).cloned().flatten())
                .unwrap_or_default();
            out.ids.insert(id.clone(), out.rows.len());
            out.rows.push(Row::new(id, Arc::clone(&columns), values));
        }
        out
    }
}

fn natural_value(table: &SeedTable, row: &SeedRow, key: &str) -> Option<String> {
    let i = table.columns.iter().position(|c| *c == key)?;
    match &row.values[i] {
        SeedValue::Text(t) => Some(t.clone()),
        SeedValue::Int(n) => Some(n.to_string()),
        SeedValue::Uuid(u) => Some(u.to_string()),
        SeedValue::Date(d) => Some(d.to_string()),
        _ => None,
    }
}

const UNREADABLE: &str = "seeded rows cannot be read";

/// Reads what concerns a seeder's table: the rows in the ledger, those with a wanted key, and
/// those with a natural key of the definition.
///
/// # Errors
/// The database's.
pub async fn read(
    db: &mut Database,
    sight: &Sight,
    table: &SeedTable,
    columns: &Table,
    ledger: &Ledger,
    seeder: &str,
) -> Result<Rows> {
    let d = db.dialect();
    let names: Vec<String> = columns.columns.iter().map(|c| c.name.clone()).collect();
    let key_at = table.columns.iter().position(|c| *c == table.primary_key);
    let mut ids: HashSet<String> = HashSet::new();
    let mut serial = false;
    for row in &table.rows {
        if let Some(entry) = ledger.get(seeder, table.table, &row.key) {
            ids.insert(entry.row_id.clone());
        }
        match key_at.map(|i| &row.values[i]) {
            Some(SeedValue::Serial(n)) => {
                serial = true;
                ids.insert(n.to_string());
            }
            Some(SeedValue::Uuid(u)) => {
                ids.insert(u.to_string());
            }
            Some(SeedValue::Text(t)) => {
                ids.insert(t.clone());
            }
            _ => {}
        }
    }
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort();
    let mut conditions = vec![id_condition(d, table.primary_key, &ids)];
    if !table.natural_key.is_empty() {
        let keys: Vec<String> = table
            .rows
            .iter()
            .map(|row| {
                let parts: Vec<String> = table
                    .natural_key
                    .iter()
                    .map(|k| {
                        let value = natural_value(table, row, k).unwrap_or_default();
                        format!("{} = {}", d.ident(k), d.literal(&value))
                    })
                    .collect();
                format!("({})", parts.join(" AND "))
            })
            .collect();
        conditions.push(keys.join(" OR "));
    }
    let select = select(d, table.table, &names, &conditions.join(" OR "));
    let mut queries = vec![(table.table, select)];
    if serial {
        let max = d.as_text(&format!("max({})", d.ident(table.primary_key)));
        let largest = format!("SELECT {max} FROM {}", d.path(table.table));
        queries.push((table.table, largest));
    }
    let mut results = sight::read(db, sight, UNREADABLE, queries)
        .await?
        .into_iter();
    let rows = results.next().map(|r| r.rows).unwrap_or_default();
    let mut out = Rows::from_results(&names, table.primary_key, rows);
    out.largest_id = results
        .next()
        .and_then(|r| r.single().and_then(|n| n.parse().ok()))
        .unwrap_or(0);
    Ok(out)
}

/// Reads rows by primary key.
///
/// # Errors
/// The database's.
pub async fn read_ids(
    db: &mut Database,
    sight: &Sight,
    name: &str,
    table: &Table,
    primary_key: &str,
    ids: &[&str],
) -> Result<Rows> {
    let d = db.dialect();
    let names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
    let ids: Vec<String> = ids.iter().map(|i| (*i).to_owned()).collect();
    let script = select(d, name, &names, &id_condition(d, primary_key, &ids));
    let results = sight::read(db, sight, UNREADABLE, vec![(name, script)]).await?;
    let rows = results
        .into_iter()
        .next()
        .map(|r| r.rows)
        .unwrap_or_default();
    Ok(Rows::from_results(&names, primary_key, rows))
}

/// `"id" IN (…)`, never empty.
pub fn id_condition(d: &dyn Dialect, primary_key: &str, ids: &[String]) -> String {
    if ids.is_empty() {
        return "1 = 0".to_owned();
    }
    let literals: Vec<String> = ids.iter().map(|id| d.literal(id)).collect();
    format!("{} IN ({})", d.ident(primary_key), literals.join(", "))
}

/// A SELECT of columns as text.
pub fn select(d: &dyn Dialect, table: &str, columns: &[String], condition: &str) -> String {
    let list: Vec<String> = columns.iter().map(|c| d.as_text(&d.ident(c))).collect();
    format!(
        "SELECT {} FROM {} WHERE {condition}",
        list.join(", "),
        d.path(table)
    )
}
