//! The report of `schema diff`.

use serde::Serialize;

use super::{Report, plural, printable};
use crate::schema::{Change, Difference, Object};
use crate::ui::{Tone, Ui};

/// How two schemas differ.
#[derive(Debug, Serialize)]
pub struct Diff {
    /// The first one.
    pub from: String,
    /// The second one.
    pub to: String,
    /// What leads from the first to the second.
    pub differences: Vec<Difference>,
}

impl Report for Diff {
    fn command(&self) -> &'static str {
        "schema diff"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        if self.differences.is_empty() {
            return format!("{} and {} have the same schema.", self.from, self.to);
        }
        let mut out = vec![
            ui.tone(Tone::Bad, &format!("--- {}", self.from)),
            ui.tone(Tone::Good, &format!("+++ {}", self.to)),
        ];
        let mut table = None;
        for difference in &self.differences {
            // A table that comes or goes is a line of its own.
            let inside = match &difference.at {
                Object::Table(_) => None,
                at => at.table(),
            };
            if inside != table {
                out.extend(inside.map(|t| ui.tone(Tone::Bold, &format!("table {}", printable(t)))));
                table = inside;
            }
            lines(difference, inside.is_some(), ui, &mut out);
        }
        out.push(format!("{}.", plural(self.differences.len(), "difference")));
        out.join("\n")
    }
}

fn lines(difference: &Difference, inside: bool, ui: &Ui, out: &mut Vec<String>) {
    let (mark, tone) = match difference.change {
        Change::Added => ('+', Tone::Good),
        Change::Removed => ('-', Tone::Bad),
        Change::Changed => ('~', Tone::Warn),
    };
    let indent = if inside { "  " } else { "" };
    let object = printable(&difference.object);
    out.push(format!(
        "{indent}{}",
        ui.tone(tone, &format!("{mark} {object}"))
    ));
    for (mark, tone, side) in [
        ('-', Tone::Bad, &difference.before),
        ('+', Tone::Good, &difference.after),
    ] {
        for line in side.iter().flat_map(|text| text.lines()) {
            let line = printable(line);
            out.push(format!(
                "{indent}    {}",
                ui.tone(tone, &format!("{mark} {line}"))
            ));
        }
    }
}
