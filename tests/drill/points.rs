//! Fault points themselves: which there are, and that a run dies exactly there.

use crate::sets::tools::applied;
use crate::support::{Db, Output, Saasdb, TestDb, bind_redactions};

/// `migrate up --steps 1` with a variable for faults.
fn up(db: &TestDb, saasdb: &Saasdb, variable: &str, value: &str) -> Output {
    let call = saasdb.clone().db(db).env(variable, value);
    call.call(["migrate", "up", "--steps", "1", "--set", "cloudwa"])
}

/// The points of a run: number, kind and label of each.
fn points(kind: Db) -> Vec<[String; 3]> {
    let db = TestDb::new(kind);
    let saasdb = Saasdb::new();
    up(&db, &saasdb, "SAASDB_FAULT_LIST", "points").success();
    let text = saasdb.read("points");
    let row = |line: &str| {
        let parts: Vec<String> = line.splitn(3, '\t').map(str::to_owned).collect();
        parts.try_into().expect("three columns")
    };
    text.lines().map(row).collect()
}

#[test]
fn the_points_of_a_run() {
    bind_redactions();
    for kind in [Db::Sqlite, Db::Postgres] {
        let lines: Vec<String> = points(kind).iter().map(|p| p.join("  ")).collect();
        insta::assert_snapshot!(format!("drill_points_{kind:?}"), lines.join("\n"));
    }
}

#[test]
fn a_run_dies_where_it_is_told_and_nothing_later_has_happened() {
    for kind in Db::ALL {
        let all = points(kind);
        let at = |wanted: &str| {
            let found = all.iter().rev().find(|[_, kind, _]| kind == wanted);
            found.map(|[number, ..]| number.clone())
        };
        for (point, done) in [
            ("lock", 0),
            ("locked", 0),
            ("commit", 0),
            ("committed", 1),
            ("unlocked", 1),
        ] {
            let number = at(point).unwrap_or_else(|| panic!("{kind:?} has no point {point}"));
            let db = TestDb::new(kind);
            let saasdb = Saasdb::new();
            // 128 and SIGKILL.
            up(&db, &saasdb, "SAASDB_FAULT_POINT", &number).code(137);
            let history = saasdb.clone().db(&db);
            let status =
                history.call(["migrate", "status", "--set", "cloudwa", "--format", "json"]);
            let status = status.code(0).json();
            let versions = status["migrations"].as_array().expect("migrations");
            let found = versions.iter().filter(|m| m["state"] == "applied").count();
            assert_eq!(found, done, "{kind:?}, {point}: {status:#}");
        }
    }
}

/// What was sent goes on without us, and is there whole or not at all.
#[test]
fn a_script_that_was_sent_is_carried_out_without_us() {
    let all = points(Db::Postgres);
    // The last one has the COMMIT.
    let sent = all.iter().rev().find(|[_, kind, _]| kind == "sent");
    let [number, ..] = sent.expect("a script is sent");
    let mut carried_out = 0;
    for _ in 0..5 {
        let db = TestDb::new(Db::Postgres);
        let saasdb = Saasdb::new();
        up(&db, &saasdb, "SAASDB_FAULT_POINT", number).code(137);
        // It waits until the session of the one that died is gone.
        let again = saasdb
            .clone()
            .db(&db)
            .args(["--set", "cloudwa", "--format", "json"]);
        let again = again
            .call(["migrate", "up", "--to", "20251201000000"])
            .success();
        let done = again.json()["migrations"].as_array().map_or(0, Vec::len);
        carried_out += usize::from(done == 0);
        assert_eq!(applied(&db).len(), 1);
    }
    assert!(carried_out > 0, "the server never got to it");
}

#[test]
fn a_fault_that_is_not_understood_is_an_error() {
    let db = TestDb::new(Db::Sqlite);
    let output = up(&db, &Saasdb::new(), "SAASDB_FAULT_POINT", "first").code(2);
    assert!(output.stderr.contains("SAASDB_FAULT_POINT"), "{output:?}");
    assert_eq!(db.rows("SELECT count(*) FROM sqlite_master"), [["0"]]);
}
