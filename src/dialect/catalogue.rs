//! Reading the catalogue: one script for each database, all with rows of the same shapes.
//!
//! | first column | the others |
//! | --- | --- |
//! | `table` | name, options, CREATE TABLE text (SQLite only) |
//! | `column` | table, name, type, nullable (1/0), default, extra |
//! | `index` | table, name, kind, columns, predicate |
//! | `fk` | table, name, columns, parent (`schema.table` in another schema), parent columns, on delete, on update, timing |
//! | `check` | table, name, expression |
//! | `trigger`, `policy` | table, name, definition |
//! | `type`, `view`, `routine` | name, definition |
//! | `inbound` | child (quoted, with its schema), columns, parent, parent columns |
//!
//! sea-schema leaves out predicates, expression indexes, CHECKs, triggers and more.

use std::collections::HashMap;

use crate::schema::{Column, ForeignKey, Inbound, Index, Schema, Table, sql};

use super::{Dialect, ResultSet};

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
    let mut schema = Schema::default();
    let mut numbers = Numbers::new();
    for row in results.iter().flat_map(|r| &r.rows) {
        let opt = |i: usize| row.get(i).cloned().flatten();
        let get = |i: usize| opt(i).unwrap_or_default();
        let kind = get(0);
        if kind == "table" {
            let table = schema.tables.entry(get(1)).or_default();
            table.options = get(2);
            if let Some(text) = opt(3) {
                table.checks = sql::checks(&text)
                    .into_iter()
                    .map(|c| (c, String::new()))
                    .collect();
            }
            continue;
        }
        match kind.as_str() {
            "type" => drop(schema.types.insert(get(1), get(2))),
            "view" => drop(schema.views.insert(get(1), get(2))),
            "routine" => drop(schema.routines.insert(get(1), get(2))),
            "inbound" => schema.inbound.push(Inbound {
                child: get(1),
                columns: get(2),
                table: get(3),
                parent_columns: get(4),
            }),
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
    if !numbers.is_empty() {
        name_columns(&mut schema, &numbers);
    }
    schema
}

/// Puts names for numbers (`{2,3}`) into foreign keys, and takes predicates off index definitions,
/// where PostgreSQL prints them too.
fn name_columns(schema: &mut Schema, numbers: &Numbers) {
    for (name, table) in &mut schema.tables {
        for fk in table.foreign_keys.values_mut() {
            fk.columns = named(&fk.columns, name, numbers);
            fk.parent_columns = named(&fk.parent_columns, &fk.table, numbers);
        }
        for index in table.indexes.values_mut() {
            if let Some((columns, _)) = index.columns.split_once(" WHERE ")
                && index.predicate.is_some()
            {
                index.columns = columns.to_owned();
            }
        }
    }
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
            });
            // SQLite: the column's place in the primary key. A rowid key has no index of its own.
            if get(7).parse::<u32>().is_ok_and(|place| place > 0) {
                let key = table.indexes.entry("pk".to_owned()).or_insert(Index {
                    kind: "primary".to_owned(),
                    columns: String::new(),
                    predicate: None,
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
        "index" => drop(table.indexes.insert(
            get(2),
            Index {
                kind: get(3),
                columns: get(4),
                predicate: opt(5),
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
            },
        )),
        "check" => drop(table.checks.insert(get(2), get(3))),
        "trigger" => drop(table.triggers.insert(get(2), get(3))),
        "policy" => drop(table.policies.insert(get(2), get(3))),
        _ => {}
    }
}

// Short on work for the server, because every run that changes something reads it: column numbers
// are put into names here and not there, and what only foreign code uses comes last.
// A UNION takes its types from its first part: a `name` there would cut definitions to 63 bytes.
pub(super) const POSTGRES: &str = r#"
SELECT 'table', relname, CASE WHEN relrowsecurity THEN 'row level security' || CASE WHEN relforcerowsecurity THEN ' forced' ELSE '' END ELSE '' END, NULL
FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind IN ('r','p')
  AND relname <> 'seaql_migrations' AND relname NOT LIKE 'saasdb\_%';
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN '0' ELSE '1' END,
  pg_get_expr(d.adbin, d.adrelid),
  CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity' ELSE '' END || CASE a.attgenerated WHEN 's' THEN 'generated' ELSE '' END,
  NULL, a.attnum
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r','p')
  AND c.relname <> 'seaql_migrations' AND c.relname NOT LIKE 'saasdb\_%'
ORDER BY a.attnum;
SELECT 'index', c.relname, i.relname,
  CASE WHEN x.indisprimary THEN 'primary' WHEN x.indisunique AND k.oid IS NOT NULL THEN 'unique' WHEN x.indisunique THEN 'unique index' ELSE 'index' END
    || CASE WHEN x.indisvalid THEN '' ELSE ' (invalid)' END,
  split_part(pg_get_indexdef(x.indexrelid), ' USING ', 2), pg_get_expr(x.indpred, x.indrelid)
FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = x.indexrelid AND k.contype = 'u'
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r','p')
  AND c.relname <> 'seaql_migrations' AND c.relname NOT LIKE 'saasdb\_%';
SELECT CASE contype WHEN 'f' THEN 'fk' ELSE 'check' END, c.relname, k.conname,
  CASE contype WHEN 'f' THEN k.conkey::text ELSE pg_get_constraintdef(k.oid) END,
  CASE WHEN p.relnamespace <> k.connamespace THEN (SELECT nspname || '.' FROM pg_namespace n WHERE n.oid = p.relnamespace) ELSE '' END || p.relname,
  CASE WHEN p.relnamespace <> k.connamespace
    THEN (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
    ELSE k.confkey::text END,
  CASE confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
  CASE confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END,
  CASE WHEN condeferred THEN 'initially deferred' WHEN condeferrable THEN 'deferrable' END
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_class p ON p.oid = k.confrelid
WHERE k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND k.contype IN ('f','c','x');
SELECT 'inbound', k.conrelid::regclass::text,
  (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
  p.relname,
  (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num)
FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
WHERE k.contype = 'f' AND p.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND k.connamespace <> p.relnamespace;
SELECT 'type', t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) GROUP BY t.typname;
SELECT 'trigger', c.relname::text, t.tgname::text, pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' ELSE ' (replication)' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
UNION ALL
SELECT 'policy', c.relname, p.polname, concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END, p.polcmd,
  'to', (SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE r::regrole::text END, ',') FROM unnest(p.polroles) r),
  'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
UNION ALL
SELECT 'view', relname, pg_get_viewdef(oid), NULL FROM pg_class WHERE relkind IN ('v','m') AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
UNION ALL
SELECT 'routine', p.oid::regprocedure::text, pg_get_functiondef(p.oid), NULL FROM pg_proc p
WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND p.prokind IN ('f','p')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"#;

/// Tables of other schemas, under their names with the schema: columns, references from there to
/// anywhere, and references to them from outside of the schema that is ours.
pub(super) fn postgres_elsewhere(d: &dyn Dialect, tables: &[String]) -> String {
    let wanted: Vec<String> = tables
        .iter()
        .filter_map(|t| t.split_once('.'))
        .map(|(schema, table)| format!("({}, {})", d.literal(schema), d.literal(table)))
        .collect();
    let wanted = match wanted.is_empty() {
        true => "(NULL, NULL)".to_owned(),
        false => wanted.join(", "),
    };
    POSTGRES_ELSEWHERE.replace("$wanted", &wanted)
}

const POSTGRES_ELSEWHERE: &str = r#"
SELECT 'table', n.nspname || '.' || c.relname, CASE WHEN c.relrowsecurity THEN 'row level security' || CASE WHEN c.relforcerowsecurity THEN ' forced' ELSE '' END ELSE '' END, NULL
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ($wanted) AND c.relkind IN ('r','p');
SELECT 'column', n.nspname || '.' || c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN '0' ELSE '1' END,
  pg_get_expr(d.adbin, d.adrelid), ''
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE (n.nspname, c.relname) IN ($wanted) AND c.relkind IN ('r','p') ORDER BY a.attnum;
WITH wanted AS (SELECT c.oid, n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ($wanted)),
keys AS (SELECT k.*, c.relnamespace AS home,
    (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.conkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num) AS columns,
    CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || p.relname AS parent,
    (SELECT string_agg(a.attname, ',' ORDER BY n) FROM unnest(k.confkey) WITH ORDINALITY u(num, n) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num) AS parent_columns
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace WHERE k.contype = 'f')
SELECT 'fk', w.name, k.conname, k.columns, k.parent, k.parent_columns,
  CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END, ''
FROM keys k JOIN wanted w ON w.oid = k.conrelid
UNION ALL
SELECT 'inbound', k.conrelid::regclass::text, k.columns, w.name, k.parent_columns, NULL, NULL, NULL
FROM keys k JOIN wanted w ON w.oid = k.confrelid
WHERE k.conrelid NOT IN (SELECT oid FROM wanted) AND k.home <> (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"#;

// CREATE TABLE without explicit AUTO_INCREMENT counters; integer display widths are kept as the
// server prints them, because snapshot and live schema come from the same server.
pub(super) const MYSQL: &str = r#"
SELECT 'table', TABLE_NAME, CONCAT(IFNULL(ENGINE, ''), ' ', IFNULL(TABLE_COLLATION, '')), NULL
FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
  AND TABLE_NAME <> 'seaql_migrations' AND TABLE_NAME NOT LIKE 'saasdb\_%';
SELECT 'column', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IF(IS_NULLABLE = 'YES', '1', '0'), COLUMN_DEFAULT,
  TRIM(CONCAT(EXTRA, ' ', IFNULL(COLLATION_NAME, ''), ' ', IFNULL(GENERATION_EXPRESSION, '')))
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION;
SELECT 'index', TABLE_NAME, INDEX_NAME, IF(INDEX_NAME = 'PRIMARY', 'primary', IF(NON_UNIQUE = 0, 'unique', 'index')),
  GROUP_CONCAT(CONCAT(COLUMN_NAME, IF(SUB_PART IS NULL, '', CONCAT('(', SUB_PART, ')')), IF(COLLATION = 'D', ' DESC', '')) ORDER BY SEQ_IN_INDEX), NULL
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE;
SELECT 'fk', r.TABLE_NAME, r.CONSTRAINT_NAME, GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION),
  CONCAT(IF(r.UNIQUE_CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA, '', CONCAT(r.UNIQUE_CONSTRAINT_SCHEMA, '.')), r.REFERENCED_TABLE_NAME),
  GROUP_CONCAT(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION), r.DELETE_RULE, r.UPDATE_RULE
FROM information_schema.REFERENTIAL_CONSTRAINTS r JOIN information_schema.KEY_COLUMN_USAGE k
  ON k.CONSTRAINT_SCHEMA = r.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = r.CONSTRAINT_NAME AND k.TABLE_NAME = r.TABLE_NAME
WHERE r.CONSTRAINT_SCHEMA = DATABASE() AND k.TABLE_SCHEMA = DATABASE()
GROUP BY r.TABLE_NAME, r.CONSTRAINT_NAME, r.UNIQUE_CONSTRAINT_SCHEMA, r.REFERENCED_TABLE_NAME, r.DELETE_RULE, r.UPDATE_RULE;
SELECT 'inbound', CONCAT('`', REPLACE(TABLE_SCHEMA, '`', '``'), '`.`', REPLACE(TABLE_NAME, '`', '``'), '`'), GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION),
  REFERENCED_TABLE_NAME, GROUP_CONCAT(REFERENCED_COLUMN_NAME ORDER BY ORDINAL_POSITION)
FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_SCHEMA = DATABASE() AND TABLE_SCHEMA <> DATABASE()
GROUP BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME;
SELECT 'check', t.TABLE_NAME, t.CONSTRAINT_NAME, c.CHECK_CLAUSE
FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c
  ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME
WHERE t.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK';
SELECT 'trigger', EVENT_OBJECT_TABLE, TRIGGER_NAME, CONCAT_WS(' ', ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT)
FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE();
SELECT 'view', TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE();
SELECT 'routine', ROUTINE_NAME, CONCAT(ROUTINE_TYPE, ' ', IFNULL(ROUTINE_DEFINITION, ''))
FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
"#;

// Each use of a pragma function compiles a statement of its own, which adds up on a schema of many
// indexes: those that CREATE INDEX made are read off their text instead. And each row comes through
// a channel from another thread: the rows of a statement travel as one, as JSON.
pub(super) const SQLITE: &str = r#"
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
pub(super) fn unpack(results: &[ResultSet]) -> Vec<ResultSet> {
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
