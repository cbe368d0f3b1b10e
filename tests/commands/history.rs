//! Histories that do not fit this program: newer deployments, other sets, rows of sea-orm's.

use super::{contents, migrated, named, run, shown, unchanged};
use crate::support::{Db, TestDb};

#[test]
fn versions_of_a_newer_deployment_stop_every_run() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        db.sql(
            "INSERT INTO seaql_migrations VALUES ('m20300101_000000_from_the_future', 1);
             INSERT INTO saasdb_migrations (version, kind, state, direction, started_at)
             VALUES ('m20300101_000000_from_the_future', 'applied', 'applied', 'up', 'x');",
        );
        unchanged(db, || {
            for command in [
                "migrate up",
                "migrate plan",
                "migrate down --steps 1",
                "migrate down --all --yes",
                "migrate redo",
                "migrate fresh --yes",
                "migrate refresh --yes",
                "seed",
                "setup",
            ] {
                let stopped = run(db, command).code(4);
                let named = stopped.stderr.contains("m20300101_000000_from_the_future");
                assert!(named, "{command}: {}", stopped.stderr);
            }
        });
        insta::assert_snapshot!(named("newer", db), shown(&run(db, "migrate up")));
        run(db, "status").success();
        run(db, "migrate status").success();
    });
}

#[test]
fn another_set_on_the_same_database_is_refused() {
    let db = migrated(Db::Sqlite);
    db.sql(
        "UPDATE saasdb_meta SET value = 'telecom' WHERE name = 'schema_set';
         DELETE FROM seaql_migrations;
         INSERT INTO seaql_migrations VALUES ('m20241001_000000_create_users', 1);",
    );
    for command in [
        "migrate up",
        "status",
        "migrate status",
        "migrate down --all --yes",
        "seed",
        "setup",
    ] {
        unchanged(&db, || run(&db, command).code(6));
    }
    insta::assert_snapshot!(shown(&run(&db, "migrate up")));
}

#[test]
fn two_names_for_the_same_file_are_one_database() {
    let db = migrated(Db::Sqlite);
    let link = super::file(&db).with_file_name("link.db");
    std::os::unix::fs::symlink(super::file(&db), &link).unwrap();
    let call = crate::support::Saasdb::new();
    let call = call.env("DATABASE_URL", format!("sqlite:{}", link.display()));
    call.call(["migrate", "down", "--all"]).success();
    assert!(!contents(&db).contains("CREATE TABLE \"users\""));
}

#[test]
fn an_empty_history_table_is_a_fresh_start() {
    TestDb::on_all(|db| {
        db.sql(match db.kind() {
            Db::Mysql => {
                "CREATE TABLE seaql_migrations (version varchar(255) NOT NULL PRIMARY KEY, \
                 applied_at bigint NOT NULL)"
            }
            _ => {
                "CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, \
                 applied_at bigint NOT NULL)"
            }
        });
        run(db, "migrate up").success();
        run(db, "migrate status --exit-code").success();
    });
}
