//! The page as HTML: one file that needs nothing but itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use super::escape::html as esc;
use super::words::{self, KINDS};
use super::{ColumnPage, MARK, Page, Reference, TablePage, svg};
use crate::report::plural;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
pub fn html(page: &Page) -> String {
    let mut out = String::new();
    head(&mut out, page);
    side(&mut out, page);
    out.push_str("<main id=\"main\" tabindex=\"-1\">\n");
    intro(&mut out, page);
    diagram(&mut out, page);
    out.push_str("<section id=\"tables\" aria-labelledby=\"tables-head\">\n<h2 id=\"tables-head\">Tables</h2>\n");
    for (number, table) in page.tables.iter().enumerate() {
        section(&mut out, page, table, number);
    }
    out.push_str("<p id=\"nothing\" class=\"nothing\" hidden>Nothing found. <button type=\"button\" class=\"clear\">Show everything</button></p>\n</section>\n");
    others(&mut out, page);
    out.push_str(&format!(
        "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    ));
    out
}

fn head(out: &mut String, page: &Page) {
    // Even if a name got through as markup, nothing but our own script would run, and nothing would be
    // fetched.
    let hash = BASE64.encode(Sha256::digest(SCRIPT.as_bytes()));
    out.push_str(&format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"{MARK}\">\n<title>{} · schema</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the content</a>\n",
        esc(&page.about.title)
    ));
}

fn side(out: &mut String, page: &Page) {
    out.push_str(&format!(
        "<aside>\n<div class=\"bar\">\n<a class=\"home\" href=\"#main\">{}</a>\n\
         <button type=\"button\" id=\"theme\" aria-label=\"Switch between light and dark\" title=\"Light or dark\">\
         <svg viewBox=\"0 0 24 24\" width=\"18\" height=\"18\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"8.5\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/><path d=\"M12 3.5 a8.5 8.5 0 0 1 0 17 z\" fill=\"currentColor\"/></svg></button>\n</div>\n\
         <div class=\"find\"><label for=\"search\">Search tables and columns</label>\n\
         <input id=\"search\" type=\"search\" placeholder=\"Tables and columns\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"hits\"><kbd aria-hidden=\"true\">/</kbd></div>\n\
         <p id=\"hits\" role=\"status\" aria-live=\"polite\">{}</p>\n\
         <nav aria-label=\"Tables\">\n<ul id=\"list\">\n",
        esc(&page.about.title),
        totals(page)
    ));
    for (number, table) in page.tables.iter().enumerate() {
        out.push_str(&format!(
            "<li data-table=\"{number}\"><a href=\"#{}\" class=\"{}\"><span class=\"dot\"></span><span class=\"label\">{}</span><span class=\"num\">{}</span></a></li>\n",
            table.anchor,
            words::kind(&table.tenancy).0,
            esc(&table.name),
            words::rows_short(table.rows)
        ));
    }
    out.push_str("</ul>\n</nav>\n</aside>\n");
}

fn totals(page: &Page) -> String {
    let columns = page.tables.iter().map(|t| t.columns.len()).sum();
    format!(
        "{}, {}",
        plural(page.tables.len(), "table"),
        plural(columns, "column")
    )
}

fn intro(out: &mut String, page: &Page) {
    let about = &page.about;
    out.push_str(&format!("<header>\n<h1>{}</h1>\n", esc(&about.title)));
    if let Some(text) = &about.about {
        out.push_str(&format!("<p class=\"lead\">{}</p>\n", esc(text)));
    }
    let short = page.fingerprint.get(..12).unwrap_or(&page.fingerprint);
    let facts = [
        ("Set", esc(&about.set)),
        ("Database", about.kind.to_owned()),
        ("Size", totals(page)),
        (
            "Tenants",
            format!(
                "<code>{}</code> by <code>{}</code>",
                esc(&about.tenant_table),
                esc(&about.tenant_column)
            ),
        ),
        (
            "Fingerprint",
            format!("<code title=\"{}\">{short}</code>", page.fingerprint),
        ),
        ("Migrations", esc(&words::migrations(about))),
    ];
    out.push_str("<dl class=\"facts\">\n");
    for (name, value) in facts {
        out.push_str(&format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"));
    }
    out.push_str("</dl>\n</header>\n");
}

fn diagram(out: &mut String, page: &Page) {
    out.push_str("<section id=\"diagram\" aria-labelledby=\"diagram-head\">\n<div class=\"row\"><h2 id=\"diagram-head\">Diagram</h2>\n<div class=\"zoom\" role=\"group\" aria-label=\"Zoom\"><button type=\"button\" id=\"zoom-out\" aria-label=\"Smaller\">−</button><button type=\"button\" id=\"zoom-fit\">Fit</button><button type=\"button\" id=\"zoom-in\" aria-label=\"Larger\">+</button></div></div>\n<div class=\"legend\" role=\"group\" aria-label=\"Show only tables of a kind\">\n");
    for (class, label, meaning) in KINDS {
        let count = page
            .tables
            .iter()
            .filter(|t| words::kind(&t.tenancy).0 == class);
        out.push_str(&format!(
            "<button type=\"button\" class=\"{class}\" data-kind=\"{class}\" aria-pressed=\"false\" title=\"{meaning}\"><span class=\"dot\"></span>{label} <span class=\"num\">{}</span></button>\n",
            count.count()
        ));
    }
    out.push_str(&format!(
        "</div>\n<div class=\"canvas\" id=\"canvas\">\n{}\n</div>\n\
         <p class=\"hint\">Lines lead from a table to what refers to it: <b>⋲</b> many, <b>|</b> one, <b>○</b> optional. Drag to move, Ctrl and wheel to zoom.</p>\n</section>\n",
        svg::svg(page)
    ));
}

fn section(out: &mut String, page: &Page, table: &TablePage, number: usize) {
    let (class, label) = words::kind(&table.tenancy);
    out.push_str(&format!(
        "<article id=\"{0}\" class=\"table {class}\" data-table=\"{number}\" data-kind=\"{class}\" tabindex=\"-1\" aria-labelledby=\"{0}-h\">\n\
         <div class=\"row\"><h3 id=\"{0}-h\"><a href=\"#{0}\">{1}</a></h3><span class=\"badge\">{label}</span>",
        table.anchor,
        esc(&table.name)
    ));
    if let Some(forced) = table.guarded() {
        let (text, title) = match forced {
            true => ("RLS forced", "Row level security, for the owner too"),
            false => ("RLS", "Row level security"),
        };
        out.push_str(&format!(
            "<span class=\"badge plain\" title=\"{title}\">{text}</span>"
        ));
    }
    if let Some(rows) = words::rows(table.rows) {
        out.push_str(&format!("<span class=\"rows\">{rows}</span>"));
    }
    out.push_str("</div>\n");
    if let Some(comment) = &table.comment {
        out.push_str(&format!("<p class=\"comment\">{}</p>\n", esc(comment)));
    }
    out.push_str(&format!(
        "<p class=\"belongs\">{}</p>\n",
        esc(&table.belongs)
    ));
    columns(out, page, table);
    relations(out, page, "Refers to", "→", &table.references);
    relations(out, page, "Referred to by", "←", &table.referenced_by);
    for (heading, entries) in words::details(table) {
        out.push_str(&format!("<h4>{heading}</h4>\n<ul class=\"defs\">\n"));
        for (name, what, definition) in entries {
            out.push_str("<li>");
            if !name.is_empty() {
                out.push_str(&format!("<code class=\"id\">{}</code> ", esc(&name)));
            }
            if !what.is_empty() {
                out.push_str(&format!("<span class=\"what\">{}</span> ", esc(&what)));
            }
            out.push_str(&definition_html(&definition));
            out.push_str("</li>\n");
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</article>\n");
}

/// Long ones are folded away.
fn definition_html(definition: &str) -> String {
    let lines = definition.trim().lines().count();
    if definition.is_empty() {
        String::new()
    } else if lines <= 3 && definition.chars().count() <= 400 {
        format!("<code class=\"def\">{}</code>", esc(definition.trim()))
    } else {
        format!(
            "<details><summary>Definition, {}</summary><pre>{}</pre></details>",
            plural(lines, "line"),
            esc(definition.trim())
        )
    }
}

fn columns(out: &mut String, page: &Page, table: &TablePage) {
    let comments = table.columns.iter().any(|c| c.comment.is_some());
    out.push_str(&format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Type</th><th scope=\"col\">Default</th>{}</tr></thead>\n<tbody>\n",
        if comments { "<th scope=\"col\">Comment</th>" } else { "" }
    ));
    for c in &table.columns {
        out.push_str(&format!(
            "<tr><th scope=\"row\"><code>{}</code>{}</th><td class=\"type\">{}{}</td><td>{}</td>{}</tr>\n",
            esc(&c.column.name),
            marks(page, table, c),
            esc(&words::kind_of(&c.column)),
            if c.column.nullable && !c.primary { " <span class=\"null\">null</span>" } else { "" },
            match &c.column.default {
                Some(text) => format!("<code>{}</code>", esc(text)),
                None => String::new(),
            },
            match &c.comment {
                Some(text) => format!("<td>{}</td>", esc(text)),
                None if comments => "<td></td>".to_owned(),
                None => String::new(),
            }
        ));
    }
    out.push_str("</tbody>\n</table></div>\n");
}

/// Keys as marks; that of a foreign key leads to where it refers to.
fn marks(page: &Page, table: &TablePage, column: &ColumnPage) -> String {
    let target = table.references.iter().find_map(|r| {
        let mut columns = r.key.columns.split(',');
        columns
            .any(|c| c == column.column.name)
            .then_some(r.index)?
    });
    let mark = |mark: &str| match (mark, target) {
        ("FK", Some(index)) => format!(
            " <a class=\"mark fk\" href=\"#{}\" title=\"refers to {}\">FK</a>",
            page.tables[index].anchor,
            esc(&page.tables[index].name)
        ),
        _ => format!(
            " <span class=\"mark {}\">{mark}</span>",
            mark.to_lowercase()
        ),
    };
    words::marks(column).into_iter().map(mark).collect()
}

fn relations(out: &mut String, page: &Page, heading: &str, arrow: &str, list: &[Reference]) {
    if list.is_empty() {
        return;
    }
    let many = if list.len() > 6 { " many" } else { "" };
    out.push_str(&format!("<h4>{heading}</h4>\n<ul class=\"defs{many}\">\n"));
    for r in list {
        let to = match r.index {
            Some(index) => format!(
                "<a class=\"{}\" href=\"#{}\"><span class=\"dot\"></span>{}</a>",
                words::kind(&page.tables[index].tenancy).0,
                page.tables[index].anchor,
                esc(&r.table)
            ),
            None => format!("<span class=\"away\">{}</span>", esc(&r.table)),
        };
        let how = words::reference(r);
        out.push_str(&format!(
            "<li><code class=\"id\">{}</code> {arrow} {to} <span class=\"what\">{}</span></li>\n",
            esc(&words::listed(&r.key.columns)),
            esc(&how)
        ));
    }
    out.push_str("</ul>\n");
}

fn others(out: &mut String, page: &Page) {
    for (heading, list) in &page.others {
        out.push_str(&format!(
            "<section class=\"others\">\n<h2>{heading} <span class=\"num\">{}</span></h2>\n<ul class=\"defs\">\n",
            list.len()
        ));
        for (name, definition) in list {
            out.push_str(&format!(
                "<li><code class=\"id\">{}</code> {}</li>\n",
                esc(name),
                definition_html(definition)
            ));
        }
        out.push_str("</ul>\n</section>\n");
    }
}
