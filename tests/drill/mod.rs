//! `saasdb drill`: commands are killed at every statement, on all databases, and recover. A part of the
//! points is tried here; `scripts/drill` tries all.

mod finds;
mod points;

use std::path::Path;
use std::time::Duration;

use crate::commands::json_schema::published;
use crate::support::{Db, OwnServer, Saasdb, TestDb};

/// About how many points of each command are tried here. All sets on all databases take some three
/// minutes with it on two cores.
const SAMPLE: &str = "4";

/// The database on whose server scratch databases are made. Roles belong to a whole server, so on
/// PostgreSQL it is one that no other test is on.
fn place(kind: Db) -> TestDb {
    match kind {
        Db::Postgres => OwnServer::new().database(),
        other => TestDb::missing(other),
    }
}

/// The drill on that database.
fn drill(db: &TestDb) -> Saasdb {
    Saasdb::new()
        .db(db)
        .args(["drill"])
        .timeout(Duration::from_secs(900))
}

/// What a run left among the temporary files.
fn left_in_tmp(saasdb: &Saasdb) -> Vec<String> {
    let tmp = saasdb.dir().with_file_name("tmp");
    let list = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder can be read");
        let names = entries.map(|e| e.expect("an entry").file_name());
        names.map(|n| n.to_string_lossy().into_owned()).collect()
    };
    list(&tmp)
}

/// The scratch databases of drills on a server that nobody else drills on.
fn left_on_server(db: &TestDb) -> Vec<Vec<String>> {
    db.rows("SELECT datname FROM pg_database WHERE datname LIKE 'saasdb\\_drill\\_%'")
}

#[track_caller]
fn every_set_survives(kind: Db, sets: usize) {
    let db = place(kind);
    let drill = drill(&db);
    let output = drill.call(["--sample", SAMPLE, "--format", "json"]);
    let found = published(&output.clone().code(0));
    assert_eq!(found["findings"], serde_json::json!([]));
    let counts = found["counts"].as_array().expect("counts");
    // Each set's up, seed, down and setup.
    assert_eq!(counts.len(), sets * 4, "{counts:#?}");
    for count in counts {
        assert!(count["crashes"].as_u64() > Some(0), "{count}");
        assert_eq!(count["crashes"], count["survived"], "{count}");
        assert!(count["points"].as_u64() >= count["crashes"].as_u64());
    }
    assert!(left_in_tmp(&drill).is_empty(), "{:?}", left_in_tmp(&drill));
    if kind == Db::Postgres {
        assert!(left_on_server(&db).is_empty());
    }
}

#[test]
fn every_set_survives_on_sqlite() {
    every_set_survives(Db::Sqlite, 4);
}

#[test]
fn every_set_survives_on_postgresql() {
    every_set_survives(Db::Postgres, 5);
}

#[test]
fn every_set_survives_on_mysql() {
    every_set_survives(Db::Mysql, 4);
}

#[test]
fn a_signal_ends_it_and_nothing_stays_behind() {
    for kind in Db::ALL {
        let db = place(kind);
        let drill = drill(&db).args(["--set", "core", "--what", "up"]);
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let mut running = drill.spawn();
            running.wait_for("crashing up");
            running.signal(signal);
            let ended = running.wait().code(code);
            let name = ended
                .stderr
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .find(|word| word.starts_with("saasdb_drill_"))
                .unwrap_or_else(|| panic!("the database is named: {}", ended.stderr));
            assert!(ended.stderr.contains("was removed"), "{}", ended.stderr);
            assert!(left_in_tmp(&drill).is_empty(), "{:?}", left_in_tmp(&drill));
            match kind {
                Db::Postgres => assert!(left_on_server(&db).is_empty()),
                Db::Mysql => {
                    let other = TestDb::new(kind);
                    let query = format!("SHOW DATABASES LIKE '{name}'");
                    assert!(other.rows(&query).is_empty(), "{name}");
                }
                Db::Sqlite => {}
            }
        }
    }
}

#[test]
fn what_it_is_not_given_right_is_refused() {
    let db = TestDb::missing(Db::Sqlite);
    for (words, says) in [
        (vec!["--at", "up"], "no step and point"),
        (
            vec!["--at", "up:9999", "--set", "core"],
            "up has no point 9999",
        ),
        (
            vec!["--set", "core,nothing"],
            "no schema set is called `nothing`",
        ),
        (vec!["--set", "supabase"], "does not run on SQLite"),
        (vec!["--what", "sideways"], "invalid value"),
    ] {
        let output = drill(&db).call(words.clone()).code(2);
        assert!(output.stderr.contains(says), "{words:?}: {}", output.stderr);
    }
}
