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
        out.push(head(checked, ui));
        let mut last_rule = "";
        let mut shown = 0;
        for finding in &checked.findings {
            shown = if finding.rule.id == last_rule {
                shown + 1
            } else {
                0
            };
            if shown < SHOWN || verbose {
                one(finding, ui, &mut out);
            }
            let next_is_other = checked
                .findings
                .iter()
                .skip_while(|f| !std::ptr::eq(*f, finding))
                .nth(1)
                .is_none_or(|next| next.rule.id != finding.rule.id);
            if next_is_other {
                if shown >= SHOWN && !verbose {
                    let rest = shown + 1 - SHOWN;
                    out.push(ui.tone(
                        Tone::Dim,
                        &format!("  and {rest} more like it (`-v` shows all)"),
                    ));
                }
                if !finding.rule.help.is_empty() && finding.help.is_none() {
                    out.push(wrap(&format!("hint: {}", finding.rule.help), "    "));
                }
            }
            last_rule = finding.rule.id;
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

fn head(checked: &Checked, ui: &Ui) -> String {
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
        parts.push(plural(notes, "note"));
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
