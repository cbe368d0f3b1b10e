//! The journal of migrations that cannot be one transaction: which statement is in flight, what it was
//! to do, and what was there before it.

use super::database::Database;
use super::effects::beginning;
use super::error::{Error, Exit, Result};
use super::migration::{Direction, Migration, checksum};
use crate::dialect::{Dialect, Names};

/// The journal's table. It is made by the first run that needs it: never, where every migration is one
/// transaction.
pub const JOURNAL: &str = "saasdb_journal";

/// A statement that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its number, from 1.
    pub number: usize,
    /// SHA-256 of its text.
    pub hash: String,
    /// What the catalogue said before of the names in it.
    pub found: Option<String>,
    /// Whether it was carried out.
    pub finished: bool,
}

/// What kind of statement it is, as far as a crash is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It changes rows: it can be one transaction with its entry in the journal.
    Rows,
    /// It changes the schema: whether it did, the catalogue tells.
    Schema,
    /// It holds for the session, or has no effect that counts: it may run again.
    Session,
    /// Nothing tells what it did.
    Opaque,
}

impl Kind {
    /// By the first words.
    pub fn of(statement: &str) -> Self {
        let mut words = statement.split_whitespace().map(str::to_ascii_uppercase);
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        match first.as_str() {
            "INSERT" | "UPDATE" | "DELETE" | "REPLACE" => Self::Rows,
            "CREATE" | "ALTER" | "DROP" | "RENAME" | "COMMENT" | "GRANT" | "REVOKE" => Self::Schema,
            "SET" if !matches!(second.as_str(), "GLOBAL" | "PERSIST" | "PASSWORD") => Self::Session,
            "ANALYZE" | "VACUUM" | "REINDEX" | "OPTIMIZE" => Self::Session,
            _ => Self::Opaque,
        }
    }
}

/// The fingerprint of one statement.
pub(super) fn hash(statement: &str) -> String {
    checksum(std::slice::from_ref(&statement.to_owned()))
}

/// Whether the table is there.
pub(super) fn exists(db: &Database) -> bool {
    db.facts.relations.iter().any(|r| r == JOURNAL)
}

/// The statements that make the table.
pub(super) fn create_table(d: &dyn Dialect) -> Vec<String> {
    let mut out = vec![format!(
        "CREATE TABLE {JOURNAL} (version {} NOT NULL, number integer NOT NULL, direction {short} NOT NULL, \
         hash {} NOT NULL, intent {} NOT NULL, found {}, started_at {time} NOT NULL, finished_at {time}, \
         PRIMARY KEY (version, number)){}",
        d.varchar(255),
        d.varchar(64),
        d.varchar(255),
        d.long_text(),
        d.table_options(),
        short = d.varchar(16),
        time = d.varchar(32),
    )];
    out.extend(d.keep_from_others(&[JOURNAL]));
    out
}

/// The statements before statement `number` (from 1) runs.
pub(super) fn begin(
    d: &dyn Dialect,
    migration: &Migration,
    direction: Direction,
    number: usize,
) -> Vec<String> {
    let statement = &migration.statements(direction)[number - 1];
    let found = match Kind::of(statement) {
        Kind::Schema => d.in_flight().description(&Names::of(statement)),
        _ => None,
    };
    let mut intent = format!("{}: {}", direction.word(), beginning(statement));
    while intent.len() > 255 {
        intent.pop();
    }
    let key = format!(
        "version = {} AND number = {number}",
        d.literal(&migration.name)
    );
    let mut out = Vec::new();
    // Apart: within an INSERT, MariaDB makes an error of each table that it cannot look at because
    // somebody else is altering it.
    let found = found.map(|expression| {
        out.push(format!("SET @saasdb_found = ({expression})"));
        "@saasdb_found".to_owned()
    });
    out.extend([
        format!("DELETE FROM {JOURNAL} WHERE {key}"),
        format!(
            "INSERT INTO {JOURNAL} (version, number, direction, hash, intent, found, started_at) \
             VALUES ({}, {number}, {}, {}, {}, {}, {})",
            d.literal(&migration.name),
            d.literal(direction.word()),
            d.literal(&hash(statement)),
            d.literal(&intent),
            found.unwrap_or_else(|| "NULL".to_owned()),
            d.now_text(),
        ),
    ]);
    out
}

/// The statement after statement `number` was carried out.
pub(super) fn finish(d: &dyn Dialect, name: &str, number: usize) -> String {
    format!(
        "UPDATE {JOURNAL} SET finished_at = {} WHERE version = {} AND number = {number}",
        d.now_text(),
        d.literal(name)
    )
}

/// The statement that forgets a statement which the database refused: it is not in flight.
pub(super) fn forget(d: &dyn Dialect, name: &str, number: usize) -> String {
    format!(
        "DELETE FROM {JOURNAL} WHERE version = {} AND number = {number}",
        d.literal(name)
    )
}

/// The statement that forgets a migration, which is done or begins anew.
pub(super) fn clear(d: &dyn Dialect, name: &str) -> String {
    format!("DELETE FROM {JOURNAL} WHERE version = {}", d.literal(name))
}

/// What the journal says of one direction of a migration, by number.
///
/// # Errors
/// The database's; rows that saasdb did not write.
pub(super) async fn read(
    db: &mut Database,
    migration: &Migration,
    direction: Direction,
) -> Result<Vec<Entry>> {
    if !exists(db) {
        return Ok(Vec::new());
    }
    let d = db.dialect();
    let script = format!(
        "SELECT {}, hash, found, CASE WHEN finished_at IS NULL THEN '0' ELSE '1' END FROM {JOURNAL} \
         WHERE version = {} AND direction = {} ORDER BY number",
        d.as_text("number"),
        d.literal(&migration.name),
        d.literal(direction.word()),
    );
    let results = db.query("the journal cannot be read", &script).await?;
    let rows = results.into_iter().next().unwrap_or_default().rows;
    rows.into_iter()
        .map(|row| {
            let get = |i: usize| row.get(i).cloned().flatten();
            let number = get(0).and_then(|n| n.parse().ok()).filter(|n| *n > 0);
            Some(Entry {
                number: number?,
                hash: get(1)?,
                found: get(2),
                finished: get(3)? == "1",
            })
        })
        .collect::<Option<Vec<Entry>>>()
        .ok_or_else(|| {
            Error::failed(format!("{JOURNAL} has other contents than expected"))
                .migration(&migration.name)
                .on(&db.target)
                .hint("is it another program's table? nothing was changed")
        })
}

/// Refuses to go on with statements that are not those which were begun.
///
/// # Errors
/// Exit code 4, naming the first one that was edited.
pub(super) fn verify(
    db: &Database,
    migration: &Migration,
    direction: Direction,
    entries: &[Entry],
) -> Result<()> {
    let statements = migration.statements(direction);
    let edited = entries.iter().find(|e| {
        statements
            .get(e.number - 1)
            .is_none_or(|s| hash(s) != e.hash)
    });
    match edited {
        None => Ok(()),
        Some(entry) => Err(Error::new(
            Exit::Findings,
            "a migration was edited while it was half done",
        )
        .migration(&migration.name)
        .on(&db.target)
        .because(format!(
            "statement {} of its {} is not the one that ran",
            entry.number,
            direction.word()
        ))
        .hint("undo the edit, then run the same command again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_statements() {
        for (sql, kind) in [
            ("insert into t values (1)", Kind::Rows),
            (" UPDATE t SET a = 1", Kind::Rows),
            ("CREATE TABLE t (id int)", Kind::Schema),
            ("SET foreign_key_checks = 0", Kind::Session),
            ("SET GLOBAL x = 1", Kind::Opaque),
            ("SELECT tidy()", Kind::Opaque),
            ("CALL tidy()", Kind::Opaque),
            ("TRUNCATE t", Kind::Opaque),
            ("LOAD DATA INFILE 'x' INTO TABLE t", Kind::Opaque),
            ("", Kind::Opaque),
        ] {
            assert_eq!(Kind::of(sql), kind, "{sql}");
        }
    }
}
