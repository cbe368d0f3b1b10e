//! The report of `schema export` and `schema dump`.

use serde::Serialize;

use super::{Report, plural};
use crate::files::State;
use crate::ui::{Tone, Ui};

/// Which files were written.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// `schema export` or `schema dump`.
    #[serde(skip)]
    pub command: &'static str,
    /// `d1`, `mermaid`, `sql` or `json`.
    pub format: &'static str,
    /// The schema set (d1) or the database.
    pub from: String,
    /// The files.
    pub files: Vec<ExportedFile>,
    /// What to do with them.
    #[serde(skip)]
    pub next: Option<&'static str>,
}

/// A file.
#[derive(Debug, Serialize)]
pub struct ExportedFile {
    /// Where it is.
    pub path: String,
    /// Whether it was written.
    pub state: State,
    /// The migration that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
}

impl Report for Exported {
    fn command(&self) -> &'static str {
        self.command
    }

    fn text(&self, ui: &Ui) -> String {
        let mut out = written(ui, &self.from, &self.files);
        out.extend(self.next.map(str::to_owned));
        out.join("\n")
    }
}

/// A line for each file and one that sums them up.
pub(super) fn written(ui: &Ui, from: &str, files: &[ExportedFile]) -> Vec<String> {
    let mut out = Vec::new();
    for file in files {
        let (word, tone) = match file.state {
            State::Written => ("written  ", Tone::Good),
            State::Unchanged => ("unchanged", Tone::Dim),
            State::Replaced => ("replaced ", Tone::Warn),
        };
        out.push(format!("{}  {}", ui.tone(tone, word), file.path));
    }
    let count = |state: State| files.iter().filter(|f| f.state == state).count();
    let mut parts = Vec::new();
    for (state, word) in [
        (State::Written, "written"),
        (State::Replaced, "replaced"),
        (State::Unchanged, "unchanged"),
    ] {
        if count(state) > 0 {
            parts.push(format!("{} {word}", plural(count(state), "file")));
        }
    }
    out.push(format!("{from}: {}.", parts.join(", ")));
    out
}
