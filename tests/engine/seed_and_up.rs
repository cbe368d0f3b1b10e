//! Migrating against seeding: the two have one lock, whoever comes first.

use std::time::Duration;

use super::locks::{blocker, half_way, holder, is_locked};
use crate::sets::tools::{CORE, applied, eventually, one, run, saasdb};
use crate::support::{Db, Running, Session, TestDb};

/// A `seed` that holds the runner's lock and waits for `session`, which holds rows that it wants.
struct Seeding {
    session: Session,
    run: Running,
}

/// The seeder whose rows the session holds.
const SEEDER: [&str; 3] = ["seed", "--only", "subscription-plans"];

impl Seeding {
    #[track_caller]
    fn stuck(db: &TestDb) -> Seeding {
        let mut session = db.session();
        session.sql(match db.kind() {
            Db::Sqlite => "BEGIN IMMEDIATE",
            Db::Postgres => "BEGIN; LOCK TABLE subscription_plans IN SHARE MODE",
            // On an empty table that holds the place where rows would come.
            Db::Mysql => {
                "START TRANSACTION; SELECT id FROM subscription_plans WHERE id > 0 FOR UPDATE"
            }
        });
        let mut run = saasdb(db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "40s")
            .args(SEEDER)
            .args(["-v"])
            .spawn();
        // It says so when it takes long, after it has looked whether all is migrated.
        run.wait_for("seeding");
        eventually(Duration::from_secs(20), "it waits for the rows", || {
            assert!(run.is_running(), "{}", run.stderr());
            is_waiting(db)
        });
        Seeding { session, run }
    }
}

/// Whether somebody waits for rows or a table; on SQLite, whether somebody holds the runner's lock.
fn is_waiting(db: &TestDb) -> bool {
    let query = match db.kind() {
        Db::Sqlite => return is_locked(db),
        Db::Postgres => {
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
             AND datname = current_database()"
        }
        Db::Mysql => {
            // A statement that waits for a row is at work whenever somebody looks.
            let query = "SELECT count(*) FROM information_schema.processlist
                 WHERE db = database() AND command = 'Query' AND info LIKE 'INSERT INTO%'";
            return (0..4).all(|_| {
                std::thread::sleep(Duration::from_millis(100));
                one(db, query) != "0"
            });
        }
    };
    one(db, query) != "0"
}

#[test]
fn up_waits_for_a_running_seed_and_names_it() {
    // Guards commands/seed.rs `cx.lock`: without it `up` goes ahead while rows are being written.
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "migrate up --steps 12");
        // Seeding needs all of them; once it is under way the last one is pending again.
        db.sql(&format!(
            "INSERT INTO seaql_migrations (version, applied_at) VALUES ('{}', 1)",
            CORE[12]
        ));
        let Seeding {
            mut session,
            mut run,
        } = Seeding::stuck(&db);
        let pending = format!(
            "DELETE FROM seaql_migrations WHERE version = '{}'",
            CORE[12]
        );
        let _ = match kind {
            // The session holds the whole file: the seed has to stand still while that is written.
            Db::Sqlite => eventually(Duration::from_secs(10), "it reads no more", || {
                run.signal("STOP");
                session.sql("ROLLBACK");
                let done = db.try_sql(&pending).is_ok();
                if !done {
                    session.sql("BEGIN IMMEDIATE");
                    run.signal("CONT");
                }
                done
            }),
            _ => {
                db.sql(&pending);
                Duration::ZERO
            }
        };
        let refused = saasdb(&db).call(["migrate", "up", "--lock-timeout", "1s"]);
        assert_eq!(refused.code, 5, "{refused:?}, the seed: {}", run.stderr());
        let who = format!("held by saasdb seed (pid {} on ", run.pid());
        assert!(refused.stderr.contains(&who), "{kind:?}: {refused:?}");
        assert!(run.is_running(), "{}", run.stderr());
        let mut up = saasdb(&db).args(["migrate", "up"]).spawn();
        up.wait_for("waiting for another run: held by saasdb seed (pid ");
        match kind {
            Db::Sqlite => run.signal("CONT"),
            _ => session.sql("ROLLBACK"),
        }
        run.wait().success();
        let up = up.wait().success();
        assert!(up.stdout.contains(CORE[12]), "{up:?}");
        assert_eq!(applied(&db), CORE);
        assert_eq!(one(&db, "SELECT count(*) FROM subscription_plans"), "4");
    }
}

#[test]
fn up_with_nothing_to_do_does_not_wait_for_a_seed() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        let Seeding { mut session, run } = Seeding::stuck(db);
        let up = saasdb(db)
            .call(["migrate", "up", "--lock-timeout", "0s"])
            .success();
        assert!(up.stdout.contains("nothing to do"), "{up:?}");
        session.sql("ROLLBACK");
        run.wait().success();
    });
}

#[test]
fn seed_waits_for_a_running_up_and_seeds_what_it_made() {
    for kind in Db::ALL {
        let db = half_way(kind);
        let mut session = blocker(&db);
        let held = holder(&db);
        let mut seed = saasdb(&db).args(["seed"]).spawn();
        seed.wait_for("waiting for another run: held by saasdb migrate up (pid ");
        session.sql("ROLLBACK");
        held.wait().success();
        seed.wait().success();
        assert_eq!(applied(&db), CORE);
        assert_eq!(one(&db, r#"SELECT count(*) FROM "organizations""#), "4");
    }
}

#[test]
fn a_killed_seed_frees_the_lock_within_a_second() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "migrate up");
        // Its statement waits for rows for up to 40 s: the server has to notice that nobody is there.
        // Guards AT_A_TIME (src/dialect/mysql/patience.rs): with 30 there the next run ends with code 5.
        let Seeding {
            mut session,
            run: mut seed,
        } = Seeding::stuck(&db);
        seed.signal("KILL");
        eventually(Duration::from_secs(2), "it is dead", || !seed.is_running());
        let again = saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
            .args(SEEDER)
            .args(["--lock-timeout", "1s"])
            .run();
        // It gets the lock, and fails at the rows that are still held.
        assert_eq!(again.code, 1, "{kind:?}: {again:?}");
        session.sql("ROLLBACK");
        run(&db, "seed");
        assert_eq!(one(&db, r#"SELECT count(*) FROM "organizations""#), "4");
    }
}
