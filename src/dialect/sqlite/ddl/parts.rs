//! Single objects of SQLite as SQL.

use super::Sqlite;
use crate::dialect::Dialect;
use crate::schema::ddl::{self, names};
use crate::schema::sql::{self, Token};
use crate::schema::{Column, ForeignKey, Index, Schema, Table};

pub(super) fn id(name: &str) -> String {
    Sqlite.ident(name)
}

pub(super) fn ids(list: &[String]) -> String {
    let list: Vec<String> = list.iter().map(|n| id(n)).collect();
    list.join(", ")
}

/// Whether it is part of CREATE TABLE.
pub(super) fn is_constraint(index: &Index) -> bool {
    matches!(index.kind.as_str(), "primary" | "unique")
}

/// Whether ALTER TABLE ADD COLUMN takes it: it wants a constant for the rows that are there.
pub(super) fn can_be_added(column: &Column) -> bool {
    let constant = column
        .default
        .as_deref()
        .is_none_or(|d| is_simple(d) && !d.to_ascii_uppercase().starts_with("CURRENT_"));
    let null = column
        .default
        .as_deref()
        .is_none_or(|d| d.eq_ignore_ascii_case("null"));
    constant
        && (column.nullable || !null)
        && column.extra != "autoincrement"
        && !column.generation.ends_with("STORED")
}

/// Whether a default needs no brackets.
pub(super) fn is_simple(default: &str) -> bool {
    let all = sql::tokens(default);
    let number = |tokens: &[sql::Spanned]| {
        let digit = |(t, _): &sql::Spanned| match t {
            Token::Word(w) => w.starts_with(|c: char| c.is_ascii_digit()),
            Token::Mark(m) => *m == '.',
            _ => false,
        };
        !tokens.is_empty() && tokens.iter().all(digit)
    };
    match all.as_slice() {
        [_] => true,
        [(Token::Mark('+' | '-'), _), rest @ ..] => number(rest),
        rest => number(rest),
    }
}

/// A column in CREATE TABLE; `key` follows NOT NULL.
pub(super) fn write_column(column: &Column, key: &str) -> String {
    let mut out = id(&column.name);
    let mut push = |text: &str| {
        out.push(' ');
        out.push_str(text);
    };
    if !column.kind.is_empty() {
        push(&column.kind);
    }
    if !column.nullable {
        push("NOT NULL");
    }
    if !key.is_empty() {
        push(key);
    }
    if !column.collation.is_empty() {
        push(&format!("COLLATE {}", id(&column.collation)));
    }
    if let Some(default) = &column.default {
        push(&match is_simple(default) {
            true => format!("DEFAULT {default}"),
            false => format!("DEFAULT ({default})"),
        });
    }
    if !column.generation.is_empty() {
        push(&format!("GENERATED ALWAYS AS {}", column.generation));
    }
    out
}

pub(super) fn constraint_name(name: &str) -> String {
    match name.is_empty() {
        true => String::new(),
        false => format!("CONSTRAINT {} ", id(name)),
    }
}

pub(super) fn create_table(name: &str, table: &Table, schema: &Schema) -> String {
    let counted = table.columns.iter().any(|c| c.extra == "autoincrement");
    let key = table.indexes.values().find(|i| i.kind == "primary");
    let mut parts = Vec::new();
    for column in &table.columns {
        let key = match (column.extra.as_str(), key) {
            ("autoincrement", Some(key)) => format!(
                "{}PRIMARY KEY{} AUTOINCREMENT",
                constraint_name(&key.name),
                behind(&key.extra)
            ),
            _ => String::new(),
        };
        parts.push(write_column(column, &key));
    }
    let of = |kind: &'static str| table.indexes.values().filter(move |i| i.kind == kind);
    if !counted {
        parts.extend(of("primary").map(|i| write_key("PRIMARY KEY", i, table)));
    }
    parts.extend(of("unique").map(|i| write_key("UNIQUE", i, table)));
    parts.extend(
        table
            .foreign_keys
            .values()
            .map(|fk| write_reference(fk, table, schema)),
    );
    parts.extend(
        table
            .checks
            .iter()
            .map(|(key, text)| match text.is_empty() {
                true => format!("CHECK ({key})"),
                false => text.clone(),
            }),
    );
    let tail = match table.options.is_empty() {
        true => String::new(),
        false => format!(" {}", table.options.to_ascii_uppercase()),
    };
    ddl::create_table(&id(name), &parts, &tail)
}

pub(super) fn behind(text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!(" {text}"),
    }
}

pub(super) fn write_key(words: &str, index: &Index, table: &Table) -> String {
    let terms = match index.definition.is_empty() {
        true => format!("({})", ids(&names(&index.columns, Some(table)))),
        false => index.definition.clone(),
    };
    format!(
        "{}{words} {terms}{}",
        constraint_name(&index.name),
        behind(&index.extra)
    )
}

pub(super) fn write_reference(fk: &ForeignKey, table: &Table, schema: &Schema) -> String {
    let columns = names(&fk.columns, Some(table));
    // The catalogue has no columns where the statement named none.
    let parents = match fk.parent_columns.split(',').all(|c| c == "rowid") {
        true => String::new(),
        false => {
            let parent = schema.tables.get(&fk.table);
            format!(" ({})", ids(&names(&fk.parent_columns, parent)))
        }
    };
    let mut out = format!(
        "{}FOREIGN KEY ({}) REFERENCES {}{parents}",
        constraint_name(&fk.name),
        ids(&columns),
        id(&fk.table)
    );
    for (words, action) in [("ON DELETE", &fk.on_delete), ("ON UPDATE", &fk.on_update)] {
        if action != "NO ACTION" && !action.is_empty() {
            out.push_str(&format!(" {words} {action}"));
        }
    }
    match fk.timing.as_str() {
        "deferrable" => out.push_str(" DEFERRABLE"),
        "initially deferred" => out.push_str(" DEFERRABLE INITIALLY DEFERRED"),
        _ => {}
    }
    out
}

pub(super) fn create_index(table_name: &str, table: &Table, name: &str, index: &Index) -> String {
    let unique = if index.kind == "unique index" {
        "UNIQUE "
    } else {
        ""
    };
    let tail = match (index.definition.is_empty(), &index.predicate) {
        (false, _) => index.definition.clone(),
        (true, predicate) => {
            // As an older snapshot has it: without the quotes that were there.
            let columns = names(&index.columns.replace(", ", ","), Some(table));
            let columns: Vec<String> = columns
                .iter()
                .map(|c| {
                    if table.column(c).is_some() {
                        id(c)
                    } else {
                        c.clone()
                    }
                })
                .collect();
            let predicate = predicate.as_ref().map(|p| format!(" WHERE {p}"));
            format!("({}){}", columns.join(", "), predicate.unwrap_or_default())
        }
    };
    format!(
        "CREATE {unique}INDEX {} ON {} {tail}",
        id(name),
        id(table_name)
    )
}
