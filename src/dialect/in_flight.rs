//! What databases tell of statements that a killed run left in flight.

use super::Dialect;
use super::mysql::Mysql;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use crate::schema::sql::{Token, tokens};

/// The names that a statement says, by what they name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Tables and views.
    pub tables: Vec<String>,
    /// Triggers.
    pub triggers: Vec<String>,
    /// Functions and procedures.
    pub routines: Vec<String>,
}

impl Names {
    /// Reads them off a statement. Some may name nothing.
    pub fn of(statement: &str) -> Self {
        let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
        let mut out = Self::default();
        for (i, token) in all.iter().enumerate() {
            let after = |words: &[&str]| words.iter().any(|w| token.is(w));
            let list = if after(&[
                "TABLE",
                "VIEW",
                "ON",
                "REFERENCES",
                "INTO",
                "UPDATE",
                "FROM",
                "JOIN",
                "TO",
            ]) {
                &mut out.tables
            } else if after(&["TRIGGER"]) {
                &mut out.triggers
            } else if after(&["PROCEDURE", "FUNCTION"]) {
                &mut out.routines
            } else {
                continue;
            };
            let mut rest = &all[i + 1..];
            while let [first, more @ ..] = rest
                && ["IF", "NOT", "EXISTS", "ONLY"].iter().any(|w| first.is(w))
            {
                rest = more;
            }
            // DROP TABLE and RENAME TABLE take several.
            while let Some(name) = rest.first().and_then(Token::name) {
                if !list.iter().any(|n| n == name) {
                    list.push(name.to_owned());
                }
                let [_, Token::Mark(','), more @ ..] = rest else {
                    break;
                };
                rest = more;
            }
        }
        out
    }

    fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.triggers.is_empty() && self.routines.is_empty()
    }
}

/// What a dialect knows of statements in flight.
pub trait InFlight: Send + Sync {
    /// An expression for 64 characters that change with what the catalogue says of these names; `None`
    /// where the catalogue's signs are enough.
    fn fingerprint(&self, _names: &Names) -> Option<String> {
        None
    }

    /// Whether a statement that commits by itself may travel in one message with others. PostgreSQL
    /// makes one transaction of a message, which those that ask to be outside of one do not stand.
    fn travels_with_others(&self) -> bool {
        false
    }

    /// A query for tables here whose rows a transaction cannot take back.
    fn untransactional(&self) -> Option<&'static str> {
        None
    }

    /// Where a statement that was cut short leaves something useless behind: the query that returns a
    /// row if it did, and the statement that clears it away.
    fn torn(&self, _statement: &str) -> Option<(String, String)> {
        None
    }
}

impl InFlight for Sqlite {}

impl InFlight for Postgres {
    /// CREATE INDEX CONCURRENTLY leaves an invalid index, which is in the way of another try:
    /// <https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY>.
    fn torn(&self, statement: &str) -> Option<(String, String)> {
        let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
        let at = all.iter().position(|t| t.is("CONCURRENTLY"))?;
        let makes = all.first()?.is("CREATE") && all[..at].iter().any(|t| t.is("INDEX"));
        let mut rest = &all[at + 1..];
        while let [first, more @ ..] = rest
            && ["IF", "NOT", "EXISTS"].iter().any(|w| first.is(w))
        {
            rest = more;
        }
        let name = rest.first()?.name().filter(|_| makes)?;
        Some((
            format!(
                "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 WHERE NOT i.indisvalid AND c.relname = {} AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())",
                self.literal(name),
            ),
            format!("DROP INDEX CONCURRENTLY {}", self.ident(name)),
        ))
    }
}

impl InFlight for Mysql {
    fn fingerprint(&self, names: &Names) -> Option<String> {
        if names.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        // One name at a time: for those, the server looks at that table alone.
        let mut part = |columns: &[&str], of: &str, schema: &str, column: &str, name: &String| {
            let columns: Vec<String> = columns
                .iter()
                .map(|c| format!("IFNULL({c}, '-')"))
                .collect();
            let row = format!("CONCAT_WS('|', {})", columns.join(", "));
            // With the name, or a table that was renamed would look like the one it was.
            parts.push(format!(
                "CONCAT({0}, ':', IFNULL((SELECT GROUP_CONCAT({row} ORDER BY {row} SEPARATOR '\\n') \
                 FROM information_schema.{of} WHERE {schema} = DATABASE() AND {column} = {0}), ''))",
                self.literal(name)
            ));
        };
        for t in &names.tables {
            let here = "TABLE_SCHEMA";
            part(
                &[
                    "TABLE_TYPE",
                    "ENGINE",
                    "TABLE_COLLATION",
                    "CREATE_OPTIONS",
                    "TABLE_COMMENT",
                ],
                "TABLES",
                here,
                "TABLE_NAME",
                t,
            );
            part(
                &[
                    "ORDINAL_POSITION",
                    "COLUMN_NAME",
                    "COLUMN_DEFAULT",
                    "IS_NULLABLE",
                    "COLUMN_TYPE",
                    "COLLATION_NAME",
                    "EXTRA",
                    "GENERATION_EXPRESSION",
                    "COLUMN_COMMENT",
                ],
                "COLUMNS",
                here,
                "TABLE_NAME",
                t,
            );
            part(
                &[
                    "INDEX_NAME",
                    "NON_UNIQUE",
                    "SEQ_IN_INDEX",
                    "COLUMN_NAME",
                    "SUB_PART",
                    "INDEX_TYPE",
                ],
                "STATISTICS",
                here,
                "TABLE_NAME",
                t,
            );
            part(
                &["CONSTRAINT_NAME", "CONSTRAINT_TYPE"],
                "TABLE_CONSTRAINTS",
                here,
                "TABLE_NAME",
                t,
            );
            part(
                &[
                    "CONSTRAINT_NAME",
                    "DELETE_RULE",
                    "UPDATE_RULE",
                    "REFERENCED_TABLE_NAME",
                ],
                "REFERENTIAL_CONSTRAINTS",
                "CONSTRAINT_SCHEMA",
                "TABLE_NAME",
                t,
            );
            part(
                &["VIEW_DEFINITION", "SECURITY_TYPE"],
                "VIEWS",
                here,
                "TABLE_NAME",
                t,
            );
        }
        for g in &names.triggers {
            part(
                &[
                    "EVENT_OBJECT_TABLE",
                    "ACTION_TIMING",
                    "EVENT_MANIPULATION",
                    "ACTION_STATEMENT",
                ],
                "TRIGGERS",
                // The same as TRIGGER_SCHEMA, by which the server would look into all databases and
                // give up at one where somebody changes a table.
                "EVENT_OBJECT_SCHEMA",
                "TRIGGER_NAME",
                g,
            );
        }
        for r in &names.routines {
            part(
                &["ROUTINE_TYPE", "ROUTINE_DEFINITION", "SECURITY_TYPE"],
                "ROUTINES",
                "ROUTINE_SCHEMA",
                "ROUTINE_NAME",
                r,
            );
        }
        Some(format!(
            "SHA2(CONCAT_WS('\\n\\n', {}), 256)",
            parts.join(", ")
        ))
    }

    fn travels_with_others(&self) -> bool {
        true
    }

    fn untransactional(&self) -> Option<&'static str> {
        Some(
            "SELECT t.TABLE_NAME FROM information_schema.TABLES t JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE \
             WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE = 'BASE TABLE' AND e.TRANSACTIONS <> 'YES'",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_off_statements() {
        let names = |sql: &str| {
            let n = Names::of(sql);
            (n.tables, n.triggers, n.routines)
        };
        let s = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            names(
                "ALTER TABLE `users` ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES `organizations` (id)"
            ),
            (s(&["users", "organizations"]), s(&[]), s(&[]))
        );
        assert_eq!(
            names("DROP TABLE IF EXISTS a, `b c`"),
            (s(&["a", "b c"]), s(&[]), s(&[]))
        );
        assert_eq!(
            names("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"),
            (s(&["t"]), s(&["g"]), s(&[]))
        );
        assert_eq!(
            names("RENAME TABLE a TO b"),
            (s(&["a", "b"]), s(&[]), s(&[]))
        );
        assert_eq!(
            names("DROP PROCEDURE IF EXISTS p"),
            (s(&[]), s(&[]), s(&["p"]))
        );
        assert_eq!(Mysql.fingerprint(&Names::of("SET @a = 1")), None);
    }

    #[test]
    fn an_index_that_was_cut_short_is_named() {
        let torn = |sql: &str| InFlight::torn(&Postgres, sql).map(|(_, clear)| clear);
        assert_eq!(
            torn("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"i j\" ON t (a)"),
            Some("DROP INDEX CONCURRENTLY \"i j\"".to_owned())
        );
        assert_eq!(torn("DROP INDEX CONCURRENTLY i"), None);
        assert_eq!(torn("CREATE INDEX i ON t (a)"), None);
    }
}
