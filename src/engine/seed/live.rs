//! The rows of the database that seeding has to do with.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use seeders::{ForEach, SeedRow, SeedTable, SeedValue};

use super::ledger::{Ledger, among};
use super::merge::Ids;
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

    /// The row with only some of its columns.
    pub fn only(&self, columns: &Arc<[String]>) -> Self {
        let value = |column: &String| self.get(column).flatten().map(str::to_owned);
        Self::new(
            self.id.clone(),
            Arc::clone(columns),
            columns.iter().map(value).collect(),
        )
    }

    /// Columns with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let values = self.values.iter().map(Option::as_deref);
        self.columns.iter().map(String::as_str).zip(values)
    }
}

/// Rows of one table.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<Row>,
    ids: HashMap<String, usize>,
    natural: HashMap<Vec<Option<String>>, usize>,
    /// The largest integer key of the table, for handing out free ones.
    pub largest_id: i64,
}

impl Rows {
    /// The row with that primary key.
    pub fn by_id(&self, id: &str) -> Option<&Row> {
        self.ids.get(id).map(|i| &self.rows[*i])
    }

    /// The row that has the natural key of `row`, if the table has one.
    pub fn by_natural_key(&self, table: &SeedTable, row: &SeedRow, ids: &Ids) -> Option<&Row> {
        let wanted: Vec<Option<String>> = table
            .natural_key
            .iter()
            .map(|key| natural_value(table, row, key, ids))
            .collect();
        if wanted.is_empty() || wanted.contains(&None) {
            return None;
        }
        self.natural.get(&wanted).map(|i| &self.rows[*i])
    }

    fn find_by(mut self, natural_key: &[&str]) -> Self {
        for (i, row) in self.rows.iter().enumerate() {
            let value = |key: &&str| row.get(key).flatten().map(str::to_owned);
            let key = natural_key.iter().map(value).collect();
            self.natural.entry(key).or_insert(i);
        }
        self
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

fn natural_value(table: &SeedTable, row: &SeedRow, key: &str, ids: &Ids) -> Option<String> {
    let i = table.columns.iter().position(|c| *c == key)?;
    match &row.values[i] {
        SeedValue::Text(t) => Some(t.clone()),
        SeedValue::Int(n) => Some(n.to_string()),
        SeedValue::Uuid(u) => Some(u.to_string()),
        SeedValue::Date(d) => Some(d.to_string()),
        SeedValue::Ref { table, key } => ids.get(&((*table).to_owned(), key.clone())).cloned(),
        _ => None,
    }
}

const UNREADABLE: &str = "seeded rows cannot be read";

/// Reads what concerns a seeder's table: the rows in the ledger, those with a wanted key, and
/// those with a natural key of the definition. `ids` has the rows of earlier tables.
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
    ids: &Ids,
) -> Result<Rows> {
    let d = db.dialect();
    let names: Vec<String> = columns.columns.iter().map(|c| c.name.clone()).collect();
    let key_at = table.columns.iter().position(|c| *c == table.primary_key);
    let mut wanted: HashSet<String> = HashSet::new();
    let mut serial = false;
    for row in &table.rows {
        if let Some(entry) = ledger.get(seeder, table.table, &row.key) {
            wanted.insert(entry.row_id.clone());
        }
        match key_at.map(|i| &row.values[i]) {
            Some(SeedValue::Serial(n)) => {
                serial = true;
                wanted.insert(n.to_string());
            }
            Some(SeedValue::Uuid(u)) => {
                wanted.insert(u.to_string());
            }
            Some(SeedValue::Text(t)) => {
                wanted.insert(t.clone());
            }
            _ => {}
        }
    }
    let mut wanted: Vec<String> = wanted.into_iter().collect();
    wanted.sort();
    let mut conditions = vec![id_condition(d, table.primary_key, &wanted)];
    if !table.natural_key.is_empty() {
        // One OR for each row would be too deep an expression for SQLite. Rows that have the values
        // in other combinations do no harm.
        let parts: Vec<String> = table
            .natural_key
            .iter()
            .map(|key| {
                let rows = table.rows.iter();
                let values: BTreeSet<String> = rows
                    .filter_map(|row| natural_value(table, row, key, ids))
                    .collect();
                id_condition(d, key, &values.into_iter().collect::<Vec<_>>())
            })
            .collect();
        conditions.push(format!("({})", parts.join(" AND ")));
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
    let mut out = Rows::from_results(&names, table.primary_key, rows).find_by(table.natural_key);
    out.largest_id = results
        .next()
        .and_then(|r| r.single().and_then(|n| n.parse().ok()))
        .unwrap_or(0);
    match_as_the_database_does(db, sight, table, ids, &mut out).await?;
    Ok(out)
}

/// Finds rows whose natural key is one of the definition's for the database, though not letter by
/// letter: most collations of MySQL ignore case and blanks at the end, and so do its unique keys.
async fn match_as_the_database_does(
    db: &mut Database,
    sight: &Sight,
    table: &SeedTable,
    ids: &Ids,
    found: &mut Rows,
) -> Result<()> {
    let key_of = |row: &SeedRow| -> Option<Vec<Option<String>>> {
        let values = table.natural_key.iter();
        let key: Vec<_> = values.map(|k| natural_value(table, row, k, ids)).collect();
        (!key.is_empty() && !key.contains(&None)).then_some(key)
    };
    let wanted: HashSet<Vec<Option<String>>> = table.rows.iter().filter_map(key_of).collect();
    if found.natural.keys().all(|key| wanted.contains(key)) {
        return Ok(());
    }
    let open: Vec<Vec<Option<String>>> = wanted
        .into_iter()
        .filter(|key| !found.natural.contains_key(key))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let d = db.dialect();
    let queries = open
        .iter()
        .map(|key| {
            let pairs = table.natural_key.iter().zip(key);
            let pairs: Vec<String> = pairs
                .map(|(column, value)| {
                    let value = d.literal(value.as_deref().unwrap_or_default());
                    format!("{} = {value}", d.ident(column))
                })
                .collect();
            let id = vec![table.primary_key.to_owned()];
            (
                table.table,
                select(d, table.table, &id, &pairs.join(" AND ")),
            )
        })
        .collect();
    let results = sight::read(db, sight, UNREADABLE, queries).await?;
    for (key, result) in open.into_iter().zip(results) {
        let id = result
            .rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next()?);
        if let Some(at) = id.and_then(|id| found.ids.get(&id).copied()) {
            found.natural.insert(key, at);
        }
    }
    Ok(())
}

/// Rows of the table that a seeder goes through, at a time.
const PAGE: usize = 1_000;

/// Reads the keys of the next rows for each of which a seeder wants some, in order; none at the end.
///
/// # Errors
/// The database's.
pub async fn next_page(
    db: &mut Database,
    sight: &Sight,
    each: &ForEach,
    after: Option<&String>,
) -> Result<Vec<String>> {
    let d = db.dialect();
    // With the table's name: without, PostgreSQL would order by the text of the key.
    let key = format!("{}.{}", d.path(each.table), d.ident(each.column));
    let condition = after.map_or(String::new(), |last| {
        format!(" WHERE {key} > {}", d.literal(last))
    });
    let script = format!(
        "SELECT {} FROM {}{condition} ORDER BY {key} LIMIT {PAGE}",
        d.as_text(&key),
        d.path(each.table)
    );
    let what = format!("the rows of {} cannot be read", each.table);
    let results = sight::read(db, sight, &what, vec![(each.table, script)]).await?;
    let rows = results.into_iter().flat_map(|r| r.rows);
    Ok(rows
        .filter_map(|row| row.into_iter().next().flatten())
        .collect())
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

/// `"id" IN (…)`; nothing is among none.
pub fn id_condition(d: &dyn Dialect, column: &str, ids: &[String]) -> String {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    among(d, &d.ident(column), &ids)
}

/// ` AND …`, where rows of other tables that inherit from this one are not meant.
pub fn only_own(d: &dyn Dialect, table: &str) -> String {
    d.only_own(&d.path(table), table)
        .map_or_else(String::new, |condition| format!(" AND {condition}"))
}

/// A SELECT of columns as text.
pub fn select(d: &dyn Dialect, table: &str, columns: &[String], condition: &str) -> String {
    let list: Vec<String> = columns.iter().map(|c| d.as_text(&d.ident(c))).collect();
    format!(
        "SELECT {} FROM {} WHERE ({condition}){}",
        list.join(", "),
        d.path(table),
        only_own(d, table)
    )
}
