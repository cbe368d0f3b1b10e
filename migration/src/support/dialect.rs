use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The databases that the sets are written for.
///
/// sea-orm's own list may grow; a type of ours keeps every `match` in the builder exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL 15 or later.
    Postgres,
    /// MySQL 8 or MariaDB 10.11.
    MySql,
    /// SQLite 3.35 or later, which is when it learned DROP COLUMN.
    Sqlite,
}

impl Dialect {
    /// Every dialect, for tests that go through all of them.
    pub const ALL: [Dialect; 3] = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];

    /// The dialect that a migration is to render for.
    pub fn of(manager: &SchemaManager<'_>) -> Result<Self, DbErr> {
        match manager.get_database_backend() {
            DbBackend::Postgres => Ok(Self::Postgres),
            DbBackend::MySql => Ok(Self::MySql),
            DbBackend::Sqlite => Ok(Self::Sqlite),
            other => Err(DbErr::Migration(format!(
                "no migration is written for {other:?}"
            ))),
        }
    }

    /// Quotes an identifier.
    pub fn ident(self, name: &str) -> String {
        match self {
            Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::Postgres | Self::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// Quotes identifiers and joins them with commas.
    pub fn idents(self, names: &[&str]) -> String {
        let quoted: Vec<String> = names.iter().map(|name| self.ident(name)).collect();
        quoted.join(", ")
    }

    /// Quotes a string literal; MySQL also treats the backslash as an escape.
    pub fn literal(self, text: &str) -> String {
        let doubled = text.replace('\'', "''");
        match self {
            Self::MySql => format!("'{}'", doubled.replace('\\', "\\\\")),
            Self::Postgres | Self::Sqlite => format!("'{doubled}'"),
        }
    }

    /// Quotes string literals and joins them with commas.
    pub fn literals(self, texts: &[&str]) -> String {
        let quoted: Vec<String> = texts.iter().map(|text| self.literal(text)).collect();
        quoted.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(Dialect::Postgres.ident(r#"a"b"#), r#""a""b""#);
        assert_eq!(Dialect::MySql.ident("a`b"), "`a``b`");
        assert_eq!(Dialect::Sqlite.literal("it's"), "'it''s'");
        assert_eq!(Dialect::MySql.literal(r"it's \ "), r"'it''s \\ '");
    }
}
