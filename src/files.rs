//! Writing files: all of them or none, whole or not at all, and over nothing else unasked.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::engine::{Error, Result};

/// A file to be written.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Where.
    pub path: PathBuf,
    /// What is to be in it.
    pub content: String,
}

/// How a file stands to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was not there.
    Written,
    /// It was there with the same content, and was left alone.
    Unchanged,
    /// It was there with other content.
    Replaced,
}

/// What is to be done for each of the files; nothing is written yet. [`State::Replaced`] is for the
/// caller to allow or not.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn look(files: &[Wanted]) -> Result<Vec<State>> {
    files
        .iter()
        .map(|file| match fs::read(&file.path) {
            Ok(there) if there == file.content.as_bytes() => Ok(State::Unchanged),
            Ok(_) => Ok(State::Replaced),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(State::Written),
            Err(_) if file.path.is_dir() => Err(Error::usage(format!(
                "{} is a folder, not a file",
                file.path.display()
            ))),
            Err(e) => Err(cannot("read", &file.path, &e)),
        })
        .collect()
}

/// Writes what [`look`] found to differ. All content is on the disk under other names before the
/// first file gets its own.
///
/// # Errors
/// When a folder or file cannot be written; then what is there is as it was, except that a failure
/// between two renames leaves those before it done.
pub fn write(files: &[Wanted], states: &[State]) -> Result<()> {
    let mut made = Made::default();
    for (file, _) in changing(files, states) {
        let folder = match file.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !folder.exists() {
            fs::create_dir_all(folder).map_err(|e| cannot("make", folder, &e))?;
            made.folders.push(folder.to_owned());
        }
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        // The last part is not `sql`: whoever lists migrations does not see it.
        let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        made.temporary.push(temporary.clone());
        fs::File::create(&temporary)
            .and_then(|mut f| {
                f.write_all(file.content.as_bytes())
                    .and_then(|()| f.sync_all())
            })
            .map_err(|e| cannot("write", &file.path, &e))?;
    }
    for ((file, _), temporary) in changing(files, states).zip(&made.temporary) {
        fs::rename(temporary, &file.path).map_err(|e| cannot("write", &file.path, &e))?;
    }
    made.folders.clear();
    Ok(())
}

fn changing<'a>(
    files: &'a [Wanted],
    states: &'a [State],
) -> impl Iterator<Item = (&'a Wanted, &'a State)> {
    files
        .iter()
        .zip(states)
        .filter(|(_, state)| **state != State::Unchanged)
}

fn cannot(verb: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::failed(format!("cannot {verb} {}", path.display()))
        .because(error.to_string())
        .hint("choose another place with `--out`")
}

/// What was made on the way; what is still there when this goes is taken away again.
#[derive(Default)]
struct Made {
    temporary: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Drop for Made {
    fn drop(&mut self) {
        for file in &self.temporary {
            let _ = fs::remove_file(file);
        }
        // Only an empty one goes.
        for folder in &self.folders {
            let _ = fs::remove_dir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(folder: &Path, names: &[&str]) -> Vec<Wanted> {
        names
            .iter()
            .map(|name| Wanted {
                path: folder.join(name),
                content: format!("{name}\n"),
            })
            .collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("folder");
        let mut names: Vec<String> = entries
            .map(|e| e.expect("entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn files_are_written_left_and_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let files = wanted(&folder.path().join("a/b"), &["1", "2", "3"]);
        assert_eq!(look(&files).expect("look"), [State::Written; 3]);
        write(&files, &[State::Written; 3]).expect("written");
        fs::write(&files[1].path, "other").expect("edited");
        let states = look(&files).expect("look");
        assert_eq!(
            states,
            [State::Unchanged, State::Replaced, State::Unchanged]
        );
        write(&files, &states).expect("written");
        assert_eq!(look(&files).expect("look"), [State::Unchanged; 3]);
        assert_eq!(names(&folder.path().join("a/b")), ["1", "2", "3"]);
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("folder");
        let new = folder.path().join("new");
        let mut files = wanted(&new, &["1"]);
        // The name is too long for any file system.
        files.extend(wanted(&new, &["x".repeat(300).as_str()]));
        write(&files, &[State::Written; 2]).expect_err("too long");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_in_place_of_a_file_is_said_to_be_one() {
        let folder = tempfile::tempdir().expect("folder");
        let file = Wanted {
            path: folder.path().to_owned(),
            content: String::new(),
        };
        let error = look(&[file]).expect_err("a folder");
        assert!(error.message.ends_with("is a folder, not a file"));
    }
}
