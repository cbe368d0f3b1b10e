//! `saasdb migrate repair`: accepting, explicitly, what the checks complain about.

use super::{json_of, migrated, run, shown, unchanged};
use crate::support::{Db, TestDb};

#[test]
fn an_edited_migration_stops_everything_until_it_is_accepted() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 4").success();
        db.sql("UPDATE saasdb_migrations SET checksum = 'old' WHERE version LIKE '%plans'");
        for command in [
            "migrate up",
            "migrate plan",
            "migrate down --all",
            "migrate redo",
        ] {
            let stopped = unchanged(db, || run(db, command).code(4));
            assert!(
                stopped.stderr.contains("create_subscription_plans"),
                "{}",
                stopped.stderr
            );
        }
        let repaired = run(db, "migrate repair").success();
        assert!(
            repaired.stdout.contains("accepted the new checksum"),
            "{}",
            repaired.stdout
        );
        run(db, "migrate up").success();
        let again = run(db, "migrate repair").success();
        assert!(
            again.stdout.contains("nothing to repair"),
            "{}",
            again.stdout
        );
    });
}

#[test]
fn the_message_about_an_edited_migration() {
    let db = migrated(Db::Sqlite);
    db.sql("UPDATE saasdb_migrations SET checksum = 'old' WHERE version LIKE '%plans'");
    insta::assert_snapshot!(shown(&run(&db, "migrate up").code(4)));
    insta::assert_snapshot!(
        "repair_checksum",
        shown(&run(&db, "migrate repair").success())
    );
}

#[test]
fn what_sea_orm_applied_gets_a_record() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        db.sql("DROP TABLE saasdb_migrations");
        db.sql("DROP TABLE saasdb_meta");
        let repaired = run(db, "migrate repair --format json").success();
        let json = json_of(&repaired, "migrate repair");
        assert_eq!(json["recorded"].as_array().unwrap().len(), 13);
        let status = run(db, "migrate status --format json").success();
        assert_eq!(
            json_of(&status, "migrate status")["migrations"][0]["checksum"],
            "ok"
        );
        run(db, "migrate down --all").success();
    });
}

#[test]
fn drift_is_accepted_only_when_asked_for() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        db.sql("CREATE TABLE ours (id INTEGER PRIMARY KEY)");
        run(db, "migrate repair").success();
        let status = run(db, "status").success();
        assert!(
            status.stdout.contains("added table ours"),
            "{}",
            status.stdout
        );
        run(db, "migrate repair --accept-drift").success();
        let status = run(db, "status").success();
        assert!(
            status.stdout.contains("Drift        none"),
            "{}",
            status.stdout
        );
    });
}

#[test]
fn the_recorded_environment_changes_only_with_the_database_s_name() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env production").success();
    let refused = unchanged(&db, || {
        run(&db, "migrate repair --record-env dev --yes").code(6)
    });
    insta::assert_snapshot!(shown(&refused));
    let wrong = format!("migrate repair --record-env dev --confirm {}x", db.name());
    unchanged(&db, || run(&db, &wrong).code(6));
    let right = format!("migrate repair --record-env dev --confirm {}", db.name());
    let repaired = run(&db, &right).success();
    assert!(
        repaired.stdout.contains("recorded this database as dev"),
        "{}",
        repaired.stdout
    );
    let status = run(&db, "status").success();
    assert!(
        status.stdout.contains("dev (recorded)"),
        "{}",
        status.stdout
    );
    run(&db, "migrate repair --record-env prod").success();
    let status = run(&db, "status").success();
    assert!(
        status.stdout.contains("production (recorded)"),
        "{}",
        status.stdout
    );
}

#[test]
fn an_unknown_environment_lists_the_known_ones() {
    let db = migrated(Db::Sqlite);
    let unknown = unchanged(&db, || run(&db, "migrate repair --record-env live").code(2));
    for known in ["dev", "test", "staging", "production"] {
        assert!(unknown.stderr.contains(known), "{}", unknown.stderr);
    }
}

#[test]
fn without_a_history_there_is_nothing_to_repair() {
    let db = TestDb::new(Db::Sqlite);
    let nothing = unchanged(&db, || run(&db, "migrate repair").code(1));
    insta::assert_snapshot!(shown(&nothing));
}
