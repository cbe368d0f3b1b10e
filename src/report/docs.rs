//! The report of `schema docs`.

use serde::Serialize;

use super::exports::{ExportedFile, written};
use super::{Report, plural};
use crate::ui::Ui;

/// Which pages were written.
#[derive(Debug, Serialize)]
pub struct Documented {
    /// The database that they describe.
    pub from: String,
    /// How many tables they describe.
    pub tables: usize,
    /// The files.
    pub files: Vec<ExportedFile>,
}

impl Report for Documented {
    fn command(&self) -> &'static str {
        "schema docs"
    }

    fn text(&self, ui: &Ui) -> String {
        let from = format!("{}, {}", self.from, plural(self.tables, "table"));
        written(ui, &from, &self.files).join("\n")
    }
}
