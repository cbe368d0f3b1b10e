//! GitHub's workflow commands: each finding as an annotation of the migration's line.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use super::CheckReport;
use crate::checks::{Finding, Outcome, Severity};

pub(super) fn render(report: &CheckReport) -> String {
    let mut out = Vec::new();
    for checked in &report.checks {
        if let Outcome::Failed { error } = &checked.outcome {
            let title = format!("{} could not be checked", checked.check);
            let mut lines = vec![error.message.clone()];
            lines.extend(error.why.iter().cloned());
            lines.extend(error.hint.clone());
            out.push(command("error", &[("title", title)], &lines.join("\n")));
        }
        let counting = checked.findings.iter().filter(|f| f.excepted.is_none());
        out.extend(counting.map(annotation));
    }
    out.join("\n")
}

fn annotation(finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(at) = &finding.location {
        properties.push(("file", at.file.clone()));
        properties.push(("line", at.line.to_string()));
    }
    properties.push(("title", finding.rule.id.to_owned()));
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.details.iter().cloned());
    lines.push(finding.advice().to_owned());
    lines.extend(finding.sql.iter().map(|s| format!("{s};")));
    command(level, &properties, &lines.join("\n"))
}

fn command(level: &str, properties: &[(&str, String)], message: &str) -> String {
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| {
            format!(
                "{name}={}",
                escape(value).replace(':', "%3A").replace(',', "%2C")
            )
        })
        .collect();
    format!("::{level} {}::{}", properties.join(","), escape(message))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_ends_the_command() {
        let text = command("error", &[("title", "a:b,c".into())], "50 %\nx::error::y");
        assert_eq!(text, "::error title=a%3Ab%2Cc::50 %25%0Ax::error::y");
    }
}
