//! `saasdb migrate status`: where every version stands.

use super::{APP_TABLES, VERSIONS, fits, json_of, migrated, named, run, shown, unchanged};
use crate::commands::status::half_done;
use crate::support::{Db, TestDb};

#[test]
fn half_applied_on_every_database() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 6").success();
        let status = unchanged(db, || run(db, "migrate status").success());
        fits(&status);
        insta::assert_snapshot!(named("versions", db), shown(&status));
    });
}

#[test]
fn the_exit_code_tells_a_pipeline() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate status").success();
    run(&db, "migrate status --exit-code").code(3);
    run(&db, "migrate up").success();
    run(&db, "migrate status --exit-code").success();
    db.sql("UPDATE saasdb_migrations SET checksum = 'x' WHERE version LIKE '%organizations'");
    run(&db, "migrate status").success();
    let edited = unchanged(&db, || run(&db, "migrate status --exit-code").code(4));
    fits(&edited);
    insta::assert_snapshot!(shown(&edited));
    run(&db, "migrate repair").success();
    run(&db, "migrate status --exit-code").success();
    db.sql(
        "INSERT INTO seaql_migrations VALUES ('m20300101_000000_from_the_future', 1);
         INSERT INTO saasdb_migrations (version, kind, state, direction, started_at)
         VALUES ('m20300101_000000_from_the_future', 'applied', 'applied', 'up', 'x');",
    );
    let missing = run(&db, "migrate status --exit-code").code(4);
    fits(&missing);
    insta::assert_snapshot!("versions_missing", shown(&missing));
}

#[test]
fn half_done_says_where_it_stopped_and_what_to_do() {
    let db = half_done();
    let status = unchanged(&db, || run(&db, "migrate status --exit-code").code(4));
    insta::assert_snapshot!(shown(&status));
    let json = json_of(&run(&db, "migrate status --format json"), "migrate status");
    assert_eq!(json["migrations"][6]["state"], "dirty");
    assert!(
        json["migrations"][6]["interrupted"]
            .as_str()
            .unwrap()
            .contains("statement")
    );
}

#[test]
fn as_json() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 1").success();
    let json = json_of(&run(&db, "migrate status --format json"), "migrate status");
    assert_eq!(json["applied"], 1);
    assert_eq!(json["pending"], 12);
    assert_eq!(json["set"], "core");
    let all = json["migrations"].as_array().unwrap();
    let digits: Vec<&str> = all.iter().map(|m| m["version"].as_str().unwrap()).collect();
    assert_eq!(digits, VERSIONS);
    assert_eq!(all[0]["name"], APP_TABLES);
    assert_eq!(all[0]["state"], "applied");
    assert_eq!(all[0]["checksum"], "ok");
    assert!(
        all[0]["applied_by"]
            .as_str()
            .unwrap()
            .starts_with("tester@")
    );
    assert!(all[0]["applied_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(all[1]["state"], "pending");
    assert!(all[1]["applied_at"].is_null());
}

#[test]
fn adopted_and_sea_orm_s_versions() {
    let db = migrated(Db::Sqlite);
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta");
    let json = json_of(&run(&db, "migrate status --format json"), "migrate status");
    assert_eq!(json["migrations"][0]["checksum"], "unknown");
    assert_eq!(json["applied"], 13);
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 1").success();
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta; DROP TABLE seaql_migrations");
    run(&db, "migrate baseline --to 20251010095900").success();
    let status = run(&db, "migrate status").success();
    fits(&status);
    assert!(status.stdout.contains("baseline"), "{}", status.stdout);
}
