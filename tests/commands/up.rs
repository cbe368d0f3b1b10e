//! `saasdb migrate up`.

use super::{
    APP_TABLES, VERSIONS, count, fits, json_of, migrated, named, run, shown, shown_verbose,
    unchanged,
};
use crate::support::{Db, TestDb};

#[test]
fn everything_on_every_database_and_nothing_the_second_time() {
    TestDb::on_all(|db| {
        let up = run(db, "migrate up").success();
        fits(&up);
        assert_eq!(up.stderr, "");
        insta::assert_snapshot!(named("up", db), shown(&up));
        assert_eq!(count(db, "seaql_migrations"), VERSIONS.len());
        let again = unchanged(db, || run(db, "migrate up").success());
        insta::assert_snapshot!(named("up_again", db), shown(&again));
    });
}

#[test]
fn a_missing_file_is_made() {
    let db = TestDb::missing(Db::Sqlite);
    let up = run(&db, "migrate up --steps 1").success();
    assert!(db.exists());
    insta::assert_snapshot!(shown(&up));
}

#[test]
fn step_by_step() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 2").success();
    assert_eq!(count(&db, "seaql_migrations"), 2);
    run(&db, "migrate up --steps 1").success();
    assert_eq!(count(&db, "seaql_migrations"), 3);
    run(&db, "migrate up --steps 100").success();
    assert_eq!(count(&db, "seaql_migrations"), VERSIONS.len());
}

#[test]
fn up_to_a_version_in_every_spelling() {
    for spelling in [
        "m20251010_100002_create_subscriptions",
        "m20251010_100002",
        "20251010100002",
        "20251010100002_create_subscriptions",
    ] {
        let db = TestDb::new(Db::Sqlite);
        run(&db, &format!("migrate up --to {spelling}")).success();
        assert_eq!(count(&db, "seaql_migrations"), 4, "{spelling}");
        let again = run(&db, &format!("migrate up --to {spelling}")).success();
        assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    }
}

#[test]
fn a_unique_prefix_is_enough() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --to 2025101009").success();
    assert_eq!(
        db.rows("SELECT version FROM seaql_migrations"),
        [[APP_TABLES]]
    );
}

#[test]
fn up_to_what_lies_behind_is_a_mistake() {
    let db = migrated(Db::Sqlite);
    let back = unchanged(&db, || run(&db, "migrate up --to 20251010100002").code(2));
    insta::assert_snapshot!(shown(&back));
}

#[test]
fn one_transaction_for_the_whole_run() {
    for kind in [Db::Sqlite, Db::Postgres] {
        let each = migrated(kind);
        let whole = TestDb::new(kind);
        let up = run(&whole, "migrate up --transaction run").success();
        fits(&up);
        assert_eq!(whole.full_schema_dump(), each.full_schema_dump());
        let status = run(&whole, "status").success();
        assert!(
            status.stdout.contains("Drift        none"),
            "{}",
            status.stdout
        );
    }
}

#[test]
fn a_failure_in_one_transaction_takes_everything_back() {
    for kind in [Db::Sqlite, Db::Postgres] {
        let db = obstructed(kind);
        let failed = unchanged(&db, || run(&db, "migrate up --transaction run").code(1));
        insta::assert_snapshot!(named("up_run_failed", &db), shown(&failed));
    }
}

#[test]
fn a_failure_keeps_the_migrations_before_it_and_says_so() {
    for kind in Db::ALL {
        let db = obstructed(kind);
        let failed = run(&db, "migrate up").code(1);
        insta::assert_snapshot!(named("up_failed", &db), shown(&failed));
        assert_eq!(count(&db, "seaql_migrations"), 6);
        // Out of the way with it, and the same command goes on.
        db.sql(&match kind {
            Db::Mysql => "DROP INDEX `users_organizationId_idx` ON users".to_owned(),
            _ => "DROP INDEX \"users_organizationId_idx\"".to_owned(),
        });
        run(&db, "migrate up").success();
        assert_eq!(db.schema_dump(), migrated(kind).schema_dump(), "{kind:?}");
        let status = run(&db, "migrate status --exit-code").success();
        assert!(status.stdout.contains("13 applied"), "{}", status.stdout);
    }
}

/// A database where the seventh migration will find an index of its name in its way.
fn obstructed(kind: Db) -> TestDb {
    let db = TestDb::new(kind);
    run(&db, "migrate up --steps 2").success();
    db.sql(&match kind {
        Db::Mysql => "CREATE INDEX `users_organizationId_idx` ON users (username)".to_owned(),
        _ => "CREATE INDEX \"users_organizationId_idx\" ON users (username)".to_owned(),
    });
    db
}

#[test]
fn mysql_has_no_transaction_for_a_whole_run() {
    let db = TestDb::new(Db::Mysql);
    let refused = unchanged(&db, || run(&db, "migrate up --transaction run").code(2));
    insta::assert_snapshot!(shown(&refused));
}

#[test]
fn out_of_order_is_refused_unless_asked_for() {
    let db = migrated(Db::Sqlite);
    // As after merging a branch: one in the middle was never applied here.
    db.sql(
        "DROP TABLE quota_alerts; \
         DELETE FROM seaql_migrations WHERE version LIKE '%quota_alerts'; \
         DELETE FROM saasdb_migrations WHERE version LIKE '%quota_alerts'",
    );
    let refused = unchanged(&db, || run(&db, "migrate up").code(6));
    insta::assert_snapshot!(shown(&refused));
    let status = run(&db, "migrate status").success();
    fits(&status);
    assert!(status.stdout.contains("out of order"), "{}", status.stdout);
    let up = run(&db, "migrate up --allow-out-of-order").success();
    assert!(up.stdout.contains("create_quota_alerts"), "{}", up.stdout);
    assert_eq!(count(&db, "seaql_migrations"), VERSIONS.len());
}

#[test]
fn what_sea_orm_applied_is_applied() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 3").success();
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta");
    let up = run(&db, "migrate up").success();
    assert!(up.stdout.contains("10 migrations applied"), "{}", up.stdout);
    assert_eq!(db.schema_dump(), migrated(Db::Sqlite).schema_dump());
}

#[test]
fn as_json() {
    let db = TestDb::new(Db::Sqlite);
    let up = run(&db, "migrate up --steps 2 --format json").success();
    let json = json_of(&up, "migrate up");
    let done = json["migrations"].as_array().unwrap();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0]["name"], APP_TABLES);
    assert_eq!(done[0]["direction"], "up");
    assert!(done[0]["duration_ms"].is_u64());
    assert!(json["duration_ms"].is_u64());
    assert!(json["database"].as_str().unwrap().contains(db.name()));
}

#[test]
fn verbose_tells_each_migration_on_stderr_and_quiet_only_errors() {
    let db = TestDb::new(Db::Sqlite);
    let up = run(&db, "migrate up -v --steps 2").success();
    insta::assert_snapshot!(shown_verbose(&up));
    let missing = TestDb::missing(Db::Sqlite);
    let quiet = run(&missing, "migrate up -q").success();
    assert_eq!(quiet.stderr, "");
    let both = run(&db, "migrate up -q -v").code(2);
    assert!(
        both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
}
