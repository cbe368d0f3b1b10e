//! Reading the catalogue: one script for each database, all with rows of the same shapes.
//!
//! | first column | the others |
//! | --- | --- |
//! | `product` | what the server is |
//! | `table` | name, options, CREATE TABLE text (SQLite only), comment |
//! | `column` | table, name, type, nullable (1/0), default, extra, place in the key (SQLite only), number (PostgreSQL only), comment, collation |
//! | `index` | table, name, kind, columns, predicate, extra |
//! | `index of` | the same, with what pg_get_indexdef says in place of the columns |
//! | `create index` | table, name, CREATE INDEX text |
//! | `fk` | table, name, columns, parent (`schema.table` in another schema), parent columns, on delete, on update, timing, extra |
//! | `check` | table, name, expression |
//! | `trigger`, `policy` | table, name, definition |
//! | `type` | name, labels as a JSON array |
//! | `sequence` | name, definition, table, column |
//! | `view` | name, definition, options |
//! | `routine` | name, definition, head |
//! | `comment` | table, column (empty: on the table), text |
//! | `grant` | object as in [`Schema::grants`] or `table NAME`, column, role, privileges |
//! | `inbound` | child (quoted, with its schema), columns, parent, parent columns |
//!
//! sea-schema leaves out predicates, expression indexes, CHECKs, triggers and more.

mod mysql;
mod postgres;
mod sqlite;

use std::collections::HashMap;

use crate::schema::{Column, FORMAT, ForeignKey, Inbound, Index, Schema, Sequence, Table, sql};

use super::ResultSet;
pub(super) use mysql::MYSQL;
pub(super) use postgres::{POSTGRES, postgres_elsewhere};
pub(super) use sqlite::{SQLITE, add_texts, unpack};

/// The names in the first column.
pub(super) fn first_column(result: Option<&ResultSet>) -> Vec<String> {
    result
        .map(|r| {
            r.rows
                .iter()
                .filter_map(|row| row.first()?.clone())
                .collect()
        })
        .unwrap_or_default()
}

/// Names of columns by table and number, where the rows have numbers (PostgreSQL).
type Numbers = HashMap<(String, String), String>;

/// Builds the schema from the rows of a catalogue script.
pub(super) fn from_rows(results: &[ResultSet]) -> Schema {
    let mut schema = Schema {
        format: FORMAT,
        ..Schema::default()
    };
    let mut numbers = Numbers::new();
    for row in results.iter().flat_map(|r| &r.rows) {
        let opt = |i: usize| row.get(i).cloned().flatten();
        let get = |i: usize| opt(i).unwrap_or_default();
        let kind = get(0);
        match kind.as_str() {
            "product" => schema.product = get(1),
            "table" => {
                let table = schema.tables.entry(get(1)).or_default();
                table.options = get(2);
                table.comment = get(4);
            }
            "type" => drop(
                schema
                    .types
                    .insert(get(1), serde_json::from_str(&get(2)).unwrap_or_default()),
            ),
            "sequence" => drop(schema.sequences.insert(
                get(1),
                Sequence {
                    definition: get(2),
                    table: get(3),
                    column: get(4),
                },
            )),
            "view" => {
                schema.views.insert(get(1), get(2));
                if let Some(options) = opt(3).filter(|o| !o.is_empty()) {
                    schema.view_options.insert(get(1), options);
                }
            }
            "routine" => {
                schema.routines.insert(get(1), get(2));
                if let Some(head) = opt(3) {
                    schema.routine_heads.insert(get(1), head);
                }
            }
            "inbound" => schema.inbound.push(Inbound {
                child: get(1),
                columns: get(2),
                table: get(3),
                parent_columns: get(4),
            }),
            "grant" => grant(&mut schema, &get),
            // Parts of tables that are not listed (saasdb's own) are passed over.
            _ => {
                if let Some(table) = schema.tables.get_mut(&get(1)) {
                    if let (Some(number), "column") = (opt(8), kind.as_str()) {
                        numbers.insert((get(1), number), get(2));
                    }
                    part(table, &kind, &get, &opt);
                }
            }
        }
    }
    // What belongs to tables that are not listed is not ours either.
    let listed = &schema.tables;
    schema
        .sequences
        .retain(|_, s| s.table.is_empty() || listed.contains_key(&s.table));
    let gone: Vec<String> = schema
        .grants
        .keys()
        .filter(|o| !schema.has(o))
        .cloned()
        .collect();
    for object in gone {
        schema.grants.remove(&object);
    }
    if !numbers.is_empty() {
        name_columns(&mut schema, &numbers);
    }
    schema
}

fn grant(schema: &mut Schema, get: &dyn Fn(usize) -> String) {
    let (object, column, role, privileges) = (get(1), get(2), get(3), get(4));
    let Some(name) = object.strip_prefix("table ") else {
        schema
            .grants
            .entry(object)
            .or_default()
            .insert(role, privileges);
        return;
    };
    if let Some(table) = schema.tables.get_mut(name) {
        if column.is_empty() {
            table.grants.insert(role, privileges);
        } else if let Some(column) = table.columns.iter_mut().find(|c| c.name == column) {
            column.grants.insert(role, privileges);
        }
    }
}

/// Puts names for numbers (`{2,3}`) into foreign keys.
fn name_columns(schema: &mut Schema, numbers: &Numbers) {
    for (name, table) in &mut schema.tables {
        for fk in table.foreign_keys.values_mut() {
            fk.columns = named(&fk.columns, name, numbers);
            fk.parent_columns = named(&fk.parent_columns, &fk.table, numbers);
        }
    }
}

/// What pg_get_indexdef says behind USING, without the predicate.
fn index_columns(definition: &str, predicate: Option<&str>) -> String {
    let all = sql::tokens(definition);
    let using = all.iter().find(|(t, _)| t.is("USING"));
    let columns = using.map_or("", |(_, span)| definition[span.end..].trim_start());
    match predicate {
        Some(p) => columns
            .strip_suffix(&format!(" WHERE {p}"))
            .unwrap_or(columns),
        None => columns,
    }
    .to_owned()
}

fn named(list: &str, table: &str, numbers: &Numbers) -> String {
    let names: Vec<&str> = list
        .trim_matches(['{', '}'])
        .split(',')
        .map(|n| {
            numbers
                .get(&(table.to_owned(), n.to_owned()))
                .map_or(n, String::as_str)
        })
        .collect();
    names.join(",")
}

fn part(
    table: &mut Table,
    kind: &str,
    get: &dyn Fn(usize) -> String,
    opt: &dyn Fn(usize) -> Option<String>,
) {
    match kind {
        "column" => {
            table.columns.push(Column {
                name: get(2),
                kind: get(3),
                nullable: get(4) == "1",
                default: opt(5),
                extra: get(6),
                comment: get(9),
                collation: get(10),
                ..Column::default()
            });
            // SQLite: the column's place in the primary key. A rowid key has no index of its own.
            if get(7).parse::<u32>().is_ok_and(|place| place > 0) {
                let key = table.indexes.entry("pk".to_owned()).or_insert(Index {
                    kind: "primary".to_owned(),
                    ..Index::default()
                });
                if !key.columns.is_empty() {
                    key.columns.push(',');
                }
                key.columns.push_str(&get(2));
            }
        }
        "create index" => {
            if let Some(index) = sql::index(&get(3)) {
                table.indexes.insert(get(2), index);
            }
        }
        "index" | "index of" => drop(table.indexes.insert(
            get(2),
            Index {
                kind: get(3),
                columns: match kind {
                    "index" => get(4),
                    _ => index_columns(&get(4), opt(5).as_deref()),
                },
                predicate: opt(5),
                extra: get(6),
                ..Index::default()
            },
        )),
        "fk" => drop(table.foreign_keys.insert(
            get(2),
            ForeignKey {
                columns: get(3),
                table: get(4),
                parent_columns: get(5),
                on_delete: get(6),
                on_update: get(7),
                timing: get(8),
                extra: get(9),
                ..ForeignKey::default()
            },
        )),
        "check" => drop(table.checks.insert(get(2), get(3))),
        "trigger" => {
            let definition = sql::without_schema(&get(3), &["ON"]);
            table.triggers.insert(get(2), definition);
        }
        "comment" if get(2).is_empty() => table.comment = get(3),
        "comment" => {
            if let Some(column) = table.columns.iter_mut().find(|c| c.name == get(2)) {
                column.comment = get(3);
            }
        }
        "policy" => drop(table.policies.insert(get(2), get(3))),
        _ => {}
    }
}
