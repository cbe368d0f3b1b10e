//! What databases tell of statements that a killed run left in flight.

use super::Dialect;
use std::collections::BTreeMap;

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

/// Something that a server lost when it crashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// What it is: `foreign key t.k`.
    pub what: String,
    /// The statement that brings it back.
    pub restore: String,
}

/// What a dialect knows of statements in flight.
pub trait InFlight: Send + Sync {
    /// An expression for a text that holds what the catalogue says of these names; `None` where a
    /// statement's signs in the catalogue are enough.
    fn description(&self, _names: &Names) -> Option<String> {
        None
    }

    /// What is gone between two such texts, though the statement does not name it.
    fn lost(&self, _before: &str, _now: &str, _statement: &str) -> Vec<Lost> {
        Vec::new()
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
    fn description(&self, names: &Names) -> Option<String> {
        if names.is_empty() {
            return None;
        }
        let mut parts = Vec::new();
        // One name at a time: for those, the server looks at that table alone.
        let mut part = |what: &str, columns: &str, of: &str, place: (&str, &str), name: &String| {
            let (schema, column) = place;
            parts.push(format!(
                "CONCAT('[\"{what}\",', JSON_QUOTE({0}), ',[', IFNULL((SELECT GROUP_CONCAT(JSON_ARRAY({columns}) \
                 ORDER BY JSON_ARRAY({columns})) FROM information_schema.{of} \
                 WHERE {schema} = DATABASE() AND {column} = {0}), ''), ']]')",
                self.literal(name)
            ));
        };
        let table = ("TABLE_SCHEMA", "TABLE_NAME");
        for t in &names.tables {
            for (what, columns, of) in [
                (
                    "table",
                    "TABLE_TYPE, ENGINE, TABLE_COLLATION, CREATE_OPTIONS, TABLE_COMMENT",
                    "TABLES",
                ),
                (
                    "columns",
                    "ORDINAL_POSITION, COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, COLUMN_TYPE, \
                     COLLATION_NAME, EXTRA, GENERATION_EXPRESSION, COLUMN_COMMENT",
                    "COLUMNS",
                ),
                (
                    "indexes",
                    "INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, INDEX_TYPE",
                    "STATISTICS",
                ),
                (
                    "constraints",
                    "CONSTRAINT_NAME, CONSTRAINT_TYPE",
                    "TABLE_CONSTRAINTS",
                ),
                (
                    "keys",
                    "CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, \
                     REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME",
                    "KEY_COLUMN_USAGE",
                ),
                ("view", "VIEW_DEFINITION, SECURITY_TYPE", "VIEWS"),
            ] {
                part(what, columns, of, table, t);
            }
            part(
                "rules",
                "CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE",
                "REFERENTIAL_CONSTRAINTS",
                ("CONSTRAINT_SCHEMA", "TABLE_NAME"),
                t,
            );
        }
        for g in &names.triggers {
            part(
                "trigger",
                "EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT",
                "TRIGGERS",
                // The same as TRIGGER_SCHEMA, by which the server would look into all databases and
                // give up at one where somebody changes a table.
                ("EVENT_OBJECT_SCHEMA", "TRIGGER_NAME"),
                g,
            );
        }
        for r in &names.routines {
            part(
                "routine",
                "ROUTINE_TYPE, ROUTINE_DEFINITION, SECURITY_TYPE",
                "ROUTINES",
                ("ROUTINE_SCHEMA", "ROUTINE_NAME"),
                r,
            );
        }
        Some(format!(
            "CONCAT('[', CONCAT_WS(',', {}), ']')",
            parts.join(", ")
        ))
    }

    /// MariaDB that dies in an ALTER TABLE which copies the table can come back with the statement done
    /// and the table's older foreign keys gone (seen with 10.11, killed while the copy waited to take the
    /// table's place).
    fn lost(&self, before: &str, now: &str, statement: &str) -> Vec<Lost> {
        let (Some(before), Some(now)) = (Described::read(before), Described::read(now)) else {
            return Vec::new();
        };
        let all = tokens(statement);
        let named = |name: &str| all.iter().any(|(t, _)| t.name() == Some(name));
        let mut lost = Vec::new();
        for (table, keys) in before.keys() {
            let there = now.rows("keys", table);
            // A table that is gone took its keys along.
            if now.rows("columns", table).is_empty() {
                continue;
            }
            for (name, columns) in keys {
                if named(&name) || there.iter().any(|row| row[0].as_str() == Some(&name)) {
                    continue;
                }
                let rules = before.rows("rules", table);
                let rules = rules.iter().find(|row| row[0].as_str() == Some(&name));
                lost.extend(
                    rules.and_then(|rules| self.foreign_key(table, &name, &columns, rules)),
                );
            }
        }
        lost
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

impl Mysql {
    /// The statement for a foreign key, from the rows that described it.
    fn foreign_key(&self, table: &str, name: &str, columns: &[&Row], rules: &Row) -> Option<Lost> {
        let text = |row: &Row, i: usize| row.get(i)?.as_str().map(str::to_owned);
        let names = |i: usize| -> Option<String> {
            let all: Option<Vec<String>> = columns
                .iter()
                .map(|row| text(row, i).map(|c| self.ident(&c)))
                .collect();
            Some(all?.join(", "))
        };
        let first = columns.first()?;
        Some(Lost {
            what: format!("foreign key {table}.{name}"),
            restore: format!(
                "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}.{} ({}) ON DELETE {} ON UPDATE {}",
                self.ident(table),
                self.ident(name),
                names(2)?,
                self.ident(&text(first, 3)?),
                self.ident(&text(first, 4)?),
                names(5)?,
                text(rules, 1)?,
                text(rules, 2)?,
            ),
        })
    }
}

type Row = Vec<serde_json::Value>;

/// What [`InFlight::description`] gave on MySQL.
struct Described(Vec<(String, String, Vec<Row>)>);

impl Described {
    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn rows(&self, what: &str, name: &str) -> Vec<&Row> {
        let parts = self.0.iter().filter(|(w, n, _)| w == what && n == name);
        parts
            .flat_map(|(_, _, rows)| rows)
            .filter(|row| !row.is_empty())
            .collect()
    }

    /// The foreign keys of each table, with their columns in order.
    fn keys(&self) -> impl Iterator<Item = (&str, BTreeMap<String, Vec<&Row>>)> {
        let tables = self.0.iter().filter(|(what, _, _)| what == "keys");
        tables.map(|(_, table, rows)| {
            let mut keys: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
            for row in rows {
                // Primary and unique keys refer to nothing.
                let refers = row.get(4).is_some_and(|r| !r.is_null());
                if let (Some(name), true) = (row[0].as_str(), refers) {
                    keys.entry(name.to_owned()).or_default().push(row);
                }
            }
            for columns in keys.values_mut() {
                columns.sort_by_key(|row| row.get(1).and_then(serde_json::Value::as_u64));
            }
            (table.as_str(), keys)
        })
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
        assert_eq!(Mysql.description(&Names::of("SET @a = 1")), None);
    }

    #[test]
    fn a_foreign_key_that_nobody_dropped_is_missed() {
        let key = r#"["keys","t",[["PRIMARY",1,"id",null,null,null],["k",2,"b","s","p","y"],["k",1,"a","s","p","x"]]]"#;
        let rules = r#"["rules","t",[["k","CASCADE","NO ACTION"]]]"#;
        let columns = r#"["columns","t",[[1,"id"]]]"#;
        let before = format!("[{columns},{key},{rules}]");
        let now = format!(r#"[{columns},["keys","t",[]],["rules","t",[]]]"#);
        let lost = |now: &str, sql: &str| InFlight::lost(&Mysql, &before, now, sql);
        let found = lost(&now, "ALTER TABLE t ADD c int");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].what, "foreign key t.k");
        assert_eq!(
            found[0].restore,
            "ALTER TABLE `t` ADD CONSTRAINT `k` FOREIGN KEY (`a`, `b`) REFERENCES `s`.`p` (`x`, `y`) \
             ON DELETE CASCADE ON UPDATE NO ACTION"
        );
        assert_eq!(lost(&now, "ALTER TABLE t DROP FOREIGN KEY k"), []);
        assert_eq!(lost(&before, "ALTER TABLE t ADD c int"), []);
        assert_eq!(lost("[]", "DROP TABLE t"), []);
        assert_eq!(lost("what?", "ALTER TABLE t ADD c int"), []);
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
