//! `saasdb migrate fresh` and `reset`.

use super::{add_user, contents, count, fits, json_of, migrated, named, run, shown, unchanged};
use crate::support::{Db, TestDb};

#[test]
fn fresh_on_every_database() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let clean = db.schema_dump();
        // What somebody did to the set's own tables goes with them; what is outside stays.
        db.sql("ALTER TABLE chats ADD COLUMN mood VARCHAR(20)");
        db.sql("CREATE TABLE ours (id INTEGER PRIMARY KEY)");
        db.sql("INSERT INTO ours VALUES (7)");
        let fresh = run(db, "migrate fresh").success();
        fits(&fresh);
        insta::assert_snapshot!(named("fresh", db), shown(&fresh));
        assert_eq!(db.rows("SELECT id FROM ours"), [["7"]]);
        db.sql("DROP TABLE ours");
        assert_eq!(db.schema_dump(), clean);
        let status = run(db, "migrate status --exit-code").success();
        assert!(status.stdout.contains("13 applied"), "{}", status.stdout);
    });
}

#[test]
fn fresh_on_an_empty_and_on_a_missing_database_is_up() {
    let db = TestDb::missing(Db::Sqlite);
    let fresh = run(&db, "migrate fresh").success();
    assert!(
        fresh.stdout.contains("13 migrations applied"),
        "{}",
        fresh.stdout
    );
    assert_eq!(db.schema_dump(), migrated(Db::Sqlite).schema_dump());
}

#[test]
fn fresh_takes_rows_only_with_consent() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        add_user(db, "ann");
        let refused = unchanged(db, || run(db, "migrate fresh").code(6));
        insta::assert_snapshot!(named("fresh_refused", db), shown(&refused));
        run(db, "migrate fresh --yes").success();
        assert_eq!(count(db, "users"), 0);
    });
}

#[test]
fn fresh_forgets_what_was_seeded() {
    let db = migrated(Db::Sqlite);
    run(&db, "seed --only subscription-plans").success();
    let fresh = run(&db, "migrate fresh").success();
    assert!(
        fresh.stderr.contains("all from seeders"),
        "{}",
        fresh.stderr
    );
    assert_eq!(count(&db, "subscription_plans"), 0);
    run(&db, "seed --only subscription-plans").success();
    assert_eq!(count(&db, "subscription_plans"), 4);
}

#[test]
fn fresh_never_drops_adopted_tables() {
    let db = migrated(Db::Sqlite);
    run(&db, "migrate down --to 20251010095900").success();
    db.sql("DROP TABLE saasdb_migrations; DROP TABLE saasdb_meta; DROP TABLE seaql_migrations");
    run(&db, "migrate baseline --to 20251010095900").success();
    run(&db, "migrate up").success();
    let refused = unchanged(&db, || run(&db, "migrate fresh --yes").code(6));
    insta::assert_snapshot!(shown(&refused));
}

#[test]
fn fresh_mends_what_down_cannot() {
    let db = super::status::half_done();
    let fresh = run(&db, "migrate fresh --yes").success();
    assert!(
        fresh.stdout.contains("13 migrations applied"),
        "{}",
        fresh.stdout
    );
    assert_eq!(db.schema_dump(), migrated(Db::Mysql).schema_dump());
}

#[test]
fn the_advice_of_a_refusal_is_something_that_the_command_knows() {
    let db = migrated(Db::Sqlite);
    add_user(&db, "ann");
    for command in [
        "migrate fresh",
        "migrate refresh",
        "migrate reset",
        "migrate down --all",
    ] {
        let refused = run(&db, command).code(6);
        if super::hint(&refused).contains("--dry-run") {
            let dry = run(&db, &format!("{command} --dry-run"));
            assert_eq!(dry.code, 0, "{command} has no --dry-run: {}", dry.stderr);
        }
    }
}

#[test]
fn reset_reverts_everything() {
    TestDb::on_all(|db| {
        let empty = db.schema_dump();
        run(db, "migrate up").success();
        let dry = unchanged(db, || run(db, "migrate reset --dry-run").success());
        assert!(dry.stdout.contains("(down)"), "{}", dry.stdout);
        let reset = run(db, "migrate reset").success();
        fits(&reset);
        assert!(
            reset.stdout.contains("13 migrations reverted"),
            "{}",
            reset.stdout
        );
        assert_eq!(db.schema_dump(), empty);
        assert_eq!(count(db, "seaql_migrations"), 0);
    });
}

#[test]
fn as_json() {
    let db = migrated(Db::Sqlite);
    json_of(&run(&db, "migrate fresh --format json"), "migrate fresh");
    json_of(
        &run(&db, "migrate refresh --format json"),
        "migrate refresh",
    );
    json_of(&run(&db, "migrate reset --format json"), "migrate reset");
    assert!(!contents(&db).contains("CREATE TABLE \"users\""));
}
