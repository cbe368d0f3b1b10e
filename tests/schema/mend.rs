//! What was changed by hand is named object by object, and the SQL for each takes it back.

use saasdb::schema::Difference;

use super::mend_cases::*;
use super::tools::{Library, assert_same_schema};
use crate::support::{Db, TestDb};

fn named(d: &Difference) -> String {
    let change = serde_json::to_value(d.change).expect("a word");
    format!("{} {}", change.as_str().unwrap_or_default(), d.object)
}

#[track_caller]
fn each(kind: Db, base: &str, cases: Cases) {
    let mut db = TestDb::new(kind);
    let role = match kind {
        Db::Postgres => db.account().0,
        _ => "ROLE_A".to_owned(),
    };
    db.sql(&base.replace("ROLE_A", &role));
    let snapshot = Library::open(&db).schema();
    let ddl = Library::open(&db).dialect().ddl();
    assert!(ddl.mend(&snapshot, &snapshot).is_empty());
    for (sql, objects) in cases {
        if kind == Db::Sqlite {
            // Some changes replace words of the very text that made the tables.
            db = TestDb::new(kind);
            db.sql(base);
        }
        db.sql(&sql.replace("ROLE_A", &role));
        let mut library = Library::open(&db);
        let mended = ddl.mend(&snapshot, &library.schema());
        let mut names: Vec<String> = mended.iter().map(|(d, _)| named(d)).collect();
        let mut wanted: Vec<String> = objects.iter().map(|o| o.replace("ROLE_A", &role)).collect();
        names.sort();
        wanted.sort();
        assert_eq!(names, wanted, "{kind:?}: {sql}");
        for (difference, statements) in &mended {
            if let Err(error) = library.try_run(statements) {
                panic!(
                    "{kind:?}: {sql}\n{}: {error}\nof {statements:#?}",
                    difference.object
                );
            }
        }
        assert_same_schema(
            &library.schema(),
            &snapshot,
            &format!("{kind:?}: {sql}\n{mended:#?}"),
        );
    }
}

#[test]
fn on_sqlite() {
    each(Db::Sqlite, SQLITE_BASE, SQLITE);
}

#[test]
fn on_postgres() {
    each(Db::Postgres, POSTGRES_BASE, POSTGRES);
}

#[test]
fn on_mysql() {
    each(Db::Mysql, MYSQL_BASE, MYSQL);
}

/// Many changes at once: nothing that is mended is in the way of the next.
#[test]
fn all_at_once() {
    let changes = [
        (
            Db::Sqlite,
            SQLITE_BASE,
            "DROP INDEX children_at_idx; ALTER TABLE children DROP COLUMN at; ALTER TABLE children ADD COLUMN more int; \
            CREATE INDEX more_idx ON children (more); DROP VIEW names; CREATE TABLE mine (id int REFERENCES parents); DROP TRIGGER touched;",
        ),
        (
            Db::Postgres,
            POSTGRES_BASE,
            "DROP TABLE parents CASCADE; DROP TYPE mood; ALTER TABLE children DROP COLUMN at; \
            CREATE TABLE mine (id int UNIQUE); ALTER TABLE children ADD COLUMN more int REFERENCES mine (id); DROP FUNCTION touch();",
        ),
        (
            Db::Mysql,
            MYSQL_BASE,
            "ALTER TABLE children DROP FOREIGN KEY children_parent_fkey; DROP TABLE parents; ALTER TABLE children DROP COLUMN at; \
            CREATE TABLE mine (id int PRIMARY KEY); ALTER TABLE children ADD COLUMN more int, ADD CONSTRAINT more FOREIGN KEY (more) REFERENCES mine (id); DROP VIEW names;",
        ),
    ];
    for (kind, base, change) in changes {
        let db = TestDb::new(kind);
        let role = match kind {
            Db::Postgres => db.account().0,
            _ => String::new(),
        };
        db.sql(&base.replace("ROLE_A", &role));
        let mut library = Library::open(&db);
        let snapshot = library.schema();
        db.sql(change);
        if kind == Db::Postgres {
            // Rows whose parents are gone would be in the way of their key, and rightly so.
            db.sql("DELETE FROM children");
        } else {
            db.sql("UPDATE children SET parent = NULL");
        }
        let mended = library.dialect().ddl().mend(&snapshot, &library.schema());
        assert!(mended.len() > 5, "{mended:#?}");
        for (_, statements) in &mended {
            library.run(statements);
        }
        assert_same_schema(&library.schema(), &snapshot, &format!("{kind:?}"));
    }
}
