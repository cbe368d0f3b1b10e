//! The report of `drill`.

use std::time::Duration;

use serde::Serialize;

use super::{duration, lines, printable, table, wrap};
use crate::engine::drill::{Count, Drilled, What};
use crate::ui::{Tone, Ui};

/// How many crashes were survived.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The kind of database.
    pub backend: &'static str,
    /// The database on whose server it was, without its password.
    pub server: String,
    /// What was found.
    #[serde(flatten)]
    pub drilled: Drilled,
    /// The whole run, in milliseconds.
    pub duration_ms: u64,
}

impl Report {
    fn row(&self, set: &str) -> Vec<String> {
        let counts = self.drilled.counts.iter().filter(|c| c.set == set);
        let counts: Vec<&Count> = counts.collect();
        let mut out = vec![set.to_owned()];
        out.extend(What::ALL.iter().map(|what| {
            let count = counts.iter().find(|c| c.command == *what);
            count.map_or_else(
                || "-".to_owned(),
                |c| match c.points == c.crashes {
                    true => format!("{} of {}", c.survived, c.crashes),
                    false => format!("{} of {} ({})", c.survived, c.crashes, c.points),
                },
            )
        }));
        out
    }
}

impl super::Report for Report {
    fn command(&self) -> &'static str {
        "drill"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let mut rows = table(&["SET", "UP", "SEED", "DOWN", "SETUP"]);
        let mut sets: Vec<&str> = self.drilled.counts.iter().map(|c| c.set).collect();
        sets.dedup();
        for set in sets {
            rows.add_row(self.row(set));
        }
        let mut out = vec![lines(&mut rows), String::new()];
        for finding in &self.drilled.findings {
            out.push(format!(
                "{} {} on {}, {}, point {}: {}",
                ui.tone(Tone::Bad, "lost"),
                finding.set,
                self.backend,
                finding.step,
                finding.point,
                printable(&finding.label)
            ));
            out.push(wrap(&finding.what, "  "));
            let differences = finding.differences.iter().map(String::as_str);
            out.extend(differences.chain(finding.stderr.lines()).map(|line| {
                let line = printable(line.trim_end());
                format!("    {line}")
            }));
            out.push(format!("  again: {}", printable(&finding.again)));
        }
        let crashes: usize = self.drilled.counts.iter().map(|c| c.crashes).sum();
        let survived: usize = self.drilled.counts.iter().map(|c| c.survived).sum();
        let tone = match self.drilled.is_clean() {
            true => Tone::Good,
            false => Tone::Bad,
        };
        let verdict = format!(
            "survived {survived} of {crashes} {} in {}",
            if crashes == 1 { "crash" } else { "crashes" },
            duration(Duration::from_millis(self.duration_ms))
        );
        out.push(format!("{}: {}", self.backend, ui.tone(tone, &verdict)));
        out.join("\n")
    }
}
