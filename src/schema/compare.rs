//! What differs between two schemas, object by object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::object::Object;
use super::{Column, Grants, Schema, Sequence, Table};

/// How an object differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is in the second schema only.
    Added,
    /// It is in the first schema only.
    Removed,
    /// It is in both, and not the same.
    Changed,
}

impl Change {
    /// The word for messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// One object that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// How.
    pub change: Change,
    /// Which object: `column users.email`.
    pub object: String,
    /// For a changed object: both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What it was, where there is more to say than its name.
    #[serde(skip)]
    pub before: Option<String>,
    /// What it is.
    #[serde(skip)]
    pub after: Option<String>,
    /// Which object, for programs.
    #[serde(skip)]
    pub at: Object,
}

impl Difference {
    fn new(change: Change, at: Object, detail: Option<String>) -> Self {
        Self {
            change,
            object: at.to_string(),
            detail,
            before: None,
            after: None,
            at,
        }
    }

    fn sides(at: Object, before: Option<String>, after: Option<String>) -> Self {
        let (change, detail) = match (&before, &after) {
            (Some(x), Some(y)) => (Change::Changed, Some(format!("{x} -> {y}"))),
            (x, _) => (whole(x.is_none()), None),
        };
        Self {
            before,
            after,
            ..Self::new(change, at, detail)
        }
    }
}

/// Lists what leads from `before` to `after`. Empty exactly when their fingerprints are equal.
pub fn compare(before: &Schema, after: &Schema) -> Vec<Difference> {
    let mut out = Vec::new();
    each(&before.tables, &after.tables, |name, a, b| match (a, b) {
        (Some(a), Some(b)) => table(name, a, b, &mut out),
        (a, _) => out.push(Difference::new(
            whole(a.is_none()),
            Object::Table(name.to_owned()),
            None,
        )),
    });
    each(&before.types, &after.types, |name, a, b| match (a, b) {
        (Some(a), Some(b)) => labels(name, a, b, &mut out),
        (a, b) => out.push(Difference::new(
            whole(a.is_none()),
            Object::Type(name.to_owned()),
            a.or(b).map(|labels| labels.join(", ")),
        )),
    });
    let names = |map: &BTreeMap<String, Sequence>| -> BTreeMap<String, String> {
        map.iter()
            .map(|(n, s)| (n.clone(), show_sequence(s)))
            .collect()
    };
    named(
        &names(&before.sequences),
        &names(&after.sequences),
        Object::Sequence,
        &mut out,
    );
    named(&views(before), &views(after), Object::View, &mut out);
    named(
        &routines(before),
        &routines(after),
        Object::Routine,
        &mut out,
    );
    each(&before.grants, &after.grants, |object, a, b| {
        // With what comes or goes, so do the privileges on it.
        if before.has(object) && after.has(object) {
            let none = Grants::new();
            let of = |role| Object::Grant(object.to_owned(), role);
            grants(a.unwrap_or(&none), b.unwrap_or(&none), of, &mut out);
        }
    });
    out
}

fn whole(added: bool) -> Change {
    match added {
        true => Change::Added,
        false => Change::Removed,
    }
}

fn labels(name: &str, a: &[String], b: &[String], out: &mut Vec<Difference>) {
    let value = |label: &String| Object::Value(name.to_owned(), label.clone());
    let before = out.len();
    for label in a.iter().filter(|l| !b.contains(l)) {
        out.push(Difference::new(Change::Removed, value(label), None));
    }
    for label in b.iter().filter(|l| !a.contains(l)) {
        out.push(Difference::new(Change::Added, value(label), None));
    }
    if out.len() == before && a != b {
        let at = Object::ValueOrder(name.to_owned());
        out.push(Difference::sides(
            at,
            Some(a.join(", ")),
            Some(b.join(", ")),
        ));
    }
}

fn show_sequence(s: &Sequence) -> String {
    match s.table.is_empty() {
        true => s.definition.clone(),
        false => format!("{} of {}.{}", s.definition, s.table, s.column),
    }
}

fn views(schema: &Schema) -> BTreeMap<String, String> {
    let options = |name: &String| match schema.view_options.get(name) {
        Some(options) => format!("({options}) "),
        None => String::new(),
    };
    let views = schema.views.iter();
    views
        .map(|(name, definition)| (name.clone(), format!("{}{definition}", options(name))))
        .collect()
}

fn routines(schema: &Schema) -> BTreeMap<String, String> {
    let head = |name: &String| match schema.routine_heads.get(name) {
        Some(head) => format!("{head} "),
        None => String::new(),
    };
    let routines = schema.routines.iter();
    routines
        .map(|(name, definition)| (name.clone(), format!("{}{definition}", head(name))))
        .collect()
}

/// A column in one line, without what is compared separately.
pub(super) fn show_column(c: &Column) -> String {
    let mut text = c.kind.clone();
    text.push_str(if c.nullable { " null" } else { " not null" });
    if let Some(default) = &c.default {
        text.push_str(" default ");
        text.push_str(default);
    }
    if !c.collation.is_empty() {
        text.push_str(" collate ");
        text.push_str(&c.collation);
    }
    for part in [&c.extra, &c.generation] {
        if !part.is_empty() {
            text.push(' ');
            text.push_str(part);
        }
    }
    text
}

fn table(name: &str, a: &Table, b: &Table, out: &mut Vec<Difference>) {
    let of = |t: &Table| -> BTreeMap<String, String> {
        let columns = t.columns.iter();
        columns.map(|c| (c.name.clone(), show_column(c))).collect()
    };
    let part = |of: fn(String, String) -> Object| move |n: String| of(name.to_owned(), n);
    named(&of(a), &of(b), part(Object::Column), out);
    // Of the columns that both have.
    let order = |t: &Table, other: &Table| -> Vec<String> {
        let both = t.columns.iter().filter(|c| other.column(&c.name).is_some());
        both.map(|c| c.name.clone()).collect()
    };
    let (first, second) = (order(a, b), order(b, a));
    if first != second {
        let at = Object::ColumnOrder(name.to_owned());
        out.push(Difference::sides(
            at,
            Some(first.join(", ")),
            Some(second.join(", ")),
        ));
    }
    named(&a.indexes, &b.indexes, part(Object::Index), out);
    named(
        &a.foreign_keys,
        &b.foreign_keys,
        part(Object::ForeignKey),
        out,
    );
    named(&a.checks, &b.checks, part(Object::Check), out);
    named(&a.triggers, &b.triggers, part(Object::Trigger), out);
    named(&a.policies, &b.policies, part(Object::Policy), out);
    let text = |x: &str, y: &str, at: Object, out: &mut Vec<Difference>| {
        if x != y {
            out.push(Difference::sides(
                at,
                Some(x.to_owned()),
                Some(y.to_owned()),
            ));
        }
    };
    text(
        &a.options,
        &b.options,
        Object::Options(name.to_owned()),
        out,
    );
    comment(
        &a.comment,
        &b.comment,
        Object::TableComment(name.to_owned()),
        out,
    );
    let on_table = |role| Object::TableGrant(name.to_owned(), role);
    grants(&a.grants, &b.grants, on_table, out);
    for x in &a.columns {
        let Some(y) = b.columns.iter().find(|y| y.name == x.name) else {
            continue;
        };
        let at = Object::ColumnComment(name.to_owned(), x.name.clone());
        comment(&x.comment, &y.comment, at, out);
        let on_column = |role| Object::ColumnGrant(name.to_owned(), x.name.clone(), role);
        grants(&x.grants, &y.grants, on_column, out);
    }
}

fn comment(a: &str, b: &str, at: Object, out: &mut Vec<Difference>) {
    if a == b {
        return;
    }
    let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
    out.push(Difference::sides(at, text(a), text(b)));
}

fn grants(a: &Grants, b: &Grants, of: impl Fn(String) -> Object, out: &mut Vec<Difference>) {
    let show = |text: &str| match text.is_empty() {
        true => "nothing".to_owned(),
        false => text.to_owned(),
    };
    each(a, b, |role, x, y| {
        if x == y {
            return;
        }
        let show = |text: &String| show(text);
        out.push(Difference::sides(
            of(role.to_owned()),
            x.map(show),
            y.map(show),
        ));
    });
}

/// Both sides of each name, those of the first map first.
fn each<'a, V>(
    a: &'a BTreeMap<String, V>,
    b: &'a BTreeMap<String, V>,
    mut found: impl FnMut(&'a str, Option<&'a V>, Option<&'a V>),
) {
    for (name, x) in a {
        found(name, Some(x), b.get(name));
    }
    for (name, y) in b.iter().filter(|(name, _)| !a.contains_key(*name)) {
        found(name, None, Some(y));
    }
}

fn named<V: PartialEq + Show>(
    a: &BTreeMap<String, V>,
    b: &BTreeMap<String, V>,
    of: impl Fn(String) -> Object,
    out: &mut Vec<Difference>,
) {
    each(a, b, |name, x, y| {
        if x == y {
            return;
        }
        out.push(Difference::sides(
            of(name.to_owned()),
            x.map(Show::show),
            y.map(Show::show),
        ));
    });
}

trait Show {
    fn show(&self) -> String;
}

impl Show for String {
    fn show(&self) -> String {
        self.clone()
    }
}

/// Words with a space before each that is there.
fn behind(words: &[&str]) -> String {
    let words = words.iter().filter(|w| !w.is_empty());
    words.map(|w| format!(" {w}")).collect()
}

impl Show for super::Index {
    fn show(&self) -> String {
        let columns = match self.definition.is_empty() {
            true => format!("({})", self.columns),
            false => self.definition.clone(),
        };
        let predicate = match (&self.predicate, self.definition.is_empty()) {
            (Some(p), true) => format!(" where {p}"),
            _ => String::new(),
        };
        let name = match self.name.is_empty() {
            true => String::new(),
            false => format!("named {}", self.name),
        };
        let behind = behind(&[&self.extra, &name]);
        format!("{} {columns}{predicate}{behind}", self.kind)
    }
}

impl Show for super::ForeignKey {
    fn show(&self) -> String {
        let name = match self.name.is_empty() {
            true => String::new(),
            false => format!("named {}", self.name),
        };
        format!(
            "({}) -> {} ({}) on delete {} on update {}{}",
            self.columns,
            self.table,
            self.parent_columns,
            self.on_delete,
            self.on_update,
            behind(&[&self.timing, &self.extra, &name])
        )
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
