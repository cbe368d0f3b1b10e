//! SQLite: one file has one lock, whatever name it is called by, and other programs write to it too.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::locks::{blocker, half_way, holder};
use crate::sets::tools::{CORE, applied, eventually, one, run};
use crate::support::{Db, Output, Running, Saasdb, TestDb};

/// The file of a database.
fn file(db: &TestDb) -> PathBuf {
    PathBuf::from(db.url().trim_start_matches("sqlite://"))
}

/// The program on a file by the name `path`, in the folder `from`.
fn by_name(call: &Saasdb, path: &Path) -> Saasdb {
    call.clone()
        .env("DATABASE_URL", format!("sqlite:{}", path.display()))
}

/// Names of the file: in its folder, through links to it and to its folder, from elsewhere, with dots.
fn names(db: &TestDb, call: &Saasdb) -> Vec<PathBuf> {
    let file = file(db);
    let folder = file.parent().unwrap();
    let name = file.file_name().unwrap();
    let beside = folder.join("beside.db");
    symlink(name, &beside).unwrap();
    let elsewhere = call.dir().join("elsewhere.db");
    symlink(&file, &elsewhere).unwrap();
    let through = call.dir().join("linked");
    symlink(folder, &through).unwrap();
    let up: PathBuf = ["..", ".."].iter().collect();
    vec![
        beside,
        PathBuf::from("elsewhere.db"),
        PathBuf::from("./linked/.").join("beside.db"),
        through.join(name),
        up.join(folder.file_name().unwrap()).join(".").join(name),
    ]
}

#[test]
fn a_file_has_one_lock_whatever_it_is_called() {
    // Guards lock_path (src/dialect/sqlite.rs): without `canonicalize` each name has a lock of its own.
    let db = half_way(Db::Sqlite);
    let call = Saasdb::new();
    let names = names(&db, &call);
    let mut session = blocker(&db);
    let held = holder(&db);
    for name in &names {
        assert!(call.dir().join(name).exists(), "{}", name.display());
        let refused = by_name(&call, name)
            .call(["migrate", "up", "--lock-timeout", "200ms"])
            .code(5);
        let who = format!("saasdb migrate up (pid {} on ", held.pid());
        assert!(refused.stderr.contains(&who), "{refused:?}");
    }
    session.sql("ROLLBACK");
    held.wait().success();
    for name in &names {
        let up = by_name(&call, name).call(["migrate", "up"]).success();
        assert!(up.stdout.contains("nothing to do"), "{up:?}");
    }
}

#[test]
fn runs_by_different_names_apply_each_migration_once() {
    let db = TestDb::new(Db::Sqlite);
    let call = Saasdb::new().args(["migrate", "up", "--format", "json"]);
    let names = names(&db, &call);
    let runs: Vec<Running> = (0..10)
        .map(|i| by_name(&call, &names[i % names.len()]).spawn())
        .collect();
    let reports = runs.into_iter().map(|run| run.wait().success().json());
    let counts: Vec<usize> = reports
        .map(|report| report["migrations"].as_array().unwrap().len())
        .filter(|count| *count > 0)
        .collect();
    assert_eq!(counts, [CORE.len()]);
    assert_eq!(applied(&db), CORE);
}

#[test]
fn setups_by_two_names_of_a_file_that_is_not_there() {
    let db = TestDb::missing(Db::Sqlite);
    let call = Saasdb::new().args(["setup"]);
    let link = call.dir().join("link.db");
    symlink(file(&db), &link).unwrap();
    let runs = [file(&db), link].map(|name| by_name(&call, &name).spawn());
    for run in runs {
        run.wait().success();
    }
    assert_eq!(applied(&db), CORE);
    assert_eq!(one(&db, r#"SELECT count(*) FROM "organizations""#), "4");
}

#[test]
fn a_file_with_two_hard_links_is_read_and_not_written() {
    // Guards Sqlite::hazard: without it two runs by these names have two locks and two journals, and
    // what one run leaves behind when it is killed the other does not find.
    let db = half_way(Db::Sqlite);
    let other = file(&db).with_file_name("other.db");
    fs::hard_link(file(&db), &other).unwrap();
    let call = Saasdb::new();
    let before = fs::read(&other).unwrap();
    for name in [&file(&db), &other] {
        by_name(&call, name).call(["status"]).success();
        for command in [
            "migrate up",
            "setup",
            "migrate down --steps 1",
            "migrate fresh",
        ] {
            let refused: Output = by_name(&call, name).call(command.split(' ')).code(6);
            for word in ["2 names (hard links)", "nothing was changed", "hint: "] {
                assert!(refused.stderr.contains(word), "{command}: {refused:?}");
            }
        }
    }
    assert!(fs::read(&other).unwrap() == before);
    fs::remove_file(&other).unwrap();
    run(&db, "migrate up");
}

/// Debian's sqlite3 on that file, in which somebody types.
fn shell(db: &TestDb) -> Running {
    let mut shell = Saasdb::program("sqlite3").args([file(db)]).typing().spawn();
    shell.wait_for("sqlite>");
    shell
}

#[test]
fn another_program_that_writes_is_waited_for() {
    for mode in ["delete", "wal"] {
        let db = half_way(Db::Sqlite);
        db.sql(&format!("PRAGMA journal_mode = {mode}"));
        let mut other = shell(&db);
        other.keys("BEGIN IMMEDIATE; INSERT INTO users (username, password) VALUES ('me', 'x');\n");
        other.keys("SELECT 'he' || 'ld';\n");
        other.wait_for("held\n");
        let up = Saasdb::new()
            .db(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "100ms")
            .args(["migrate", "up"]);
        let failure = up
            .clone()
            .env("SAASDB_DDL_RETRY_FOR", "200ms")
            .run()
            .code(1);
        assert!(failure.stderr.contains("database is locked"), "{failure:?}");
        assert_eq!(applied(&db), CORE[..6]);
        let mut up = up.args(["-v"]).spawn();
        up.wait_for("applying 1 of 7");
        other.keys("COMMIT;\n.quit\n");
        other.wait().success();
        up.wait().success();
        assert_eq!(applied(&db), CORE, "{mode}");
        assert_eq!(
            one(&db, "SELECT count(*) FROM users WHERE username = 'me'"),
            "1"
        );
    }
}

#[test]
fn another_program_that_reads_is_waited_for_at_the_commit() {
    // Guards send::commit: without its repetition a reader ends the run after a tenth of a second.
    let db = half_way(Db::Sqlite);
    let mut other = shell(&db);
    other.keys("BEGIN; SELECT 'he' || 'ld' FROM seaql_migrations LIMIT 1;\n");
    other.wait_for("held\n");
    let mut up = Saasdb::new()
        .db(&db)
        .env("SAASDB_DDL_LOCK_TIMEOUT", "100ms")
        .args(["migrate", "up"])
        .spawn();
    let journal = file(&db).with_file_name(format!("{}-journal", db.name()));
    eventually(Duration::from_secs(10), "it wants to commit", || {
        assert!(up.is_running(), "{}", up.stderr());
        fs::metadata(&journal).is_ok_and(|m| m.len() > 0)
    });
    std::thread::sleep(Duration::from_millis(300));
    assert!(up.is_running(), "{}", up.stderr());
    other.keys("COMMIT;\n.quit\n");
    other.wait().success();
    up.wait().success();
    assert_eq!(applied(&db), CORE);
}
