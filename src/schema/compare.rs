//! What differs between two schemas, object by object.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

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

/// What a difference is about. Parts of tables have the table's name first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// An enumeration.
    Type(String),
    /// A label of an enumeration that is in both schemas.
    Value(String, String),
    /// The order of an enumeration's labels.
    ValueOrder(String),
    /// A sequence.
    Sequence(String),
    /// A function or procedure.
    Routine(String),
    /// A whole table.
    Table(String),
    /// A column.
    Column(String, String),
    /// The order of a table's columns.
    ColumnOrder(String),
    /// An index, or a constraint that has one.
    Index(String, String),
    /// A CHECK constraint.
    Check(String, String),
    /// A foreign key.
    ForeignKey(String, String),
    /// Engine, row level security and the like.
    Options(String),
    /// A view.
    View(String),
    /// A trigger.
    Trigger(String, String),
    /// A row level security policy.
    Policy(String, String),
    /// The comment on a table.
    TableComment(String),
    /// The comment on a column.
    ColumnComment(String, String),
    /// What a role may do with a table.
    TableGrant(String, String),
    /// What a role may do with a column.
    ColumnGrant(String, String, String),
    /// What a role may do with something else (`view x`, `schema`).
    Grant(String, String),
}

impl Object {
    /// The table that it is or belongs to.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Table(t)
            | Self::Column(t, _)
            | Self::ColumnOrder(t)
            | Self::Index(t, _)
            | Self::Check(t, _)
            | Self::ForeignKey(t, _)
            | Self::Options(t)
            | Self::Trigger(t, _)
            | Self::Policy(t, _)
            | Self::TableComment(t)
            | Self::ColumnComment(t, _)
            | Self::TableGrant(t, _)
            | Self::ColumnGrant(t, _, _) => Some(t),
            _ => None,
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(n) => write!(f, "type {n}"),
            Self::Value(t, n) => write!(f, "value '{n}' of type {t}"),
            Self::ValueOrder(n) => write!(f, "value order of type {n}"),
            Self::Sequence(n) => write!(f, "sequence {n}"),
            Self::Routine(n) => write!(f, "routine {n}"),
            Self::Table(n) => write!(f, "table {n}"),
            Self::Column(t, n) => write!(f, "column {t}.{n}"),
            Self::ColumnOrder(t) => write!(f, "column order of {t}"),
            Self::Index(t, n) => write!(f, "index {t}.{n}"),
            Self::Check(t, n) => write!(f, "check {t}.{n}"),
            Self::ForeignKey(t, n) => write!(f, "foreign key {t}.{n}"),
            Self::Options(t) => write!(f, "options of table {t}"),
            Self::View(n) => write!(f, "view {n}"),
            Self::Trigger(t, n) => write!(f, "trigger {t}.{n}"),
            Self::Policy(t, n) => write!(f, "policy {t}.{n}"),
            Self::TableComment(t) => write!(f, "comment on table {t}"),
            Self::ColumnComment(t, n) => write!(f, "comment on column {t}.{n}"),
            Self::TableGrant(t, r) => write!(f, "grant on table {t} to {r}"),
            Self::ColumnGrant(t, n, r) => write!(f, "grant on column {t}.{n} to {r}"),
            Self::Grant(o, r) => write!(f, "grant on {o} to {r}"),
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
mod tests {
    use super::super::{Column, ForeignKey, Index};
    use super::*;

    fn sample() -> Schema {
        let mut schema = Schema::default();
        let table = Table {
            columns: ["id", "email"]
                .map(|name| Column {
                    name: name.into(),
                    kind: "text".into(),
                    nullable: false,
                    ..Column::default()
                })
                .into(),
            indexes: [(
                "users_email_key".into(),
                Index {
                    kind: "unique".into(),
                    columns: "email".into(),
                    ..Index::default()
                },
            )]
            .into(),
            foreign_keys: [(
                "fk".into(),
                ForeignKey {
                    columns: "id".into(),
                    table: "orgs".into(),
                    parent_columns: "id".into(),
                    on_delete: "CASCADE".into(),
                    on_update: "NO ACTION".into(),
                    ..ForeignKey::default()
                },
            )]
            .into(),
            checks: [("c".into(), "id > 0".into())].into(),
            ..Table::default()
        };
        schema.tables.insert("users".into(), table);
        schema
            .types
            .insert("mood".into(), vec!["a".into(), "b".into()]);
        schema
    }

    #[test]
    fn equal_schemas_have_no_difference() {
        assert_eq!(compare(&sample(), &sample()), []);
        assert_eq!(sample().fingerprint(), sample().fingerprint());
    }

    #[test]
    fn every_kind_of_change_is_named_and_changes_the_fingerprint() {
        type Edit = fn(&mut Schema);
        let edits: [(&str, Edit); 18] = [
            ("table extra", |s| {
                drop(s.tables.insert("extra".into(), Table::default()))
            }),
            ("table users", |s| drop(s.tables.remove("users"))),
            ("column users.email", |s| {
                s.tables.get_mut("users").unwrap().columns[1].nullable = true
            }),
            ("column users.id", |s| {
                drop(s.tables.get_mut("users").unwrap().columns.remove(0))
            }),
            ("column order of users", |s| {
                s.tables.get_mut("users").unwrap().columns.reverse()
            }),
            ("index users.users_email_key", |s| {
                s.tables
                    .get_mut("users")
                    .unwrap()
                    .indexes
                    .get_mut("users_email_key")
                    .unwrap()
                    .predicate = Some("x".into());
            }),
            ("foreign key users.fk", |s| {
                s.tables
                    .get_mut("users")
                    .unwrap()
                    .foreign_keys
                    .get_mut("fk")
                    .unwrap()
                    .on_delete = "SET NULL".into();
            }),
            ("check users.c", |s| {
                drop(s.tables.get_mut("users").unwrap().checks.remove("c"))
            }),
            ("value 'c' of type mood", |s| {
                s.types.get_mut("mood").unwrap().push("c".into())
            }),
            ("value order of type mood", |s| {
                s.types.get_mut("mood").unwrap().reverse()
            }),
            ("type mood", |s| drop(s.types.remove("mood"))),
            ("sequence numbers", |s| {
                drop(s.sequences.insert("numbers".into(), Sequence::default()))
            }),
            ("comment on table users", |s| {
                s.tables.get_mut("users").unwrap().comment = "people".into()
            }),
            ("comment on column users.id", |s| {
                s.tables.get_mut("users").unwrap().columns[0].comment = "key".into()
            }),
            ("grant on table users to anon", |s| {
                let table = s.tables.get_mut("users").unwrap();
                drop(table.grants.insert("anon".into(), "SELECT".into()))
            }),
            ("grant on column users.id to anon", |s| {
                let table = s.tables.get_mut("users").unwrap();
                drop(
                    table.columns[0]
                        .grants
                        .insert("anon".into(), "SELECT".into()),
                )
            }),
            ("grant on schema to anon", |s| {
                let grants = Grants::from([("anon".into(), "USAGE".into())]);
                drop(s.grants.insert("schema".into(), grants))
            }),
            ("options of table users", |s| {
                s.tables.get_mut("users").unwrap().options = "RLS".into()
            }),
        ];
        for (object, edit) in edits {
            let mut changed = sample();
            edit(&mut changed);
            let found = compare(&sample(), &changed);
            assert_eq!(
                found.iter().map(|d| d.object.as_str()).collect::<Vec<_>>(),
                [object]
            );
            assert_ne!(sample().fingerprint(), changed.fingerprint(), "{object}");
        }
    }

    #[test]
    fn references_from_outside_are_found() {
        assert_eq!(
            sample().references_into(&["orgs".into()], &[]),
            [("users".to_owned(), "orgs".to_owned())]
        );
        assert_eq!(
            sample().references_into(&["orgs".into()], &[("users".into(), "id".into())]),
            []
        );
    }
}
