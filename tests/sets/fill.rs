//! Rows for any schema: every table gets some, with a value in every column.

use super::catalogue::{Catalogue, Column, mentions};
use super::tools::quoted;
use crate::support::TestDb;

/// Rows that each table gets.
pub const ROWS: usize = 3;

/// Puts rows into the tables that are empty, and values into the columns that are NULL throughout,
/// so that calling it after every migration leaves nothing empty.
#[track_caller]
pub fn fill(db: &TestDb) {
    let catalogue = Catalogue::read(db);
    let mut session = db.session();
    let kind = db.kind();
    for table in parents_first(&catalogue) {
        let into = spelled(&table);
        let count = session.rows(&quoted(kind, &format!("SELECT count(*) FROM {into}")));
        if count[0][0] != "0" {
            continue;
        }
        // A set may do something of its own about rows of a table that is not its own.
        let outside = catalogue.outside.contains(&table);
        if outside {
            session.sql("SET session_replication_role = replica");
        }
        let columns: Vec<&Column> = catalogue.columns_of(&table).collect();
        let list: Vec<String> = columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
        for n in 1..=ROWS {
            // A reference may lead to a table that comes later: it is filled in below.
            let values: Vec<String> = columns
                .iter()
                .map(|c| match catalogue.key_of(&table, &c.name) {
                    Some(_) if c.nullable => "NULL".to_owned(),
                    _ => value(&catalogue, c, n),
                })
                .collect();
            session.sql(&quoted(
                kind,
                &format!(
                    "INSERT INTO {into} ({}) VALUES ({})",
                    list.join(", "),
                    values.join(", ")
                ),
            ));
        }
        if outside {
            session.sql("RESET session_replication_role");
        }
    }
    for column in &catalogue.columns {
        if catalogue.key_of(&column.table, &column.name).is_none() || !column.nullable {
            continue;
        }
        for n in 1..=ROWS {
            session.sql(&quoted(
                kind,
                &format!(
                    "UPDATE \"{}\" SET \"{name}\" = {} WHERE \"{name}\" IS NULL AND {}",
                    column.table,
                    value(&catalogue, column, n),
                    key_is(&catalogue, &column.table, n),
                    name = column.name,
                ),
            ));
        }
    }
    session.close();
}

/// Tables in an order in which each comes after those that its rows must refer to.
fn parents_first(catalogue: &Catalogue) -> Vec<String> {
    let mut left = catalogue.tables.clone();
    left.extend(catalogue.outside.iter().cloned());
    let mut order: Vec<String> = Vec::new();
    while !left.is_empty() {
        let waits = |table: &String| {
            catalogue.keys.iter().any(|key| {
                let must = catalogue
                    .columns_of(table)
                    .any(|c| key.columns.contains(&c.name) && !c.nullable);
                key.table == *table && must && key.parent != *table && left.contains(&key.parent)
            })
        };
        let (later, now): (Vec<String>, Vec<String>) = left.iter().cloned().partition(waits);
        assert!(!now.is_empty(), "{later:?} wait for each other");
        order.extend(now);
        left = later;
    }
    order
}

/// A table's name with quotes, also of another schema.
pub fn spelled(table: &str) -> String {
    format!("\"{}\"", table.replace('.', "\".\""))
}

fn key_is(catalogue: &Catalogue, table: &str, n: usize) -> String {
    let primary = catalogue.primary_key(table);
    let parts: Vec<String> = catalogue
        .columns_of(table)
        .filter(|c| primary.contains(&c.name))
        .map(|c| format!("\"{}\" = {}", c.name, value(catalogue, c, n)))
        .collect();
    assert!(!parts.is_empty(), "{table} has no primary key");
    parts.join(" AND ")
}

/// A literal that suits the column, another one for every `n`.
fn value(catalogue: &Catalogue, column: &Column, n: usize) -> String {
    if let Some(key) = catalogue.key_of(&column.table, &column.name) {
        let parent = catalogue
            .columns_of(&key.parent)
            .find(|c| c.name == key.parent_columns[0])
            .expect("the column that is referred to");
        return value(catalogue, parent, n);
    }
    let checks: Vec<&str> = catalogue
        .checks
        .iter()
        .filter(|(table, _, text)| *table == column.table && mentions(text, &column.name))
        .map(|(_, _, text)| text.as_str())
        .collect();
    if let Some(values) = catalogue.values_of(column) {
        return format!("'{}'", values[n % values.len()]);
    }
    let kind = column.kind.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    if has(&["[]"]) {
        format!("'{{\"{n} größer\",\"a, b\"}}'")
    } else if has(&["json"]) || checks.iter().any(|text| text.contains("json_valid")) {
        format!("'{{\"n\": {n}, \"text\": \"größer\"}}'")
    } else if has(&["bool", "tinyint(1)"]) {
        (if n.is_multiple_of(2) { "true" } else { "false" }).to_owned()
    } else if has(&["uuid", "char(36)"]) && !has(&["varchar(36)"]) {
        format!("'0a1b2c3d-0000-4000-8000-{n:012}'")
    } else if has(&["timestamp", "datetime"]) {
        format!("'2025-02-0{n} 03:04:05'")
    } else if has(&["date"]) {
        format!("'2025-02-0{n}'")
    } else if has(&["numeric", "decimal"]) {
        format!("{n}2.25")
    } else if has(&["int"]) {
        n.to_string()
    } else {
        let text = format!("{n} it's \"ünï\" {}", column.name);
        let limit = kind
            .split_once('(')
            .and_then(|(_, rest)| rest.trim_end_matches(')').parse::<usize>().ok())
            .unwrap_or(usize::MAX);
        let text: String = text.chars().take(limit).collect();
        format!("'{}'", text.replace('\'', "''"))
    }
}
