//! The section [checks] of saasdb.toml.

use super::{found, outcomes, report};
use crate::support::{Db, Saasdb, TestDb};

fn changed() -> TestDb {
    let db = TestDb::new(Db::Sqlite);
    Saasdb::new().db(&db).call(["migrate", "up"]).success();
    db.sql("CREATE TABLE billing_runs (id integer PRIMARY KEY); CREATE INDEX by_id ON billing_runs (id);
        CREATE TABLE reports (id integer PRIMARY KEY)");
    db
}

fn with(db: &TestDb, settings: &str) -> Saasdb {
    Saasdb::new()
        .db(db)
        .file("saasdb.toml", &format!("[checks]\n{settings}\n"))
}

#[test]
fn known_objects_are_no_drift() {
    let db = changed();
    let objects = |settings: &str| -> Vec<String> {
        let found = found(&with(&db, settings), "drift entities");
        found.into_iter().map(|(_, object)| object).collect()
    };
    assert_eq!(
        objects(""),
        [
            "table reports",
            "table billing_runs",
            "table billing_runs",
            "table reports"
        ]
    );
    assert_eq!(
        objects("known = [\"billing_*\"]"),
        ["table reports", "table reports"]
    );
    assert!(objects("known = [\"billing_*\", \"reports\"]").is_empty());
    // A known table that is one of the set's is no excuse.
    db.sql("DROP INDEX \"templates_organizationId_idx\"");
    assert_eq!(
        objects("known = [\"billing_*\", \"reports\", \"templates\"]"),
        ["index templates.templates_organizationId_idx"]
    );
}

#[test]
fn a_severity_decides_on_the_exit_code() {
    let db = changed();
    for (settings, code) in [
        ("", 4),
        ("drift = \"warning\"", 4),
        ("drift = \"note\"", 0),
        ("\"drift/added\" = \"note\"", 0),
        ("\"drift/added\" = \"off\"", 0),
        ("\"drift/changed\" = \"off\"", 4),
        ("drift = \"off\"", 0),
        ("drift = \"off\"\n\"drift/added\" = \"error\"", 0),
    ] {
        with(&db, settings).call(["check"]).code(code);
    }
    let off = with(&db, "drift = \"off\"");
    let ran = outcomes(&report(&off, ""));
    assert!(!ran.iter().any(|(check, _)| check == "drift"), "{ran:?}");
    // Who names it wants to see what it finds.
    assert_eq!(found(&off, "drift").len(), 2);
}

#[test]
fn what_is_wrong_there_is_said_with_its_place() {
    let db = changed();
    for (settings, says) in [
        ("drfit = \"off\"", "did you mean `drift`?"),
        ("\"drift/addded\" = \"off\"", "did you mean `drift/added`?"),
        ("drift = \"loud\"", "known: off, note, warning, error"),
        ("drift = 1", "must be text in quotes"),
        ("known = \"reports\"", "must be a list of texts"),
    ] {
        let out = with(&db, settings).call(["check"]).code(2);
        assert!(out.stderr.contains(says), "{settings}: {}", out.stderr);
        assert!(
            out.stderr.contains("saasdb.toml"),
            "{settings}: {}",
            out.stderr
        );
    }
}

#[test]
fn privileges_given_by_hand_are_named_but_for_known_roles_and_for_who_only_reads() {
    let db = TestDb::new(Db::Postgres);
    Saasdb::new().db(&db).call(["migrate", "up"]).success();
    let (role, url) = db.account();
    let as_role = Saasdb::new().env("DATABASE_URL", url);
    let grants = |program: &Saasdb| {
        let mut found = found(program, "drift");
        found.retain(|(rule, _)| rule == "drift/granted");
        found
    };
    let on_users = (
        "drift/granted".to_owned(),
        format!("grant on table users to {role}"),
    );
    db.sql(&format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    ));
    // Who checks with a role that only reads has changed nothing; for somebody else it is news.
    assert!(grants(&as_role).is_empty());
    assert!(grants(&Saasdb::new().db(&db)).contains(&on_users));
    assert!(grants(&with(&db, &format!("known = [\"{role}\"]"))).is_empty());
    db.sql(&format!("GRANT INSERT ON users TO {role}"));
    assert!(grants(&as_role).contains(&on_users));
}
