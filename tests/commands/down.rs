//! `saasdb migrate down` and `saasdb rollback`.

use super::{VERSIONS, add_user, count, fits, json_of, migrated, named, on, run, shown, unchanged};
use crate::support::{Db, TestDb};

#[test]
fn one_step_several_and_the_rest_on_every_database() {
    TestDb::on_all(|db| {
        let before = db.schema_dump();
        run(db, "migrate up").success();
        let one = run(db, "migrate down --steps 1").success();
        fits(&one);
        insta::assert_snapshot!(named("down_one", db), shown(&one));
        assert_eq!(count(db, "seaql_migrations"), VERSIONS.len() - 1);
        run(db, "migrate down --steps 4").success();
        assert_eq!(count(db, "seaql_migrations"), VERSIONS.len() - 5);
        run(db, "migrate down --to 20251010100001").success();
        assert_eq!(count(db, "seaql_migrations"), 3);
        run(db, "migrate down --all").success();
        assert_eq!(db.schema_dump(), before);
        let nothing = unchanged(db, || run(db, "migrate down --all").success());
        assert!(
            nothing.stdout.contains("nothing to do"),
            "{}",
            nothing.stdout
        );
    });
}

#[test]
fn rollback_is_one_step_down() {
    let db = migrated(Db::Sqlite);
    let back = run(&db, "rollback").success();
    insta::assert_snapshot!(shown(&back));
    assert_eq!(count(&db, "seaql_migrations"), VERSIONS.len() - 1);
    run(&db, "rollback --steps 3").success();
    assert_eq!(count(&db, "seaql_migrations"), VERSIONS.len() - 4);
    let dry = unchanged(&db, || run(&db, "rollback --dry-run").success());
    assert!(dry.stdout.contains("(down)"), "{}", dry.stdout);
    json_of(&run(&db, "rollback --format json").success(), "rollback");
}

#[test]
fn rollback_with_nothing_applied() {
    let db = TestDb::new(Db::Sqlite);
    let nothing = unchanged(&db, || run(&db, "rollback").success());
    insta::assert_snapshot!(shown(&nothing));
}

#[test]
fn one_transaction_for_the_whole_run() {
    for kind in [Db::Sqlite, Db::Postgres] {
        let db = migrated(kind);
        run(&db, "migrate down --all --transaction run").success();
        assert_eq!(db.schema_dump(), TestDb::new(kind).schema_dump());
    }
    let db = migrated(Db::Mysql);
    unchanged(&db, || {
        run(&db, "migrate down --all --transaction run").code(2)
    });
}

#[test]
fn it_wants_to_know_how_far() {
    let db = migrated(Db::Sqlite);
    let unclear = unchanged(&db, || run(&db, "migrate down").code(2));
    insta::assert_snapshot!(shown(&unclear));
    for two in [
        "--steps 1 --all",
        "--to 20251010100000 --all",
        "--steps 1 --to 20251010100000",
    ] {
        let output = unchanged(&db, || run(&db, &format!("migrate down {two}")).code(2));
        assert!(
            output.stderr.contains("cannot be used with"),
            "{}",
            output.stderr
        );
    }
}

#[test]
fn down_to_the_latest_version_is_nothing_to_do() {
    let db = migrated(Db::Sqlite);
    let down = unchanged(&db, || {
        run(&db, "migrate down --to 20251010100011").success()
    });
    assert!(down.stdout.contains("nothing to do"), "{}", down.stdout);
}

#[test]
fn rows_at_stake_are_shown_before_anything_is_asked() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        add_user(db, "ann");
        add_user(db, "bob");
        let refused = unchanged(db, || run(db, "migrate down --all").code(6));
        insta::assert_snapshot!(named("down_refused", db), shown(&refused));
        let down = run(db, "migrate down --all --yes").success();
        assert!(
            down.stdout.contains("13 migrations reverted"),
            "{}",
            down.stdout
        );
    });
}

#[test]
fn rows_in_tables_that_stay_survive_the_way_down_and_up() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        add_user(db, "ann");
        db.sql("INSERT INTO sessions (name) VALUES ('phone')");
        db.sql("INSERT INTO chats (contact) VALUES ('+62811')");
        run(db, "migrate down --to 20251010095900").success();
        run(db, "migrate up").success();
        assert_eq!(db.rows("SELECT username FROM users"), [["ann"]]);
        assert_eq!(db.rows("SELECT name FROM sessions"), [["phone"]]);
        assert_eq!(db.rows("SELECT contact FROM chats"), [["+62811"]]);
    });
}

#[test]
fn a_missing_database_is_not_made() {
    let db = TestDb::missing(Db::Sqlite);
    let missing = run(&db, "migrate down --all").code(1);
    assert!(!db.exists());
    insta::assert_snapshot!(shown(&missing));
}

#[test]
fn as_json() {
    let db = migrated(Db::Sqlite);
    let down = run(&db, "migrate down --steps 2 --format json").success();
    let json = json_of(&down, "migrate down");
    assert_eq!(json["migrations"].as_array().unwrap().len(), 2);
    assert_eq!(json["migrations"][0]["direction"], "down");
}

#[test]
fn a_team_s_own_table_that_refers_to_ours_keeps_its_rows() {
    TestDb::on_all(|db| {
        run(db, "migrate up").success();
        let id = match db.kind() {
            Db::Postgres => "uuid",
            _ => "char(36) CHARACTER SET utf8mb4",
        };
        let id = if db.kind() == Db::Sqlite {
            "char(36)"
        } else {
            id
        };
        let collate = match db.kind() {
            Db::Mysql => organization_id_collation(db),
            _ => String::new(),
        };
        db.sql(&format!(
            "CREATE TABLE invoices (id INTEGER PRIMARY KEY, org {id} {collate} NOT NULL, \
             CONSTRAINT invoices_org FOREIGN KEY (org) REFERENCES organizations (id) \
             ON DELETE CASCADE)"
        ));
        let org = "6f1f1a6e-0000-4000-8000-000000000001";
        db.sql(&format!(
            "INSERT INTO organizations (id, name, slug, email) VALUES ('{org}', 'A', 'a', 'a@a')"
        ));
        db.sql(&format!("INSERT INTO invoices VALUES (1, '{org}')"));
        for command in [
            "migrate down --all --yes",
            "migrate fresh --yes",
            "migrate refresh --yes",
        ] {
            let refused = unchanged(db, || run(db, command).code(6));
            assert!(
                refused.stderr.contains("invoices refers to organizations"),
                "{refused:?}"
            );
        }
        let refused = on(db).call(["migrate", "down", "--all", "--yes"]);
        insta::assert_snapshot!(named("down_foreign_table", db), shown(&refused));
        assert_eq!(count(db, "invoices"), 1);
    });
}

fn organization_id_collation(db: &TestDb) -> String {
    let found = db.rows(
        "SELECT collation_name FROM information_schema.columns WHERE table_schema = database() \
         AND table_name = 'organizations' AND column_name = 'id'",
    );
    format!("COLLATE {}", found[0][0])
}
