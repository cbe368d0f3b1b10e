//! Networks that hang: an end in bounded time, and none for a statement that only takes long.

use std::time::{Duration, Instant};

use super::{assert_whole, hold, says, wait_until_held};
use crate::sets::tools::{CORE, applied, block_on, run};
use crate::support::{Db, Proxy, Running, Saasdb, TestDb};

const SERVERS: [Db; 2] = [Db::Postgres, Db::Mysql];

/// The program on the other side of that network. A statement may wait long for a table.
fn through(proxy: &Proxy) -> Saasdb {
    Saasdb::new()
        .env("DATABASE_URL", proxy.url())
        .env("SAASDB_DDL_LOCK_TIMEOUT", "30s")
        .env("SAASDB_NETWORK_TIMEOUT", "900ms")
        .env("SAASDB_CONNECT_TIMEOUT", "5s")
}

/// A run that waits for `users` in the middle of the chain.
fn held(db: &TestDb, proxy: &Proxy) -> (crate::support::Session, Running) {
    run(db, "migrate up --steps 6");
    let holder = hold(db, "users");
    let running = through(proxy).args(["migrate", "up"]).spawn();
    wait_until_held(db);
    (holder, running)
}

#[test]
fn a_network_that_stalls_in_the_middle_ends_the_run() {
    for kind in SERVERS {
        let db = TestDb::new(kind);
        let proxy = Proxy::before(&db);
        let (holder, running) = held(&db, &proxy);
        proxy.stall();
        let start = Instant::now();
        // The server gets on, and nobody hears of it.
        holder.close();
        // Guards src/engine/attend.rs: `watch` gives up; without it the run never ends.
        let ended = running.wait().code(1);
        assert!(start.elapsed() < Duration::from_secs(8), "{kind:?}");
        says(&ended, &["no answer for 0.9 s", "hint:", CORE[6]]);
        drop(proxy);
        run(&db, "migrate up");
        assert_whole(&db, &format!("{kind:?}"));
    }
}

#[test]
fn a_connection_that_a_firewall_forgot_is_given_up_and_its_lock_freed() {
    for kind in SERVERS {
        let db = TestDb::new(kind);
        let proxy = Proxy::before(&db);
        let (holder, running) = held(&db, &proxy);
        proxy.stall_open_ones();
        holder.close();
        let ended = running.wait().code(1);
        says(&ended, &["no answer for 0.9 s", "hint:", CORE[6]]);
        // Guards src/engine/attend.rs: the session is ended from the second connection; without it
        // the server waits for us with the lock in its hand, and this ends with code 5.
        run(&db, "migrate up --lock-timeout 1s");
        assert_whole(&db, &format!("{kind:?}"));
        drop(proxy);
    }
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    for kind in SERVERS {
        let db = TestDb::new(kind);
        let proxy = Proxy::before(&db);
        proxy.stall();
        for command in ["migrate up", "setup"] {
            let start = Instant::now();
            // Guards src/dialect/mod.rs: `within`; without it the run never ends.
            let ended = through(&proxy)
                .env("SAASDB_CONNECT_TIMEOUT", "800ms")
                .call(command.split(' '))
                .code(1);
            assert!(start.elapsed() < Duration::from_secs(5), "{command}");
            says(
                &ended,
                &["cannot be reached", "no answer within 0.8 s", "hint:"],
            );
        }
    }
}

#[test]
fn the_first_question_may_not_stay_without_an_answer() {
    for (kind, question) in [
        (Db::Postgres, "pg_is_in_recovery"),
        (Db::Mysql, "VERSION()"),
    ] {
        let db = TestDb::new(kind);
        let proxy = Proxy::before(&db);
        proxy.stall_at(question);
        let start = Instant::now();
        // Guards src/engine/attend.rs: the time limit where no session is known yet.
        let ended = through(&proxy)
            .env("SAASDB_CONNECT_TIMEOUT", "1500ms")
            .call(["status"])
            .code(1);
        assert!(start.elapsed() < Duration::from_secs(6), "{kind:?}");
        says(&ended, &["no answer for 1.5 s"]);
    }
}

#[test]
fn a_network_that_stalls_at_the_end_takes_nothing_back_and_holds_nobody_up() {
    for (kind, goodbye) in [
        (Db::Postgres, "pg_advisory_unlock"),
        (Db::Mysql, "RELEASE_LOCK"),
    ] {
        let db = TestDb::new(kind);
        let proxy = Proxy::before(&db);
        proxy.stall_at(goodbye);
        let start = Instant::now();
        // Guards src/engine/attend.rs: `unlock` waits for a few seconds; without that, for ever.
        through(&proxy).call(["migrate", "up"]).success();
        assert!(start.elapsed() < Duration::from_secs(10), "{kind:?}");
        drop(proxy);
        assert_whole(&db, &format!("{kind:?}"));
    }
}

#[test]
fn a_commit_without_an_answer_is_told_as_such() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --steps 6");
    let proxy = Proxy::before(&db);
    // A migration that is not the last one and its COMMIT are one message.
    proxy.stall_at("add_organization_to_sessions");
    let ended = through(&proxy).call(["migrate", "up"]).code(1);
    says(
        &ended,
        &["done whole or not at all", "migrate status", CORE[7]],
    );
    says(&ended, &["1 of 7 done before it, the last one", CORE[6]]);
    assert_eq!(applied(&db), CORE[..7]);
    drop(proxy);
    run(&db, "migrate up");
    assert_whole(&db, "after");
}

#[test]
fn a_server_misses_a_client_that_vanished() {
    // No test can pull a plug: what the session asked for is all that can be seen.
    use saasdb::dialect::{ConnectOptions, Target};
    let db = TestDb::new(Db::Postgres);
    let target = Target::parse(db.url()).expect("a URL");
    let options = ConnectOptions {
        application: "saasdb test".to_owned(),
        ddl_lock_timeout: Duration::from_secs(5),
        connect_timeout: Duration::from_secs(20),
        create: false,
        read_only: false,
    };
    let idle = block_on(async {
        let dialect = target.backend.dialect();
        let mut session = dialect.connect(&target, &options).await.expect("a session");
        let shown = session.run("SHOW tcp_keepalives_idle").await.expect("SHOW");
        session.close().await;
        shown[0].single().map(str::to_owned)
    });
    assert_eq!(idle.as_deref(), Some("30"));
}

#[test]
fn a_statement_that_takes_long_is_not_cut() {
    for kind in SERVERS {
        let db = TestDb::new(kind);
        let proxy = Proxy::before(&db);
        run(&db, "migrate up --steps 6");
        let holder = hold(&db, "users");
        let mut running = through(&proxy)
            .env("SAASDB_NETWORK_TIMEOUT", "300ms")
            .args(["migrate", "up"])
            .spawn();
        wait_until_held(&db);
        std::thread::sleep(Duration::from_millis(1500));
        assert!(running.is_running(), "{kind:?}: {}", running.stderr());
        assert!(proxy.connections() > 1, "{kind:?}: nobody asked");
        holder.close();
        // Guards src/engine/attend.rs: a session at work is waited for; without that it is cut off.
        running.wait().success();
        assert_whole(&db, &format!("{kind:?}"));
    }
}

#[test]
fn seeding_over_a_network_that_stalls_writes_all_or_nothing() {
    for kind in SERVERS {
        let db = TestDb::new(kind);
        run(&db, "migrate up");
        let proxy = Proxy::before(&db);
        let holder = hold(&db, "users");
        let running = through(&proxy).args(["seed"]).spawn();
        wait_until_held(&db);
        proxy.stall();
        holder.close();
        let ended = running.wait().code(1);
        says(&ended, &["no answer for 0.9 s", "hint:"]);
        drop(proxy);
        let users = db.rows("SELECT count(*) FROM users");
        assert_eq!(users, [["0"]], "{kind:?}");
        run(&db, "seed");
        let seeded = run(&db, "seed status");
        assert!(!seeded.stdout.contains("missing"), "{seeded:?}");
    }
}
