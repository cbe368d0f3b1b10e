//! The ledger: which rows seeding made, and how they looked.
//!
//! It keeps digests, not values: what it needs to know is only whether a value is still the one
//! that was written, and a second copy of a password's hash or of a customer's name helps nobody.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::live::Row;
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
                live.get(column)
                    .is_some_and(|value| digest_of(value) != **digest)
            })
            .map(|(column, _)| column.clone())
            .collect()
    }
}

/// All entries of a database.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<(String, String, String), Entry>,
}

impl Ledger {
    /// Reads it; empty where nothing was ever seeded.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(db: &mut Database) -> Result<Self> {
        if !exists(db) {
            return Ok(Self::default());
        }
        let results = db
            .query(
                "the seed ledger cannot be read",
                &format!(
                    "SELECT seeder, kind, table_name, row_key, primary_key, row_id, definition, written FROM {LEDGER}"
                ),
            )
            .await?;
        // A column that a migration dropped is not as it was written, whatever it holds now.
        let lost: Vec<&str> = db
            .history
            .meta
            .keys()
            .filter_map(|name| name.strip_prefix(history::LOST_COLUMN))
            .collect();
        let mut ledger = Self::default();
        for row in results.into_iter().flat_map(|r| r.rows) {
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
            let entry = Entry {
                seeder: get(0),
                kind: get(1),
                key: get(3),
                primary_key: get(4),
                row_id: get(5),
                definition: digests(6),
                written: digests(7),
                table,
            };
            let key = (entry.seeder.clone(), entry.table.clone(), entry.key.clone());
            ledger.entries.insert(key, entry);
        }
        Ok(ledger)
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

    /// The entries of a table, of all seeders.
    pub fn of_table(&self, table: &str) -> Vec<&Entry> {
        self.entries.values().filter(|e| e.table == table).collect()
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}

/// Whether the ledger's table is there.
pub fn exists(db: &Database) -> bool {
    db.facts.relations.iter().any(|r| r == LEDGER)
}

/// The statement that makes the table.
pub fn create_table(d: &dyn Dialect) -> String {
    format!(
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
    )
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

/// The statement that takes entries out.
pub fn forget(d: &dyn Dialect, table: &str, entries: &[&Entry]) -> String {
    let ids: Vec<String> = entries.iter().map(|e| d.literal(&e.row_id)).collect();
    format!(
        "DELETE FROM {LEDGER} WHERE table_name = {} AND row_id IN ({})",
        d.literal(table),
        ids.join(", ")
    )
}

/// The statement that forgets all rows of tables.
pub fn forget_tables(d: &dyn Dialect, tables: &[&str]) -> String {
    let names: Vec<String> = tables.iter().map(|t| d.literal(t)).collect();
    format!(
        "DELETE FROM {LEDGER} WHERE table_name IN ({})",
        names.join(", ")
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
            Some(format!(
                "table_name = {} AND NOT {}",
                d.literal(t),
                d.is_gone(t)?
            ))
        })
        .collect();
    match there.is_empty() {
        true => format!("DELETE FROM {LEDGER}"),
        false => format!("DELETE FROM {LEDGER} WHERE NOT ({})", there.join(" OR ")),
    }
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
    }
}
