//! Keeping everybody else's writes out of tables while their rows are counted and dropped.

use std::time::Duration;

use super::{Cause, Dialect, SqlError};

/// How a database locks tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableLocks {
    /// The statement that waits for all of them and takes them.
    pub take: String,
    /// The statement that gives them back, where the end of the transaction does not.
    pub give_back: Option<&'static str>,
}

/// What a dialect knows of table locks.
pub trait Locks: Send + Sync {
    /// Locks tables (`schema.table` in another schema) against everybody else. Where a session that
    /// holds such locks is shown no other tables, it may also read those of `read`. `None` where
    /// beginning a transaction locks all there is.
    fn tables(&self, _write: &[String], _read: &[&str]) -> Option<TableLocks> {
        None
    }

    /// The statements around taking locks on several tables by which a transaction gives up before the
    /// server looks for sessions that wait for each other: what it ended then could be the
    /// application's. `limit` is how long a statement may wait otherwise.
    fn briefly(&self, _limit: Duration) -> Option<(String, String)> {
        None
    }

    /// A statement that holds all rows of a table until the transaction ends, and keeps new ones out,
    /// where a transaction would give table locks back.
    fn all_rows(&self, _table: &str) -> Option<String> {
        None
    }

    /// Whether a server of this version drops several tables in one statement while it holds locks on
    /// them.
    fn hold_while_dropping(&self, _server_version: &str) -> bool {
        true
    }

    /// Whether a statement failed because of the locks that this session holds, or was not allowed to
    /// take: it may still run without them.
    fn stand_in_the_way(&self, _error: &SqlError) -> bool {
        false
    }
}

impl Locks for super::postgres::Postgres {
    /// The lock that DROP TABLE wants in the end: a weaker one would have to be raised, and two
    /// sessions that raise theirs wait for each other.
    fn tables(&self, write: &[String], _read: &[&str]) -> Option<TableLocks> {
        let names: Vec<String> = write.iter().map(|t| self.path(t)).collect();
        Some(TableLocks {
            take: format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")),
            give_back: None,
        })
    }

    /// Less than the default of `deadlock_timeout`.
    fn briefly(&self, limit: Duration) -> Option<(String, String)> {
        const BRIEF: Duration = Duration::from_millis(900);
        let set = |d: Duration| format!("SET LOCAL lock_timeout = {}", d.as_millis());
        // None is no limit.
        (limit > BRIEF || limit.is_zero()).then(|| (set(BRIEF), set(limit)))
    }
}

impl Locks for super::sqlite::Sqlite {}

impl Locks for super::mysql::Mysql {
    fn tables(&self, write: &[String], read: &[&str]) -> Option<TableLocks> {
        let write = write.iter().map(|t| format!("{} WRITE", self.path(t)));
        let read = read.iter().map(|t| format!("{} READ", self.ident(t)));
        let all: Vec<String> = write.chain(read).collect();
        Some(TableLocks {
            take: format!("LOCK TABLES {}", all.join(", ")),
            give_back: Some("UNLOCK TABLES"),
        })
    }

    fn all_rows(&self, table: &str) -> Option<String> {
        Some(format!(
            "SELECT count(*) FROM {} FOR UPDATE",
            self.path(table)
        ))
    }

    /// MySQL 9.7 drops them, and then fails: it wants to open those that refer to each other again.
    fn hold_while_dropping(&self, server_version: &str) -> bool {
        server_version.contains("MariaDB")
    }

    fn stand_in_the_way(&self, error: &SqlError) -> bool {
        // A table that is locked for reading only, or not at all; a statement that is not allowed
        // under locks; no privilege to take them.
        let code = error.code.as_deref();
        error.cause == Cause::Permission || matches!(code, Some("1099" | "1100" | "1192"))
    }
}
