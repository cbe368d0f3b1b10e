//! What statements do to tables, columns and data, read off their text.
//!
//! Used to say before anything runs which objects a migration makes (is one there already?) and
//! what it would destroy (how many rows?). A statement that is not understood has no effect here;
//! [`Effect::Opaque`] marks those that could hide one.

use crate::schema::sql::{Token, tokens};

/// One effect of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Makes a table.
    CreateTable(String),
    /// Drops a table with its rows.
    DropTable(String),
    /// Adds a column to a table.
    AddColumn(String, String),
    /// Drops a column with its values.
    DropColumn(String, String),
    /// Makes a named type.
    CreateType(String),
    /// Drops a named type.
    DropType(String),
    /// Deletes rows of a table (DELETE, TRUNCATE).
    DeleteRows(String),
    /// Renames a table: from, to.
    RenameTable(String, String),
    /// Makes a table anew under its own name with all of its rows, as SQLite needs it for what
    /// others do with ALTER TABLE.
    RebuildTable(String),
    /// Adds a foreign key to a table: table, constraint.
    AddForeignKey(String, String),
    /// Drops a foreign key or another named constraint: table, constraint.
    DropConstraint(String, String),
    /// Drops a table, `schema.table`, if it carries the comment [`MADE_BY`](crate::dialect::MADE_BY): a migration that makes
    /// what it finds missing marks it so, and takes back nothing else.
    DropMadeTable(String),
    /// Makes a trigger.
    CreateTrigger(String),
    /// Drops a trigger.
    DropTrigger(String),
    /// Makes something that does not go when the tables of the migration go: a function, a role.
    MakesMore,
    /// Code whose effects on rows cannot be read off; its beginning.
    Opaque(String),
}

/// The effects of statements, in order.
pub fn effects(statements: &[String]) -> Vec<Effect> {
    let all = rebuilds(statements.iter().flat_map(|s| of(s)).collect());
    recreations(all, statements)
}

/// Takes a table that is copied, dropped, made again under its own name and filled from the copy for
/// what it is, too.
fn recreations(mut all: Vec<Effect>, statements: &[String]) -> Vec<Effect> {
    for (copy, table) in statements.iter().filter_map(|s| copied(s)) {
        let (made, dropped) = (Effect::CreateTable, Effect::DropTable);
        let expected = [
            made(copy.clone()),
            dropped(table.clone()),
            made(table.clone()),
            dropped(copy.clone()),
        ];
        let about = |e: &Effect| expected.contains(e);
        if !all.iter().filter(|e| about(e)).eq(&expected) || !fills(statements, &table, &copy) {
            continue;
        }
        let place = all.iter().position(|e| *e == expected[2]);
        all[place.unwrap_or_default()] = Effect::RebuildTable(table);
        all.retain(|e| !about(e));
    }
    all
}

/// The table that `CREATE TABLE copy AS SELECT * FROM table` makes, and the one that it copies whole.
pub fn copied(statement: &str) -> Option<(String, String)> {
    let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
    let mut rest = all.as_slice();
    if !eat(&mut rest, &["CREATE", "TABLE"]) {
        return None;
    }
    let copy = object(&mut rest)?;
    if !eat(&mut rest, &["AS", "SELECT"]) || rest.first() != Some(&Token::Mark('*')) {
        return None;
    }
    rest = &rest[1..];
    let table = eat(&mut rest, &["FROM"]).then(|| object(&mut rest))??;
    rest.is_empty().then_some((copy, table))
}

/// Whether a statement puts all rows of `copy` into `table`.
fn fills(statements: &[String], table: &str, copy: &str) -> bool {
    statements.iter().any(|statement| {
        let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
        let mut rest = all.as_slice();
        if !eat(&mut rest, &["INSERT", "INTO"]) || object(&mut rest).as_deref() != Some(table) {
            return false;
        }
        let Some(from) = rest.iter().rposition(|t| t.is("FROM")) else {
            return false;
        };
        let mut source = &rest[from + 1..];
        object(&mut source).as_deref() == Some(copy)
            && (source.is_empty() || eat(&mut source, &["ORDER", "BY"]))
    })
}

/// Takes a table that is made under another name, filled, and put in the place of the first one
/// for what it is. Otherwise the rows would count as lost, and the table as new.
fn rebuilds(all: Vec<Effect>) -> Vec<Effect> {
    let pairs: Vec<(String, String)> = all
        .iter()
        .filter_map(|e| match e {
            Effect::RenameTable(from, to)
                if all.contains(&Effect::CreateTable(from.clone()))
                    && all.contains(&Effect::DropTable(to.clone())) =>
            {
                Some((from.clone(), to.clone()))
            }
            _ => None,
        })
        .collect();
    all.into_iter()
        .filter_map(|effect| match effect {
            Effect::CreateTable(t) if pairs.iter().any(|(from, _)| *from == t) => None,
            Effect::DropTable(t) if pairs.iter().any(|(_, to)| *to == t) => None,
            Effect::RenameTable(from, to) if pairs.contains(&(from.clone(), to.clone())) => {
                Some(Effect::RebuildTable(to))
            }
            other => Some(other),
        })
        .collect()
}

fn of(statement: &str) -> Vec<Effect> {
    let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
    let mut rest = all.as_slice();
    if eat(&mut rest, &["CREATE"]) {
        while eat(&mut rest, &["TEMPORARY"]) || eat(&mut rest, &["UNLOGGED"]) {}
        let more = [
            "FUNCTION",
            "PROCEDURE",
            "AGGREGATE",
            "ROLE",
            "USER",
            "SCHEMA",
            "VIEW",
            "MATERIALIZED",
            "SEQUENCE",
            "EXTENSION",
            "DOMAIN",
            "EVENT",
        ];
        if eat(&mut rest, &["OR", "REPLACE"])
            || rest.first().is_some_and(|t| more.iter().any(|w| t.is(w)))
        {
            return vec![Effect::MakesMore];
        }
        if eat(&mut rest, &["TABLE"]) {
            eat(&mut rest, &["IF", "NOT", "EXISTS"]);
            return object(&mut rest)
                .map(Effect::CreateTable)
                .into_iter()
                .collect();
        }
        if eat(&mut rest, &["TYPE"]) {
            return object(&mut rest)
                .map(Effect::CreateType)
                .into_iter()
                .collect();
        }
        if eat(&mut rest, &["TRIGGER"]) {
            return object(&mut rest)
                .map(Effect::CreateTrigger)
                .into_iter()
                .collect();
        }
    } else if eat(&mut rest, &["DROP", "TABLE"]) {
        return dropped(rest, Effect::DropTable);
    } else if eat(&mut rest, &["DROP", "TYPE"]) {
        return dropped(rest, Effect::DropType);
    } else if eat(&mut rest, &["DROP", "TRIGGER"]) {
        return object(&mut rest)
            .map(Effect::DropTrigger)
            .into_iter()
            .collect();
    } else if eat(&mut rest, &["ALTER", "TABLE"]) {
        return alter(rest);
    } else if eat(&mut rest, &["DELETE", "FROM"]) {
        return object(&mut rest)
            .map(Effect::DeleteRows)
            .into_iter()
            .collect();
    } else if eat(&mut rest, &["TRUNCATE"]) {
        eat(&mut rest, &["TABLE"]);
        return dropped(rest, Effect::DeleteRows);
    } else if eat(&mut rest, &["DO"]) {
        return block(statement, rest);
    } else if eat(&mut rest, &["CALL"]) {
        return vec![Effect::Opaque(beginning(statement))];
    }
    Vec::new()
}

/// What a block of code says in so many words. Whether it gets there only the database knows, and
/// text that it puts together and executes may be anything.
fn block(statement: &str, rest: &[Token]) -> Vec<Effect> {
    let mut out = vec![Effect::MakesMore];
    let body = rest.iter().find_map(|t| match t {
        Token::Text(text) => Some(unquoted(text)),
        _ => None,
    });
    let inner: Vec<Token> = body
        .map(|b| tokens(&b).into_iter().map(|(t, _)| t).collect())
        .unwrap_or_default();
    for i in 0..inner.len() {
        let mut rest = &inner[i..];
        if eat(&mut rest, &["DROP", "TABLE"]) {
            eat(&mut rest, &["IF", "EXISTS"]);
            out.extend(path(&mut rest).map(Effect::DropMadeTable));
        } else if ["EXECUTE", "DELETE", "TRUNCATE", "UPDATE", "PERFORM", "CALL"]
            .iter()
            .any(|w| inner[i].is(w))
            || (inner[i].is("DROP")
                && rest
                    .get(1)
                    .is_some_and(|t| t.is("COLUMN") || t.is("SCHEMA"))
                && cascades(rest))
        {
            return vec![Effect::MakesMore, Effect::Opaque(beginning(statement))];
        }
    }
    out
}

/// Whether a statement that begins here says CASCADE before it ends, or drops a column.
fn cascades(rest: &[Token]) -> bool {
    rest.get(1).is_some_and(|t| t.is("COLUMN"))
        || rest
            .iter()
            .take_while(|t| **t != Token::Mark(';'))
            .any(|t| t.is("CASCADE"))
}

/// The text of a literal, `'…'` or `$tag$…$tag$`.
fn unquoted(literal: &str) -> String {
    if literal.starts_with('\'') {
        return literal.trim_matches('\'').replace("''", "'");
    }
    let tag = literal[1..].find('$').map_or(literal.len(), |n| n + 2);
    let end = literal.len().saturating_sub(tag).max(tag);
    literal.get(tag..end).unwrap_or_default().to_owned()
}

/// The beginning of a statement, for somebody to recognize it by.
pub(super) fn beginning(statement: &str) -> String {
    let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn alter(mut rest: &[Token]) -> Vec<Effect> {
    eat(&mut rest, &["IF", "EXISTS"]);
    eat(&mut rest, &["ONLY"]);
    let Some(table) = object(&mut rest) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for action in split_on_commas(rest) {
        let mut action = action;
        if eat(&mut action, &["ADD", "CONSTRAINT"]) {
            let name = object(&mut action);
            if eat(&mut action, &["FOREIGN", "KEY"]) {
                out.extend(name.map(|n| Effect::AddForeignKey(table.clone(), n)));
            }
        } else if eat(&mut action, &["DROP", "CONSTRAINT"])
            || eat(&mut action, &["DROP", "FOREIGN", "KEY"])
        {
            eat(&mut action, &["IF", "EXISTS"]);
            out.extend(object(&mut action).map(|n| Effect::DropConstraint(table.clone(), n)));
        } else if eat(&mut action, &["ADD"]) {
            let not_columns = [
                "CONSTRAINT",
                "INDEX",
                "KEY",
                "UNIQUE",
                "PRIMARY",
                "FOREIGN",
                "CHECK",
                "FULLTEXT",
                "SPATIAL",
                "PARTITION",
            ];
            if !action
                .first()
                .is_some_and(|t| not_columns.iter().any(|w| t.is(w)))
            {
                eat(&mut action, &["COLUMN"]);
                eat(&mut action, &["IF", "NOT", "EXISTS"]);
                out.extend(object(&mut action).map(|c| Effect::AddColumn(table.clone(), c)));
            }
        } else if eat(&mut action, &["DROP"]) {
            let not_columns = [
                "CONSTRAINT",
                "INDEX",
                "KEY",
                "PRIMARY",
                "FOREIGN",
                "CHECK",
                "PARTITION",
            ];
            if !action
                .first()
                .is_some_and(|t| not_columns.iter().any(|w| t.is(w)))
            {
                eat(&mut action, &["COLUMN"]);
                eat(&mut action, &["IF", "EXISTS"]);
                out.extend(object(&mut action).map(|c| Effect::DropColumn(table.clone(), c)));
            }
        } else if eat(&mut action, &["RENAME", "TO"]) {
            out.extend(object(&mut action).map(|to| Effect::RenameTable(table.clone(), to)));
        }
    }
    out
}

/// `IF EXISTS a, b CASCADE`.
fn dropped(mut rest: &[Token], effect: fn(String) -> Effect) -> Vec<Effect> {
    eat(&mut rest, &["IF", "EXISTS"]);
    eat(&mut rest, &["ONLY"]);
    split_on_commas(rest)
        .into_iter()
        .filter_map(|mut part| object(&mut part).map(effect))
        .collect()
}

pub(super) fn split_on_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0i32;
    tokens
        .split(|t| {
            match t {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                _ => {}
            }
            depth == 0 && *t == Token::Mark(',')
        })
        .collect()
}

/// Takes the words from the front if they are all there.
pub(crate) fn eat(rest: &mut &[Token], words: &[&str]) -> bool {
    let there = rest.len() >= words.len() && rest.iter().zip(words).all(|(t, w)| t.is(w));
    if there {
        *rest = &rest[words.len()..];
    }
    there
}

/// Takes a name, `schema.name` too, of which the last part counts.
pub(super) fn object(rest: &mut &[Token]) -> Option<String> {
    let mut name = rest.first()?.name()?.to_owned();
    *rest = &rest[1..];
    while rest.first() == Some(&Token::Mark('.')) {
        name = rest.get(1)?.name()?.to_owned();
        *rest = &rest[2..];
    }
    Some(name)
}

/// Takes a name with its schema, if it has one, as `schema.name`.
pub(crate) fn path(rest: &mut &[Token]) -> Option<String> {
    let mut parts = vec![rest.first()?.name()?.to_owned()];
    *rest = &rest[1..];
    while rest.first() == Some(&Token::Mark('.')) {
        parts.push(rest.get(1)?.name()?.to_owned());
        *rest = &rest[2..];
    }
    Some(parts.join("."))
}

/// The tables that the effects make, in order.
pub fn created_tables(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::CreateTable(t) => Some(t.clone()),
            _ => None,
        })
        .collect()
}

/// The tables that stand at the end: those that the effects make, by their last names, less those
/// that they drop again.
pub fn standing_tables(effects: &[Effect]) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for effect in effects {
        match effect {
            Effect::CreateTable(t) => tables.push(t.clone()),
            Effect::DropTable(t) => tables.retain(|x| x != t),
            Effect::RenameTable(from, to) => {
                for table in tables.iter_mut().filter(|t| *t == from) {
                    table.clone_from(to);
                }
            }
            _ => {}
        }
    }
    tables
}

/// The first column of each table that the statements make, with the first word of its type: by
/// our convention the primary key.
pub fn first_columns(
    statements: &[String],
) -> std::collections::BTreeMap<String, (String, String)> {
    let mut out = std::collections::BTreeMap::new();
    for statement in statements {
        let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
        let open = all.iter().position(|t| *t == Token::Mark('('));
        if let ([Effect::CreateTable(table)], Some(i)) = (of(statement).as_slice(), open)
            && let (Some(name), Some(kind)) = (
                all.get(i + 1).and_then(Token::name),
                all.get(i + 2).and_then(Token::name),
            )
        {
            out.insert(table.clone(), (name.to_owned(), kind.to_ascii_lowercase()));
        }
    }
    out
}

/// Whether more is made than what goes with tables and types.
pub fn makes_more(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|e| matches!(e, Effect::MakesMore | Effect::Opaque(_)))
}

/// Whether dropping or renaming tables is among them, for which SQLite needs its foreign keys
/// switched off.
pub fn drops_tables(effects: &[Effect]) -> bool {
    effects.iter().any(|e| {
        matches!(
            e,
            Effect::DropTable(_) | Effect::RenameTable(..) | Effect::RebuildTable(_)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::Effect::*;
    use super::*;
    use proptest::prelude::*;

    fn one(sql: &str) -> Vec<Effect> {
        effects(&[sql.to_owned()])
    }

    #[test]
    fn effects_are_read_on_all_three_dialects() {
        let s = String::from;
        assert_eq!(
            one("CREATE TABLE \"a b\" (id int)"),
            [CreateTable(s("a b"))]
        );
        assert_eq!(
            one("create table if not exists public.`t` (x int)"),
            [CreateTable(s("t"))]
        );
        assert_eq!(one("CREATE TYPE \"m\" AS ENUM ('a')"), [CreateType(s("m"))]);
        assert_eq!(
            one("DROP TABLE IF EXISTS a, \"b\" CASCADE"),
            [DropTable(s("a")), DropTable(s("b"))]
        );
        assert_eq!(
            one(
                "ALTER TABLE `users` DROP FOREIGN KEY `f`, DROP INDEX `i`, DROP COLUMN `organizationId`"
            ),
            [
                DropConstraint(s("users"), s("f")),
                DropColumn(s("users"), s("organizationId"))
            ]
        );
        assert_eq!(
            one(
                "ALTER TABLE t ADD COLUMN c decimal(5, 2) DEFAULT (f(1, 2)), ADD CONSTRAINT x UNIQUE (c), ADD d int"
            ),
            [AddColumn(s("t"), s("c")), AddColumn(s("t"), s("d"))]
        );
        assert_eq!(one("ALTER TABLE t DROP c"), [DropColumn(s("t"), s("c"))]);
        assert_eq!(
            one("ALTER TABLE t RENAME TO u"),
            [RenameTable(s("t"), s("u"))]
        );
        assert_eq!(
            one("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES b (c)"),
            [AddForeignKey(s("t"), s("k"))]
        );
        assert_eq!(
            one("TRUNCATE a, b"),
            [DeleteRows(s("a")), DeleteRows(s("b"))]
        );
        assert_eq!(one("DELETE FROM a WHERE 1"), [DeleteRows(s("a"))]);
        assert_eq!(one("CREATE OR REPLACE VIEW v AS SELECT 1"), [MakesMore]);
        assert_eq!(one("CREATE FUNCTION f() RETURNS int AS 'x'"), [MakesMore]);
        assert_eq!(
            one("CALL tidy('everything that there is, and more')"),
            [Opaque(s("CALL tidy('everything that there is, and…"))]
        );
        assert_eq!(one("CREATE INDEX i ON t (c)"), []);
        assert_eq!(
            one("CREATE TRIGGER `g` BEFORE DELETE ON `t` FOR EACH ROW DELETE FROM `u`"),
            [CreateTrigger(s("g"))]
        );
        assert_eq!(one("DROP TRIGGER `g`"), [DropTrigger(s("g"))]);
        assert_eq!(one("-- DROP TABLE x\nSELECT 'DROP TABLE y'"), []);
    }

    #[test]
    fn blocks_of_code_say_what_they_drop_or_are_opaque() {
        let s = String::from;
        assert_eq!(
            one(
                "DO $$ BEGIN IF mine() THEN DROP TABLE auth.\"users\"; END IF; DROP ROLE r; END $$"
            ),
            [MakesMore, DropMadeTable(s("auth.users"))]
        );
        assert_eq!(one("DO 'BEGIN CREATE ROLE r; END'"), [MakesMore]);
        for body in [
            "EXECUTE format('DROP TABLE %I', t)",
            "DELETE FROM t",
            "TRUNCATE t",
            "PERFORM wipe()",
            "DROP SCHEMA s CASCADE",
            "ALTER TABLE t DROP COLUMN c",
        ] {
            let found = one(&format!("DO $x$ BEGIN {body}; END $x$"));
            assert!(
                matches!(found[..], [MakesMore, Opaque(_)]),
                "{body}: {found:?}"
            );
        }
    }

    #[test]
    fn a_rebuild_loses_nothing_and_makes_nothing() {
        let s = String::from;
        let sql = [
            "CREATE TABLE \"t_new\" (a int)",
            "INSERT INTO t_new (a) SELECT a FROM t",
            "DROP TABLE t",
            "ALTER TABLE t_new RENAME TO t",
        ]
        .map(s);
        assert_eq!(effects(&sql), [RebuildTable(s("t"))]);
        assert!(drops_tables(&effects(&sql)));
        assert_eq!(
            effects(&sql[2..]),
            [DropTable(s("t")), RenameTable(s("t_new"), s("t"))]
        );
    }

    #[test]
    fn a_table_that_is_recreated_from_a_whole_copy_is_rebuilt() {
        let s = String::from;
        let sql = [
            "CREATE TABLE t_rebuild AS SELECT * FROM \"t\"",
            "DROP TABLE t",
            "CREATE TABLE t (a int)",
            "INSERT INTO t (a) SELECT coalesce(a, 1) FROM t_rebuild ORDER BY rowid",
            "DROP TABLE t_rebuild",
        ]
        .map(s);
        assert_eq!(effects(&sql), [RebuildTable(s("t"))]);
        let dropped = [DropTable(s("t")), CreateTable(s("t"))];
        for (i, other) in [
            (0, "CREATE TABLE t_rebuild AS SELECT * FROM t WHERE a > 1"),
            (0, "CREATE TABLE t_rebuild AS SELECT * FROM u"),
            (3, "INSERT INTO t (a) SELECT a FROM t_rebuild LIMIT 1"),
            (3, "INSERT INTO u (a) SELECT a FROM t_rebuild"),
        ] {
            let mut sql = sql.clone();
            sql[i] = s(other);
            let found = effects(&sql);
            assert!(
                dropped.iter().all(|e| found.contains(e)),
                "{other}: {found:?}"
            );
        }
    }

    #[test]
    fn a_rebuilt_table_stands_once_under_its_own_name() {
        let made: Vec<Effect> = [
            "CREATE TABLE a (id int)",
            "CREATE TABLE b (id int)",
            "CREATE TABLE gone (id int)",
            "CREATE TABLE a_new (id int)",
            "DROP TABLE a",
            "ALTER TABLE a_new RENAME TO a",
            "DROP TABLE gone",
        ]
        .iter()
        .flat_map(|sql| one(sql))
        .collect();
        assert_eq!(standing_tables(&made), ["b", "a"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(sql in "(DROP TABLE|ALTER TABLE|TRUNCATE|CREATE TABLE)?[ -~]{0,60}") {
            let _ = one(&sql);
        }
    }
}
