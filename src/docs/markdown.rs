//! The pages as Markdown, as GitHub shows it.

use super::diagram::COLOURS;
use super::escape::{code, markdown as text};
use super::words::{self, KINDS};
use super::{ColumnPage, MARK, Page, Reference, TablePage};

/// The whole page.
pub fn markdown(page: &Page) -> String {
    let mut out = vec![
        format!("<!-- {MARK}: made from the database, changes here are lost -->"),
        format!("# {}", text(&page.about.title)),
        String::new(),
    ];
    if let Some(about) = &page.about.about {
        out.extend([text(about), String::new()]);
    }
    out.extend([facts(page), String::new()]);
    out.extend(["## Diagram".to_owned(), String::new()]);
    for ((_, label, meaning), colour) in KINDS.iter().zip(COLOURS) {
        out.push(format!("- **{label}** ({colour}): {meaning}"));
    }
    out.extend([
        String::new(),
        format!("```mermaid\n{}```", page.mermaid),
        String::new(),
        "## Tables".to_owned(),
        String::new(),
    ]);
    let rows = page.about.counted;
    out.push(line(
        &["Table", "Tenancy", "Columns", "Rows", "About"],
        rows,
    ));
    out.push(line(&["---", "---", "--:", "--:", "---"], rows));
    for table in &page.tables {
        out.push(line(
            &[
                &link(page, &table.name, Some(table)),
                words::kind(&table.tenancy).1,
                &table.columns.len().to_string(),
                &words::rows_short(table.rows),
                &text(table.comment.as_deref().unwrap_or_default()),
            ],
            rows,
        ));
    }
    for table in &page.tables {
        out.push(String::new());
        section(&mut out, page, table);
    }
    for (heading, list) in &page.others {
        out.extend([String::new(), format!("## {heading}"), String::new()]);
        for (name, definition) in list {
            out.push(format!("- {}: {}", code(name), code(definition)));
        }
    }
    out.push(String::new());
    out.join("\n")
}

/// A line of a table; without the fourth cell if nothing was counted.
fn line(cells: &[&str], rows: bool) -> String {
    let cells = cells.iter().enumerate().filter(|(i, _)| rows || *i != 3);
    let cells: Vec<&str> = cells.map(|(_, cell)| *cell).collect();
    format!("| {} |", cells.join(" | "))
}

fn facts(page: &Page) -> String {
    let about = &page.about;
    let mut out = vec![format!(
        "Schema set {} on {}; {}.",
        code(&about.set),
        about.kind,
        words::migrations(about)
    )];
    out.push(format!(
        "Tenants: {}, told by {}.",
        code(&about.tenant_table),
        code(&about.tenant_column)
    ));
    out.push(format!("Fingerprint `{}`.", page.fingerprint));
    out.join("\n")
}

fn link(page: &Page, name: &str, table: Option<&TablePage>) -> String {
    match table.or_else(|| page.tables.iter().find(|t| t.name == name)) {
        Some(table) => format!("[{}](#{})", code(name), table.anchor),
        None => code(name),
    }
}

fn section(out: &mut Vec<String>, page: &Page, table: &TablePage) {
    out.push(format!("<a id=\"{}\"></a>", table.anchor));
    out.extend([
        String::new(),
        format!("### {}", code(&table.name)),
        String::new(),
    ]);
    if let Some(comment) = &table.comment {
        out.extend([text(comment), String::new()]);
    }
    let mut facts = vec![
        format!("**{}**", words::kind(&table.tenancy).1),
        text(&table.belongs),
    ];
    facts.extend(words::rows(table.rows).map(|rows| format!("{rows}.")));
    out.extend([facts.join(" "), String::new()]);
    let comments = table.columns.iter().any(|c| c.comment.is_some());
    out.push(line(
        &["Column", "Type", "Null", "Comment", "Default", "Key"],
        comments,
    ));
    out.push(line(&["---"; 6], comments));
    for c in &table.columns {
        out.push(line(
            &[
                &code(&c.column.name),
                &code(&words::kind_of(&c.column)),
                if c.column.nullable && !c.primary {
                    "yes"
                } else {
                    ""
                },
                &text(c.comment.as_deref().unwrap_or_default()),
                &code(c.column.default.as_deref().unwrap_or_default()),
                &keys(c),
            ],
            comments,
        ));
    }
    let reference = |r: &Reference, arrow: &str| {
        format!(
            "- {} {arrow} {}{}",
            code(&words::listed(&r.key.columns)),
            link(page, &r.table, r.index.map(|i| &page.tables[i])),
            match words::reference(r) {
                how if how.is_empty() => how,
                how => format!(" ({how})"),
            }
        )
    };
    let refers = table.references.iter().map(|r| reference(r, "→"));
    list(out, "Refers to", refers.collect());
    let referred = table.referenced_by.iter().map(|r| reference(r, "←"));
    list(out, "Referred to by", referred.collect());
    for (heading, entries) in words::details(table) {
        let entries = entries
            .iter()
            .map(|(name, what, definition)| {
                let parts = [code(name), text(what), code(definition)];
                let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                format!("- {}", parts.join(" "))
            })
            .collect();
        list(out, heading, entries);
    }
}

fn list(out: &mut Vec<String>, heading: &str, entries: Vec<String>) {
    if !entries.is_empty() {
        out.extend([String::new(), format!("**{heading}**"), String::new()]);
        out.extend(entries);
    }
}

fn keys(column: &ColumnPage) -> String {
    words::marks(column).join(", ")
}
