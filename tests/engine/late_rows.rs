//! Rows that others commit while saasdb waits for its locks: counted, and consented to, or the run stops.

use std::time::Duration;

use crate::sets::tools::{CORE, applied, column, eventually, one, quoted, run, saasdb, sql};
use crate::support::{Db, Output, Running, Saasdb, Session, TestDb};

const INSERT: &str = r#"INSERT INTO "users" ("username", "password") VALUES ('late', 'x')"#;
const LATE: &str = r#"SELECT count(*) FROM "users" WHERE "username" = 'late'"#;
pub(crate) const LEVELS: [&str; 3] = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

/// Another session whose open transaction has changed something.
pub(super) fn open(db: &TestDb, level: &str, change: &str) -> Session {
    let mut session = db.session();
    session.sql(&match db.kind() {
        Db::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Db::Postgres => format!("BEGIN ISOLATION LEVEL {level}"),
        Db::Mysql => format!("SET TRANSACTION ISOLATION LEVEL {level}; START TRANSACTION"),
    });
    session.sql(&quoted(db.kind(), change));
    session
}

/// How many sessions wait for a table. On SQLite nobody can tell who waits.
fn waiting(db: &TestDb) -> usize {
    match db.kind() {
        Db::Sqlite => usize::from(super::locks::is_locked(db)),
        Db::Postgres => {
            let query = "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
                 WHERE NOT granted AND datname = current_database()";
            one(db, query).parse().unwrap()
        }
        Db::Mysql => {
            // Who reads the catalogue may wait for another test's tables.
            let query = "SELECT count(*) FROM information_schema.processlist
                 WHERE db = database() AND id <> connection_id() AND command = 'Query'
                   AND (state LIKE 'Waiting for table metadata lock%' AND info NOT LIKE 'SELECT%'
                     OR info LIKE 'SELECT%FOR UPDATE')";
            one(db, query).parse().unwrap()
        }
    }
}

fn until_it_waits(db: &TestDb, running: &mut Running) {
    eventually(Duration::from_secs(30), "it waits", || {
        assert!(
            running.is_running(),
            "{}{}",
            running.stdout(),
            running.stderr()
        );
        waiting(db) > 0
    });
    if db.kind() == Db::Sqlite {
        // It has the runner's lock by now, and the next thing it does is wait for the file.
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Runs a command that waits for a transaction, which ends so.
#[track_caller]
pub(super) fn meanwhile(
    call: &Saasdb,
    db: &TestDb,
    command: &str,
    mut session: Session,
    end: &str,
) -> Output {
    let mut running = call.clone().args(command.split(' ')).spawn();
    until_it_waits(db, &mut running);
    session.sql(end);
    running.wait()
}

fn commands(kind: Db) -> Vec<&'static str> {
    let mut all = vec![
        "migrate down --all",
        "migrate fresh",
        "migrate refresh",
        "migrate reset",
    ];
    if kind != Db::Mysql {
        all.push("migrate down --all --transaction run");
    }
    all
}

#[test]
fn a_row_that_comes_while_it_waits_is_not_dropped() {
    for kind in Db::ALL {
        for (i, command) in commands(kind).into_iter().enumerate() {
            let db = TestDb::new(kind);
            run(&db, "migrate up");
            let session = open(&db, LEVELS[i % 3], INSERT);
            let refused = meanwhile(&saasdb(&db), &db, command, session, "COMMIT").code(6);
            for word in [
                "table users: 1 row, 1 not from seeders",
                "in the meantime",
                "hint:",
            ] {
                assert!(
                    refused.stderr.contains(word),
                    "{kind:?} {command}: {refused:?}"
                );
            }
            assert_eq!(one(&db, LATE), "1", "{kind:?} {command}");
            if kind != Db::Mysql || command == "migrate fresh" {
                assert!(
                    refused.stderr.contains("nothing was changed"),
                    "{refused:?}"
                );
                assert_eq!(applied(&db), CORE);
            }
            // Now that it can be seen, it may be agreed to; a run that stopped half-way goes on.
            run(&db, &format!("{command} --yes"));
            run(&db, "migrate up");
            assert_eq!(
                (applied(&db).len(), one(&db, LATE)),
                (CORE.len(), "0".to_owned())
            );
        }
    }
}

/// What the application thinks better of is no reason to stop, nor are fewer rows.
#[test]
fn what_is_rolled_back_or_deleted_stops_nothing() {
    for kind in Db::ALL {
        let db = TestDb::new(kind);
        run(&db, "migrate up");
        let session = open(&db, LEVELS[0], INSERT);
        meanwhile(&saasdb(&db), &db, "migrate down --all", session, "ROLLBACK").success();

        run(&db, "migrate up");
        sql(&db, &INSERT.replace("late", "early"));
        sql(&db, INSERT);
        let session = open(&db, LEVELS[1], &LATE.replace("SELECT count(*)", "DELETE"));
        meanwhile(
            &saasdb(&db),
            &db,
            "migrate down --all --yes",
            session,
            "COMMIT",
        )
        .success();
    }
}

/// `--yes` consents to what is shown, not to what comes later.
#[test]
fn yes_is_said_to_the_numbers_that_were_shown() {
    for (i, kind) in Db::ALL.into_iter().enumerate() {
        for command in ["migrate down --all --yes", "migrate fresh --yes"] {
            let db = TestDb::new(kind);
            run(&db, "migrate up --env staging");
            sql(&db, &INSERT.replace("late", "early"));
            let session = open(&db, LEVELS[i % 3], INSERT);
            let refused = meanwhile(&saasdb(&db), &db, command, session, "COMMIT").code(6);
            let numbers = "table users: 2 rows, 2 not from seeders; \
                           shown before: 1 row, 1 not from seeders";
            assert!(refused.stderr.contains(numbers), "{kind:?}: {refused:?}");
            assert_eq!(one(&db, LATE), "1");
        }
    }
}

/// The name of a production database too.
#[test]
fn so_is_the_name_of_a_production_database() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --env production");
    let session = open(&db, LEVELS[2], INSERT);
    let command = format!("migrate down --all --confirm {}", db.name());
    meanwhile(&saasdb(&db), &db, &command, session, "COMMIT").code(6);
    assert_eq!(
        (one(&db, LATE), applied(&db).len()),
        ("1".to_owned(), CORE.len())
    );
}

#[test]
fn a_seeded_row_that_is_changed_while_it_waits_is_the_users() {
    for (i, kind) in Db::ALL.into_iter().enumerate() {
        let db = TestDb::new(kind);
        run(&db, "migrate up");
        run(&db, "seed --only subscription-plans");
        let change = r#"UPDATE "subscription_plans" SET "priceMonthly" = 5 WHERE "name" = 'free'"#;
        let session = open(&db, LEVELS[i % 3], change);
        let refused = meanwhile(&saasdb(&db), &db, "migrate down --all", session, "COMMIT").code(6);
        let numbers = "table subscription_plans: 4 rows, 1 not from seeders";
        assert!(refused.stderr.contains(numbers), "{kind:?}: {refused:?}");
        let changed = r#"SELECT count(*) FROM "subscription_plans" WHERE "priceMonthly" = 5"#;
        assert_eq!(one(&db, changed), "1");
    }
}

#[test]
fn a_value_that_comes_while_it_waits_keeps_its_column() {
    for (i, kind) in Db::ALL.into_iter().enumerate() {
        for command in ["migrate down --to 20251010100004", "migrate redo --steps 7"] {
            let db = TestDb::new(kind);
            run(&db, "migrate up");
            let id = "6f1f1a6e-0000-4000-8000-000000000001";
            sql(
                &db,
                &format!(
                    r#"INSERT INTO "organizations" ("id", "name", "slug", "email") VALUES ('{id}', 'A', 'a', 'a')"#
                ),
            );
            sql(&db, INSERT);
            let change = format!(r#"UPDATE "users" SET "organizationId" = '{id}'"#);
            let session = open(&db, LEVELS[i % 3], &change);
            let refused = meanwhile(&saasdb(&db), &db, command, session, "COMMIT").code(6);
            let numbers = "column users.organizationId: 1 value, 1 not from seeders";
            assert!(refused.stderr.contains(numbers), "{kind:?}: {refused:?}");
            assert_eq!(column(&db, r#"SELECT "organizationId" FROM "users""#), [id]);
        }
    }
}

#[test]
fn on_a_terminal_it_shows_the_new_numbers_and_asks_again() {
    for kind in Db::ALL {
        for command in ["migrate down --all --yes", "migrate fresh --yes"] {
            let db = TestDb::new(kind);
            run(&db, "migrate up");
            sql(&db, &INSERT.replace("late", "early"));
            for (answer, code) in [("no\n", 6), ("yes\n", 0)] {
                let mut session = open(&db, LEVELS[0], INSERT);
                let mut running = saasdb(&db).typing().args(command.split(' ')).spawn();
                until_it_waits(&db, &mut running);
                session.sql("COMMIT");
                running.wait_for("Go ahead?");
                assert!(running.stdout().contains("2 rows"), "{}", running.stdout());
                running.keys(answer);
                running.wait().code(code);
                if code == 6 {
                    assert_eq!(one(&db, LATE), "1");
                    sql(&db, &LATE.replace("SELECT count(*)", "DELETE"));
                    run(&db, "migrate up");
                    continue;
                }
                run(&db, "migrate up");
                assert_eq!(one(&db, LATE), "0");
            }
        }
    }
}

/// A snapshot from before the lock would not show the row.
#[test]
fn it_counts_behind_its_lock_whatever_the_default_isolation_is() {
    for level in ["repeatable read", "serializable"] {
        for command in ["migrate down --all", "migrate fresh"] {
            let db = TestDb::new(Db::Postgres);
            run(&db, "migrate up");
            db.sql(&format!(
                "ALTER DATABASE \"{}\" SET default_transaction_isolation = '{level}'",
                db.name()
            ));
            let session = open(&db, LEVELS[1], INSERT);
            meanwhile(&saasdb(&db), &db, command, session, "COMMIT").code(6);
            assert_eq!(
                (one(&db, LATE), applied(&db).len()),
                ("1".to_owned(), CORE.len())
            );
        }
    }
}

/// Each migration is a transaction of its own: who waits for the first one comes before the second.
#[test]
fn a_row_between_two_migrations_is_found_too() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    // The first transaction has locked and counted, and cannot write its history.
    let mut history = open(&db, LEVELS[0], "LOCK TABLE seaql_migrations IN SHARE MODE");
    let mut running = saasdb(&db).args(["migrate", "down", "--all"]).spawn();
    until_it_waits(&db, &mut running);
    let mut session = db.session();
    let application = std::thread::spawn(move || session.sql(INSERT));
    eventually(Duration::from_secs(20), "both wait", || waiting(&db) == 2);
    history.sql("COMMIT");
    application.join().expect("the row is committed");
    let refused = running.wait().code(6);
    for word in [
        "table users: 1 row",
        "12 of 13 done before it",
        "this migration changed nothing",
    ] {
        assert!(refused.stderr.contains(word), "{word}: {refused:?}");
    }
    assert_eq!(
        (one(&db, LATE), applied(&db)),
        (
            "1".to_owned(),
            CORE[..1].to_vec().iter().map(ToString::to_string).collect()
        )
    );
}

/// It does not wait for ever, says for whom it waited, and changes nothing.
#[test]
fn who_keeps_the_tables_is_named() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    let mut session = open(&db, LEVELS[0], INSERT);
    let pid = session.rows("SELECT pg_backend_pid()")[0][0].clone();
    for command in ["migrate down --all", "migrate fresh"] {
        let failure = saasdb(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "300ms")
            .env("SAASDB_DDL_RETRY_FOR", "300ms")
            .call(command.split(' '))
            .code(1);
        for word in [format!("session {pid}").as_str(), "hint:"] {
            assert!(
                failure.stderr.contains(word),
                "{command}, {word}: {failure:?}"
            );
        }
    }
    session.sql("ROLLBACK");
    assert_eq!(applied(&db), CORE);
}

/// The application wants a table that saasdb has, and has one that saasdb wants.
#[test]
fn two_that_wait_for_each_other_both_get_there() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    let mut session = open(&db, LEVELS[0], r#"SELECT count(*) FROM "organizations""#);
    let mut running = saasdb(&db).args(["migrate", "down", "--all"]).spawn();
    until_it_waits(&db, &mut running);
    // Late enough for the server to end this one, had the other one waited on.
    std::thread::sleep(Duration::from_millis(1200));
    for table in ["users", "campaigns", "subscriptions"] {
        session.sql(&format!("SELECT count(*) FROM {table}"));
    }
    session.sql("COMMIT");
    running.wait().success();
    assert!(applied(&db).is_empty());
}

#[test]
fn fresh_says_that_tables_were_dropped_only_where_they_were() {
    let index = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL LIMIT 1";
    let like = TestDb::new(Db::Sqlite);
    run(&like, "migrate up");
    let name = one(&like, index);
    for migrated in [false, true] {
        let db = TestDb::new(Db::Sqlite);
        if migrated {
            run(&db, "migrate up");
            sql(&db, &format!("DROP INDEX \"{name}\""));
        }
        sql(&db, "CREATE TABLE mine (x)");
        sql(&db, &format!("CREATE INDEX \"{name}\" ON mine (x)"));
        let failure = saasdb(&db).call(["migrate", "fresh"]).code(1);
        let says = failure.stderr.contains("were dropped before");
        assert_eq!(says, migrated, "{failure:?}");
    }
}

/// Where statements commit one by one, a table that fills up behind the first statement keeps its rows,
/// and whoever looks at them first can go on from there.
#[test]
fn a_migration_that_stops_half_way_on_mysql_goes_on_after_consent() {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up --steps 1");
    let session = open(&db, LEVELS[1], INSERT);
    let refused = meanwhile(&saasdb(&db), &db, "migrate down --all", session, "COMMIT").code(6);
    for word in ["table users: 1 row", "were not run", "DROP TABLE"] {
        assert!(refused.stderr.contains(word), "{word}: {refused:?}");
    }
    assert_eq!(one(&db, LATE), "1");
    let shown = saasdb(&db)
        .call(["migrate", "down", "--steps", "1"])
        .code(6);
    assert!(shown.stderr.contains("table users"), "{shown:?}");
    run(&db, "migrate down --steps 1 --yes");
    assert!(applied(&db).is_empty());
    run(&db, "migrate up");
    assert_eq!(one(&db, LATE), "0");
}

/// Whoever may not lock tables still counts as late as possible, and says what that leaves open.
#[test]
fn without_the_privilege_to_lock_tables_it_says_so() {
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up");
    let (name, user) = (db.name(), format!("'late_{}'@'%'", &db.name()[12..20]));
    let secret = crate::support::PASSWORD;
    db.sql(&format!("CREATE USER {user} IDENTIFIED BY '{secret}'"));
    db.sql(&format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, TRIGGER ON `{name}`.* TO {user}"
    ));
    let mut url = url::Url::parse(db.url()).expect("own URL");
    url.set_username(&user[1..14]).expect("a name");
    url.set_password(Some(secret)).expect("a password");
    let call = saasdb(&db).env("DATABASE_URL", url.as_str());
    for command in ["migrate fresh", "migrate down --all"] {
        let done = call.call(command.split(' ')).success();
        assert_eq!(
            done.stderr.matches("tables are not locked").count(),
            1,
            "{done:?}"
        );
    }
    db.sql(&format!("DROP USER {user}"));
}
