//! A full disk: a clear error, nothing half done, and the same command again once there is space.

use std::fs;

use super::{assert_whole, says};
use crate::sets::tools::{CORE, applied, one, run, saasdb};
use crate::support::{Db, OwnServer, Saasdb, TestDb};

/// Works in a tmpfs of 2 MB that goes with the shell: fills it up to some kilobytes, tries a command
/// twice, makes room and tries again; copies of the file show how it stood.
const SCRIPT: &str = r#"
mkdir small && mount -t tmpfs -o size=2m none small && cd small || exit 99
export DATABASE_URL=sqlite:app.db
program=$0 spare=$1 before=$2; shift 2
[ -z "$before" ] || "$program" $before >/dev/null || exit 98
head -c 4m /dev/zero >ballast 2>/dev/null
truncate -s "-${spare}k" ballast
"$program" "$@"; echo "full: $?"
cp app.db ../full.db
"$program" "$@" >/dev/null 2>&1; echo "still full: $?"
rm ballast
"$program" "$@" >/dev/null; echo "room: $?"
cp app.db ../room.db
ls -A
"#;

#[test]
fn sqlite_on_a_full_disk() {
    let root =
        fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    let namespace = if root { "-m" } else { "-Urm" };
    for (before, command, spares) in [
        ("", "migrate up", ["8", "64", "120"]),
        ("migrate up", "seed", ["0", "40", "100"]),
    ] {
        for spare in spares {
            let call = Saasdb::program("unshare");
            let words = [
                namespace,
                "sh",
                "-c",
                SCRIPT,
                env!("CARGO_BIN_EXE_saasdb"),
                spare,
                before,
            ];
            let output = call.call(words.into_iter().chain(command.split(' ')));
            let when = format!("{command} with {spare}k: {output:?}");
            assert!(
                !output.stderr.contains("unshare: "),
                "needs namespaces: {when}"
            );
            for line in ["full: 1", "still full: 1", "room: 0"] {
                assert!(output.stdout.lines().any(|l| l == line), "{line}: {when}");
            }
            // Guards src/dialect/sqlite.rs: Cause::Full; without it nobody says what helps.
            says(&output, &["disk is full", "hint: ", "free space", "app.db"]);
            assert!(output.stdout.ends_with("room: 0\napp.db\n"), "{when}");
            let copied = |name: &str| {
                let db = TestDb::missing(Db::Sqlite);
                let path = db.url().trim_start_matches("sqlite://").to_owned();
                fs::copy(call.dir().join(name), path).expect("a copy");
                assert_eq!(one(&db, "PRAGMA integrity_check"), "ok", "{name}, {when}");
                db
            };
            let full = copied("full.db");
            if before.is_empty() {
                // As many as it says; the file may be empty.
                let tables = "SELECT count(*) FROM sqlite_master WHERE name = 'saasdb_migrations'";
                let done = if one(&full, tables) == "0" {
                    0
                } else {
                    applied(&full).len()
                };
                let said = match done {
                    0 => "this migration changed nothing".to_owned(),
                    n => format!("{n} of 13 done before it, the last one {}", CORE[n - 1]),
                };
                says(&output, &[&said]);
            } else {
                assert_eq!(one(&full, "SELECT count(*) FROM users"), "0", "{when}");
                assert_whole(&full, &when);
            }
            let room = copied("room.db");
            assert_whole(&room, &when);
            if !before.is_empty() {
                assert_ne!(one(&room, "SELECT count(*) FROM users"), "0", "{when}");
            }
        }
    }
}

#[test]
fn postgresql_in_a_full_tablespace() {
    let server = OwnServer::with_disk("24m");
    let disk = server.dir().join("disk");
    let mut admin = server.admin();
    // Only the server sees that file system, so it does the work.
    let shell = |admin: &mut crate::support::Session, script: String| {
        admin.sql(&format!(
            "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; cd {} && {script}'",
            disk.display()
        ));
    };
    shell(&mut admin, "mkdir space".to_owned());
    admin.sql(&format!(
        "CREATE TABLESPACE small LOCATION '{}/space'",
        disk.display()
    ));
    for (before, command, spares) in [
        ("", "migrate up", [0, 200, 500]),
        ("migrate up", "seed", [0, 40, 80]),
    ] {
        for spare in spares {
            let db = server.missing();
            let name = db.name();
            admin.sql(&format!(
                "CREATE DATABASE {name} TABLESPACE small TEMPLATE template0"
            ));
            // The first session of a database writes a file of its own.
            run(&db, if before.is_empty() { "status" } else { before });
            shell(
                &mut admin,
                format!(
                    "(head -c 40m /dev/zero >ballast || truncate -s -{spare}K ballast) 2>/dev/null"
                ),
            );
            let full = saasdb(&db).call(command.split(' ')).code(1);
            let when = format!("{command} with {spare}k: {full:?}");
            // Guards src/dialect/postgres.rs: Cause::Full; without it nobody says what helps.
            says(
                &full,
                &[
                    "could not extend file",
                    "hint: ",
                    "the disk is full",
                    "free space",
                ],
            );
            if before.is_empty() {
                let made = "SELECT count(*) FROM pg_tables WHERE tablename = 'seaql_migrations'";
                let done = if one(&db, made) == "0" {
                    0
                } else {
                    applied(&db).len()
                };
                if done > 0 {
                    let said = format!(
                        "{done} of 13 done before it, the last one {}",
                        CORE[done - 1]
                    );
                    says(&full, &[&said]);
                }
                says(&full, &["this migration changed nothing"]);
            } else {
                assert_eq!(one(&db, "SELECT count(*) FROM users"), "0", "{when}");
            }
            saasdb(&db).call(command.split(' ')).code(1);
            shell(&mut admin, "rm ballast".to_owned());
            run(&db, command);
            assert_whole(&db, &when);
            if !before.is_empty() {
                assert_ne!(one(&db, "SELECT count(*) FROM users"), "0", "{when}");
            }
        }
    }
    admin.close();
}
