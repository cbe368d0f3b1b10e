//! A schema against what a document says, for the tests of every set: lists of columns, indexes and
//! references, written from the document, compared with the catalogue as plain SQL shows it.

use super::catalogue::{Catalogue, Column};
use crate::support::{Db, TestDb};

/// Every table with its columns as `name type [!] [= default]`, where `!` refuses NULL. The types are
/// the documents'; [`spelled`] says what they are on each database.
pub type Tables<'a> = [(&'a str, &'a [&'a str])];

/// Fails the test unless the database has exactly these tables and columns. The first column of each
/// is its primary key.
#[track_caller]
pub fn assert_columns(db: &TestDb, expected: &Tables) {
    let catalogue = Catalogue::read(db);
    let mut tables: Vec<&str> = expected.iter().map(|(table, _)| *table).collect();
    tables.sort_unstable();
    assert_eq!(catalogue.tables, tables);
    for (table, expected) in expected {
        let found: Vec<&Column> = catalogue.columns_of(table).collect();
        let names: Vec<&str> = found.iter().map(|c| c.name.as_str()).collect();
        let wanted: Vec<&str> = expected
            .iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(names, wanted, "columns of {table}");
        assert_eq!(catalogue.primary_key(table), names[..1], "key of {table}");
        for (column, line) in found.iter().zip(*expected) {
            assert_column(db, &catalogue, column, line);
        }
    }
}

#[track_caller]
fn assert_column(db: &TestDb, catalogue: &Catalogue, column: &Column, line: &str) {
    let (line, default) = match line.split_once(" = ") {
        Some((line, default)) => (line, Some(default)),
        None => (line, None),
    };
    let words: Vec<&str> = line.split(' ').collect();
    let what = format!("{}.{}", column.table, column.name);
    let kind = spelled(db.kind(), &column.table, &column.name, words[1]);
    assert_eq!(column.kind, kind, "type of {what}");
    assert_eq!(column.nullable, words.len() == 2, "nullability of {what}");
    assert_eq!(
        column.auto,
        words[1].starts_with("counted"),
        "counting of {what}"
    );
    let found = plain_default(column);
    match (
        found.as_deref().and_then(is_json),
        default.and_then(is_json),
    ) {
        (None, None) => assert_eq!(found.as_deref(), default, "default of {what}"),
        (found, wanted) => assert_eq!(found, wanted, "default of {what}"),
    }
    if let Some(values) = words[1].strip_prefix("enum(") {
        let values: Vec<&str> = values.trim_end_matches(')').split(',').collect();
        let found = catalogue.values_of(column).unwrap_or_default();
        assert_eq!(found, values, "values of {what}");
    }
}

/// Fails the test unless the database has exactly these indexes: table, columns; the unique ones with
/// `!`. Primary keys are not among them.
#[track_caller]
pub fn assert_indexes(db: &TestDb, expected: &[(&str, &str)]) {
    let mut found: Vec<(String, String)> = Catalogue::read(db)
        .indexes
        .iter()
        .filter(|index| !index.primary)
        .map(|index| {
            let mark = if index.unique { "!" } else { "" };
            (index.table.clone(), index.columns.join(",") + mark)
        })
        .collect();
    let mut expected: Vec<(String, String)> = expected
        .iter()
        .map(|(table, columns)| ((*table).to_owned(), (*columns).to_owned()))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// Fails the test unless the database has exactly these foreign keys, all to an `id`: table, column,
/// parent, what deleting the parent does. `on_update` is what changing the parent's key does, for all.
#[track_caller]
pub fn assert_keys(db: &TestDb, expected: &[(&str, &str, &str, &str)], on_update: &str) {
    // InnoDB knows one word for two things that it does alike.
    let action = |word: &str| match db.kind() {
        Db::Mysql => word.replace("RESTRICT", "NO ACTION"),
        _ => word.to_owned(),
    };
    let mut found: Vec<[String; 5]> = Catalogue::read(db)
        .keys
        .iter()
        .map(|key| {
            assert_eq!(key.parent_columns, ["id"]);
            [
                key.table.clone(),
                key.columns.join(","),
                key.parent.clone(),
                action(&key.on_delete),
                action(&key.on_update),
            ]
        })
        .collect();
    let mut expected: Vec<[String; 5]> = expected
        .iter()
        .map(|(table, column, parent, on_delete)| {
            let names = [table, column, parent].map(|word| (*word).to_owned());
            let [table, column, parent] = names;
            [table, column, parent, action(on_delete), action(on_update)]
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// The type as that database's catalogue prints it.
fn spelled(kind: Db, table: &str, column: &str, word: &str) -> String {
    let (name, arguments) = word.split_once('(').unwrap_or((word, ""));
    let own = |sqlite: &str, postgres: &str, mysql: &str| {
        let words = [sqlite, postgres, mysql];
        words[Db::ALL.iter().position(|db| *db == kind).unwrap()].to_owned()
    };
    match name {
        "counted" | "int" => own("integer", "integer", "int(11)"),
        "counted64" => own("integer", "bigint", "bigint(20)"),
        "uuid" => own("char(36)", "uuid", "char(36)"),
        "varchar" => own(word, &format!("character varying({arguments}"), word),
        "text" => own("text", "text", "text"),
        "key" => own("text", "text", "varchar(255)"),
        "bool" => own("boolean", "boolean", "tinyint(1)"),
        "time" => own("datetime", "timestamp with time zone", "datetime(3)"),
        "local" => own("datetime", "timestamp(3) without time zone", "datetime(3)"),
        "date" => own("date", "date", "date"),
        "json" => own("text", "jsonb", "json"),
        "decimal" => own(
            &word.replace(',', ", "),
            &word.replace("decimal", "numeric"),
            word,
        ),
        "enum" => {
            let name = format!("{table}_{column}_enum");
            let name = match name.chars().any(char::is_uppercase) {
                true => format!("\"{name}\""),
                false => name,
            };
            own(
                "text",
                &name,
                &word
                    .replace(',', "','")
                    .replace('(', "('")
                    .replace(')', "')"),
            )
        }
        _ => panic!("{word}"),
    }
}

/// The default as an expectation writes it.
fn plain_default(column: &Column) -> Option<String> {
    let text = column.default.as_ref()?;
    if text.contains("uuid()") || text.contains("randomblob") {
        return Some("random".to_owned());
    }
    let lower = text.to_ascii_lowercase();
    if ["current_timestamp", "utc_timestamp", "now()", "strftime"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Some("now".to_owned());
    }
    let text = text
        .split_once("'::")
        .map_or(text.as_str(), |(text, _)| text);
    let text = text.trim_matches(['(', ')']).trim_matches('\'');
    Some(match (column.kind.as_str(), text) {
        ("tinyint(1)", "1") => "true".to_owned(),
        ("tinyint(1)", "0") => "false".to_owned(),
        (kind, number) if kind.starts_with("decimal") && number.contains('.') => number
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        _ => text.to_owned(),
    })
}

fn is_json(text: &str) -> Option<serde_json::Value> {
    text.starts_with('{')
        .then(|| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")))
}
