//! What the databases' own catalogues say, read with plain SQL and none of saasdb's code.

use std::collections::BTreeMap;

use crate::support::{Db, Session, TestDb};

/// Tables and their parts, without the tables in which saasdb and sea-orm keep books.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub tables: Vec<String>,
    /// Tables of other schemas, `schema.table`, to which these refer. Their columns and indexes are among
    /// the others.
    pub outside: Vec<String>,
    pub columns: Vec<Column>,
    /// Columns that the database computes: table, name, expression.
    pub generated: Vec<(String, String, String)>,
    pub indexes: Vec<Index>,
    pub keys: Vec<Key>,
    /// CHECK constraints that have a name: table, name, expression.
    pub checks: Vec<(String, String, String)>,
    /// Enumerated types of PostgreSQL with their values.
    pub enums: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub table: String,
    pub name: String,
    /// The type as the database prints it.
    pub kind: String,
    pub nullable: bool,
    pub default: Option<String>,
    /// The database counts it up.
    pub auto: bool,
}

/// An index, or a constraint that has one.
#[derive(Debug, Clone)]
pub struct Index {
    pub table: String,
    pub name: String,
    /// Without the generated columns that stand for a predicate on MySQL.
    pub columns: Vec<String>,
    pub unique: bool,
    pub primary: bool,
    /// Its rows come in the opposite order.
    pub descending: bool,
    /// Which rows it is about, as the database prints it; on MySQL the generated column's expression.
    pub predicate: Option<String>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub struct Key {
    pub table: String,
    pub name: String,
    pub columns: Vec<String>,
    pub parent: String,
    pub parent_columns: Vec<String>,
    pub on_delete: String,
    pub on_update: String,
}

impl Catalogue {
    #[track_caller]
    pub fn read(db: &TestDb) -> Catalogue {
        let mut session = db.session();
        let mut catalogue = match db.kind() {
            Db::Sqlite => sqlite(&mut session),
            Db::Postgres => postgres(&mut session),
            Db::Mysql => mysql(&mut session),
        };
        session.close();
        // Every server has its own idea of the alphabet.
        catalogue.tables.sort();
        catalogue.tables.retain(|table| !is_book(table));
        catalogue.columns.retain(|column| !is_book(&column.table));
        catalogue.no_generated_columns();
        catalogue.indexes.retain(|index| !is_book(&index.table));
        catalogue.keys.retain(|key| !is_book(&key.table));
        catalogue.checks.retain(|check| !is_book(&check.0));
        catalogue
    }

    /// Takes generated columns out of the indexes, where they stand for a predicate.
    fn no_generated_columns(&mut self) {
        for index in &mut self.indexes {
            for (table, name, expression) in &self.generated {
                if index.table == *table && index.columns.contains(name) {
                    index.columns.retain(|column| column != name);
                    index.predicate = Some(expression.clone());
                }
            }
        }
    }

    pub fn columns_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Column> {
        self.columns.iter().filter(move |c| c.table == table)
    }

    pub fn indexes_of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Index> {
        self.indexes.iter().filter(move |i| i.table == table)
    }

    /// The columns of a table's primary key.
    pub fn primary_key(&self, table: &str) -> Vec<String> {
        let primary = self.indexes_of(table).find(|index| index.primary);
        primary.map_or_else(Vec::new, |index| index.columns.clone())
    }

    /// The foreign key of exactly that column.
    pub fn key_of(&self, table: &str, column: &str) -> Option<&Key> {
        self.keys
            .iter()
            .find(|key| key.table == table && key.columns == [column])
    }

    /// The values that an enumerated column takes, whichever way it is enumerated.
    pub fn values_of(&self, column: &Column) -> Option<Vec<String>> {
        if let Some(values) = self.enums.get(column.kind.trim_matches('"')) {
            return Some(values.clone());
        }
        if column.kind.starts_with("enum(") {
            return Some(literals(&column.kind));
        }
        self.checks
            .iter()
            .filter(|(table, _, text)| *table == column.table && mentions(text, &column.name))
            .map(|(_, _, text)| literals(text))
            .find(|values| !values.is_empty())
    }
}

/// Whether a word of that expression is `name`.
pub fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
}

fn is_book(table: &str) -> bool {
    table == "seaql_migrations" || table.starts_with("saasdb_")
}

/// Everything between single quotes.
fn literals(text: &str) -> Vec<String> {
    let parts = text.split('\'').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

fn column(row: &[String]) -> Column {
    Column {
        table: row[0].clone(),
        name: row[1].clone(),
        kind: row[2].clone(),
        nullable: row[3] == "yes",
        default: (row[4] != "NULL").then(|| row[4].clone()),
        auto: row[5] == "yes",
    }
}

fn index(row: &[String]) -> Index {
    Index {
        table: row[0].clone(),
        name: row[1].clone(),
        columns: list(&row[2]),
        unique: row[3] == "yes",
        primary: row[4] == "yes",
        descending: row[5] == "yes",
        predicate: (row[6] != "NULL").then(|| row[6].clone()),
    }
}

fn generated(row: &[String]) -> (String, String, String) {
    (row[0].clone(), row[1].clone(), row[2].clone())
}

fn key(row: &[String]) -> Key {
    Key {
        table: row[0].clone(),
        name: row[1].clone(),
        columns: list(&row[2]),
        parent: row[3].clone(),
        parent_columns: list(&row[4]),
        on_delete: row[5].clone(),
        on_update: row[6].clone(),
    }
}

fn first(rows: Vec<Vec<String>>) -> Vec<String> {
    rows.into_iter().map(|row| row[0].clone()).collect()
}

fn postgres(session: &mut Session) -> Catalogue {
    let names = |relation: &str, numbers: &str| {
        format!(
            "array_to_string(ARRAY(SELECT a.attname FROM unnest({numbers}) WITH ORDINALITY k(n, o)
             JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = k.n ORDER BY o), ',')"
        )
    };
    let action = |letter: &str| {
        format!(
            "CASE {letter} WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
               WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' ELSE 'SET DEFAULT' END"
        )
    };
    let here = "relnamespace = current_schema()::regnamespace";
    // A table of another schema is listed where one of these refers to it.
    let near = format!(
        "(SELECT c.oid, c.relname AS name FROM pg_class c WHERE c.{here} AND c.relkind IN ('r', 'p')
          UNION SELECT p.oid, p.relnamespace::regnamespace || '.' || p.relname
          FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
          WHERE t.{here} AND p.relnamespace <> t.relnamespace)"
    );
    Catalogue {
        outside: first(session.rows(&format!(
            "SELECT name FROM {near} n WHERE name LIKE '%.%' ORDER BY 1"
        ))),
        tables: first(session.rows(&format!(
            "SELECT relname FROM pg_class WHERE {here} AND relkind IN ('r', 'p') ORDER BY 1"
        ))),
        columns: session
            .rows(&format!(
                "SELECT c.name, a.attname, format_type(a.atttypid, a.atttypmod),
                   CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END, pg_get_expr(d.adbin, d.adrelid),
                   CASE WHEN a.attidentity <> '' THEN 'yes' ELSE 'no' END
                 FROM {near} c JOIN pg_attribute a ON a.attrelid = c.oid
                 LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
                 WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                 ORDER BY c.name, a.attnum"
            ))
            .iter()
            .map(|row| column(row))
            .collect(),
        generated: session
            .rows(&format!(
                "SELECT c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_class c
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attgenerated <> ''
                 JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.{here}"
            ))
            .iter()
            .map(|row| generated(row))
            .collect(),
        indexes: session
            .rows(&format!(
                "SELECT t.name, i.relname, {},
                   CASE WHEN x.indisunique THEN 'yes' END, CASE WHEN x.indisprimary THEN 'yes' END,
                   CASE WHEN x.indoption[0] & 1 = 1 THEN 'yes' END, pg_get_expr(x.indpred, x.indrelid)
                 FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
                 JOIN {near} t ON t.oid = x.indrelid ORDER BY 1, 2",
                names("x.indrelid", "x.indkey::int2[]")
            ))
            .iter()
            .map(|row| index(row))
            .collect(),
        keys: session
            .rows(&format!(
                "SELECT t.relname, c.conname, {},
                   CASE WHEN p.relnamespace = t.relnamespace THEN p.relname::text
                     ELSE p.relnamespace::regnamespace || '.' || p.relname END, {},
                   {}, {}
                 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                 JOIN pg_class p ON p.oid = c.confrelid
                 WHERE c.contype = 'f' AND t.{here} ORDER BY 1, 2",
                names("c.conrelid", "c.conkey"),
                names("c.confrelid", "c.confkey"),
                action("c.confdeltype"),
                action("c.confupdtype")
            ))
            .iter()
            .map(|row| key(row))
            .collect(),
        checks: session
            .rows(&format!(
                "SELECT t.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
                 JOIN pg_class t ON t.oid = c.conrelid WHERE c.contype = 'c' AND t.{here}"
            ))
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
            .collect(),
        enums: session
            .rows(
                "SELECT t.typname, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
                 FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY 1",
            )
            .into_iter()
            .map(|row| (row[0].clone(), list(&row[1])))
            .collect(),
    }
}

fn mysql(session: &mut Session) -> Catalogue {
    Catalogue {
        outside: Vec::new(),
        tables: first(session.rows(
            "SELECT table_name FROM information_schema.tables
             WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY 1",
        )),
        columns: session
            .rows(
                // MariaDB's json is a text with a check of its own, which bears the column's name.
                "SELECT c.table_name, c.column_name, IF(EXISTS (
                     SELECT 1 FROM information_schema.check_constraints k
                     WHERE k.constraint_schema = database() AND k.table_name = c.table_name
                       AND k.constraint_name = c.column_name
                       AND k.check_clause = concat('json_valid(`', c.column_name, '`)')),
                     'json', c.column_type),
                   lower(c.is_nullable), IF(c.column_default = 'NULL', NULL, c.column_default),
                   IF(c.extra LIKE '%auto_increment%', 'yes', 'no')
                 FROM information_schema.columns c WHERE c.table_schema = database()
                   AND coalesce(c.generation_expression, '') = ''
                 ORDER BY c.table_name, c.ordinal_position",
            )
            .iter()
            .map(|row| column(row))
            .collect(),
        generated: session
            .rows(
                "SELECT table_name, column_name, generation_expression
                 FROM information_schema.columns WHERE table_schema = database()
                   AND coalesce(generation_expression, '') <> ''",
            )
            .iter()
            .map(|row| generated(row))
            .collect(),
        indexes: session
            .rows(
                "SELECT table_name, index_name, group_concat(column_name ORDER BY seq_in_index),
                   IF(non_unique = 0, 'yes', 'no'), IF(index_name = 'PRIMARY', 'yes', 'no'),
                   IF(max(collation) = 'D', 'yes', 'no'), NULL
                 FROM information_schema.statistics WHERE table_schema = database()
                 GROUP BY table_name, index_name, non_unique ORDER BY 1, 2",
            )
            .iter()
            .map(|row| index(row))
            .collect(),
        keys: session
            .rows(
                "SELECT r.table_name, r.constraint_name,
                   group_concat(k.column_name ORDER BY k.ordinal_position), r.referenced_table_name,
                   group_concat(k.referenced_column_name ORDER BY k.ordinal_position), r.delete_rule,
                   r.update_rule
                 FROM information_schema.referential_constraints r
                 JOIN information_schema.key_column_usage k
                   ON k.constraint_schema = r.constraint_schema AND k.table_name = r.table_name
                   AND k.constraint_name = r.constraint_name
                 WHERE r.constraint_schema = database()
                 GROUP BY r.table_name, r.constraint_name, r.referenced_table_name, r.delete_rule, r.update_rule
                 ORDER BY 1, 2",
            )
            .iter()
            .map(|row| key(row))
            .collect(),
        checks: session
            .rows(
                "SELECT t.table_name, c.constraint_name, c.check_clause
                 FROM information_schema.table_constraints t
                 JOIN information_schema.check_constraints c
                   ON c.constraint_schema = t.constraint_schema AND c.table_name = t.table_name
                   AND c.constraint_name = t.constraint_name
                 WHERE t.constraint_schema = database() AND t.constraint_type = 'CHECK'
                   AND c.check_clause <> concat('json_valid(`', c.constraint_name, '`)')",
            )
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone(), row[2].clone()))
            .collect(),
        enums: BTreeMap::new(),
    }
}

fn sqlite(session: &mut Session) -> Catalogue {
    let tables = session.rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         ORDER BY 1",
    );
    let named: Vec<(String, String, String)> = tables
        .iter()
        .flat_map(|row| named_constraints(&row[0], &row[1]))
        .collect();
    let name = |table: &str, columns: &str, suffix: &str| {
        let wanted = format!("{table}_{}_{suffix}", columns.replace(',', "_"));
        let found = named.iter().find(|(t, n, _)| t == table && *n == wanted);
        found.map_or_else(|| "nameless".to_owned(), |(_, name, _)| name.clone())
    };
    let each = "FROM sqlite_master m, {} WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
    let from = |pragma: &str| each.replace("{}", pragma);
    let mut indexes: Vec<Index> = session
        .rows(&format!(
            "SELECT m.name, i.name, (SELECT group_concat(name) FROM
               (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)),
               CASE WHEN i.\"unique\" THEN 'yes' END, CASE WHEN i.origin = 'pk' THEN 'yes' END,
               (SELECT 'yes' FROM pragma_index_xinfo(i.name) WHERE key AND \"desc\"),
               (SELECT substr(x.sql, instr(x.sql, ' WHERE ') + 7) FROM sqlite_master x
                WHERE x.name = i.name AND i.partial), i.origin
             {} ORDER BY 1, 2",
            from("pragma_index_list(m.name) i")
        ))
        .into_iter()
        .map(|mut row| {
            if row[7] == "u" {
                row[1] = name(&row[0], &row[2], "key");
            }
            index(&row)
        })
        .collect();
    // An integer primary key is the table itself and has no index.
    for row in &tables {
        if !indexes.iter().any(|i| i.table == row[0] && i.primary) {
            let columns = first(session.rows(&format!(
                "SELECT name FROM pragma_table_info('{}') WHERE pk > 0 ORDER BY pk",
                row[0]
            )));
            indexes.push(Index {
                table: row[0].clone(),
                name: String::new(),
                columns,
                unique: true,
                primary: true,
                descending: false,
                predicate: None,
            });
        }
    }
    Catalogue {
        columns: session
            .rows(&format!(
                "SELECT m.name, c.name, lower(c.type),
                   CASE WHEN c.\"notnull\" OR c.pk THEN 'no' ELSE 'yes' END, c.dflt_value,
                   CASE WHEN c.pk AND m.sql LIKE '%PRIMARY KEY AUTOINCREMENT%' THEN 'yes' END
                 {} ORDER BY m.name, c.cid",
                from("pragma_table_info(m.name) c")
            ))
            .iter()
            .map(|row| column(row))
            .collect(),
        // pragma_table_info leaves them out.
        generated: Vec::new(),
        keys: session
            .rows(&format!(
                "SELECT m.name, '', group_concat(f.\"from\"), f.\"table\", group_concat(f.\"to\"), f.on_delete, f.on_update
                 {} GROUP BY m.name, f.id ORDER BY 1, 3",
                from("pragma_foreign_key_list(m.name) f")
            ))
            .into_iter()
            .map(|mut row| {
                row[1] = name(&row[0], &row[2], "fkey");
                key(&row)
            })
            .collect(),
        checks: named
            .iter()
            .filter(|(_, _, text)| text.starts_with("CHECK"))
            .cloned()
            .collect(),
        outside: Vec::new(),
        tables: first(tables),
        indexes,
        enums: BTreeMap::new(),
    }
}

/// The constraints of a CREATE TABLE text that have a name: table, name, text up to the line's end.
fn named_constraints(table: &str, text: &str) -> Vec<(String, String, String)> {
    text.split("CONSTRAINT \"")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            let body = rest.lines().next().unwrap_or_default().trim();
            Some((table.to_owned(), name.to_owned(), body.to_owned()))
        })
        .collect()
}
