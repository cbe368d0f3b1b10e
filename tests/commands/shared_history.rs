//! An application that keeps its own sea-orm migrations in the same table.

use super::{fits, json_of, run, unchanged};
use crate::support::{Db, TestDb};

const OWN: &str =
    "INSERT INTO seaql_migrations VALUES ('m20220101_000001_create_posts', 1), ('posts_later', 2)";

fn own(db: &TestDb) -> usize {
    db.rows("SELECT version FROM seaql_migrations WHERE version LIKE '%posts%'")
        .len()
}

#[test]
fn its_versions_are_shown_and_left_alone() {
    TestDb::on_all(|db| {
        db.sql("CREATE TABLE seaql_migrations (version varchar(255) NOT NULL PRIMARY KEY, applied_at bigint NOT NULL)");
        db.sql("CREATE TABLE posts (id integer)");
        db.sql(OWN);
        run(db, "migrate plan").success();
        run(db, "status").success();
        for line in [
            "setup",
            "migrate redo",
            "migrate down --steps 1",
            "migrate up",
            "migrate refresh",
            "migrate fresh",
            "seed",
            "migrate repair --accept-drift",
            "check",
            "migrate down --all",
            "migrate baseline --to 20251010095900",
            "migrate up",
        ] {
            let output = run(db, line);
            let may_fail = line.starts_with("migrate baseline");
            assert!(output.code == 0 || may_fail, "{line}: {output:?}");
            assert_eq!(own(db), 2, "{line}");
            assert_eq!(db.rows("SELECT count(*) FROM posts"), [["0"]], "{line}");
        }
        let status = unchanged(db, || run(db, "migrate status --exit-code").success());
        fits(&status);
        assert!(
            status.stdout.contains("2 of another program"),
            "{}",
            status.stdout
        );
        let json = json_of(&run(db, "migrate status --format json"), "migrate status");
        let states = json["migrations"].as_array().unwrap().iter();
        assert_eq!(states.filter(|m| m["state"] == "external").count(), 2);
        assert_eq!(
            (json["applied"].as_u64(), json["pending"].as_u64()),
            (Some(13), Some(0))
        );
        assert!(run(db, "status").stdout.contains("2 of another program"));
        assert_eq!(
            json_of(&run(db, "status --format json"), "status")["external"],
            2
        );
    });
}

#[test]
fn its_next_version_does_not_make_drift_unknown() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 12").success();
    db.sql("DROP INDEX \"subscriptions_organizationId_idx\"");
    db.sql(OWN);
    let up = run(&db, "migrate up").success();
    assert!(up.stderr.contains("removed index"), "{}", up.stderr);
    run(&db, "check drift").code(4);
}
