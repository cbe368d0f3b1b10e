//! The result for people.

use super::CheckReport;
use crate::checks::{Checked, Finding, Outcome, Severity};
use crate::report::{plural, printable, wrap};
use crate::ui::{Tone, Ui};

/// Findings of one rule that are shown before the rest is only counted.
const SHOWN: usize = 20;

pub(super) fn render(report: &CheckReport, ui: &Ui, verbose: bool) -> String {
    let mut out = Vec::new();
    for checked in &report.checks {
        out.push(head(checked, report.with_notes, ui));
        let is_shown =
            |f: &&Finding| report.with_notes || f.severity > Severity::Note || f.excepted.is_some();
        let shown: Vec<&Finding> = checked.findings.iter().filter(is_shown).collect();
        for group in shown.chunk_by(|a, b| a.rule.id == b.rule.id) {
            let limit = if verbose { group.len() } else { SHOWN };
            for finding in group.iter().take(limit) {
                one(finding, ui, &mut out);
            }
            if group.len() > limit {
                let rest = group.len() - limit;
                let more = format!("  and {rest} more like it (`-v` shows all)");
                out.push(ui.tone(Tone::Dim, &more));
            }
            if let Some(last) = group.last().filter(|f| f.help.is_none()) {
                out.push(wrap(&format!("hint: {}", last.rule.help), "    "));
            }
        }
        if let Outcome::Failed { error } = &checked.outcome {
            out.push(wrap(&printable(&error.message), "    "));
            out.extend(
                error
                    .why
                    .iter()
                    .map(|why| wrap(&format!("why: {}", printable(why)), "    ")),
            );
            out.extend(
                error
                    .hint
                    .iter()
                    .map(|hint| wrap(&format!("hint: {hint}"), "    ")),
            );
        }
    }
    out.push(String::new());
    out.push(summary(report, ui));
    out.join("\n")
}

fn head(checked: &Checked, with_notes: bool, ui: &Ui) -> String {
    let count = checked.counting().count();
    let excused = checked
        .findings
        .iter()
        .filter(|f| f.excepted.is_some())
        .count();
    let notes = checked.findings.len() - count - excused;
    let (word, tone) = match &checked.outcome {
        Outcome::Passed => ("ok", Tone::Good),
        Outcome::Found => ("FOUND", Tone::Bad),
        Outcome::Skipped { .. } => ("skipped", Tone::Dim),
        Outcome::Failed { .. } => ("FAILED", Tone::Bad),
    };
    let mut parts = Vec::new();
    match &checked.outcome {
        Outcome::Skipped { why } => parts.push(why.clone()),
        Outcome::Failed { .. } => parts.push("could not be checked".to_owned()),
        _ => {}
    }
    if count > 0 {
        parts.push(plural(count, "finding"));
    }
    if notes > 0 {
        let how = if with_notes { "" } else { " (`-v` shows them)" };
        parts.push(format!("{}{how}", plural(notes, "note")));
    }
    if excused > 0 {
        parts.push(format!("{excused} excused"));
    }
    if parts.is_empty() {
        parts.push(checked.about.to_owned());
    }
    format!(
        "{}  {:<11} {}",
        ui.tone(tone, &format!("{word:<7}")),
        checked.check,
        parts.join(", ")
    )
}

fn one(finding: &Finding, ui: &Ui, out: &mut Vec<String>) {
    let (word, tone) = match (finding.severity, &finding.excepted) {
        (_, Some(_)) => ("excused", Tone::Dim),
        (Severity::Error, None) => ("error", Tone::Bad),
        (Severity::Warning, None) => ("warning", Tone::Warn),
        (Severity::Note, None) => ("note", Tone::Dim),
    };
    out.push(format!(
        "  {} {}",
        ui.tone(tone, &format!("{word}:")),
        wrap(&printable(&finding.message), "    ").trim_start()
    ));
    let id = finding.rule.id;
    let lines = match &finding.location {
        None => vec![id.to_owned()],
        Some(at) => {
            let at = format!("{}:{}", at.file, at.line);
            // A file's name that is cut at the end of a line cannot be clicked.
            match id.len() + at.len() + 6 <= 80 {
                true => vec![format!("{id}  {at}")],
                false => vec![id.to_owned(), at],
            }
        }
    };
    out.extend(
        lines
            .iter()
            .map(|line| format!("    {}", ui.tone(Tone::Dim, line))),
    );
    if let Some(excuse) = &finding.excepted {
        let reason = format!("reason: {}", printable(&excuse.reason));
        out.push(wrap(&reason, "    "));
        return;
    }
    let details = finding.details.iter();
    out.extend(details.map(|line| wrap(&printable(line), "    ")));
    if let Some(help) = &finding.help {
        out.push(wrap(&format!("hint: {help}"), "    "));
    }
    for statement in &finding.sql {
        let lines = statement
            .lines()
            .map(|line| format!("      {}", printable(line)));
        out.push(lines.collect::<Vec<_>>().join("\n") + ";");
    }
}

fn summary(report: &CheckReport, ui: &Ui) -> String {
    let total = |severity| {
        let all = report.checks.iter().flat_map(Checked::counting);
        all.filter(|f| f.severity == severity).count()
    };
    let (errors, warnings) = (total(Severity::Error), total(Severity::Warning));
    let failed = report
        .checks
        .iter()
        .filter(|c| matches!(c.outcome, Outcome::Failed { .. }))
        .count();
    let mut parts = Vec::new();
    if failed > 0 {
        parts.push(ui.tone(
            Tone::Bad,
            &format!("{} could not be done", plural(failed, "check")),
        ));
    }
    if errors > 0 {
        parts.push(ui.tone(Tone::Bad, &plural(errors, "error")));
    }
    if warnings > 0 {
        parts.push(ui.tone(Tone::Warn, &plural(warnings, "warning")));
    }
    if parts.is_empty() {
        parts.push(ui.tone(Tone::Good, "nothing found"));
    }
    format!("{}: {}.", report.place, parts.join(", "))
}
