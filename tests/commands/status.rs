//! `saasdb status`: everything at a glance.

use super::{VERSIONS, column, fits, json_of, migrated, named, run, shown, unchanged};
use crate::support::{Db, TestDb};

#[test]
fn of_an_empty_database() {
    TestDb::on_all(|db| {
        let status = unchanged(db, || run(db, "status").success());
        fits(&status);
        insta::assert_snapshot!(named("status_empty", db), shown(&status));
    });
}

#[test]
fn of_a_missing_file_which_stays_missing() {
    let db = TestDb::missing(Db::Sqlite);
    let status = run(&db, "status").success();
    assert!(!db.exists());
    insta::assert_snapshot!(shown(&status));
    assert_eq!(
        json_of(&run(&db, "status --format json"), "status")["exists"],
        false
    );
}

#[test]
fn with_pending_migrations_it_names_the_next_command() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 5").success();
    let status = run(&db, "status").success();
    fits(&status);
    insta::assert_snapshot!(shown(&status));
    let json = json_of(&run(&db, "status --format json"), "status");
    assert_eq!(json["applied"], 5);
    assert_eq!(json["pending"], 8);
    assert!(
        json["latest"]
            .as_str()
            .unwrap()
            .contains("create_usage_tracking")
    );
    assert!(json["next"].as_str().unwrap().contains("migrate up"));
}

#[test]
fn fully_applied_on_every_database() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let status = unchanged(db, || run(db, "status").success());
        fits(&status);
        insta::assert_snapshot!(named("status_applied", db), shown(&status));
        let json = json_of(&run(db, "status --format json"), "status");
        assert_eq!(json["applied"], VERSIONS.len());
        assert_eq!(json["drift"]["state"], "none");
        assert_eq!(json["environment_from"], "default");
        for field in ["database", "name", "server", "seeds", "set"] {
            assert!(!json[field].is_null(), "{field}");
        }
    });
}

#[test]
fn changes_by_hand_are_named_object_by_object() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let contact = column(db, "contact");
        db.sql("CREATE TABLE invented (id INTEGER PRIMARY KEY)");
        db.sql("ALTER TABLE chats ADD COLUMN mood VARCHAR(20)");
        db.sql(&format!(
            "CREATE INDEX chats_contact_mine ON chats ({contact})"
        ));
        db.sql(&match db.kind() {
            Db::Mysql => "ALTER TABLE sessions DROP COLUMN status".to_owned(),
            _ => format!("ALTER TABLE sessions DROP COLUMN {}", column(db, "status")),
        });
        let status = unchanged(db, || run(db, "status").success());
        fits(&status);
        for name in ["invented", "mood", "chats_contact_mine", "status"] {
            assert!(status.stdout.contains(name), "{name}:\n{}", status.stdout);
        }
        insta::assert_snapshot!(named("status_drift", db), shown(&status));
        let json = json_of(&run(db, "status --format json"), "status");
        assert_eq!(json["drift"]["state"], "found");
        let found = json["drift"]["differences"].as_array().unwrap();
        assert!(found.len() >= 4, "{found:#?}");
        for change in ["added", "removed"] {
            assert!(found.iter().any(|d| d["change"] == change), "{change}");
        }
    });
}

#[test]
fn a_dropped_index_and_a_changed_type_are_drift() {
    let db = migrated(Db::Postgres);
    db.sql("DROP INDEX \"chats_sessionId_idx\"");
    db.sql("ALTER TABLE chats ALTER COLUMN direction TYPE varchar(60)");
    db.sql("ALTER TABLE organizations ALTER COLUMN currency SET DEFAULT 'USD'");
    let status = run(&db, "status").success();
    insta::assert_snapshot!(shown(&status));
}

#[test]
fn many_differences_are_counted_and_the_first_ten_named() {
    let db = migrated(Db::Sqlite);
    for n in 0..15 {
        db.sql(&format!("CREATE TABLE extra_{n} (id INTEGER PRIMARY KEY)"));
    }
    let status = run(&db, "status").success();
    fits(&status);
    assert!(status.stdout.contains("--format json"), "{}", status.stdout);
    let named = status
        .stdout
        .lines()
        .filter(|l| l.contains("added"))
        .count();
    assert_eq!(named, 10);
}

#[test]
fn half_done_on_a_database_that_commits_every_statement() {
    let db = half_done();
    let status = unchanged(&db, || run(&db, "status").success());
    fits(&status);
    insta::assert_snapshot!(shown(&status));
    let json = json_of(&run(&db, "status --format json"), "status");
    assert!(json["problems"][0].as_str().unwrap().contains("half done"));
}

/// A MySQL database on which `add_organization_to_users` stopped at its second statement.
pub(super) fn half_done() -> TestDb {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up --steps 6").success();
    // The application took the name of an index that the migration makes later on.
    db.sql("CREATE INDEX `users_organizationId_idx` ON users (username)");
    run(&db, "migrate up").code(1);
    db
}

#[test]
fn sea_orm_migrating_by_itself_makes_drift_unknown() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 12").success();
    db.sql(
        "ALTER TABLE campaigns ADD COLUMN \"organizationId\" char(36); \
         INSERT INTO seaql_migrations VALUES ('m20251010_100011_add_organization_to_campaigns', 1)",
    );
    let status = run(&db, "status").success();
    insta::assert_snapshot!(shown(&status));
}

#[test]
fn rows_changed_by_hand_are_counted() {
    let db = migrated(Db::Sqlite);
    run(&db, "seed --only subscription-plans").success();
    db.sql("UPDATE subscription_plans SET \"priceMonthly\" = 1 WHERE name = 'pro'");
    let status = run(&db, "status").success();
    assert!(
        status.stdout.contains("1 changed by hand"),
        "{}",
        status.stdout
    );
}

#[test]
fn demo_rows_are_not_counted_as_lacking_in_production() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "setup --env production").success();
    let status = run(&db, "status").success();
    assert!(
        !status.stdout.contains("demo-organizations: 0 of"),
        "production does not get them, so nothing is missing:\n{}",
        status.stdout
    );
}

#[test]
fn after_a_run_that_stopped_half_way_nobody_else_is_blamed() {
    let db = TestDb::new(Db::Sqlite);
    db.sql("CREATE TABLE elsewhere (id INTEGER PRIMARY KEY)");
    db.sql("CREATE INDEX \"users_organizationId_idx\" ON elsewhere (id)");
    run(&db, "migrate up").code(1);
    let status = run(&db, "status").success();
    assert!(
        !status.stdout.contains("another program"),
        "it was saasdb itself:\n{}",
        status.stdout
    );
}
