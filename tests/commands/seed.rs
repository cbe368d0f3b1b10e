//! `saasdb seed`, `seed run`, `seed status` and `seed undo`.

use super::{
    add_user, column, contents, count, fits, json_of, migrated, named, run, shown, unchanged,
};
use crate::support::{Db, TestDb};

#[test]
fn the_plans_on_every_database_and_nothing_the_second_time() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let seeded = run(db, "seed --only subscription-plans").success();
        fits(&seeded);
        insta::assert_snapshot!(named("seed_plans", db), shown(&seeded));
        assert_eq!(count(db, "subscription_plans"), 4);
        let again = unchanged(db, || run(db, "seed --only subscription-plans").success());
        fits(&again);
        insta::assert_snapshot!(named("seed_again", db), shown(&again));
    });
}

#[test]
fn everything_and_out_again() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        // The first run makes the ledger; what is in it afterwards is what this is about.
        run(db, "seed --only subscription-plans").success();
        let seeded = run(db, "seed").success();
        assert!(
            seeded.stdout.contains("demo-organizations"),
            "{}",
            seeded.stdout
        );
        assert_eq!(count(db, "organizations"), 4);
        unchanged(db, || run(db, "seed run").success());
        let status = unchanged(db, || run(db, "seed status").success());
        let row = status
            .stdout
            .lines()
            .find(|l| l.starts_with("demo-organizations"));
        assert!(row.is_some_and(|l| l.ends_with(" 0")), "{}", status.stdout);
        let undone = run(db, "seed undo").success();
        assert!(
            undone.stderr.contains("all from seeders"),
            "{}",
            undone.stderr
        );
        for table in [
            "organizations",
            "users",
            "subscription_plans",
            "chats",
            "quota_alerts",
        ] {
            assert_eq!(count(db, table), 0, "{table}");
        }
        let nothing = unchanged(db, || run(db, "seed undo").success());
        assert!(
            nothing.stdout.contains("nothing to undo"),
            "{}",
            nothing.stdout
        );
    });
}

#[test]
fn after_the_columns_went_and_came_back_it_restores_their_values() {
    let db = migrated(Db::Sqlite);
    run(&db, "seed").success();
    let before = db.rows("SELECT * FROM chats ORDER BY id");
    run(&db, "migrate down --steps 3").success();
    run(&db, "migrate up").success();
    run(&db, "seed").success();
    assert_eq!(db.rows("SELECT * FROM chats ORDER BY id"), before);
    let json = json_of(&run(&db, "seed status --format json"), "seed status");
    for seeder in json["seeders"].as_array().unwrap() {
        assert_eq!(
            seeder["changed"], 0,
            "nobody changed anything by hand: {seeder}"
        );
    }
    run(&db, "migrate fresh").success();
}

#[test]
fn what_the_user_changed_or_added_stays() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        run(db, "seed --only subscription-plans").success();
        let monthly = column(db, "priceMonthly");
        db.sql(&format!(
            "UPDATE subscription_plans SET {monthly} = 77 WHERE name = 'pro'"
        ));
        let display = column(db, "displayName");
        db.sql(&format!(
            "INSERT INTO subscription_plans (name, {display}, quotas) VALUES ('own', 'Own', '{{}}')"
        ));
        let again = unchanged(db, || run(db, "seed --only subscription-plans").success());
        assert_eq!(again.stderr, "");
        let undone = run(db, "seed undo").success();
        insta::assert_snapshot!(named("seed_undo_changed", db), shown(&undone));
        let left = db.rows("SELECT name FROM subscription_plans ORDER BY name");
        assert_eq!(left, [["own"], ["pro"]]);
    });
}

#[test]
fn seed_status_before_and_after() {
    let db = TestDb::new(Db::Sqlite);
    let empty = unchanged(&db, || run(&db, "seed status").success());
    assert!(empty.stdout.starts_with("SEEDER"), "{}", empty.stdout);
    run(&db, "migrate up").success();
    run(&db, "seed --only subscription-plans").success();
    let json = json_of(&run(&db, "seed status --format json"), "seed status");
    let plans = &json["seeders"][0];
    assert_eq!(plans["seeder"], "subscription-plans");
    assert_eq!(plans["kind"], "reference");
    assert_eq!((&plans["rows"], &plans["seeded"]), (&4.into(), &4.into()));
}

#[test]
fn environments_have_their_usual_aliases() {
    for (alias, name) in [
        ("development", "dev"),
        ("prod", "production"),
        ("stage", "staging"),
    ] {
        let db = migrated(Db::Sqlite);
        let line = format!("seed --only subscription-plans --env {alias} --format json");
        let json = json_of(&run(&db, &line).success(), "seed");
        assert_eq!(json["environment"], name);
        assert_eq!(json["seeders"][0]["inserted"], 4);
    }
}

#[test]
fn demo_in_production_and_staging_is_left_out_or_refused() {
    for environment in ["production", "staging"] {
        let db = migrated(Db::Sqlite);
        let refused = unchanged(&db, || {
            run(
                &db,
                &format!("seed --only demo-organizations --env {environment}"),
            )
            .code(6)
        });
        insta::assert_snapshot!(format!("seed_demo_{environment}"), shown(&refused));
        let seeded = run(&db, &format!("seed --env {environment}")).success();
        fits(&seeded);
        insta::assert_snapshot!(format!("seed_{environment}"), shown(&seeded));
        assert_eq!(count(&db, "organizations"), 0);
        assert_eq!(count(&db, "subscription_plans"), 4);
    }
}

#[test]
fn a_database_recorded_as_production_gets_no_demo_whatever_is_asked() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env production").success();
    let refused = unchanged(&db, || run(&db, "seed --env dev").code(6));
    insta::assert_snapshot!(shown(&refused));
    unchanged(&db, || run(&db, "seed --only demo-organizations").code(6));
    run(&db, "seed").success();
    assert_eq!(count(&db, "organizations"), 0);
}

#[test]
fn before_up_it_names_the_missing_migrations() {
    TestDb::on_all(|db| {
        let refused = unchanged(db, || run(db, "seed").code(3));
        insta::assert_snapshot!(named("seed_before_up", db), shown(&refused));
    });
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 12").success();
    let refused = unchanged(&db, || run(&db, "seed").code(3));
    assert!(
        refused
            .stderr
            .contains("m20251010_100011_add_organization_to_campaigns"),
        "{}",
        refused.stderr
    );
}

#[test]
fn unknown_seeders() {
    let db = migrated(Db::Sqlite);
    for verb in ["seed", "seed run", "seed undo"] {
        let unknown = unchanged(&db, || run(&db, &format!("{verb} --only nobody")).code(2));
        assert!(
            unknown.stderr.contains("subscription-plans"),
            "{}",
            unknown.stderr
        );
    }
}

#[test]
fn undo_in_production_wants_the_name() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env production").success();
    run(&db, "seed").success();
    let refused = unchanged(&db, || run(&db, "seed undo --yes").code(6));
    insta::assert_snapshot!(shown(&refused));
    run(&db, &format!("seed undo --confirm {}", db.name())).success();
    assert_eq!(count(&db, "subscription_plans"), 0);
}

#[test]
fn rows_that_the_user_s_rows_need_are_kept() {
    let db = migrated(Db::Sqlite);
    run(&db, "seed --only subscription-plans").success();
    db.sql(
        "INSERT INTO organizations (id, name, slug, email) \
         VALUES ('6f1f1a6e-0000-4000-8000-000000000001', 'A', 'a', 'a@a'); \
         INSERT INTO subscriptions (\"organizationId\", \"planId\", \"startsAt\") \
         SELECT '6f1f1a6e-0000-4000-8000-000000000001', id, '2026-01-01' \
         FROM subscription_plans WHERE name = 'free'",
    );
    let undone = run(&db, "seed undo").success();
    assert!(
        undone.stdout.contains("other rows refer"),
        "{}",
        undone.stdout
    );
    assert_eq!(db.rows("SELECT name FROM subscription_plans"), [["free"]]);
}

#[test]
fn rows_that_were_there_before_are_left_alone() {
    let db = migrated(Db::Sqlite);
    db.sql(
        "INSERT INTO subscription_plans (name, \"displayName\", \"priceMonthly\", quotas) \
         VALUES ('free', 'Ours', 5, '{}')",
    );
    let seeded = run(&db, "seed --only subscription-plans").success();
    assert!(
        seeded.stdout.contains("1 there already"),
        "{}",
        seeded.stdout
    );
    let display = db.rows("SELECT \"displayName\" FROM subscription_plans WHERE name = 'free'");
    assert_eq!(display, [["Ours"]]);
    run(&db, "seed undo").success();
    assert_eq!(db.rows("SELECT name FROM subscription_plans"), [["free"]]);
}

#[test]
fn as_json() {
    let db = migrated(Db::Sqlite);
    add_user(&db, "ann");
    let json = json_of(
        &run(&db, "seed --only subscription-plans --format json"),
        "seed",
    );
    assert_eq!(json["environment"], "dev");
    assert_eq!(json["seeders"][0]["kind"], "reference");
    let json = json_of(&run(&db, "seed undo --format json"), "seed undo");
    assert_eq!(json["tables"][0]["deleted"], 4);
    assert!(contents(&db).contains("ann"));
}
