//! The catalogue of SQLite.

use crate::dialect::ResultSet;
use crate::schema::create_table::{self, Kind};
use crate::schema::{Schema, Table};

// Each use of a pragma function compiles a statement of its own, which adds up on a schema of many
// indexes: those that CREATE INDEX made are read off their text instead. And each row comes through
// a channel from another thread: the rows of a statement travel as one, as JSON.
pub(in crate::dialect) const SQLITE: &str = r#"
SELECT json_array(json_array('product', 'sqlite'));
SELECT json_group_array(json_array('table', name, '', sql)) FROM sqlite_master WHERE type = 'table'
  AND name <> 'seaql_migrations' AND name NOT LIKE 'saasdb\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\';
SELECT json_group_array(json_array('column', t, name, type, nullable, dflt, extra, pk)) FROM (
  SELECT m.name AS t, c.name AS name, lower(c.type) AS type, CASE WHEN c."notnull" THEN '0' ELSE '1' END AS nullable, c.dflt_value AS dflt,
    CASE WHEN c.hidden IN (2, 3) THEN 'generated' WHEN c.pk = 1 AND m.sql LIKE '%AUTOINCREMENT%' THEN 'autoincrement' ELSE '' END AS extra, c.pk AS pk
  FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'
    AND m.name <> 'seaql_migrations' AND m.name NOT LIKE 'saasdb\_%' ESCAPE '\' ORDER BY m.name, c.cid);
SELECT json_group_array(json_array('create index', tbl_name, name, sql)) FROM sqlite_master
  WHERE type = 'index' AND sql IS NOT NULL;
SELECT json_group_array(json_array('index', t, 'unique ' || cols, 'unique', cols, NULL)) FROM (
  SELECT tbl_name AS t, (SELECT group_concat(name) FROM (SELECT i.name FROM pragma_index_info(m.name) i ORDER BY i.seqno)) AS cols
  FROM sqlite_master m WHERE m.type = 'index' AND m.sql IS NULL
    AND m.tbl_name <> 'seaql_migrations' AND m.tbl_name NOT LIKE 'saasdb\_%' ESCAPE '\');
SELECT json_group_array(json_array('fk', t, cols || ' -> ' || parent, cols, parent, refs, on_delete, on_update)) FROM (
  SELECT m.name AS t, f.id, f."table" AS parent, f.on_delete, f.on_update, group_concat(f."from") AS cols, group_concat(coalesce(f."to", 'rowid')) AS refs
  FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
    AND m.name <> 'seaql_migrations' AND m.name NOT LIKE 'saasdb\_%' ESCAPE '\' GROUP BY m.name, f.id);
SELECT json_group_array(json_array('trigger', tbl_name, name, sql)) FROM sqlite_master WHERE type = 'trigger';
SELECT json_group_array(json_array('view', name, sql)) FROM sqlite_master WHERE type = 'view'
"#;

/// The rows that came as one JSON array for each statement.
pub(in crate::dialect) fn unpack(results: &[ResultSet]) -> Vec<ResultSet> {
    results
        .iter()
        .map(|result| {
            let rows: Vec<Vec<serde_json::Value>> = result
                .single()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            let text = |value: serde_json::Value| match value {
                serde_json::Value::Null => None,
                serde_json::Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            ResultSet {
                rows: rows
                    .into_iter()
                    .map(|row| row.into_iter().map(text).collect())
                    .collect(),
                affected: 0,
            }
        })
        .collect()
}

/// Adds what only the text of CREATE TABLE tells. Rows `table` have it in their fourth column.
pub(in crate::dialect) fn add_texts(schema: &mut Schema, results: &[ResultSet]) {
    for row in results.iter().flat_map(|r| &r.rows) {
        if let [Some(kind), Some(name), _, Some(text)] = row.as_slice()
            && kind == "table"
            && let Some(table) = schema.tables.get_mut(name)
        {
            add_text(table, text);
        }
    }
}

fn add_text(table: &mut Table, text: &str) {
    let parsed = create_table::parse(text);
    table.options = parsed.options;
    for column in parsed.columns {
        if let Some(found) = table.columns.iter_mut().find(|c| c.name == column.name) {
            found.collation = column.collation;
            found.generation = column.generation;
            // Elsewhere in the text it may be part of a string or a name.
            if found.extra == "autoincrement" && !column.autoincrement {
                found.extra.clear();
            }
        }
    }
    for constraint in parsed.constraints {
        let columns = constraint.columns.join(",");
        match constraint.kind {
            Kind::Check => {
                let key = constraint.text.split_whitespace().collect::<Vec<_>>();
                let name = named(&constraint.name);
                let definition = format!("{name}CHECK ({})", constraint.text);
                table.checks.insert(key.join(" "), definition);
            }
            Kind::Foreign => {
                // Its columns may be in other letters than the table's.
                let found = table.foreign_keys.values_mut().find(|fk| {
                    fk.columns.eq_ignore_ascii_case(&columns)
                        && fk.table.eq_ignore_ascii_case(&constraint.parent)
                });
                if let Some(fk) = found {
                    fk.name = constraint.name;
                    fk.timing = constraint.extra;
                }
            }
            Kind::Primary | Kind::Unique => {
                let key = match constraint.kind {
                    Kind::Primary => "pk".to_owned(),
                    _ => format!("unique {columns}"),
                };
                let same = |k: &str| k.eq_ignore_ascii_case(&key);
                if let Some((_, index)) = table.indexes.iter_mut().find(|(k, _)| same(k)) {
                    index.name = constraint.name;
                    index.extra = constraint.extra;
                    if !constraint.text.is_empty() {
                        index.definition = format!("({})", constraint.text);
                    }
                    if constraint.kind == Kind::Primary {
                        index.columns = columns;
                    }
                }
            }
        }
    }
}

fn named(name: &str) -> String {
    match name.is_empty() {
        true => String::new(),
        false => format!("CONSTRAINT \"{}\" ", name.replace('"', "\"\"")),
    }
}
