//! Random tables with the constraints that schemas have get their rows.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{ONE, Sql, TWO, assert_clean, verified};
use crate::support::Db;

/// A column: which of the kinds below (or which table), whether NULL may be in it, whether every value
/// is another.
type Draw = (usize, bool, bool);

/// A table: its columns, and its references by the table that they lead to.
type Drawn = (Vec<Draw>, Vec<Draw>);

/// A type, and a check on a column of it (`$` is the column), if any.
fn kinds(kind: Db) -> Vec<(&'static str, Option<&'static str>)> {
    let (stamp, float) = match kind {
        Db::Postgres => ("timestamp", "double precision"),
        _ => ("datetime", "double"),
    };
    vec![
        ("integer", None),
        ("bigint", Some("$ >= 1000")),
        ("smallint", Some("$ BETWEEN -5 AND 90 AND $ <> 0")),
        ("varchar(1)", None),
        ("varchar(40)", None),
        ("varchar(255)", Some("$ IN ('it''s', 'b', 'größer', 'd')")),
        ("varchar(30)", Some("length($) >= 5 AND length($) < 9")),
        ("varchar(60)", Some("$ LIKE '%@%.com'")),
        ("char(36)", Some("length($) = 36")),
        ("decimal(4,1)", Some("$ > 0 AND $ <= 99.5")),
        ("decimal(2,2)", None),
        (float, None),
        ("date", None),
        (stamp, None),
        ("boolean", None),
    ]
}

fn tables(kind: Db) -> impl Strategy<Value = Vec<Drawn>> {
    let column = (
        0..kinds(kind).len(),
        any::<bool>(),
        prop::bool::weighted(0.3),
    );
    let reference = (0..4usize, any::<bool>(), prop::bool::weighted(0.2));
    let table = (
        prop::collection::vec(column, 1..7),
        prop::collection::vec(reference, 0..3),
    );
    prop::collection::vec(table, 1..5)
}

/// The statements that make the tables, and those that drop them.
fn statements(kind: Db, tables: &[Drawn]) -> (Vec<String>, Vec<String>) {
    let kinds = kinds(kind);
    let mut up = Vec::new();
    let mut down = Vec::new();
    for (t, (columns, references)) in tables.iter().enumerate() {
        let mut parts = vec!["id integer NOT NULL PRIMARY KEY".to_owned()];
        let mut constraints = Vec::new();
        for (c, (which, nullable, unique)) in columns.iter().enumerate() {
            let (word, check) = kinds[*which];
            let null = if *nullable { "" } else { " NOT NULL" };
            parts.push(format!("c{c} {word}{null}"));
            if let Some(check) = check {
                constraints.push(format!("CHECK ({})", check.replace('$', &format!("c{c}"))));
            }
            // Two truths are too few for three rows.
            if *unique && word != "boolean" {
                constraints.push(format!("UNIQUE (c{c})"));
            }
        }
        for (r, (to, nullable, unique)) in references.iter().enumerate() {
            // A later table cannot be referred to; the table itself can.
            let to = (*to).min(t);
            let null = if *nullable { "" } else { " NOT NULL" };
            parts.insert(1, format!("r{r} integer{null}"));
            constraints.push(format!("FOREIGN KEY (r{r}) REFERENCES t{to} (id)"));
            constraints.push(format!("UNIQUE (r{r}, id)"));
            if *unique {
                constraints.push(format!("UNIQUE (r{r})"));
            }
        }
        if columns.len() > 1 && columns[0].1 && columns[1].1 {
            constraints.push("CHECK (c0 IS NULL OR c1 IS NOT NULL)".to_owned());
        }
        parts.extend(constraints);
        up.push(format!("CREATE TABLE t{t} ({})", parts.join(", ")));
        down.insert(0, format!("DROP TABLE t{t}"));
    }
    (up, down)
}

#[track_caller]
fn check(kind: Db, cases: u32) {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&tables(kind), |tables| {
        let (up, down) = statements(kind, &tables);
        let text = up.join(";\n");
        let found = verified(
            kind,
            vec![
                Sql {
                    name: ONE,
                    up,
                    down,
                },
                Sql {
                    name: TWO,
                    up: vec![],
                    down: vec![],
                },
            ],
        );
        prop_assert!(
            found.notes.is_empty() && found.is_clean(),
            "{found:#?}\n{text}"
        );
        prop_assert_eq!(found.migrations[1].rows, 3 * tables.len(), "{}", text);
        assert_clean(&found);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{kind:?}: {error}");
    }
}

#[test]
fn on_sqlite() {
    check(Db::Sqlite, 40);
}

#[test]
fn on_postgres() {
    check(Db::Postgres, 3);
}

#[test]
fn on_mysql() {
    check(Db::Mysql, 2);
}
