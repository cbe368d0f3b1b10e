//! Random schemas: written and read back they are the same, and what leads from one to another does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use saasdb::schema::{Column, FORMAT, ForeignKey, Index, Schema, Table, compare};

use super::tools::Library;
use crate::support::{Db, TestDb};

/// Names that end quotes, are words of SQL, or are as long as PostgreSQL takes them.
const NAMES: [&str; 14] = [
    "plain",
    "select",
    "a\"b",
    "b`c",
    "semi;colon",
    "it's",
    "com,ma",
    "Upper Case",
    "ünïcödé",
    "-- comment",
    "/* x */",
    "back\\slash",
    "dot.ted(1) DESC",
    "x2345678901234567890123456789012345678901234567890123456789",
];

/// A column as a number of choices; what they mean is each database's own.
#[derive(Debug, Clone)]
struct ColumnPlan {
    name: usize,
    kind: usize,
    nullable: bool,
    default: bool,
    comment: bool,
}

#[derive(Debug, Clone)]
struct TablePlan {
    name: usize,
    columns: Vec<ColumnPlan>,
    unique: bool,
    index: Option<bool>,
    check: Option<u8>,
    parent: Option<(usize, u8)>,
    comment: bool,
}

type Plan = Vec<TablePlan>;

fn plan() -> impl Strategy<Value = Plan> {
    let column = (
        0..NAMES.len(),
        0..4usize,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(name, kind, nullable, default, comment)| ColumnPlan {
            name,
            kind,
            nullable,
            default,
            comment,
        });
    let table = (
        0..6usize,
        prop::collection::vec(column, 0..5),
        any::<bool>(),
        prop::option::of(any::<bool>()),
        prop::option::of(0..3u8),
        prop::option::of((0..6usize, 0..3u8)),
        any::<bool>(),
    )
        .prop_map(
            |(name, mut columns, unique, index, check, parent, comment)| {
                let mut seen = Vec::new();
                columns.retain(|c| {
                    !seen.contains(&c.name) && {
                        seen.push(c.name);
                        true
                    }
                });
                TablePlan {
                    name,
                    columns,
                    unique,
                    index,
                    check,
                    parent,
                    comment,
                }
            },
        );
    prop::collection::vec(table, 0..5).prop_map(|mut tables| {
        let mut seen = Vec::new();
        tables.retain(|t| {
            !seen.contains(&t.name) && {
                seen.push(t.name);
                true
            }
        });
        tables
    })
}

/// A name as PostgreSQL prints it.
fn printed(name: &str) -> String {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    match plain && name != "select" {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The schema that a plan means on that database, as its catalogue would print it.
fn schema(kind: Db, plan: &Plan) -> Schema {
    let mut out = Schema {
        format: FORMAT,
        product: ["sqlite", "postgresql", "mariadb"][kind as usize].to_owned(),
        ..Schema::default()
    };
    if kind == Db::Postgres {
        out.types.insert(
            "mo,od".to_owned(),
            vec!["a".to_owned(), format!("b, {}", plan.len())],
        );
        out.grants.insert("schema".to_owned(), BTreeMap::new());
        out.grants.clear();
    }
    for table in plan {
        out.tables
            .insert(table_name(table.name), make_table(kind, table, plan));
    }
    out
}

fn table_name(n: usize) -> String {
    format!("t{}", NAMES[n * 2 + 1])
}

fn column(kind: Db, plan: &ColumnPlan) -> Column {
    let (types, defaults): ([&str; 4], [&str; 4]) = match kind {
        Db::Sqlite => (
            ["text", "integer", "varchar(20)", "blob"],
            ["'it''s'", "42", "(1 + 1)", "CURRENT_TIMESTAMP"],
        ),
        Db::Postgres => (
            ["text", "integer", "character varying(20)", "\"mo,od\""],
            [
                "'it''s'::text",
                "42",
                "'x'::character varying",
                "'a'::\"mo,od\"",
            ],
        ),
        Db::Mysql => (
            ["varchar(30)", "int(11)", "enum('a','b,c')", "datetime(3)"],
            ["'it''s'", "42", "'b,c'", "current_timestamp(3)"],
        ),
    };
    let nullable = plan.nullable || !plan.default;
    let default = match (plan.default, kind) {
        (true, _) => Some(defaults[plan.kind].trim_matches(['(', ')']).to_owned()),
        (false, Db::Mysql) => Some("NULL".to_owned()),
        (false, _) => None,
    };
    let default = match (kind, plan.kind, default) {
        (Db::Mysql, 3, Some(d)) if d != "NULL" => Some("current_timestamp(3)".to_owned()),
        (_, _, default) => default,
    };
    Column {
        name: NAMES[plan.name].to_owned(),
        kind: types[plan.kind].to_owned(),
        nullable,
        default,
        extra: match (kind, plan.kind) {
            (Db::Mysql, 0 | 2) => "utf8mb4_bin".to_owned(),
            _ => String::new(),
        },
        comment: match plan.comment && kind != Db::Sqlite {
            true => format!("{}; it's", NAMES[plan.name]),
            false => String::new(),
        },
        ..Column::default()
    }
}

fn make_table(kind: Db, plan: &TablePlan, all: &Plan) -> Table {
    let integer = if kind == Db::Mysql {
        "int(11)"
    } else {
        "integer"
    };
    let number = |name: &str, nullable: bool| Column {
        name: name.to_owned(),
        kind: integer.to_owned(),
        nullable,
        default: (kind == Db::Mysql && nullable).then(|| "NULL".to_owned()),
        ..Column::default()
    };
    let mut columns = vec![number("id", false)];
    columns.extend(plan.columns.iter().map(|c| column(kind, c)));
    let mut table = Table {
        comment: match plan.comment && kind != Db::Sqlite {
            true => "it's \\ a table".to_owned(),
            false => String::new(),
        },
        options: match kind {
            Db::Mysql => "InnoDB utf8mb4_bin".to_owned(),
            Db::Postgres if plan.unique => "row level security".to_owned(),
            _ => String::new(),
        },
        ..Table::default()
    };
    let own = |suffix: &str| {
        format!(
            "{} {suffix}",
            table_name(plan.name).chars().take(12).collect::<String>()
        )
    };
    let index = |kind: &str, columns: String| Index {
        kind: kind.to_owned(),
        columns,
        ..Index::default()
    };
    let indexed = plan
        .columns
        .iter()
        .find(|c| c.kind == 1)
        .map(|c| NAMES[c.name]);
    match kind {
        Db::Sqlite => {
            let mut key = index("primary", "id".to_owned());
            key.name = own("key");
            table.indexes.insert("pk".to_owned(), key);
        }
        Db::Postgres => drop(
            table
                .indexes
                .insert(own("key"), index("primary", "btree (id)".to_owned())),
        ),
        Db::Mysql => drop(
            table
                .indexes
                .insert("PRIMARY".to_owned(), index("primary", "id".to_owned())),
        ),
    }
    if let (true, Some(c)) = (plan.unique, indexed) {
        let (key, columns) = match kind {
            Db::Sqlite => (format!("unique id,{c}"), format!("id,{c}")),
            Db::Postgres => (own("unique"), format!("btree (id, {})", printed(c))),
            Db::Mysql => (own("unique"), format!("id,{c}")),
        };
        table.indexes.insert(key, index("unique", columns));
    }
    if let (Some(partial), Some(c)) = (plan.index, indexed) {
        let quoted = format!("\"{}\"", c.replace('"', "\"\""));
        let mut made = match kind {
            Db::Sqlite => index("index", c.replace('"', "")),
            Db::Postgres => index("unique index", format!("btree ({} DESC, id)", printed(c))),
            Db::Mysql => index("index", format!("{c},id")),
        };
        if kind == Db::Sqlite {
            let tail = if partial { " WHERE id > 0" } else { "" };
            made.definition = format!("({quoted}){tail}");
            // What the short form loses is in the definition.
            made.columns =
                saasdb::schema::sql::index(&format!("CREATE INDEX i ON t {}", made.definition))
                    .expect("index")
                    .columns;
        }
        if partial && kind != Db::Mysql {
            made.predicate = Some(
                if kind == Db::Postgres {
                    "(id > 0)"
                } else {
                    "id > 0"
                }
                .to_owned(),
            );
        }
        table.indexes.insert(own("index"), made);
    }
    if let Some(n) = plan.check {
        let (name, text) = match kind {
            Db::Sqlite => (
                format!("id > -{n}"),
                format!(
                    "CONSTRAINT \"{}\" CHECK (id > -{n})",
                    own("check").replace('"', "\"\"")
                ),
            ),
            Db::Postgres => (
                own("check"),
                format!("CHECK ((id > '-{n}'::integer))").replace("'-0'::integer", "0"),
            ),
            Db::Mysql => (own("check"), format!("`id` > -{n}").replace("-0", "0")),
        };
        let (name, text) = match (kind, n) {
            (Db::Sqlite, 0) => ("id > 0".to_owned(), "CHECK (id > 0)".to_owned()),
            _ => (name, text),
        };
        table.checks.insert(name, text);
    }
    if let Some((to, action)) = plan.parent
        && let Some(parent) = all.get(to)
    {
        let column = format!("refers {to}");
        columns.push(number(&column, true));
        let parent_name = table_name(parent.name);
        let reference = ForeignKey {
            columns: column.clone(),
            table: parent_name.clone(),
            parent_columns: "id".to_owned(),
            on_delete: [
                "CASCADE",
                "SET NULL",
                if kind == Db::Mysql {
                    "RESTRICT"
                } else {
                    "NO ACTION"
                },
            ][usize::from(action)]
            .to_owned(),
            on_update: if kind == Db::Mysql {
                "CASCADE"
            } else {
                "NO ACTION"
            }
            .to_owned(),
            ..ForeignKey::default()
        };
        let (key, index_columns) = match kind {
            Db::Sqlite => (format!("{column} -> {parent_name}"), column.clone()),
            Db::Postgres => (own("fkey"), format!("btree ({})", printed(&column))),
            Db::Mysql => (own("fkey"), column.clone()),
        };
        table.foreign_keys.insert(key, reference);
        let mut made = index("index", index_columns);
        if kind == Db::Sqlite {
            made.definition = format!("(\"{column}\")");
        }
        table.indexes.insert(own("reference"), made);
    }
    table.columns = columns;
    table
}

fn fail(what: &str, detail: impl std::fmt::Debug) -> TestCaseError {
    TestCaseError::fail(format!("{what}: {detail:#?}"))
}

fn same(found: &Schema, wanted: &Schema, what: &str) -> Result<(), TestCaseError> {
    let differences = compare(wanted, found);
    match differences.is_empty() && found.fingerprint() == wanted.fingerprint() {
        true => Ok(()),
        false => Err(fail(what, differences)),
    }
}

/// Two rows in each table; the rows of each as text, by column.
type Rows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

fn fill(library: &mut Library, schema: &Schema) -> Result<(), TestCaseError> {
    let d = library.dialect();
    for (name, table) in &schema.tables {
        for row in 1..=2 {
            let columns = table
                .columns
                .iter()
                .filter(|c| !c.name.starts_with("refers"));
            let columns: Vec<String> = columns.map(|c| d.ident(&c.name)).collect();
            let values = vec![row.to_string(); columns.len()];
            let insert = format!(
                "INSERT INTO {} ({}) VALUES ({})",
                d.ident(name),
                columns.join(", "),
                values.join(", ")
            );
            library.try_run(&[insert]).map_err(|e| fail("fill", e))?;
        }
    }
    Ok(())
}

fn rows(library: &mut Library, schema: &Schema, other: &Schema) -> Rows {
    let d = library.dialect();
    let mut out = Rows::new();
    for (name, table) in &schema.tables {
        let Some(then) = other.tables.get(name) else {
            continue;
        };
        let both: Vec<&str> = table
            .columns
            .iter()
            .map(|c| c.name.as_str())
            .filter(|c| then.column(c).is_some())
            .collect();
        let list: Vec<String> = both.iter().map(|c| d.as_text(&d.ident(c))).collect();
        let found = library.rows(&format!(
            "SELECT {} FROM {} ORDER BY id",
            list.join(", "),
            d.ident(name)
        ));
        let named = found
            .into_iter()
            .map(|row| both.iter().map(|c| (*c).to_owned()).zip(row).collect());
        out.insert(name.clone(), named.collect());
    }
    out
}

/// One walk: nothing, a, b, nothing, on one database.
fn walk(library: &mut Library, kind: Db, a: &Plan, b: &Plan) -> Result<(), TestCaseError> {
    let (a, b) = (schema(kind, a), schema(kind, b));
    let ddl = library.dialect().ddl();
    let run = |library: &mut Library, statements: &[String]| {
        library
            .try_run(statements)
            .map_err(|e| fail("run", (e, statements.to_vec())))
    };
    run(library, &ddl.create(&a))?;
    same(&library.schema(), &a, "written and read back")?;
    let with_rows = kind == Db::Sqlite;
    if with_rows {
        fill(library, &a)?;
    }
    let before = rows(library, &a, &b);
    let change = ddl.statements(&a, &b);
    run(library, &change)?;
    same(&library.schema(), &b, &format!("led to b by {change:#?}"))?;
    if with_rows {
        let after = rows(library, &b, &a);
        prop_assert_eq!(before, after, "rows, by {:#?}", change);
    }
    let empty = Schema {
        format: FORMAT,
        product: a.product.clone(),
        ..Schema::default()
    };
    run(library, &ddl.statements(&b, &empty))?;
    same(&library.schema(), &empty, "nothing left")
}

#[track_caller]
fn walks(kind: Db, cases: u32) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&(plan(), plan()), |(a, b)| {
        // A case that fails leaves things behind, so each has a database where that is cheap.
        let db = TestDb::new(kind);
        walk(&mut Library::open(&db), kind, &a, &b)
    });
    if let Err(error) = result {
        panic!("{kind:?}: {error}");
    }
}

#[test]
fn on_sqlite() {
    walks(Db::Sqlite, 200);
}

#[test]
fn on_postgres() {
    walks(Db::Postgres, 25);
}

#[test]
fn on_mysql() {
    walks(Db::Mysql, 25);
}
