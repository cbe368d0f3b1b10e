//! Going through the ledger.

use std::collections::BTreeMap;

use super::ledger::{Entry, LEDGER, UNREADABLE, exists, read};
use crate::engine::database::Database;
use crate::engine::error::Result;

/// Goes through the ledger a portion at a time: what seeders made for each row of a table can be as
/// much as the application has.
pub struct Walk {
    groups: Vec<Group>,
    after: Option<String>,
}

/// The entries of one seeder and table.
struct Group {
    seeder: String,
    table: String,
    rows: usize,
}

/// Entries in a portion.
const PORTION: usize = 5_000;

impl Walk {
    /// Begins, for entries with that property.
    ///
    /// # Errors
    /// The database's.
    pub async fn new(db: &mut Database, condition: &str) -> Result<Self> {
        let mut groups = Vec::new();
        if exists(db) {
            let count = db.dialect().as_text("count(*)");
            let script = format!(
                "SELECT seeder, table_name, {count} FROM {LEDGER} WHERE {condition} \
                 GROUP BY seeder, table_name ORDER BY seeder DESC, table_name DESC"
            );
            let results = db.query(UNREADABLE, &script).await?;
            groups.extend(results.into_iter().flat_map(|r| r.rows).map(|row| {
                let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
                Group {
                    seeder: get(0),
                    table: get(1),
                    rows: get(2).parse().unwrap_or(0),
                }
            }));
        }
        Ok(Self {
            groups,
            after: None,
        })
    }

    /// The tables that entries are about.
    pub fn tables(&self) -> Vec<String> {
        let mut tables: Vec<String> = self.groups.iter().map(|g| g.table.clone()).collect();
        tables.sort();
        tables.dedup();
        tables
    }

    /// The next entries, by table; `None` at the end. A portion may be empty before that.
    ///
    /// # Errors
    /// The database's.
    pub async fn next(
        &mut self,
        db: &mut Database,
    ) -> Result<Option<BTreeMap<String, Vec<Entry>>>> {
        let d = db.dialect();
        let is = |group: &Group| {
            format!(
                "seeder = {} AND table_name = {}",
                d.literal(&group.seeder),
                d.literal(&group.table)
            )
        };
        let mut conditions = Vec::new();
        let mut room = PORTION;
        while let Some(group) = self.groups.pop_if(|group| group.rows <= room) {
            room -= group.rows;
            conditions.push(is(&group));
        }
        let entries = match (conditions.as_slice(), self.groups.last()) {
            ([], None) => return Ok(None),
            ([], Some(large)) => {
                let mut condition = is(large);
                if let Some(after) = &self.after {
                    condition.push_str(&format!(" AND row_key > {}", d.literal(after)));
                }
                let entries = read(
                    db,
                    &format!("WHERE {condition} ORDER BY row_key LIMIT {PORTION}"),
                )
                .await?;
                self.after = entries.last().map(|e| e.key.clone());
                if entries.len() < PORTION {
                    self.groups.pop();
                    self.after = None;
                }
                entries
            }
            (small, _) => read(db, &format!("WHERE {}", small.join(" OR "))).await?,
        };
        let mut by_table: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            by_table.entry(entry.table.clone()).or_default().push(entry);
        }
        Ok(Some(by_table))
    }
}
