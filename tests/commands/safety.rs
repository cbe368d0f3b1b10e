//! Data is never lost silently: who is asked, what is refused, what goes ahead.

use super::{add_user, count, migrated, named, on, run, shown, unchanged};
use crate::support::{Db, Saasdb, TestDb};

/// Every command that can destroy rows, all of them up to the last.
const DESTRUCTIVE: [&str; 5] = [
    "migrate down --all",
    "migrate down --to 20251010095900",
    "migrate reset",
    "migrate refresh",
    "migrate fresh",
];

/// A database with one organization that no seeder made.
fn with_foreign_row(kind: Db) -> TestDb {
    let db = migrated(kind);
    add_foreign_row(&db);
    db
}

fn add_foreign_row(db: &TestDb) {
    db.sql(
        "INSERT INTO organizations (id, name, slug, email) \
         VALUES ('6f1f1a6e-0000-4000-8000-000000000001', 'A', 'a', 'a@a')",
    );
}

#[test]
fn rows_of_the_user_are_not_destroyed_without_consent() {
    for kind in Db::ALL {
        let db = with_foreign_row(kind);
        for command in DESTRUCTIVE {
            let refused = unchanged(&db, || run(&db, command).code(6));
            assert!(
                refused.stderr.contains("table organizations"),
                "{}",
                refused.stderr
            );
            assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
        }
    }
}

#[test]
fn with_consent_they_are() {
    let db = with_foreign_row(Db::Sqlite);
    for command in DESTRUCTIVE {
        run(&db, &format!("{command} --yes")).success();
        run(&db, "migrate up").success();
        assert_eq!(count(&db, "organizations"), 0, "{command}");
        add_foreign_row(&db);
    }
}

#[test]
fn values_of_a_column_count_as_well() {
    let db = with_foreign_row(Db::Sqlite);
    add_user(&db, "ann");
    db.sql("UPDATE users SET \"organizationId\" = '6f1f1a6e-0000-4000-8000-000000000001'");
    let refused = unchanged(&db, || run(&db, "migrate down --to 20251010100004").code(6));
    insta::assert_snapshot!(shown(&refused));
}

#[test]
fn on_a_terminal_it_asks() {
    let db = with_foreign_row(Db::Sqlite);
    for answer in ["no\n", "\n", "y\n", "YES!\n"] {
        let call = on(&db).terminal(answer);
        let kept = unchanged(&db, || call.call(["migrate", "down", "--all"]).code(6));
        assert!(kept.stdout.contains("Go ahead?"), "{}", kept.stdout);
    }
    let kept = on(&db).terminal("no\n").call(["migrate", "down", "--all"]);
    insta::assert_snapshot!(shown(&kept));
    let gone = on(&db)
        .terminal("yes\n")
        .call(["migrate", "down", "--all"])
        .success();
    assert!(
        gone.stdout.contains("13 migrations reverted"),
        "{}",
        gone.stdout
    );
}

#[test]
fn json_is_never_asked_for() {
    let db = with_foreign_row(Db::Sqlite);
    let call = on(&db).terminal("yes\n");
    unchanged(&db, || {
        call.call(["migrate", "down", "--all", "--format", "json"])
            .code(6)
    });
}

#[test]
fn rows_of_the_seeders_go_unattended_in_dev_and_test_only() {
    for (environment, code) in [("dev", 0), ("test", 0), ("staging", 6), ("production", 6)] {
        let db = TestDb::new(Db::Sqlite);
        run(&db, &format!("migrate up --env {environment}")).success();
        run(&db, "seed --only subscription-plans").success();
        let down = run(&db, "migrate down --all").code(code);
        assert!(
            down.stderr.contains("4 rows, all from seeders"),
            "{}",
            down.stderr
        );
        if code == 6 {
            assert_eq!(count(&db, "subscription_plans"), 4);
            insta::assert_snapshot!(format!("unattended_{environment}"), shown(&down));
        }
    }
}

#[test]
fn the_demo_goes_unattended_too() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "setup").success();
        let down = run(&db, "migrate down --all").success();
        assert!(!down.stderr.contains("not from seeders"), "{}", down.stderr);
    }
}

#[test]
fn a_seeded_row_that_was_changed_is_the_user_s() {
    let db = migrated(Db::Sqlite);
    run(&db, "seed --only subscription-plans").success();
    db.sql("UPDATE subscription_plans SET \"priceMonthly\" = 5 WHERE name = 'free'");
    let refused = unchanged(&db, || run(&db, "migrate down --all").code(6));
    assert!(
        refused.stderr.contains("1 not from seeders"),
        "{}",
        refused.stderr
    );
}

#[test]
fn production_wants_its_name_and_nothing_less() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "migrate up --env production").success();
        for command in DESTRUCTIVE {
            let refused = unchanged(&db, || run(&db, &format!("{command} --yes")).code(6));
            assert!(super::hint(&refused).contains(&format!("--confirm {}", db.name())));
            unchanged(&db, || {
                run(&db, &format!("{command} --confirm other")).code(6)
            });
        }
        let refused = run(&db, "migrate down --steps 1");
        insta::assert_snapshot!(named("production", &db), shown(&refused));
        let refused = run(&db, "migrate down --steps 1 --confirm other");
        insta::assert_snapshot!(named("production_other", &db), shown(&refused));
        run(&db, &format!("migrate down --all --confirm {}", db.name())).success();
    }
}

#[test]
fn on_a_terminal_production_asks_for_the_name() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --env production").success();
    for answer in ["yes\n", "other\n"] {
        let call = on(&db).terminal(answer);
        let kept = unchanged(&db, || call.call(["migrate", "down", "--all"]).code(6));
        assert!(
            kept.stdout.contains("Type the database's name"),
            "{}",
            kept.stdout
        );
    }
    let call = on(&db).terminal(&format!("{}\n", db.name()));
    call.call(["migrate", "down", "--all"]).success();
}

#[test]
fn the_environment_comes_from_the_record_when_none_is_named() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env staging").success();
    let status = run(&db, "status").success();
    assert!(
        status.stdout.contains("staging (recorded)"),
        "{}",
        status.stdout
    );
    // Stricter than recorded is fine, laxer is not.
    run(&db, "status --env production").success();
    let refused = unchanged(&db, || run(&db, "migrate down --steps 1 --env dev").code(6));
    insta::assert_snapshot!(shown(&refused));
}

#[test]
fn an_environment_that_nobody_named_is_not_recorded() {
    let db = migrated(Db::Sqlite);
    let status = run(&db, "status").success();
    assert!(status.stdout.contains("dev (default)"), "{}", status.stdout);
    run(&db, "migrate down --steps 1 --env test").success();
    let status = run(&db, "status").success();
    assert!(
        status.stdout.contains("test (recorded)"),
        "{}",
        status.stdout
    );
}

#[test]
fn a_database_recorded_as_production_keeps_every_other_environment_out() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env prod").success();
    for environment in ["dev", "test", "staging"] {
        for command in [
            "migrate up",
            "migrate down --steps 1",
            "seed",
            "setup",
            "migrate fresh",
        ] {
            let line = format!("{command} --env {environment} --yes");
            unchanged(&db, || run(&db, &line).code(6));
        }
    }
}

#[test]
fn production_is_recorded_by_whatever_names_it_first() {
    let db = TestDb::new(Db::Sqlite);
    Saasdb::new()
        .db(&db)
        .env("SAASDB_ENV", "production")
        .call(["migrate", "up"])
        .success();
    unchanged(&db, || run(&db, "migrate down --all --yes").code(6));
}

#[test]
fn a_table_altered_by_hand_does_not_stop_the_way_down() {
    let db = migrated(Db::Sqlite);
    db.sql("ALTER TABLE chats ADD COLUMN mood TEXT");
    run(&db, "migrate down --all").success();
    assert_eq!(db.schema_dump(), TestDb::new(Db::Sqlite).schema_dump());
}

#[test]
fn a_column_dropped_by_hand_fails_cleanly_on_the_way_down() {
    for kind in Db::ALL {
        let db = migrated(kind);
        if kind == Db::Mysql {
            db.sql("ALTER TABLE campaigns DROP FOREIGN KEY `campaigns_organizationId_fkey`");
            db.sql("ALTER TABLE campaigns DROP COLUMN `organizationId`");
        } else {
            db.sql("DROP INDEX \"campaigns_organizationId_idx\"");
            db.sql("ALTER TABLE campaigns DROP COLUMN \"organizationId\"");
        }
        let failed = run(&db, "migrate down --steps 1");
        insta::assert_snapshot!(named("dropped_by_hand", &db), shown(&failed));
        assert_eq!(failed.code, 1, "{}", failed.stderr);
    }
}
