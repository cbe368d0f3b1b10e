//! Behind a pooler in transaction mode, where a session's lock stays with a server session that is
//! soon somebody else's: saasdb notices, and still only one run works at a time.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Db, PASSWORD, Saasdb, Session, TestDb, random_hex, scratch};

/// A PgBouncer before the test server, gone with the test.
pub struct Pooler {
    child: Child,
    pub url: String,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts PgBouncer in transaction mode before the server of `db`; `extra` goes into its settings.
pub fn pooler(db: &TestDb, extra: &str) -> Pooler {
    let server = url::Url::parse(db.url()).expect("the database's URL");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .expect("a free port")
        .port();
    let folder = scratch().join(format!("pooler-{}", random_hex()));
    std::fs::create_dir(&folder).expect("a folder");
    let users = folder.join("users");
    std::fs::write(
        &users,
        format!("\"{}\" \"{PASSWORD}\"\n", server.username()),
    )
    .expect("users");
    let settings = folder.join("pgbouncer.ini");
    std::fs::write(
        &settings,
        format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = plain\nauth_file = {}\n\
             pool_mode = transaction\ndefault_pool_size = 10\n{extra}\n",
            server.port().expect("a port"),
            users.display(),
        ),
    )
    .expect("settings");
    // PgBouncer does not run as root.
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--clear-groups", "--"]);
    if !is_root() {
        command = Command::new("env");
    } else {
        for path in [&folder, &users, &settings] {
            let mode = if path.is_dir() { "755" } else { "644" };
            let done = Command::new("chmod").arg(mode).arg(path).status();
            assert!(done.is_ok_and(|s| s.success()));
        }
    }
    let program = ["/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer"]
        .into_iter()
        .find(|p| std::path::Path::new(p).exists())
        .unwrap_or("pgbouncer");
    let child = command
        .arg(program)
        .arg(&settings)
        // Should this process be killed, the supervisor ends whatever runs in its folder.
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pgbouncer starts (scripts/test installs it)");
    let mut through = server.clone();
    through.set_port(Some(port)).expect("a port");
    let pooler = Pooler {
        child,
        url: through.to_string(),
    };
    let start = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "pgbouncer does not answer"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    pooler
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

/// With PgBouncer's defaults, which refuse our start-up parameters, and with them ignored.
pub const KINDS: [&str; 2] = ["", "ignore_startup_parameters = extra_float_digits,options"];

#[test]
fn runs_through_a_pooler_wait_for_each_other_and_leave_no_lock() {
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        let pooler = pooler(&db, extra);
        let call = |words: &'static [&'static str]| {
            Saasdb::new()
                .args(["--database-url", &pooler.url])
                .args(words.iter().copied())
        };
        // Guards Postgres::try_lock: with a session lock, refreshes meet and fail, or the lock stays
        // with a server session and the next run ends with code 5.
        let runs: Vec<_> = (0..4).map(|_| call(&["migrate", "up"]).spawn()).collect();
        for run in runs {
            run.wait().success();
        }
        let runs: Vec<_> = (0..3)
            .map(|_| call(&["migrate", "refresh"]).spawn())
            .collect();
        for run in runs {
            run.wait().success();
        }
        call(&["migrate", "redo", "--lock-timeout", "1s"])
            .run()
            .success();
        let locks = db.rows(
            "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        assert_eq!(locks, [["0"]], "{extra}");
        assert_eq!(
            db.rows("SELECT count(*)::text FROM seaql_migrations"),
            [["13"]]
        );
    }
}

#[test]
fn a_table_lock_is_not_waited_for_longer_than_asked_behind_a_pooler_either() {
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        let pooler = pooler(&db, extra);
        let call = |words: &'static [&'static str]| {
            Saasdb::new()
                .args(["--database-url", &pooler.url])
                .env("SAASDB_DDL_LOCK_TIMEOUT", "300ms")
                .env("SAASDB_DDL_RETRY_FOR", "500ms")
                .args(words.iter().copied())
        };
        call(&["migrate", "up", "--steps", "6"]).run().success();
        let mut session = Session::open(db.url()).expect("a session");
        session.sql("BEGIN; LOCK TABLE users IN SHARE MODE");
        let refused = call(&["migrate", "up"]).run().code(1);
        assert!(
            refused.stderr.contains("lock timeout"),
            "{}",
            refused.stderr
        );
        session.close();
        call(&["migrate", "up"]).run().success();
    }
}

#[test]
fn a_last_slot_is_given_once_behind_a_pooler_too() {
    for extra in KINDS {
        for schema in ["public", "shop"] {
            let db = TestDb::new(Db::Postgres);
            let pooler = pooler(&db, extra);
            let call = Saasdb::new()
                .args(["--database-url", &pooler.url, "--set", "better-auth"])
                .args(["--schema", schema]);
            call.call(["migrate", "up"]).success();
            db.sql(&format!(
                r#"ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read';
                   SET search_path TO {schema};
                   INSERT INTO "organization" ("id", "name", "slug", "createdAt")
                   VALUES ('o', 'Nike', 'nike', now());
                   INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
                     "currentPeriodStart", "currentPeriodEnd", "updatedAt")
                   VALUES ('s', 'o', 'free', 'active', '2020-01-01', '2990-01-01', now());
                   INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey")
                   VALUES ('m', 'o', 'inventory')"#,
                db.name()
            ));
            let mut holder = db.session();
            holder.sql(&format!(
                r#"SET search_path TO {schema}; BEGIN; SELECT 1 FROM "organization" FOR UPDATE"#
            ));
            let runs: Vec<_> = ["crm", "invoicing", "ticket_management"]
                .map(|key| call.clone().args(["module", "enable", "nike", key]).spawn())
                .into();
            let start = Instant::now();
            let waiting = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                           AND datname = current_database()";
            while db.rows(waiting) != [["3"]] {
                assert!(start.elapsed() < Duration::from_secs(20), "{extra}: not 3");
                std::thread::sleep(Duration::from_millis(20));
            }
            holder.close();
            let mut codes: Vec<i32> = runs.into_iter().map(|run| run.wait().code).collect();
            codes.sort_unstable();
            assert_eq!(codes, [0, 6, 6], "{extra} {schema}");
        }
    }
}
