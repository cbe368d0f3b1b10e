//! The report of `migrate verify`.

use std::time::Duration;

use serde::Serialize;

use super::{duration, lines, plural, printable, table, wrap};
use crate::engine::verify::{Failure, Tried, Verified, When};
use crate::engine::version::{digits, title};
use crate::ui::{Tone, Ui};

/// How the migrations of a set went.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The schema set.
    pub set: &'static str,
    /// The kind of database.
    pub backend: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub verified: Verified,
    /// The whole run, in milliseconds.
    pub duration_ms: u64,
}

impl Report {
    fn heading(&self) -> String {
        format!("{} on {}", self.set, self.backend)
    }
}

impl super::Report for Report {
    fn command(&self) -> &'static str {
        "migrate verify"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let Verified {
            scratch,
            kept,
            migrations,
            failures,
            notes,
        } = &self.verified;
        let mut rows = table(&["VERSION", "MIGRATION", "UP", "DOWN", "AGAIN", "ROWS"]);
        for tried in migrations {
            rows.add_row(vec![
                digits(&tried.name),
                title(&tried.name).to_owned(),
                took(tried.up_ms),
                took(tried.down_ms),
                took(tried.again_ms),
                carried(tried),
            ]);
        }
        let mut out = vec![lines(&mut rows), String::new()];
        for failure in failures {
            out.push(format!(
                "{} {} {}: {}",
                ui.tone(Tone::Bad, "failed"),
                failure.migration,
                when(failure),
                printable(&failure.object)
            ));
            out.push(wrap(&printable(&failure.detail), "  "));
        }
        for note in notes {
            out.push(format!(
                "{} {}: {}",
                ui.tone(Tone::Warn, "not tried"),
                note.migration,
                printable(&note.object)
            ));
            out.push(wrap(&printable(&note.detail), "  "));
        }
        let took = duration(Duration::from_millis(self.duration_ms));
        let count = plural(migrations.len(), "migration");
        let verdict = if failures.is_empty() {
            format!("{count} went up, down and up again in {took}.")
        } else {
            format!(
                "{} in {count}, found in {took}.",
                plural(failures.len(), "failure")
            )
        };
        let tone = if failures.is_empty() {
            Tone::Good
        } else {
            Tone::Bad
        };
        out.push(format!("{}: {}", self.heading(), ui.tone(tone, &verdict)));
        if *kept {
            out.push(format!("The scratch database is still there: {scratch}"));
        }
        out.join("\n")
    }
}

fn took(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| duration(Duration::from_millis(ms)))
}

/// Nothing is compared where nothing was reverted.
fn carried(tried: &Tried) -> String {
    match tried.down_ms {
        Some(_) => tried.rows.to_string(),
        None => "-".to_owned(),
    }
}

fn when(failure: &Failure) -> &'static str {
    match failure.when {
        When::Up => "up",
        When::Down => "down",
        When::UpAgain => "up again",
    }
}
