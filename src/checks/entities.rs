//! `entities`: the models of the crate `entity` against the live schema. An application that works with
//! them fails at run time on what is found here.

use entity::{Kind, Model, ModelColumn};
use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Severity};
use crate::engine::Result;
use crate::schema::{Column, Schema, Table, sql};

/// The check.
pub struct Entities;

const NO_TABLE: Rule = Rule {
    id: "entities/table-missing",
    severity: Severity::Error,
    about: "an entity's table is not there",
    help: "Every query through the entity fails. Bring the table back, or take the entity out.",
};
const NO_COLUMN: Rule = Rule {
    id: "entities/column-missing",
    severity: Severity::Error,
    about: "a column of an entity is not in the table",
    help: "sea-orm selects every column by name, so every read of the entity fails.",
};
const TYPE: Rule = Rule {
    id: "entities/type",
    severity: Severity::Error,
    about: "a column's type is not what the entity reads",
    help: "Reading a row fails or changes the value. Change the column's type back, or the entity's field.",
};
const NULLABLE: Rule = Rule {
    id: "entities/nullable",
    severity: Severity::Error,
    about: "a column takes NULL and the entity does not",
    help: "The first NULL makes reading the row fail: make the column NOT NULL, or the field an Option.",
};
const NULLABLE_KEY: Rule = Rule {
    id: "entities/nullable-key",
    severity: Severity::Note,
    about: "a key takes NULL, as SQLite allows it, and the entity does not",
    help: "A row with NULL for a key can be written there on purpose only, since the key has a default.",
};
const NOT_NULL: Rule = Rule {
    id: "entities/not-null",
    severity: Severity::Warning,
    about: "the entity takes NULL and the column does not",
    help: "Writing None fails: take NOT NULL off the column, or make the field no Option.",
};
const VALUES: Rule = Rule {
    id: "entities/enum-values",
    severity: Severity::Error,
    about: "an enumerated column and its enum have different values",
    help: "A value that only the database has cannot be read, one that only the enum has cannot be written.",
};
const REQUIRED: Rule = Rule {
    id: "entities/column-unknown",
    severity: Severity::Error,
    about: "the table requires a column that the entity lacks",
    help: "Inserting through the entity fails: give the column a default, or the entity the field.",
};
const KEY: Rule = Rule {
    id: "entities/primary-key",
    severity: Severity::Error,
    about: "the primary key is not the entity's",
    help: "Finding, updating and deleting by key meets other rows than meant.",
};
const NO_ENTITY: Rule = Rule {
    id: "entities/entity-missing",
    severity: Severity::Note,
    about: "a table has no entity",
    help: "If it is the team's own, list it under `known` in [checks] of saasdb.toml.",
};
const RULES: &[Rule] = &[
    NO_TABLE,
    NO_COLUMN,
    TYPE,
    NULLABLE,
    NULLABLE_KEY,
    NOT_NULL,
    VALUES,
    REQUIRED,
    KEY,
    NO_ENTITY,
];

#[async_trait(?Send)]
impl Check for Entities {
    fn name(&self) -> &'static str {
        "entities"
    }

    fn about(&self) -> &'static str {
        "the entity crate's models against the live schema"
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    async fn not_for(&self, look: &mut Look<'_>) -> Result<Option<String>> {
        // The models are those of the schema after the last migration.
        let pending = look.survey().pending().count();
        Ok((pending > 0).then(|| "the models are those of the newest version".to_owned()))
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let models = look.set.models();
        let mut schema = (*look.schema().await?).clone();
        let names: Vec<String> = models.iter().map(path).collect();
        look.db
            .look_elsewhere(&mut schema, names.iter().map(String::as_str))
            .await?;
        let mut found = Vec::new();
        for (model, name) in models.iter().zip(&names) {
            match schema.table(name) {
                None => found.push(
                    Finding::new(&NO_TABLE, format!("the table {name} is not there"))
                        .on(format!("table {name}")),
                ),
                Some(table) => compare(&schema, name, table, model, &mut found),
            }
        }
        for table in schema.tables.keys() {
            if !names.contains(table) && !look.settings.knows(table) {
                found.push(
                    Finding::new(&NO_ENTITY, format!("the table {table} has no entity"))
                        .on(format!("table {table}")),
                );
            }
        }
        Ok(found)
    }
}

/// The table's name as the engine has it.
fn path(model: &Model) -> String {
    match &model.schema {
        Some(schema) => format!("{schema}.{}", model.table),
        None => model.table.clone(),
    }
}

fn compare(schema: &Schema, name: &str, table: &Table, model: &Model, found: &mut Vec<Finding>) {
    let about = |rule: &'static Rule, column: &str, message: String| {
        Finding::new(rule, message).on(format!("column {name}.{column}"))
    };
    for wanted in &model.columns {
        let Some(column) = table.columns.iter().find(|c| c.name == wanted.name) else {
            let message = format!("the column {name}.{} is not there", wanted.name);
            found.push(about(&NO_COLUMN, &wanted.name, message));
            continue;
        };
        if !fits(&wanted.kind, column) {
            let message = format!(
                "{name}.{} is {}, and the entity reads {}",
                column.name,
                column.kind,
                word(&wanted.kind)
            );
            found.push(about(&TYPE, &column.name, message));
        } else if let Some(finding) = values(schema, name, table, wanted, column) {
            found.push(finding);
        }
        if column.nullable && !wanted.nullable && !numbers_itself(table, column) {
            let message = format!("{name}.{} takes NULL, its entity does not", column.name);
            let harmless = column.default.is_some() && model.primary_key.contains(&column.name);
            let rule = if harmless { &NULLABLE_KEY } else { &NULLABLE };
            found.push(about(rule, &column.name, message));
        } else if wanted.nullable && !column.nullable {
            let message = format!("the entity takes NULL for {name}.{}", column.name);
            found.push(about(&NOT_NULL, &column.name, message));
        }
    }
    // Another schema's table is somebody else's, who fills what the entity does not know.
    if model.schema.is_some() {
        return;
    }
    for column in &table.columns {
        let known = model.columns.iter().any(|c| c.name == column.name);
        let required = !column.nullable && column.default.is_none() && column.extra.is_empty();
        if !known && required {
            let message = format!("{name}.{} is required, the entity lacks it", column.name);
            found.push(about(&REQUIRED, &column.name, message));
        }
    }
    let key = table.indexes.values().find(|i| i.kind == "primary");
    let key = key.map(|index| index_columns(&index.columns));
    if key.as_ref() != Some(&model.primary_key) {
        found.push(
            Finding::new(
                &KEY,
                format!("the primary key of {name} is not the entity's"),
            )
            .on(format!("table {name}"))
            .detail(format!("table  {}", key.unwrap_or_default().join(", ")))
            .detail(format!("entity {}", model.primary_key.join(", "))),
        );
    }
}

/// Whether NULL means the next number there, as in SQLite's `integer PRIMARY KEY`, and is never kept.
fn numbers_itself(table: &Table, column: &Column) -> bool {
    let key = table.indexes.values().find(|i| i.kind == "primary");
    column.kind.eq_ignore_ascii_case("integer")
        && key.is_some_and(|key| index_columns(&key.columns) == [column.name.as_str()])
}

/// The columns of an index as the catalogue prints them: `btree (id, "userId")`, `id,userId`.
fn index_columns(text: &str) -> Vec<String> {
    let tokens = sql::tokens(text);
    let inside = tokens
        .iter()
        .position(|(t, _)| *t == sql::Token::Mark('('))
        .map_or(0, |i| i + 1);
    let names = tokens[inside..].iter();
    names
        .filter_map(|(t, _)| t.name().map(str::to_owned))
        .collect()
}

/// Whether a column of that type can be read as that kind. Types are wider where a database lacks the
/// kind: SQLite keeps nearly everything as text.
fn fits(kind: &Kind, column: &Column) -> bool {
    let found = column.kind.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| found.starts_with(word));
    let text = &[
        "text",
        "varchar",
        "char",
        "character",
        "longtext",
        "mediumtext",
    ];
    match kind {
        Kind::Text => is(text) || is(&["tinytext", "citext", "uuid", "name"]),
        Kind::Integer => is(&["int", "bigint", "smallint", "tinyint", "mediumint"]),
        Kind::Boolean => is(&["bool", "tinyint(1)", "integer"]),
        Kind::Decimal => is(&["decimal", "numeric"]),
        Kind::Float => is(&["real", "double", "float"]),
        Kind::Timestamp => is(&["timestamp", "datetime"]),
        Kind::Date => is(&["date"]) && !is(&["datetime"]),
        Kind::Json | Kind::Array if is(&["json", "text", "longtext"]) => true,
        Kind::Array => found.ends_with("[]"),
        Kind::Json => false,
        Kind::Uuid => is(&["uuid", "char(36)"]),
        // A type of its own on PostgreSQL, whose name may be anything.
        Kind::Enum(_) => !is(&[
            "int",
            "bigint",
            "bool",
            "numeric",
            "timestamp",
            "date",
            "json",
        ]),
        Kind::Other(_) => true,
    }
}

fn word(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Integer => "a whole number".into(),
        Kind::Boolean => "true or false".into(),
        Kind::Decimal => "a decimal number".into(),
        Kind::Float => "a fraction".into(),
        Kind::Timestamp => "a point in time".into(),
        Kind::Date => "a day".into(),
        Kind::Json => "JSON".into(),
        Kind::Uuid => "a uuid".into(),
        Kind::Array => "a list".into(),
        Kind::Enum(_) => "one of a few words".into(),
        Kind::Other(other) => other.clone(),
    }
}

/// The difference between an enum's values and those that the column takes.
fn values(
    schema: &Schema,
    name: &str,
    table: &Table,
    wanted: &ModelColumn,
    column: &Column,
) -> Option<Finding> {
    let Kind::Enum(wanted) = &wanted.kind else {
        return None;
    };
    let found = schema.values_of(table, column)?;
    let lack = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|v| !b.contains(v)).cloned().collect()
    };
    let (extra, missing) = (lack(&found, wanted), lack(wanted, &found));
    if extra.is_empty() && missing.is_empty() {
        return None;
    }
    let mut finding = Finding::new(
        &VALUES,
        format!("{name}.{} and its enum have different values", column.name),
    )
    .on(format!("column {name}.{}", column.name));
    if !extra.is_empty() {
        finding = finding.detail(format!("only in the database: {}", extra.join(", ")));
    }
    if !missing.is_empty() {
        finding = finding.detail(format!("only in the enum: {}", missing.join(", ")));
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_columns_are_read_however_they_are_printed() {
        assert_eq!(index_columns("btree (id)"), ["id"]);
        assert_eq!(index_columns("btree (\"orgId\", b)"), ["orgId", "b"]);
        assert_eq!(index_columns("a,b"), ["a", "b"]);
    }
}
