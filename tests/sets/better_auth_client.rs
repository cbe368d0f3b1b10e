//! Better Auth itself, from npm, at work on a database that saasdb made: the release that the document of
//! the set was written with, and the newest one. In time zones other than UTC.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{run, sql};
use crate::support::{Db, TestDb};

/// The packages of `tests/clients/better-auth`, which `scripts/test` installs.
const OLD: &str = "better-auth-1.3";
const NEWEST: &str = "better-auth";

/// The version that the tables of Better Auth 1.3 end at.
const TO_1_3: &str = "20251018000000";

/// The folder with the client and its packages.
fn client() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let folder = target.expect("target").join("clients/better-auth");
    assert!(
        folder.join("node_modules/.installed").exists(),
        "the packages of tests/clients/better-auth are not installed: run `scripts/test`"
    );
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/better-auth");
    for name in ["client.mjs", "sqlite.mjs"] {
        let own = folder.join(format!("{}-{name}", std::process::id()));
        std::fs::copy(sources.join(name), &own).expect("copied");
        // Whole at any time, also for another test that runs it.
        std::fs::rename(own, folder.join(name)).expect("renamed");
    }
    folder
}

/// Runs the client; the number of steps that it took.
#[track_caller]
fn steps(db: &TestDb, package: &str, zone: &str) -> usize {
    let url = match db.kind() {
        Db::Sqlite => db.url().trim_start_matches("sqlite://").to_owned(),
        _ => db.url().to_owned(),
    };
    let output = Command::new("node")
        .current_dir(client())
        .args(["client.mjs", package, &url])
        .env("TZ", zone)
        .env("NODE_ENV", "production")
        .output()
        .expect("node runs: `scripts/test` installs it");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{package} on {:?}:\n{said}{}",
        db.kind(),
        String::from_utf8_lossy(&output.stderr)
    );
    let last = said.lines().last().and_then(|l| l.strip_suffix(" steps"));
    last.and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("{said}"))
}

const DATABASES: [Db; 2] = [Db::Sqlite, Db::Postgres];

#[test]
fn the_newest_better_auth_works_on_what_setup_made() {
    for kind in DATABASES {
        let db = TestDb::new(kind);
        run(&db, "setup --set better-auth");
        assert!(steps(&db, NEWEST, "America/New_York") >= 31);
    }
}

#[test]
fn better_auth_1_3_works_before_and_after_the_later_migrations() {
    for kind in DATABASES {
        let db = TestDb::new(kind);
        run(&db, &format!("migrate up --set better-auth --to {TO_1_3}"));
        run(&db, "seed --set better-auth");
        assert!(steps(&db, OLD, "Asia/Kolkata") >= 31);
        run(&db, "migrate up --set better-auth");
        run(&db, "seed --set better-auth");
        // The same people again.
        sql(
            &db,
            r#"DELETE FROM "user" WHERE "email" LIKE '%@client.example'"#,
        );
        assert!(steps(&db, OLD, "Asia/Kolkata") >= 31);
        sql(
            &db,
            r#"DELETE FROM "user" WHERE "email" LIKE '%@client.example'"#,
        );
        assert!(steps(&db, NEWEST, "Asia/Kolkata") >= 31);
    }
}
