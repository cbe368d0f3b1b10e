//! The ledger: which rows seeding made, and how they looked.
//!
//! It keeps digests, not values: what it needs to know is only whether a value is still the one
//! that was written, and a second copy of a password's hash or of a customer's name helps nobody.

use std::collections::BTreeMap;

use seeders::SeedTable;
use sha2::{Digest, Sha256};

use super::live::Row;
use super::merge::Ids;
use crate::dialect::Dialect;
use crate::engine::database::Database;
use crate::engine::error::Result;
use crate::engine::history;
use crate::schema::hex;

/// The table.
pub const LEDGER: &str = "saasdb_seeds";

/// Digests by column.
pub type Digests = BTreeMap<String, String>;

/// A row that seeding made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The seeder.
    pub seeder: String,
    /// `reference` or `demo`.
    pub kind: String,
    /// The table.
    pub table: String,
    /// The row's identity within the seeder.
    pub key: String,
    /// The primary key column.
    pub primary_key: String,
    /// Its primary key, as text.
    pub row_id: String,
    /// Digests of what the definition said, by column.
    pub definition: Digests,
    /// Digests of what the database held after writing, by column.
    pub written: Digests,
}

impl Entry {
    /// Whether nobody changed the row since it was written. Columns that were added or dropped
    /// since do not count.
    pub fn untouched(&self, live: &Row) -> bool {
        self.touched_columns(live).is_empty()
    }

    /// The columns whose value is another than the one written.
    pub fn touched_columns(&self, live: &Row) -> Vec<String> {
        self.written
            .iter()
            .filter(|(column, digest)| {
                live.get(column).is_some_and(|value| {
                    digest_of(value) != **digest
                        && without_zone(value).is_none_or(|old| digest_of(Some(&old)) != **digest)
                })
            })
            .map(|(column, _)| column.clone())
            .collect()
    }
}

/// Entries, by seeder, table and key.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<(String, String, String), Entry>,
}

impl Ledger {
    /// Reads the entries of seeders.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_seeders(db: &mut Database, seeders: &[&str]) -> Result<Self> {
        let condition = among(db.dialect(), "seeder", seeders);
        let entries = read(db, &format!("WHERE {condition}")).await?;
        Ok(entries.into_iter().collect())
    }

    /// Reads what is known about the rows of some tables of one seeder.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_rows(db: &mut Database, seeder: &str, tables: &[SeedTable]) -> Result<Self> {
        let d = db.dialect();
        let parts: Vec<String> = tables
            .iter()
            .map(|table| {
                let keys: Vec<&str> = table.rows.iter().map(|row| row.key.as_str()).collect();
                format!(
                    "seeder = {} AND table_name = {} AND {}",
                    d.literal(seeder),
                    d.literal(table.table),
                    among(d, "row_key", &keys)
                )
            })
            .collect();
        let entries = read(db, &format!("WHERE {}", parts.join(" OR "))).await?;
        Ok(entries.into_iter().collect())
    }

    /// Whether seeding made anything.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// One entry.
    pub fn get(&self, seeder: &str, table: &str, key: &str) -> Option<&Entry> {
        self.entries
            .get(&(seeder.to_owned(), table.to_owned(), key.to_owned()))
    }
}

impl FromIterator<Entry> for Ledger {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let key = |e: &Entry| (e.seeder.clone(), e.table.clone(), e.key.clone());
        Self {
            entries: entries.into_iter().map(|e| (key(&e), e)).collect(),
        }
    }
}

/// Reads entries.
pub(super) async fn read(db: &mut Database, clause: &str) -> Result<Vec<Entry>> {
    if !exists(db) {
        return Ok(Vec::new());
    }
    let script = format!(
        "SELECT seeder, kind, table_name, row_key, primary_key, row_id, definition, written FROM {LEDGER} {clause}"
    );
    let results = db.query(UNREADABLE, &script).await?;
    // A column that a migration dropped is not as it was written, whatever it holds now.
    let lost: Vec<&str> = history::lost_columns(&db.history.meta).collect();
    let entry = |row: Vec<Option<String>>| {
        let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
        let table = get(2);
        let digests = |i: usize| {
            let mut all: Digests = serde_json::from_str(&get(i)).unwrap_or_default();
            all.retain(|column, _| {
                !lost.iter().any(|l| {
                    l.strip_prefix(&table).and_then(|l| l.strip_prefix('.')) == Some(column)
                })
            });
            all
        };
        Entry {
            seeder: get(0),
            kind: get(1),
            key: get(3),
            primary_key: get(4),
            row_id: get(5),
            definition: digests(6),
            written: digests(7),
            table,
        }
    };
    Ok(results
        .into_iter()
        .flat_map(|r| r.rows)
        .map(entry)
        .collect())
}

/// Whether demo rows are there that seeding made.
///
/// # Errors
/// The database's.
pub async fn has_demo(db: &mut Database) -> Result<bool> {
    if !exists(db) {
        return Ok(false);
    }
    let script = format!("SELECT 'demo' FROM {LEDGER} WHERE kind = 'demo' LIMIT 1");
    let results = db.query(UNREADABLE, &script).await?;
    Ok(results.iter().any(|r| !r.rows.is_empty()))
}

/// The names of all seeders that made something.
///
/// # Errors
/// The database's.
pub async fn seeders(db: &mut Database) -> Result<Vec<String>> {
    if !exists(db) {
        return Ok(Vec::new());
    }
    let script = format!("SELECT DISTINCT seeder FROM {LEDGER}");
    let results = db.query(UNREADABLE, &script).await?;
    let rows = results.into_iter().flat_map(|r| r.rows);
    Ok(rows
        .filter_map(|row| row.into_iter().next().flatten())
        .collect())
}

/// The primary keys of rows by table and key, of whichever seeder.
///
/// # Errors
/// The database's.
pub async fn ids_of(db: &mut Database, rows: &[(&str, &str)]) -> Result<Ids> {
    if rows.is_empty() || !exists(db) {
        return Ok(Ids::new());
    }
    let d = db.dialect();
    let mut by_table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (table, key) in rows {
        by_table.entry(table).or_default().push(key);
    }
    let conditions: Vec<String> = by_table
        .iter()
        .map(|(table, keys)| {
            format!(
                "table_name = {} AND {}",
                d.literal(table),
                among(d, "row_key", keys)
            )
        })
        .collect();
    let script = format!(
        "SELECT table_name, row_key, row_id FROM {LEDGER} WHERE {}",
        conditions.join(" OR ")
    );
    let results = db.query(UNREADABLE, &script).await?;
    let ids = results.into_iter().flat_map(|r| r.rows).filter_map(|row| {
        let mut row = row.into_iter();
        Some(((row.next()??, row.next()??), row.next()??))
    });
    Ok(ids.collect())
}

pub(super) const UNREADABLE: &str = "the seed ledger cannot be read";

/// `column IN (…)`; nothing is among none.
pub fn among(d: &dyn Dialect, column: &str, values: &[&str]) -> String {
    if values.is_empty() {
        return "1 = 0".to_owned();
    }
    let literals: Vec<String> = values.iter().map(|value| d.literal(value)).collect();
    format!("{column} IN ({})", literals.join(", "))
}

/// Whether the ledger's table is there.
pub fn exists(db: &Database) -> bool {
    db.facts.relations.iter().any(|r| r == LEDGER)
}

/// The statements that make the table.
pub fn create_table(d: &dyn Dialect) -> String {
    let create = format!(
        "CREATE TABLE {LEDGER} (seeder {} NOT NULL, kind {} NOT NULL, table_name {} NOT NULL, row_key {} NOT NULL, \
         primary_key {} NOT NULL, row_id {} NOT NULL, definition {long} NOT NULL, written {long} NOT NULL, \
         seeded_at {} NOT NULL, PRIMARY KEY (seeder, table_name, row_key)){}",
        d.varchar(64),
        d.varchar(16),
        d.varchar(64),
        d.varchar(150),
        d.varchar(64),
        d.varchar(150),
        d.varchar(32),
        d.table_options(),
        long = d.long_text(),
    );
    match d.keep_from_others(&[LEDGER]) {
        Some(more) => format!("{create};\n{more}"),
        None => create,
    }
}

/// The statement that writes entries.
pub fn write(d: &dyn Dialect, entries: &[Entry]) -> String {
    let json = |digests: &Digests| d.literal(&serde_json::to_string(digests).unwrap_or_default());
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|e| {
            vec![
                d.literal(&e.seeder),
                d.literal(&e.kind),
                d.literal(&e.table),
                d.literal(&e.key),
                d.literal(&e.primary_key),
                d.literal(&e.row_id),
                json(&e.definition),
                json(&e.written),
                d.now_text().to_owned(),
            ]
        })
        .collect();
    d.upsert(
        LEDGER,
        "seeder,table_name,row_key",
        &[
            "seeder",
            "kind",
            "table_name",
            "row_key",
            "primary_key",
            "row_id",
            "definition",
            "written",
            "seeded_at",
        ],
        &rows,
    )
}

/// The statement that takes entries of one seeder and table out.
pub fn forget(d: &dyn Dialect, seeder: &str, table: &str, keys: &[&str]) -> String {
    format!(
        "DELETE FROM {LEDGER} WHERE seeder = {} AND table_name = {} AND {}",
        d.literal(seeder),
        d.literal(table),
        among(d, "row_key", keys)
    )
}

/// The statement that forgets all rows of tables.
pub fn forget_tables(d: &dyn Dialect, tables: &[&str]) -> String {
    format!(
        "DELETE FROM {LEDGER} WHERE {}",
        among(d, "table_name", tables)
    )
}

/// The statement that forgets the rows of a table, `schema.table`, that a migration dropped if it was
/// ours; otherwise it is still there, with the rows that seeding made.
pub fn forget_if_gone(d: &dyn Dialect, table: &str) -> Option<String> {
    let gone = d.is_gone(table)?;
    Some(format!("{} AND {gone}", forget_tables(d, &[table])))
}

/// The statement that forgets everything but the rows of such tables that are still there.
pub fn forget_all<'a>(d: &dyn Dialect, made: impl Iterator<Item = &'a str>) -> String {
    let there: Vec<String> = made
        .filter_map(|t| {
            let gone = d.is_gone(t)?;
            Some(format!("table_name = {} AND NOT {gone}", d.literal(t)))
        })
        .collect();
    match there.is_empty() {
        true => format!("DELETE FROM {LEDGER}"),
        false => format!("DELETE FROM {LEDGER} WHERE NOT ({})", there.join(" OR ")),
    }
}

/// A time as SQLite's CURRENT_TIMESTAMP has it, for one of UTC in the form that JavaScript writes: a migration
/// turns the former into the latter, and that is no change by hand.
pub(in crate::engine) fn without_zone(value: Option<&str>) -> Option<String> {
    let (day, time) = value?.strip_suffix(".000Z")?.split_once('T')?;
    let digits = |text: &str, mark: char| {
        let mut characters = text.chars();
        characters.all(|c| c.is_ascii_digit() || c == mark)
    };
    let shaped = day.len() == 10 && time.len() == 8 && digits(day, '-') && digits(time, ':');
    shaped.then(|| format!("{day} {time}"))
}

/// The digest of a value; NULL has one of its own. 64 bits are enough to notice a change.
pub fn digest_of(value: Option<&str>) -> String {
    match value {
        None => "null".to_owned(),
        Some(text) => hex(&Sha256::digest(text.as_bytes())[..8]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn entry() -> Entry {
        Entry {
            seeder: "s".into(),
            kind: "demo".into(),
            table: "t".into(),
            key: "k".into(),
            primary_key: "id".into(),
            row_id: "1".into(),
            definition: Digests::new(),
            written: [
                ("a".to_owned(), digest_of(Some("x"))),
                ("b".to_owned(), digest_of(None)),
            ]
            .into(),
        }
    }

    fn row(a: Option<&str>, b: Option<&str>) -> Row {
        Row::new(
            "1".into(),
            Arc::from(["a".to_owned(), "b".to_owned()]),
            vec![a.map(str::to_owned), b.map(str::to_owned)],
        )
    }

    #[test]
    fn a_change_by_hand_is_noticed_in_any_column() {
        assert!(entry().untouched(&row(Some("x"), None)));
        assert_eq!(entry().touched_columns(&row(Some("y"), None)), ["a"]);
        assert_eq!(
            entry().touched_columns(&row(Some("x"), Some(""))),
            ["b"],
            "empty text is not NULL"
        );
        let without = Row::new(
            "1".into(),
            Arc::from(["a".to_owned()]),
            vec![Some("x".to_owned())],
        );
        assert!(
            entry().untouched(&without),
            "a dropped column is no change by hand"
        );
        let mut timed = entry();
        let seeded = digest_of(Some("2026-12-01 10:56:24"));
        timed.written.insert("a".to_owned(), seeded);
        assert!(timed.untouched(&row(Some("2026-12-01T10:56:24.000Z"), None)));
        assert!(!timed.untouched(&row(Some("2026-12-01T10:56:25.000Z"), None)));
        assert!(!timed.untouched(&row(Some("2026-12-01T10:56:24.001Z"), None)));
    }
}
