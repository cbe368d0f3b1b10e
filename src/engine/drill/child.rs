//! Runs of the program, with and without a fault.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::super::error::{Error, Result};
use super::super::interrupt::Interrupt;
use crate::dialect::{Target, faults};

/// How long a run may take. Each takes a second or two.
const LIMIT: Duration = Duration::from_secs(120);

/// The program and how it is run.
pub(super) struct Program {
    path: PathBuf,
    /// Its current folder, in which there are no settings.
    folder: Folder,
    /// What it is not to send; see [`faults::SKIP`].
    skip: Vec<String>,
}

/// What is to happen to a run.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault<'a> {
    /// Nothing.
    None,
    /// Its points are listed in a file of that name.
    List(&'a str),
    /// It dies at that point.
    At(u64),
}

/// How a run ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// With that exit code, and what it wrote to stderr.
    Exit(i32, String),
    /// By that signal.
    Signal(i32),
    /// It did not, and was killed.
    Never,
}

/// A folder that is removed with the value.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Program {
    /// This program.
    ///
    /// # Errors
    /// When its file cannot be found or there is no place for temporary files.
    pub(super) fn this(skip: &[String]) -> Result<Self> {
        let failed = |e: std::io::Error| {
            Error::failed("the drill cannot run this program").because(e.to_string())
        };
        let path = std::env::current_exe().map_err(failed)?;
        let name = format!("saasdb-drill-{}", uuid::Uuid::new_v4().simple());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).map_err(failed)?;
        Ok(Self {
            path,
            folder: Folder(folder),
            skip: skip.to_vec(),
        })
    }

    fn list(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    /// The lines of a list that a run wrote.
    ///
    /// # Errors
    /// When it did not.
    pub(super) fn read_list(&self, name: &str) -> Result<String> {
        let path: &Path = &self.list(name);
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::failed("a run left no list of its fault points")
                .because(format!("{}: {e}", path.display()))
        });
        let _ = std::fs::remove_file(path);
        text
    }

    /// Runs a command on a database.
    ///
    /// # Errors
    /// When it cannot be started; when the user asks to stop, after it was killed.
    pub(super) async fn run(
        &self,
        target: &Target,
        set: &str,
        words: &[&str],
        fault: Fault<'_>,
        interrupt: &Interrupt,
    ) -> Result<Ended> {
        let failed =
            |e: std::io::Error| Error::failed("a command cannot be run").because(e.to_string());
        let mut command = Command::new(&self.path);
        // A file, because nobody empties a pipe while the drill waits for the end.
        let stderr = self.folder.0.join(uuid::Uuid::new_v4().to_string());
        command
            .args(["--quiet", "--env", "dev", "--set", set])
            .args(words)
            .current_dir(&self.folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&stderr).map_err(failed)?)
            .kill_on_drop(true);
        // Settings of whoever drills are not to decide what is drilled.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SAASDB_") {
                command.env_remove(name);
            }
        }
        // Not as an argument, which everybody on this machine could read.
        command.env("DATABASE_URL", target.secret());
        if let Some(schema) = &target.schema {
            command.env("SAASDB_SCHEMA", schema);
        }
        if !self.skip.is_empty() {
            command.env(faults::SKIP, self.skip.join("|"));
        }
        match fault {
            Fault::None => &mut command,
            Fault::List(name) => command.env(faults::LIST, self.list(name)),
            Fault::At(point) => command.env(faults::POINT, point.to_string()),
        };
        let mut child = command.spawn().map_err(failed)?;
        let ended = tokio::select! {
            ended = tokio::time::timeout(LIMIT, child.wait()) => Ok(ended),
            error = interrupt.heard() => Err(error),
        };
        let text = std::fs::read_to_string(&stderr).unwrap_or_default();
        let _ = std::fs::remove_file(&stderr);
        let status = match ended {
            Ok(Ok(status)) => status.map_err(failed)?,
            Ok(Err(_)) => {
                child.kill().await.map_err(failed)?;
                return Ok(Ended::Never);
            }
            Err(error) => {
                child.kill().await.map_err(failed)?;
                return Err(error);
            }
        };
        Ok(match status.code() {
            Some(code) => Ended::Exit(code, text.trim_end().to_owned()),
            None => Ended::Signal(status.signal().unwrap_or_default()),
        })
    }
}
