//! What differs between two schemas, object by object.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;

use super::{Schema, Table};

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
}

/// Lists what leads from `before` to `after`. Empty exactly when their fingerprints are equal.
pub fn compare(before: &Schema, after: &Schema) -> Vec<Difference> {
    let mut out = Vec::new();
    for (name, change) in keys(&before.tables, &after.tables) {
        let object = format!("table {name}");
        match (before.tables.get(name), after.tables.get(name)) {
            (Some(a), Some(b)) => table(name, a, b, &mut out),
            _ => out.push(Difference {
                change,
                object,
                detail: None,
            }),
        }
    }
    named("type", &before.types, &after.types, "", &mut out);
    named("view", &before.views, &after.views, "", &mut out);
    named("routine", &before.routines, &after.routines, "", &mut out);
    out
}

fn table(name: &str, a: &Table, b: &Table, out: &mut Vec<Difference>) {
    let of = |t: &Table| -> BTreeMap<String, String> {
        t.columns
            .iter()
            .map(|c| {
                let null = if c.nullable { "null" } else { "not null" };
                let default = c
                    .default
                    .as_ref()
                    .map(|d| format!(" default {d}"))
                    .unwrap_or_default();
                let extra = if c.extra.is_empty() {
                    String::new()
                } else {
                    format!(" {}", c.extra)
                };
                (c.name.clone(), format!("{} {null}{default}{extra}", c.kind))
            })
            .collect()
    };
    let before = out.len();
    let prefix = format!("{name}.");
    named("column", &of(a), &of(b), &prefix, out);
    if out.len() == before && a.columns != b.columns {
        let order = |t: &Table| -> String {
            t.columns
                .iter()
                .map(|c| c.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        out.push(Difference {
            change: Change::Changed,
            object: format!("column order of {name}"),
            detail: Some(format!("{} -> {}", order(a), order(b))),
        });
    }
    named("index", &a.indexes, &b.indexes, &prefix, out);
    named(
        "foreign key",
        &a.foreign_keys,
        &b.foreign_keys,
        &prefix,
        out,
    );
    named("check", &a.checks, &b.checks, &prefix, out);
    named("trigger", &a.triggers, &b.triggers, &prefix, out);
    named("policy", &a.policies, &b.policies, &prefix, out);
    if a.options != b.options {
        out.push(Difference {
            change: Change::Changed,
            object: format!("options of table {name}"),
            detail: Some(format!("{} -> {}", a.options, b.options)),
        });
    }
}

fn keys<'a, V>(
    a: &'a BTreeMap<String, V>,
    b: &'a BTreeMap<String, V>,
) -> impl Iterator<Item = (&'a String, Change)> {
    let removed = a.keys().map(|k| {
        (
            k,
            if b.contains_key(k) {
                Change::Changed
            } else {
                Change::Removed
            },
        )
    });
    let added = b
        .keys()
        .filter(|k| !a.contains_key(*k))
        .map(|k| (k, Change::Added));
    removed.chain(added)
}

fn named<V: PartialEq + Debug + Show>(
    kind: &str,
    a: &BTreeMap<String, V>,
    b: &BTreeMap<String, V>,
    prefix: &str,
    out: &mut Vec<Difference>,
) {
    for (name, change) in keys(a, b) {
        let (x, y) = (a.get(name), b.get(name));
        if x == y {
            continue;
        }
        let detail = match (x, y) {
            (Some(x), Some(y)) => Some(format!("{} -> {}", x.show(), y.show())),
            _ => None,
        };
        out.push(Difference {
            change,
            object: format!("{kind} {prefix}{name}"),
            detail,
        });
    }
}

trait Show {
    fn show(&self) -> String;
}

impl Show for String {
    fn show(&self) -> String {
        self.clone()
    }
}

impl Show for super::Index {
    fn show(&self) -> String {
        let predicate = self
            .predicate
            .as_ref()
            .map(|p| format!(" where {p}"))
            .unwrap_or_default();
        format!("{} ({}){predicate}", self.kind, self.columns)
    }
}

impl Show for super::ForeignKey {
    fn show(&self) -> String {
        format!(
            "({}) -> {} ({}) on delete {} on update {} {}",
            self.columns,
            self.table,
            self.parent_columns,
            self.on_delete,
            self.on_update,
            self.timing
        )
        .trim_end()
        .to_owned()
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
                    default: None,
                    extra: String::new(),
                })
                .into(),
            indexes: [(
                "users_email_key".into(),
                Index {
                    kind: "unique".into(),
                    columns: "email".into(),
                    predicate: None,
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
                    timing: String::new(),
                },
            )]
            .into(),
            checks: [("c".into(), "id > 0".into())].into(),
            ..Table::default()
        };
        schema.tables.insert("users".into(), table);
        schema.types.insert("mood".into(), "a,b".into());
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
        let edits: [(&str, Edit); 10] = [
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
            ("type mood", |s| {
                drop(s.types.insert("mood".into(), "a,b,c".into()))
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
