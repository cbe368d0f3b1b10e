//! What differs between databases when tenants are told apart: which keys can be relied on, how a long
//! query is ended, and the statements that mend a table without stopping those who use it.

use super::mysql::Mysql;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Dialect, Guards, Trials};

/// A foreign key to be made.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// The table that refers.
    pub table: &'a str,
    /// Its columns.
    pub columns: &'a [&'a str],
    /// The table that is referred to.
    pub parent: &'a str,
    /// The columns that are referred to.
    pub parent_columns: &'a [&'a str],
}

/// What a database knows of keys and limits.
pub trait TenancySql: Send + Sync {
    /// Whether a foreign key in the catalogue proves that each row has its parent, unless the
    /// catalogue says of the key that it was never validated.
    fn proves_keys(&self) -> bool {
        false
    }

    /// The collation in what the catalogue says of a column, where two columns need the same one to refer
    /// to each other.
    fn collation<'a>(&self, _extra: &'a str) -> Option<&'a str> {
        None
    }

    /// The statement after which the queries of a transaction end after so many milliseconds.
    fn limit(&self, _ms: u32) -> Option<String> {
        None
    }

    /// A query that begins with SELECT, made to end after so many milliseconds.
    fn limited(&self, query: &str, _ms: u32) -> String {
        query.to_owned()
    }

    /// The row level security of a schema, where there is such a thing.
    fn guards(&self) -> Option<&dyn Guards> {
        None
    }

    /// How row level security is put on trial, where there is such a thing.
    fn trials(&self) -> Option<&dyn Trials> {
        None
    }

    /// The statements that add a foreign key; none where only making the table anew does it.
    fn add_reference(&self, reference: &Reference) -> Vec<String>;

    /// The statement that adds an index.
    fn add_index(&self, table: &str, columns: &[&str]) -> String;

    /// The statements that make columns unique together, so that a foreign key can refer to them.
    fn add_unique(&self, table: &str, columns: &[&str]) -> Vec<String>;

    /// The statements that keep NULL out of a column of that type; none as above.
    fn refuse_null(&self, table: &str, column: &str, kind: &str) -> Vec<String>;
}

/// The name of a constraint or index in the scheme of the sets, cut to what every database keeps.
fn name(table: &str, columns: &[&str], what: &str) -> String {
    let mut stem = format!("{table}_{}", columns.join("_"));
    while stem.len() + what.len() + 1 > 63 {
        stem.pop();
    }
    format!("{stem}_{what}")
}

fn list(d: &dyn Dialect, columns: &[&str]) -> String {
    let quoted: Vec<String> = columns.iter().map(|c| d.ident(c)).collect();
    quoted.join(", ")
}

fn constraint(d: &dyn Dialect, r: &Reference) -> (String, String) {
    let named = d.ident(&name(r.table, r.columns, "fkey"));
    let clause = format!(
        "FOREIGN KEY ({}) REFERENCES {} ({})",
        list(d, r.columns),
        d.ident(r.parent),
        list(d, r.parent_columns)
    );
    (named, clause)
}

fn index(d: &dyn Dialect, create: &str, table: &str, columns: &[&str], what: &str) -> String {
    format!(
        "{create} {} ON {} ({})",
        d.ident(&name(table, columns, what)),
        d.ident(table),
        list(d, columns)
    )
}

impl TenancySql for Postgres {
    fn proves_keys(&self) -> bool {
        true
    }

    fn limit(&self, ms: u32) -> Option<String> {
        Some(format!("SET LOCAL statement_timeout = {ms}"))
    }

    fn guards(&self) -> Option<&dyn Guards> {
        Some(self)
    }

    fn trials(&self) -> Option<&dyn Trials> {
        Some(self)
    }

    fn add_reference(&self, reference: &Reference) -> Vec<String> {
        let (named, clause) = constraint(self, reference);
        let table = self.ident(reference.table);
        // Validated by itself: that takes no lock which stops writers.
        vec![
            format!("ALTER TABLE {table} ADD CONSTRAINT {named} {clause} NOT VALID"),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {named}"),
        ]
    }

    fn add_index(&self, table: &str, columns: &[&str]) -> String {
        index(self, "CREATE INDEX CONCURRENTLY", table, columns, "idx")
    }

    fn add_unique(&self, table: &str, columns: &[&str]) -> Vec<String> {
        let named = self.ident(&name(table, columns, "key"));
        vec![
            index(
                self,
                "CREATE UNIQUE INDEX CONCURRENTLY",
                table,
                columns,
                "key",
            ),
            format!(
                "ALTER TABLE {} ADD CONSTRAINT {named} UNIQUE USING INDEX {named}",
                self.ident(table)
            ),
        ]
    }

    fn refuse_null(&self, table: &str, column: &str, _kind: &str) -> Vec<String> {
        let named = self.ident(&name(table, &[column], "set"));
        let (table, column) = (self.ident(table), self.ident(column));
        // With the validated check SET NOT NULL need not look at the rows under its lock.
        vec![
            format!(
                "ALTER TABLE {table} ADD CONSTRAINT {named} CHECK ({column} IS NOT NULL) NOT VALID"
            ),
            format!("ALTER TABLE {table} VALIDATE CONSTRAINT {named}"),
            format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"),
            format!("ALTER TABLE {table} DROP CONSTRAINT {named}"),
        ]
    }
}

impl TenancySql for Mysql {
    fn collation<'a>(&self, extra: &'a str) -> Option<&'a str> {
        let is_one = |word: &&str| ["_ci", "_cs", "_bin"].iter().any(|end| word.ends_with(end));
        extra.split_whitespace().find(is_one)
    }

    /// MariaDB has a statement around it, MySQL a hint; each takes the other's for a comment.
    fn limited(&self, query: &str, ms: u32) -> String {
        let rest = query.strip_prefix("SELECT ").unwrap_or(query);
        format!(
            "/*M!100600 SET STATEMENT max_statement_time={} FOR */ SELECT /*+ MAX_EXECUTION_TIME({ms}) */ {rest}",
            f64::from(ms) / 1000.0
        )
    }

    fn add_reference(&self, reference: &Reference) -> Vec<String> {
        let (named, clause) = constraint(self, reference);
        let table = self.ident(reference.table);
        vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT {named} {clause}"
        )]
    }

    fn add_index(&self, table: &str, columns: &[&str]) -> String {
        index(self, "CREATE INDEX", table, columns, "idx")
    }

    fn add_unique(&self, table: &str, columns: &[&str]) -> Vec<String> {
        vec![index(self, "CREATE UNIQUE INDEX", table, columns, "key")]
    }

    fn refuse_null(&self, table: &str, column: &str, kind: &str) -> Vec<String> {
        vec![format!(
            "ALTER TABLE {} MODIFY {} {kind} NOT NULL",
            self.ident(table),
            self.ident(column)
        )]
    }
}

impl TenancySql for Sqlite {
    fn add_reference(&self, _reference: &Reference) -> Vec<String> {
        Vec::new()
    }

    fn add_index(&self, table: &str, columns: &[&str]) -> String {
        index(self, "CREATE INDEX", table, columns, "idx")
    }

    fn add_unique(&self, table: &str, columns: &[&str]) -> Vec<String> {
        vec![index(self, "CREATE UNIQUE INDEX", table, columns, "key")]
    }

    fn refuse_null(&self, _table: &str, _column: &str, _kind: &str) -> Vec<String> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_everywhere_and_cut_no_character() {
        let long = name(&"ä".repeat(40), &["x"], "fkey");
        assert!(long.len() <= 63 && long.ends_with("_fkey"), "{long}");
        assert_eq!(name("a", &["b", "c"], "key"), "a_b_c_key");
    }
}
