//! The diagram as SVG inside of the page, which gives it its colours.

use std::collections::{BTreeMap, BTreeSet};

use super::escape::html as esc;
use super::layout::{self, Layout, Place, Size};
use super::words;
use super::{ColumnPage, Page, Reference, TablePage};

/// From so many tables on the boxes hold nothing but names.
const COMPACT_FROM: usize = 61;
/// At most so many columns stand in a box.
const SHOWN: usize = 7;
/// How wide a letter of the page's fixed-width font is at the sizes that the page uses.
const LETTER: f64 = 7.85;
const SMALL_LETTER: f64 = 6.65;
/// Longer names are cut.
const LONGEST: usize = 34;
const HEAD: f64 = 30.0;
const LINE: f64 = 17.0;
const FOOT: f64 = 20.0;

/// A box: one of our tables, or one elsewhere that is referred to.
struct Node<'a> {
    name: &'a str,
    table: Option<&'a TablePage>,
    shown: Vec<&'a ColumnPage>,
    compact: bool,
}

/// The diagram; empty if there are no tables.
pub fn svg(page: &Page) -> String {
    let compact = page.tables.len() >= COMPACT_FROM;
    let elsewhere: BTreeSet<&str> = page
        .tables
        .iter()
        .flat_map(|t| &t.references)
        .filter(|r| r.index.is_none())
        .map(|r| r.table.as_str())
        .collect();
    let ours = page.tables.iter().map(|table| Node {
        name: &table.name,
        shown: if compact { Vec::new() } else { shown(table) },
        table: Some(table),
        compact,
    });
    let others = elsewhere.iter().map(|name| Node {
        name,
        table: None,
        shown: Vec::new(),
        compact,
    });
    let nodes: Vec<Node<'_>> = ours.chain(others).collect();
    if nodes.is_empty() {
        return String::new();
    }
    let outside: BTreeMap<&str, usize> = elsewhere.into_iter().zip(page.tables.len()..).collect();
    let mut lines: Vec<(usize, usize, &Reference)> = Vec::new();
    for (child, table) in page.tables.iter().enumerate() {
        for r in &table.references {
            let parent = r.index.or_else(|| outside.get(r.table.as_str()).copied());
            lines.extend(parent.map(|parent| (parent, child, r)));
        }
    }
    let sizes: Vec<Size> = nodes.iter().map(Node::size).collect();
    let pairs: Vec<(usize, usize)> = lines.iter().map(|(p, c, _)| (*p, *c)).collect();
    let layout = layout::layout(&sizes, &pairs);
    let mut out = format!(
        "<svg id=\"er\" role=\"group\" aria-label=\"Entity relationship diagram\" \
         viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\">\n<g class=\"edges\">\n",
        w = round(layout.width),
        h = round(layout.height)
    );
    for (parent, child, r) in &lines {
        out.push_str(&edge(&nodes, &layout, *parent, *child, r));
    }
    out.push_str("</g>\n<g class=\"nodes\">\n");
    for (number, (node, place)) in nodes.iter().zip(&layout.places).enumerate() {
        out.push_str(&node.draw(number, place));
    }
    out.push_str("</g>\n</svg>");
    out
}

/// The columns that say how a table stands to others: keys first.
fn shown(table: &TablePage) -> Vec<&ColumnPage> {
    let keys = |c: &&ColumnPage| c.primary || c.foreign || c.tenant;
    let (first, rest): (Vec<&ColumnPage>, Vec<&ColumnPage>) =
        table.columns.iter().filter(keys).partition(|c| c.primary);
    first.into_iter().chain(rest).take(SHOWN).collect()
}

impl Node<'_> {
    fn size(&self) -> Size {
        let name = width(&cut(self.name, LONGEST)) * LETTER + 68.0;
        let column =
            |c: &&ColumnPage| (width(&cut(&c.column.name, LONGEST)) + 4.0) * SMALL_LETTER + 44.0;
        let widest = self.shown.iter().map(column).fold(name, f64::max);
        let lines = self.shown.len() as f64 * LINE;
        let foot = match self.compact || self.table.is_none() {
            true => 0.0,
            false => FOOT + 6.0,
        };
        Size {
            width: widest.max(132.0).round(),
            height: HEAD + lines + foot,
        }
    }

    /// How far below its upper edge a line for that foreign key ends.
    fn port(&self, r: &Reference) -> f64 {
        let first = r.key.columns.split(',').next().unwrap_or_default();
        match self.shown.iter().position(|c| c.column.name == first) {
            Some(i) => HEAD + 5.0 + (i as f64 + 0.5) * LINE,
            None => HEAD / 2.0,
        }
    }

    fn draw(&self, number: usize, place: &Place) -> String {
        let (class, label) = match self.table {
            Some(table) => words::kind(&table.tenancy),
            None => ("elsewhere", "Elsewhere"),
        };
        let (w, h) = (round(place.width), round(place.height));
        let count = self.table.map_or(0, |t| t.columns.len());
        let mut inner = format!(
            "<title>{} · {}</title><rect class=\"box\" width=\"{w}\" height=\"{h}\" rx=\"8\"/>\
             <path class=\"head\" d=\"{}\"/>\
             <text class=\"name\" x=\"14\" y=\"20\">{}</text>",
            esc(self.name),
            label,
            head(place.width, if h > HEAD { 0.0 } else { 8.0 }),
            esc(&cut(self.name, LONGEST))
        );
        if let Some(table) = self.table {
            inner.push_str(&format!(
                "<text class=\"count\" x=\"{}\" y=\"19.5\">{}</text>",
                round(place.width - 12.0),
                table.columns.len()
            ));
        }
        let mut y = HEAD + 5.0;
        for c in &self.shown {
            let mark = match (c.primary, c.foreign) {
                (true, _) => "PK",
                (false, true) => "FK",
                _ => "",
            };
            inner.push_str(&format!(
                "<text class=\"mark\" x=\"14\" y=\"{y}\">{mark}</text>\
                 <text class=\"{}\" x=\"38\" y=\"{y}\">{}</text>",
                if c.tenant { "col by" } else { "col" },
                esc(&cut(&c.column.name, LONGEST)),
                y = round(y + 12.5)
            ));
            y += LINE;
        }
        if !self.compact && self.table.is_some() {
            let more = count - self.shown.len();
            let text = match (more, self.shown.len()) {
                (0, _) => "all columns".to_owned(),
                (n, 0) => crate::report::plural(n, "column"),
                (n, _) => format!("+ {}", crate::report::plural(n, "column")),
            };
            inner.push_str(&format!(
                "<text class=\"more\" x=\"14\" y=\"{}\">{text}</text>",
                round(y + 13.0)
            ));
        }
        let at = format!(
            "transform=\"translate({} {})\"",
            round(place.x),
            round(place.y)
        );
        match self.table {
            Some(table) => format!(
                "<a class=\"node {class}\" data-node=\"{number}\" href=\"#{}\" {at} \
                 aria-label=\"{}, {label}, {}\">{inner}</a>\n",
                table.anchor,
                esc(self.name),
                crate::report::plural(count, "column")
            ),
            None => format!("<g class=\"node {class}\" data-node=\"{number}\" {at}>{inner}</g>\n"),
        }
    }
}

/// The coloured upper part of a box, with round corners above (and below, by `lower`).
fn head(width: f64, lower: f64) -> String {
    let w = round(width);
    let bottom = match lower > 0.0 {
        true => format!("V22 A8 8 0 0 1 {} 30 H8 A8 8 0 0 1 0 22", w - 8.0),
        false => "V30 H0".to_owned(),
    };
    format!(
        "M0 8 A8 8 0 0 1 8 0 H{} A8 8 0 0 1 {w} 8 {bottom} Z",
        w - 8.0
    )
}

/// A foreign key: a crow's foot where many refer, a bar where one does; a ring where a row may refer to
/// nothing.
fn edge(nodes: &[Node<'_>], layout: &Layout, parent: usize, child: usize, r: &Reference) -> String {
    let (p, c) = (&layout.places[parent], &layout.places[child]);
    let from = p.y + HEAD / 2.0;
    let to = c.y + nodes[child].port(r);
    let mut d = String::new();
    let right = |place: &Place| place.x + place.width;
    // From left to right, whoever is the parent; `side` is where the box lies, seen from the end.
    let (parent_end, child_end) = if parent == child {
        let (x, to) = (right(p), if to - from < 8.0 { from + 11.0 } else { to });
        let out = x + 30.0;
        d.push_str(&format!(
            "M{} {} C{} {} {} {} {} {}",
            round(x),
            round(from),
            round(out),
            round(from),
            round(out),
            round(to),
            round(x),
            round(to)
        ));
        ((x, from, 1.0), (x, to, 1.0))
    } else {
        let forward = p.x < c.x;
        let (a, ay, b, by) = match forward {
            true => (p, from, c, to),
            false => (c, to, p, from),
        };
        let mut at = (right(a), ay);
        d.push_str(&format!("M{} {}", round(at.0), round(at.1)));
        let lanes = layout
            .lanes
            .get(&(parent, child))
            .map_or(&[][..], Vec::as_slice);
        let stops = lanes.iter().map(|l| (l.from, l.to, l.y));
        for (x1, x2, y) in stops.chain([(b.x, b.x, by)]) {
            let middle = round((at.0 + x1) / 2.0);
            d.push_str(&format!(
                " C{middle} {} {middle} {} {} {}",
                round(at.1),
                round(y),
                round(x1),
                round(y)
            ));
            if x2 > x1 {
                d.push_str(&format!(" H{}", round(x2)));
            }
            at = (x2, y);
        }
        match forward {
            true => ((right(p), from, 1.0), (c.x, to, -1.0)),
            false => ((p.x, from, -1.0), (right(c), to, 1.0)),
        }
    };
    let mut ends = String::new();
    let (x, y, side) = child_end;
    if r.single {
        ends.push_str(&format!(
            "M{} {} V{}",
            round(x + side * 7.0),
            round(y - 5.0),
            round(y + 5.0)
        ));
    } else {
        ends.push_str(&format!(
            "M{x0} {} L{} {} L{x0} {}",
            round(y - 5.0),
            round(x + side * 9.0),
            round(y),
            round(y + 5.0),
            x0 = round(x)
        ));
    }
    let (x, y, side) = parent_end;
    if r.optional {
        let x = round(x + side * 2.0);
        let far = round(x + side * 7.0);
        ends.push_str(&format!(
            "M{x} {y} A3.5 3.5 0 1 0 {far} {y} A3.5 3.5 0 1 0 {x} {y}",
            y = round(y)
        ));
    } else {
        ends.push_str(&format!(
            "M{} {} V{}",
            round(x + side * 7.0),
            round(y - 5.0),
            round(y + 5.0)
        ));
    }
    format!(
        "<g class=\"edge\" data-from=\"{child}\" data-to=\"{parent}\"><path class=\"line\" d=\"{d}\"/>\
         <path class=\"end\" d=\"{ends}\"/></g>\n"
    )
}

/// How many letters wide a text is in a fixed-width font.
fn width(text: &str) -> f64 {
    text.chars()
        .map(|c| if u32::from(c) >= 0x1100 { 2.0 } else { 1.0 })
        .sum()
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

/// One decimal is enough for the eye.
fn round(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}
