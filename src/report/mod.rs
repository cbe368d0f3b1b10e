//! Results as data, and their rendering as text or JSON.

pub mod checks;
pub mod diff;
pub mod docs;
#[cfg(feature = "faults")]
pub mod drill;
pub mod exports;
pub mod migrations;
pub mod modules;
pub mod organizations;
pub mod seeds;
pub mod sets;
pub mod status;
pub mod verify;

use std::fmt;
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::config::Format;
use crate::dialect::Target;
use crate::ui::{Ui, Verbosity};

/// The version of the JSON output. It grows when a field is renamed or removed, not when one is
/// added. The schema is `docs/output.schema.json`.
pub const VERSION: u32 = 1;

/// Something to show.
pub trait Report: Serialize {
    /// The name of the command, for the JSON envelope.
    fn command(&self) -> &'static str;
    /// Whether the report is what was asked for, and so is printed under `--quiet` too; the account
    /// of what a run did is not.
    fn is_answer(&self) -> bool {
        false
    }
    /// The text for people, at most 80 columns wide where names allow.
    fn text(&self, ui: &Ui) -> String;
}

/// The database as results name it, and the schema where one was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    /// Its name and kind.
    pub database: String,
    /// The schema that was chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
}

impl From<&Target> for Place {
    fn from(target: &Target) -> Self {
        Self {
            database: target.short(),
            schema: target.schema.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.database)?;
        match &self.schema {
            Some(schema) => write!(f, ", schema {schema}"),
            None => Ok(()),
        }
    }
}

/// Prints a report in the chosen format.
pub fn emit(ui: &Ui, report: &impl Report) {
    match ui.format {
        Format::Text if ui.verbosity == Verbosity::Quiet && !report.is_answer() => {}
        Format::Text => ui.out(&report.text(ui)),
        Format::Json => {
            let mut body = serde_json::json!({ "version": VERSION, "command": report.command() });
            if let (Some(body), Ok(serde_json::Value::Object(fields))) =
                (body.as_object_mut(), serde_json::to_value(report))
            {
                body.extend(fields);
            }
            ui.out(&serde_json::to_string_pretty(&body).unwrap_or_default());
        }
    }
}

/// A table without rules that fits the terminal, or 80 columns where there is none.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width())
        .set_header(header.to_vec());
    table
}

/// The text of a table, without trailing spaces.
pub fn lines(table: &mut Table) -> String {
    let last = table.column_count().saturating_sub(1);
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if i == last { 0 } else { 2 }));
    }
    let text = table.to_string();
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Text in lines that fit the terminal, each with `indent` before it.
pub fn wrap(text: &str, indent: &str) -> String {
    let width = usize::from(width()).saturating_sub(indent.len());
    let mut out: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = out.last_mut().map(|l| l.chars().count()).unwrap_or(0);
        if line > 0 && line + 1 + word.chars().count() > width {
            out.push(word.to_owned());
        } else if let Some(last) = out.last_mut() {
            if line > 0 {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    out.iter()
        .map(|l| format!("{indent}{l}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn width() -> u16 {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|c| c.parse().ok())
        .filter(|c| (40..=400).contains(c))
        .unwrap_or(80)
}

/// `12 ms`, `3.4 s`, `2 min 5 s`.
pub fn duration(took: Duration) -> String {
    match took.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        ms @ 1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", took.as_secs() / 60, took.as_secs() % 60),
    }
}

/// A time in seconds since 1970 as `2026-11-21 10:33`, UTC.
pub fn minute(epoch: i64) -> String {
    chrono::DateTime::from_timestamp(epoch, 0)
        .map(|t| t.format("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

/// Text that users of an application wrote, as a terminal may show it: control characters could move
/// the cursor or turn the line around, so they are replaced.
pub fn printable(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| {
            if c.is_control() || turns(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// `1 migration`, `2 migrations`.
pub fn plural(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_play_with_the_terminal() {
        assert_eq!(printable("Zoë's \"Café\" 東京"), "Zoë's \"Café\" 東京");
        assert_eq!(
            printable("a\u{1b}[2Jb\nc\u{202e}d"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(7)), "7 ms");
        assert_eq!(duration(Duration::from_millis(1450)), "1.4 s");
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
    }
}
