//! The set's `MigratorTrait` in an application's start-up and saasdb see each other's work.

use migration::core::Migrator;
use sea_orm_migration::MigratorTrait;

use crate::sets::tools::{CORE, applied, assert_dump, block_on, connect, one, run, saasdb, sql};
use crate::support::{Db, TestDb};

/// An application's start-up: sea-orm brings the schema up.
fn start_up(db: &TestDb) {
    block_on(async {
        let connection = connect(db).await;
        Migrator::up(&connection, None)
            .await
            .expect("sea-orm migrates");
        connection.close().await.expect("closed");
    });
}

fn names<T>(migrations: &[T], name: impl Fn(&T) -> &str) -> Vec<String> {
    migrations.iter().map(|m| name(m).to_owned()).collect()
}

/// What sea-orm takes for applied and for pending.
fn seen_by_sea_orm(db: &TestDb) -> (Vec<String>, Vec<String>) {
    block_on(async {
        let connection = connect(db).await;
        let applied = Migrator::get_applied_migrations(&connection).await.unwrap();
        let pending = Migrator::get_pending_migrations(&connection).await.unwrap();
        connection.close().await.unwrap();
        (names(&applied, |m| m.name()), names(&pending, |m| m.name()))
    })
}

#[test]
fn both_make_the_same_schema() {
    TestDb::on_all(|db| {
        start_up(db);
        let other = TestDb::new(db.kind());
        run(&other, "migrate up");
        assert_dump(&db.schema_dump(), &other.schema_dump(), "by sea-orm");
    });
}

#[test]
fn what_sea_orm_applied_shows_as_applied_with_unknown_checksum() {
    TestDb::on_all(|db| {
        start_up(db);
        let before = db.full_schema_dump();
        let status = run(db, "migrate status --exit-code --format json").json();
        assert_eq!(
            (&status["applied"], &status["pending"]),
            (&13.into(), &0.into())
        );
        for migration in status["migrations"].as_array().unwrap() {
            assert_eq!(migration["state"], "applied", "{migration}");
            assert_eq!(migration["checksum"], "unknown", "{migration}");
        }
        let status = run(db, "status --format json").json();
        assert_eq!(status["drift"]["state"], "no-snapshot", "{status}");
        let up = run(db, "migrate up --format json").json();
        assert_eq!(up["migrations"].as_array().map(Vec::len), Some(0));
        assert_dump(&db.full_schema_dump(), &before, "reading and doing nothing");

        run(db, "migrate down --steps 1");
        assert_eq!(applied(db), CORE[..12]);
        assert_eq!(seen_by_sea_orm(db).1, [CORE[12]]);
        run(db, "migrate up");
        assert_eq!(applied(db), CORE);
        run(db, "seed --env dev");
    });
}

#[test]
fn repair_records_what_sea_orm_applied() {
    TestDb::on_all(|db| {
        start_up(db);
        let repaired = run(db, "migrate repair --format json").json();
        assert_eq!(
            repaired["recorded"].as_array().map(Vec::len),
            Some(13),
            "{repaired}"
        );
        let status = run(db, "migrate status --format json").json();
        for migration in status["migrations"].as_array().unwrap() {
            assert_eq!(migration["checksum"], "ok", "{migration}");
            assert_eq!(migration["state"], "applied", "{migration}");
        }
        assert_eq!(applied(db), CORE);
        let again = run(db, "migrate repair --format json").json();
        assert_eq!(
            again["recorded"].as_array().map(Vec::len),
            Some(0),
            "{again}"
        );
        // An edit is noticed from now on.
        sql(
            db,
            &format!(
                "UPDATE saasdb_migrations SET checksum = 'other' WHERE version = '{}'",
                CORE[3]
            ),
        );
        saasdb(db).call(["migrate", "down", "--steps", "1"]).code(4);
    });
}

#[test]
fn sea_orm_sees_what_saasdb_applied() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let up = db.schema_dump();
        let (done, pending) = seen_by_sea_orm(db);
        assert_eq!(done, CORE);
        assert!(pending.is_empty());
        start_up(db);
        start_up(db);
        assert_eq!(applied(db), CORE);
        assert_dump(&db.schema_dump(), &up, "start-up did nothing");

        block_on(async {
            let connection = connect(db).await;
            Migrator::down(&connection, Some(1)).await.expect("down");
            connection.close().await.unwrap();
        });
        let status = run(db, "migrate status --format json").json();
        assert_eq!(status["migrations"][12]["state"], "pending", "{status}");
        assert_eq!(
            (&status["applied"], &status["pending"]),
            (&12.into(), &1.into())
        );
        let drift = run(db, "status --format json").json()["drift"]["state"].clone();
        assert_eq!(drift, "outdated", "sea-orm left no snapshot");

        run(db, "migrate up");
        assert_eq!(applied(db), CORE);
        assert_dump(&db.schema_dump(), &up, "up again");
        assert_eq!(one(db, "SELECT count(*) FROM saasdb_migrations"), "13");
    });
}

#[test]
fn they_take_turns() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 4");
        block_on(async {
            let connection = connect(db).await;
            Migrator::up(&connection, Some(4)).await.expect("four more");
            connection.close().await.unwrap();
        });
        assert_eq!(applied(db), CORE[..8]);
        let status = run(db, "migrate status --format json").json();
        let known: Vec<&str> = (0..8)
            .map(|i| status["migrations"][i]["checksum"].as_str().unwrap())
            .collect();
        assert_eq!(known[..4], ["ok"; 4]);
        assert_eq!(known[4..], ["unknown"; 4]);
        run(db, "migrate up --steps 2");
        start_up(db);
        assert_eq!(applied(db), CORE);
        run(db, "migrate down --all");
        assert!(applied(db).is_empty());
        start_up(db);
        assert_eq!(applied(db), CORE);
    });
}

#[test]
fn a_program_with_fewer_migrations_stops_at_a_newer_history() {
    TestDb::on_all(|db| {
        start_up(db);
        run(db, "migrate repair");
        sql(
            db,
            r#"INSERT INTO "seaql_migrations" ("version", "applied_at") VALUES ('m20990101_000000_newer', 1)"#,
        );
        // Never recorded by saasdb, it is a migration of the application's own.
        saasdb(db).call(["migrate", "up"]).success();
        db.sql(
            "INSERT INTO saasdb_migrations (version, kind, state, direction, started_at)
             VALUES ('m20990101_000000_newer', 'applied', 'applied', 'up', 'x')",
        );
        let before = db.full_schema_dump();
        for command in [
            "migrate up",
            "migrate down --steps 1 --yes",
            "seed",
            "migrate fresh --yes",
        ] {
            let refusal = saasdb(db).call(command.split(' ')).code(4);
            assert!(
                refusal.stderr.contains("m20990101_000000_newer"),
                "{refusal:?}"
            );
        }
        assert_dump(&db.full_schema_dump(), &before, "nothing was changed");
        assert_eq!(applied(db).len(), 14);
    });
}

#[test]
fn start_ups_at_once_after_saasdb_do_no_harm() {
    // sea-orm has no lock: it is only safe where there is nothing to do.
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "migrate up");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| start_up(&db));
            }
        });
        assert_eq!(applied(&db), CORE);
    }
}
