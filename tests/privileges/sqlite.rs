//! The file modes of the page, for a user who is not root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{LOOKS, assert_clear, block};
use crate::sets::tools::run;
use crate::support::{Db, Output, Saasdb, TestDb};

/// The modes of folder and file behind a mark.
fn modes(mark: &str) -> [u32; 2] {
    ["FOLDER", "FILE"].map(|what| {
        let lines = block(mark);
        let line = lines.iter().find(|line| line.ends_with(what));
        let words: Vec<&str> = line.expect("a line").split(' ').collect();
        assert_eq!(words[0], "chmod");
        u32::from_str_radix(words[1], 8).expect("a mode")
    })
}

/// Runs it as a user who owns nothing, or as the file's owner where that is wanted. The program and its
/// folder are open to everybody.
fn call(db: &TestDb, program: &Path, owner: bool, line: &str) -> Output {
    let call = Saasdb::program("setpriv").db(db);
    fs::set_permissions(call.dir(), fs::Permissions::from_mode(0o777)).unwrap();
    let id = if owner { 65533 } else { 65534 };
    let ids = [format!("--reuid={id}"), format!("--regid={id}")];
    let script = format!("exec \"$0\" {line}");
    let mut words = ids.to_vec();
    for word in [
        "--clear-groups",
        "sh",
        "-c",
        &script,
        program.to_str().unwrap(),
    ] {
        words.push(word.to_owned());
    }
    call.call(words)
}

fn set_modes(db: &TestDb, [folder, file]: [u32; 2]) {
    let path = Path::new(db.url().trim_start_matches("sqlite://"));
    fs::set_permissions(path, fs::Permissions::from_mode(file)).unwrap();
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(folder)).unwrap();
}

#[test]
fn who_may_read_looks_and_who_owns_migrates() {
    let root =
        fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0);
    if !root {
        // Only root can be somebody else; commands::read_only tries the modes as the user itself.
        eprintln!("not root: nobody else to be");
        return;
    }
    let programs = TestDb::missing(Db::Sqlite);
    let program =
        Path::new(programs.url().trim_start_matches("sqlite://")).with_file_name("saasdb");
    fs::copy(env!("CARGO_BIN_EXE_saasdb"), &program).expect("program is copied");
    let db = TestDb::new(Db::Sqlite);
    run(&db, "setup");
    let path = Path::new(db.url().trim_start_matches("sqlite://"));
    for owned in [path, path.parent().unwrap()] {
        std::os::unix::fs::chown(owned, Some(65533), Some(65533)).unwrap();
    }
    let migrator = modes("sqlite migrator");
    let reader = modes("sqlite reader");
    let works = [
        "migrate down --steps 1",
        "migrate up",
        "seed undo",
        "migrate refresh",
        "seed",
    ];
    for modes in [migrator, reader] {
        set_modes(&db, modes);
        for line in works {
            call(&db, &program, true, line).success();
        }
    }
    let before = fs::read(path).unwrap();
    for line in LOOKS {
        call(&db, &program, false, line).success();
    }
    for line in [
        "migrate down --steps 1",
        "seed undo",
        "migrate fresh",
        "migrate refresh",
    ] {
        let refused = call(&db, &program, false, line).code(1);
        assert!(refused.stderr.contains("hint: "), "{refused:?}");
    }
    assert!(fs::read(path).unwrap() == before);

    // One bit less: who may not enter the folder or read the file sees nothing, and is told so.
    for (at, less) in [(0, 0o754), (1, 0o640)] {
        let mut modes = reader;
        modes[at] = less;
        set_modes(&db, modes);
        for line in ["status", "migrate plan", "schema dump"] {
            assert_clear(&call(&db, &program, false, line), line);
        }
    }
    // And who may not write into the folder cannot make a journal.
    set_modes(&db, [0o500, 0o600]);
    let refused = call(&db, &program, true, "migrate down --steps 1").code(1);
    assert!(refused.stderr.contains("hint: "), "{refused:?}");
    assert!(fs::read(path).unwrap() == before);
    set_modes(&db, migrator);
}
