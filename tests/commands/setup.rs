//! `saasdb setup`: from nothing to a database that an application can use.

use super::{contents, count, fits, json_of, on, run, shown, unchanged};
use crate::support::{Db, Saasdb, TestDb};

#[test]
fn without_any_settings_it_makes_a_file_here() {
    let here = Saasdb::new();
    let setup = here.call(["setup"]).success();
    fits(&setup);
    assert!(here.dir().join("saasdb.db").exists());
    assert_eq!(
        setup.stdout,
        here.call(["status"]).success().stdout,
        "it ends with the status"
    );
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn it_makes_a_missing_database_on_every_server() {
    for kind in Db::ALL {
        let db = TestDb::missing(kind);
        let setup = run(&db, "setup").success();
        fits(&setup);
        assert!(db.exists());
        assert!(setup.stderr.contains("created"), "{}", setup.stderr);
        assert_eq!(count(&db, "subscription_plans"), 4);
        assert_eq!(count(&db, "organizations"), 4);
        insta::assert_snapshot!(super::named("setup", &db), shown(&setup));
    }
}

#[test]
fn it_fills_an_existing_database_and_has_nothing_to_do_the_second_time() {
    TestDb::on_all(|db| {
        let first = run(db, "setup").success();
        assert!(!first.stderr.contains("created"), "{}", first.stderr);
        let second = unchanged(db, || run(db, "setup").success());
        assert_eq!(second.stderr, "", "nothing happened, so nothing to tell");
        assert_eq!(second.stdout, first.stdout);
    });
}

#[test]
fn without_seeds() {
    let db = TestDb::missing(Db::Sqlite);
    let setup = run(&db, "setup --no-seed").success();
    assert_eq!(count(&db, "subscription_plans"), 0);
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn production_gets_the_plans_and_no_demo() {
    let db = TestDb::missing(Db::Sqlite);
    let setup = run(&db, "setup --env production").success();
    assert_eq!(count(&db, "subscription_plans"), 4);
    assert_eq!(count(&db, "organizations"), 0);
    insta::assert_snapshot!(shown(&setup));
}

#[test]
fn as_json() {
    let db = TestDb::missing(Db::Sqlite);
    let setup = run(&db, "setup --no-seed --format json").success();
    let json = json_of(&setup, "setup");
    assert_eq!(json["applied"], 13);
    assert_eq!(json["pending"], 0);
    assert_eq!(json["set"], "core");
    assert_eq!(json["environment"], "dev");
    assert_eq!(json["exists"], true);
    assert_eq!(json["drift"]["state"], "none");
}

#[test]
fn it_goes_on_where_an_earlier_run_stopped() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 5").success();
    let setup = run(&db, "setup --no-seed").success();
    assert!(
        setup.stderr.contains("applied 8 migrations"),
        "{}",
        setup.stderr
    );
}

#[test]
fn tables_of_the_application_stop_it_as_they_stop_up() {
    let db = TestDb::new(Db::Sqlite);
    db.sql("CREATE TABLE users (id INTEGER PRIMARY KEY)");
    let before = contents(&db);
    let refused = on(&db).call(["setup"]).code(6);
    assert_eq!(contents(&db), before);
    assert!(super::hint(&refused).contains("migrate baseline --to 20251010095900"));
}
