//! Everything that the program prints or writes into a file is looked through for passwords, at once and
//! once more by `scripts/test` at the end.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::redact::secret_in;

/// Files of a folder, with what tells whether they were written since.
pub(super) type Files = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Adds text to the file that a variable names, if it is set.
#[track_caller]
pub(super) fn append(variable: &str, text: impl FnOnce() -> String) {
    let Some(path) = std::env::var_os(variable) else {
        return;
    };
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text().as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", Path::new(&path).display()));
}

/// Fails the test if a text that a command left shows a password.
#[track_caller]
pub(super) fn check(command: &str, name: &str, text: &str) {
    if let Some(secret) = secret_in(text) {
        let masked = text.replace(&secret, "[THE PASSWORD]");
        panic!("{command} shows a password on {name}:\n{masked}");
    }
}

/// The files below a folder. Links are not followed.
pub(super) fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // What is gone by now or may not be read was not written by the run.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(meta) if meta.is_dir() => folders.push(entry.path()),
                Ok(meta) if meta.is_file() => {
                    found.insert(entry.path(), (meta.len(), meta.modified().ok()));
                }
                _ => {}
            }
        }
    }
    found
}

/// Fails the test if a file that was written since shows a password: reports, dumps, pages, databases.
#[track_caller]
pub(super) fn check_files(command: &str, folder: &Path, before: &Files) {
    for (path, state) in files(folder) {
        if before.get(&path) == Some(&state) {
            continue;
        }
        let bytes = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        check(command, &path.display().to_string(), &text);
        if path.extension().is_none_or(|e| e != "db") {
            append("SAASDB_TEST_OUTPUT", || format!("{text}\n"));
        }
    }
}
