//! A schema set as files for the tools of others.

use super::effects::drops_tables;
use super::migration::{Direction, Migration, Source};
use super::version::title;
use crate::schema::sql::{Token, tokens};

/// A migration as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    /// sea-orm's name of the migration.
    pub migration: String,
    /// `0001_create_tenants.sql`.
    pub name: String,
    /// What is in it.
    pub content: String,
}

/// The files that `wrangler d1 migrations apply` takes, for a source that was rendered for SQLite.
///
/// D1 runs each file in a transaction of its own with foreign keys on, and lets nobody switch them
/// off (<https://developers.cloudflare.com/d1/sql-api/foreign-keys/>). It does let a file put the
/// check off until the end, which rebuilding a table needs. Its reader cuts triggers in two where
/// there are carriage returns.
pub fn d1(source: &Source) -> Vec<MigrationFile> {
    source
        .migrations
        .iter()
        .enumerate()
        .map(|(i, migration)| MigrationFile {
            migration: migration.name.clone(),
            name: format!("{:04}_{}.sql", i + 1, title(&migration.name)),
            content: d1_content(source.set, migration),
        })
        .collect()
}

fn d1_content(set: &str, migration: &Migration) -> String {
    let mut out = format!(
        "-- Schema set {set}, migration {}.\n-- Made by saasdb schema export.\n\n",
        migration.name
    );
    if drops_tables(migration.effects(Direction::Up)) {
        out.push_str("PRAGMA defer_foreign_keys = on;\n");
    }
    for statement in &migration.up {
        let statement = statement.replace("\r\n", "\n");
        if let Some(bare) = bare(&statement) {
            out.push_str(bare);
            out.push_str(";\n");
        }
    }
    out
}

/// The statement without what comes behind it (semicolons, comments). Nothing where it is none that
/// D1 takes: transactions and foreign keys are its own business.
fn bare(statement: &str) -> Option<&str> {
    let all = tokens(statement);
    let word = |i: usize, word: &str| all.get(i).is_some_and(|(t, _)| t.is(word));
    let transaction = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"];
    if transaction.iter().any(|w| word(0, w)) || (word(0, "PRAGMA") && word(1, "foreign_keys")) {
        return None;
    }
    // D1 lets nobody edit its catalogue: there a column keeps the default that it was made with.
    if (word(0, "PRAGMA") && word(1, "writable_schema"))
        || (word(0, "UPDATE") && word(1, "sqlite_master"))
    {
        return None;
    }
    let (_, last) = all.iter().rfind(|(t, _)| *t != Token::Mark(';'))?;
    Some(statement[..last.end].trim_start())
}

/// The number by which wrangler orders migrations: the digits before the first other character.
pub fn d1_number(file: &str) -> Option<u64> {
    let digits = file.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
    file[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Backend;

    fn source(statements: &[&str]) -> Source {
        let up = statements.iter().map(|s| (*s).to_owned()).collect();
        let migration = Migration {
            name: "m20250101_000000_create_things".to_owned(),
            up,
            down: Vec::new(),
            outside_transaction: false,
            checksum: String::new(),
            known_effects: Default::default(),
        };
        Source {
            set: "sample",
            backend: Backend::Sqlite,
            migrations: vec![migration],
        }
    }

    fn body(statements: &[&str]) -> String {
        let files = d1(&source(statements));
        assert_eq!(files[0].name, "0001_create_things.sql");
        let (header, body) = files[0].content.split_once("\n\n").expect("header");
        assert!(header.contains("sample") && header.contains("m20250101_000000_create_things"));
        body.to_owned()
    }

    #[test]
    fn statements_end_with_one_semicolon_and_a_line_break() {
        assert_eq!(
            body(&[
                "CREATE TABLE a (\r\n  id int -- the key;\r\n) ; ; -- done",
                "  CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET id = 1; SELECT ';'; END;",
                "-- nothing\n",
            ]),
            "CREATE TABLE a (\n  id int -- the key;\n);\n\
             CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET id = 1; SELECT ';'; END;\n"
        );
    }

    #[test]
    fn transactions_and_foreign_keys_are_left_to_d1() {
        assert_eq!(
            body(&[
                "PRAGMA foreign_keys = OFF",
                "BEGIN IMMEDIATE",
                "SAVEPOINT s",
                "SELECT 'BEGIN'",
                "RELEASE s",
                "commit",
            ]),
            "SELECT 'BEGIN';\n"
        );
    }

    #[test]
    fn a_rebuild_puts_the_check_of_foreign_keys_off() {
        let rebuild = [
            "CREATE TABLE b (id int)",
            "DROP TABLE a",
            "ALTER TABLE b RENAME TO a",
        ];
        assert!(body(&rebuild).starts_with("PRAGMA defer_foreign_keys = on;\nCREATE TABLE b"));
        assert!(!body(&rebuild[..1]).contains("PRAGMA"));
    }

    #[test]
    fn numbers_are_read_as_wrangler_reads_them() {
        for (file, number) in [
            ("0001_create_things.sql", Some(1)),
            ("12_x.sql", Some(12)),
            ("7.sql", Some(7)),
            ("init.sql", None),
            ("_1.sql", None),
            ("99999999999999999999_x.sql", None),
        ] {
            assert_eq!(d1_number(file), number, "{file}");
        }
    }
}
