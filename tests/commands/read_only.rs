//! Reading needs no rights to write, and writing without them fails cleanly.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{APP_TABLES, file, named, run, shown, unchanged};
use crate::support::{Db, Output, Saasdb, TestDb};

/// Everything that only looks.
const LOOKS: [&str; 9] = [
    "status",
    "status --format json",
    "migrate status",
    "migrate plan",
    "migrate up --dry-run",
    "migrate down --steps 1 --dry-run",
    "seed status",
    "rollback --dry-run",
    "schema docs --out docs",
];

/// Everything that writes.
const WRITES: [&str; 5] = [
    "migrate up",
    "migrate down --steps 1",
    "migrate redo",
    "migrate fresh",
    "setup",
];

fn reader(db: &TestDb) -> Saasdb {
    Saasdb::new().env("DATABASE_URL", db.read_only_url())
}

fn call(program: &Saasdb, line: &str) -> Output {
    program.call(line.split_whitespace())
}

#[test]
fn looking_works_with_a_role_that_may_only_read() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 5").success();
        let reader = reader(db);
        unchanged(db, || {
            for command in LOOKS {
                call(&reader, command).success();
            }
        });
        let seen = call(&reader, "migrate status").success();
        assert_eq!(seen.stdout, run(db, "migrate status").stdout);
    });
}

#[test]
fn writing_with_such_a_role_says_why_not() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 5").success();
        let reader = reader(db);
        unchanged(db, || {
            for command in WRITES {
                call(&reader, command).code(1);
            }
        });
        let refused = call(&reader, "migrate up").code(1);
        super::hint(&refused);
        insta::assert_snapshot!(named("read_only", db), shown(&refused));
    });
}

#[test]
fn the_same_on_an_empty_database() {
    TestDb::on_all(|db| {
        let reader = reader(db);
        for command in ["status", "migrate status", "migrate plan", "seed status"] {
            unchanged(db, || call(&reader, command).success());
        }
        let refused = unchanged(db, || call(&reader, "migrate up").code(1));
        super::hint(&refused);
    });
}

#[test]
fn no_lock_file_is_left_by_a_read_only_connection() {
    let db = TestDb::new(Db::Sqlite);
    call(&reader(&db), "migrate up").code(1);
    assert!(super::left_beside(&db).is_empty());
}

/// Runs as a user who is not root, whom file modes concern.
fn as_nobody(db: &TestDb, line: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_saasdb");
    let script = format!("exec \"$0\" {line}");
    if fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) != 0) {
        return Saasdb::new().db(db).call(line.split_whitespace());
    }
    // The run's folder and the program must be open to that user.
    let copy = file(db).parent().unwrap().join("program");
    fs::copy(program, &copy).expect("program is copied");
    let call = Saasdb::program("setpriv").db(db);
    fs::set_permissions(call.dir(), fs::Permissions::from_mode(0o777)).unwrap();
    let output = call.call([
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "sh",
        "-c",
        &script,
        copy.to_str().unwrap(),
    ]);
    fs::remove_file(copy).unwrap();
    output
}

fn with_modes(file_mode: u32, folder_mode: u32) -> TestDb {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 1").success();
    let path = file(&db);
    let folder = path.parent().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(file_mode)).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(folder_mode)).unwrap();
    db
}

#[test]
fn a_file_that_may_only_be_read() {
    let db = with_modes(0o444, 0o755);
    for command in LOOKS {
        as_nobody(&db, command).success();
    }
    let before = fs::read(file(&db)).unwrap();
    let refused = as_nobody(&db, "migrate up").code(1);
    assert_eq!(fs::read(file(&db)).unwrap(), before);
    super::hint(&refused);
    insta::assert_snapshot!(shown(&refused));
    assert_eq!(
        db.rows("SELECT version FROM seaql_migrations"),
        [[APP_TABLES]]
    );
}

#[test]
fn a_file_that_may_not_even_be_read() {
    let db = with_modes(0o000, 0o755);
    let refused = as_nobody(&db, "status").code(1);
    assert!(
        !refused.stderr.contains("does not exist"),
        "it does exist: {}",
        refused.stderr
    );
    insta::assert_snapshot!(shown(&refused));
}

#[test]
fn a_folder_in_which_nothing_may_be_made() {
    let db = TestDb::missing(Db::Sqlite);
    let path = file(&db);
    let folder = path.parent().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let refused = as_nobody(&db, "setup").code(1);
    assert!(!db.exists());
    super::hint(&refused);
    assert!(
        !refused.stderr.contains("make the folder first"),
        "the folder is there: {}",
        refused.stderr
    );
    insta::assert_snapshot!(shown(&refused));
}
