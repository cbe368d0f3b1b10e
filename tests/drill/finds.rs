//! The drill finds what is broken.

use serde_json::Value;

use super::{drill, place};
use crate::commands::json_schema::published;
use crate::support::{Db, Saasdb, TestDb};

/// The findings of a drill that leaves out some statements.
#[track_caller]
fn findings(db: &TestDb, words: &[&str], skip: &[&str]) -> Vec<Value> {
    let skip = skip.iter().flat_map(|s| ["--skip", s]);
    let words = words
        .iter()
        .copied()
        .chain(skip)
        .chain(["--format", "json"]);
    let found = published(&drill(db).call(words).code(4));
    let lost: u64 = found["counts"]
        .as_array()
        .expect("counts")
        .iter()
        .map(|c| c["crashes"].as_u64().unwrap_or(0) - c["survived"].as_u64().unwrap_or(0))
        .sum();
    let findings = found["findings"].as_array().expect("findings").clone();
    assert_eq!(lost, findings.len() as u64, "each loss is told");
    findings
}

/// Without transactions a crash leaves half a migration, and `up` finds its tables in its way.
#[test]
fn migrations_that_are_not_in_transactions() {
    let db = place(Db::Sqlite);
    let broken = ["BEGIN", "COMMIT"];
    let found = findings(
        &db,
        &["--set", "core", "--what", "up", "--sample", "5"],
        &broken,
    );
    let failed = |f: &&Value| {
        f["what"]
            .as_str()
            .is_some_and(|w| w.contains("fails: exit code"))
    };
    let example = found.iter().find(failed);
    let example = example.unwrap_or_else(|| panic!("{found:#?}"));
    assert_ne!(example["stderr"], "", "{example:#}");
    // The command line of a finding makes the same crash again, and no other.
    let at = format!(
        "{}:{}",
        example["step"].as_str().unwrap_or_default(),
        example["point"]
    );
    let again = example["again"].as_str().unwrap_or_default();
    assert!(
        again.contains(&format!("--at {at} --skip 'BEGIN' --skip 'COMMIT'")),
        "{again}"
    );
    let same = findings(&db, &["--set", "core", "--at", &at], &broken);
    assert_eq!(same.len(), 1);
    assert_eq!(same[0]["label"], example["label"]);
    let text = drill(&db).args(["--quiet", "--set", "core", "--at", &at]);
    let text = text.call(["--skip", "BEGIN", "--skip", "COMMIT"]).code(4);
    let text = text.snapshot_text();
    let path = text.split_whitespace().find(|w| w.ends_with("/scratch.db"));
    let text = text.replace(path.expect("the database is named"), "sqlite:[scratch]");
    insta::assert_snapshot!("drill_finding", text);
    // With nothing broken there is nothing to find.
    drill(&db).call(["--set", "core", "--at", &at]).success();
}

/// Seeding that is not in one transaction leaves rows that the ledger does not know.
#[test]
fn rows_that_are_not_in_a_transaction() {
    let db = place(Db::Sqlite);
    let found = findings(
        &db,
        &["--set", "core", "--what", "seed", "--sample", "6"],
        &["BEGIN", "COMMIT"],
    );
    assert!(found.iter().any(|f| f["step"] == "seed"), "{found:#?}");
}

/// A snapshot that is not taken in the transaction of the last migration is missing after a crash.
#[test]
fn history_that_is_not_in_the_transaction() {
    let db = place(Db::Postgres);
    let listed = Saasdb::new()
        .db(&db)
        .env("SAASDB_FAULT_LIST", "points")
        .env("SAASDB_FAULT_SKIP", "BEGIN|COMMIT");
    listed.call(["migrate", "up", "--set", "cloudwa"]).success();
    // The last statement of all stores the snapshot.
    let points = listed.read("points");
    let last = points.lines().rfind(|l| l.contains("\tstatement\t"));
    let number = last.and_then(|l| l.split('\t').next());
    let at = format!("up:{}", number.expect("a statement"));
    let found = findings(
        &db,
        &["--set", "cloudwa", "--at", &at],
        &["BEGIN", "COMMIT"],
    );
    let differs = |f: &Value| f["differences"].to_string().contains("fingerprint");
    assert!(found.iter().all(differs), "{found:#?}");
    assert_eq!(found.len(), 1);
}

/// Without the journal nobody knows which statement was in flight, and it runs twice.
#[test]
fn statements_without_a_journal() {
    let db = place(Db::Mysql);
    let journal = [
        "INSERT INTO saasdb_journal",
        "UPDATE saasdb_migrations SET statement_at",
    ];
    let words = ["--set", "cloudwa", "--what", "up", "--sample", "10"];
    let found = findings(&db, &words, &journal);
    let twice = |f: &Value| {
        f["stderr"]
            .as_str()
            .is_some_and(|s| s.contains("already exists"))
    };
    assert!(found.iter().any(twice), "{found:#?}");
}
