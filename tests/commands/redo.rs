//! `saasdb migrate redo` and `refresh`: back and forth under one lock.

use super::{add_user, contents, count, fits, json_of, migrated, named, run, shown, unchanged};
use crate::support::{Db, TestDb};

#[test]
fn the_last_one_on_every_database() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let before = db.schema_dump();
        let redo = run(db, "migrate redo").success();
        fits(&redo);
        insta::assert_snapshot!(named("redo", db), shown(&redo));
        assert_eq!(db.schema_dump(), before);
        run(db, "migrate redo --steps 9").success();
        assert_eq!(db.schema_dump(), before);
        let status = run(db, "status").success();
        assert!(
            status.stdout.contains("Drift        none"),
            "{}",
            status.stdout
        );
    });
}

#[test]
fn only_what_was_reverted_is_applied_again() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 5").success();
    run(&db, "migrate redo --steps 2").success();
    assert_eq!(count(&db, "seaql_migrations"), 5);
    let json = json_of(&run(&db, "migrate redo --format json"), "migrate redo");
    assert_eq!(json["migrations"][0]["direction"], "down");
    assert_eq!(json["migrations"][1]["direction"], "up");
}

#[test]
fn more_than_there_are() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 2").success();
    let output = unchanged(&db, || run(&db, "migrate redo --steps 3").code(2));
    insta::assert_snapshot!(shown(&output));
}

#[test]
fn refresh_goes_all_the_way() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let before = db.schema_dump();
        let refresh = run(db, "migrate refresh").success();
        assert!(
            refresh
                .stdout
                .contains("13 migrations reverted, 13 migrations applied"),
            "{}",
            refresh.stdout
        );
        assert_eq!(db.schema_dump(), before);
        add_user(db, "ann");
        let refused = unchanged(db, || run(db, "migrate refresh").code(6));
        assert!(refused.stderr.contains("table users"), "{}", refused.stderr);
        run(db, "migrate refresh --yes").success();
        assert_eq!(count(db, "users"), 0);
    });
}

#[test]
fn refresh_with_adopted_tables_leaves_them_alone() {
    let db = migrated(Db::Sqlite);
    run(&db, "migrate down --to 20251010095900").success();
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta; DROP TABLE seaql_migrations");
    add_user(&db, "ann");
    run(&db, "migrate baseline --to 20251010095900").success();
    run(&db, "migrate up").success();
    let refresh = run(&db, "migrate refresh").success();
    assert!(
        refresh.stdout.contains("12 migrations reverted"),
        "{}",
        refresh.stdout
    );
    assert!(contents(&db).contains("ann"));
}
