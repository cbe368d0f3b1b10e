//! All sets in one PostgreSQL database, each in a schema of its own.

use saasdb::catalog::SETS;
use saasdb::dialect::Backend;

use super::tools::assert_dump;
use crate::support::{Db, Running, Saasdb, TestDb};

/// The program for a set, in the schema of the same name.
fn own(db: &TestDb, set: &str) -> Saasdb {
    let program = Saasdb::new().db(db);
    program.env("SAASDB_SET", set).env("SAASDB_SCHEMA", set)
}

/// Everything in a schema that pg_dump writes: objects and rows, but not the books.
fn dump(db: &TestDb, schema: &str) -> String {
    let mut session = db.session();
    let tables = session.rows(&format!(
        "SELECT relname FROM pg_class WHERE relnamespace = '\"{schema}\"'::regnamespace \
         AND relkind = 'r' AND relname NOT LIKE 'saasdb\\_%' ORDER BY 1"
    ));
    let mut out = String::new();
    for table in tables.into_iter().flatten() {
        let sql = format!("SELECT t::text FROM \"{schema}\".\"{table}\" t");
        let mut rows = session.rows(&sql);
        rows.sort();
        out.push_str(&format!("{table}: {rows:?}\n"));
    }
    session.close();
    out
}

#[test]
fn every_set_has_a_schema_of_its_own() {
    let db = TestDb::new(Db::Postgres);
    let sets: Vec<&str> = SETS
        .iter()
        .filter(|set| set.backends.contains(&Backend::Postgres))
        .map(|set| set.name)
        .collect();
    // All at once: each has a lock of its own.
    let running: Vec<Running> = sets
        .iter()
        .map(|set| own(&db, set).args(["setup"]).spawn())
        .collect();
    for run in running {
        run.wait().success();
    }
    for set in &sets {
        let status = own(&db, set).call(["status", "--format", "json"]);
        let status = status.success().json();
        assert_eq!(status["pending"], 0, "{status}");
        assert_eq!(status["drift"]["state"], "none", "{status}");
    }
    for gone in &sets {
        let others: Vec<(&str, String)> = sets
            .iter()
            .filter(|set| *set != gone)
            .map(|set| (*set, dump(&db, set)))
            .collect();
        own(&db, gone).call(["migrate", "reset", "--yes"]).success();
        for (set, before) in &others {
            assert_dump(&dump(&db, set), before, &format!("{set}, without {gone}"));
        }
        own(&db, gone).call(["setup"]).success();
    }
}
