//! What a migration makes, in words and numbers, for somebody who reads a schema set.

use serde::Serialize;

use super::effects::{Effect, eat, effects, object, standing_tables};
use crate::schema::sql::{Token, tokens};

/// What statements make, by kind, in their order. Kinds of which there are many are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Makes {
    /// New tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// Tables that are made anew in place of themselves, as SQLite needs it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rebuilt: Vec<String>,
    /// New columns of other tables, `table.column`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// New types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// New views.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<String>,
    /// New functions and procedures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// How many indexes, without those of constraints.
    #[serde(skip_serializing_if = "is_zero")]
    pub indexes: usize,
    /// How many triggers.
    #[serde(skip_serializing_if = "is_zero")]
    pub triggers: usize,
    /// How many row level security policies.
    #[serde(skip_serializing_if = "is_zero")]
    pub policies: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Reads off what statements make.
pub fn makes(statements: &[String]) -> Makes {
    let effects = effects(statements);
    let mut out = Makes {
        tables: standing_tables(&effects),
        ..Makes::default()
    };
    for effect in &effects {
        match effect {
            Effect::DropTable(t) if out.tables.contains(t) => out.rebuilt.push(t.clone()),
            Effect::RebuildTable(t) => out.rebuilt.push(t.clone()),
            Effect::AddColumn(t, c) => out.columns.push(format!("{t}.{c}")),
            Effect::CreateType(t) => out.types.push(t.clone()),
            _ => {}
        }
    }
    out.tables.retain(|t| !out.rebuilt.contains(t));
    for statement in statements {
        let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
        other(&all, &mut out);
    }
    out
}

/// Objects that are neither tables nor parts of them.
fn other(mut rest: &[Token], out: &mut Makes) {
    if !eat(&mut rest, &["CREATE"]) {
        return;
    }
    let before_the_kind = [
        "OR",
        "REPLACE",
        "UNIQUE",
        "TEMP",
        "TEMPORARY",
        "MATERIALIZED",
        "CONSTRAINT",
    ];
    while before_the_kind.iter().any(|word| eat(&mut rest, &[word])) {}
    if eat(&mut rest, &["INDEX"]) {
        out.indexes += 1;
    } else if eat(&mut rest, &["TRIGGER"]) {
        out.triggers += 1;
    } else if eat(&mut rest, &["POLICY"]) {
        out.policies += 1;
    } else if eat(&mut rest, &["VIEW"]) {
        eat(&mut rest, &["IF", "NOT", "EXISTS"]);
        out.views.extend(object(&mut rest));
    } else if eat(&mut rest, &["FUNCTION"]) || eat(&mut rest, &["PROCEDURE"]) {
        out.functions.extend(object(&mut rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statements: &[&str]) -> Makes {
        let owned: Vec<String> = statements.iter().map(|s| (*s).to_owned()).collect();
        makes(&owned)
    }

    #[test]
    fn every_kind_is_told_apart() {
        let found = of(&[
            "CREATE TYPE mood AS ENUM ('ok')",
            "CREATE TABLE \"users\" (id int)",
            "ALTER TABLE chats ADD COLUMN org int",
            "CREATE UNIQUE INDEX i ON users (id) WHERE id > 0",
            "CREATE INDEX j ON users (id)",
            "CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid AS $$ CREATE TABLE x $$",
            "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON users EXECUTE FUNCTION f()",
            "CREATE POLICY \"p\" ON users USING (true)",
            "CREATE VIEW v AS SELECT 1",
            "INSERT INTO users VALUES (1)",
        ]);
        let names = |list: &[&str]| -> Vec<String> { list.iter().map(|s| (*s).into()).collect() };
        assert_eq!(
            found,
            Makes {
                tables: names(&["users"]),
                rebuilt: Vec::new(),
                columns: names(&["chats.org"]),
                types: names(&["mood"]),
                views: names(&["v"]),
                functions: names(&["uid"]),
                indexes: 2,
                triggers: 1,
                policies: 1,
            }
        );
    }

    #[test]
    fn a_rebuilt_table_is_not_a_new_one() {
        let found = of(&[
            "CREATE TABLE p_new (id int)",
            "INSERT INTO p_new SELECT * FROM p",
            "DROP TABLE p",
            "ALTER TABLE p_new RENAME TO p",
        ]);
        assert_eq!((found.tables.len(), found.rebuilt), (0, vec!["p".into()]));
    }
}
