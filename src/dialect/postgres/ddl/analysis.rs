//! What has to go and come back between two schemas on PostgreSQL.

use std::collections::BTreeSet;

use super::{key_columns, parts};
use crate::schema::ddl::{Differences, names, order};
use crate::schema::{Change, Column, Object, Schema, Table, sql};

/// A part of a table: the table's name and its own.
type Part = (String, String);

pub(super) struct Analysis<'a> {
    pub before: &'a Schema,
    pub after: &'a Schema,
    made: BTreeSet<Object>,
    gone: BTreeSet<Object>,
    /// Types whose labels cannot just be added to.
    pub rebuilt_types: BTreeSet<String>,
    /// Tables that are made anew.
    pub rebuilt: BTreeSet<String>,
    /// Tables whose columns go or get another type; those made anew are among them.
    touched: BTreeSet<String>,
    pub gone_routines: BTreeSet<String>,
    pub gone_views: BTreeSet<String>,
    pub gone_policies: BTreeSet<Part>,
    pub gone_triggers: BTreeSet<Part>,
    pub gone_checks: BTreeSet<Part>,
    pub gone_keys: BTreeSet<Part>,
    pub gone_indexes: BTreeSet<Part>,
    pub gone_defaults: BTreeSet<Part>,
    /// Constraints of new tables that cannot be part of CREATE TABLE.
    pub late_keys: BTreeSet<Part>,
    pub late_checks: BTreeSet<Part>,
}

/// Whether the index is that of an exclusion constraint.
pub(super) fn is_exclusion(table: &Table, index: &str) -> bool {
    table
        .checks
        .get(index)
        .is_some_and(|c| c.starts_with("EXCLUDE"))
}

impl<'a> Analysis<'a> {
    pub fn new(before: &'a Schema, after: &'a Schema) -> Self {
        let found = Differences::of(before, after);
        let mut new = Self {
            before,
            after,
            made: found.made().cloned().collect(),
            gone: found.dropped().cloned().collect(),
            rebuilt_types: BTreeSet::new(),
            rebuilt: BTreeSet::new(),
            touched: BTreeSet::new(),
            gone_routines: BTreeSet::new(),
            gone_views: BTreeSet::new(),
            gone_policies: BTreeSet::new(),
            gone_triggers: BTreeSet::new(),
            gone_checks: BTreeSet::new(),
            gone_keys: BTreeSet::new(),
            gone_indexes: BTreeSet::new(),
            gone_defaults: BTreeSet::new(),
            late_keys: BTreeSet::new(),
            late_checks: BTreeSet::new(),
        };
        new.types();
        new.tables();
        new.routines(&found);
        new.views();
        new.parts();
        new
    }

    fn types(&mut self) {
        for (name, labels) in &self.before.types {
            let Some(after) = self.after.types.get(name) else {
                continue;
            };
            let mut rest = after.iter();
            let only_adds = labels.iter().all(|l| rest.any(|a| a == l));
            if !only_adds {
                self.rebuilt_types.insert(name.clone());
            }
        }
    }

    fn tables(&mut self) {
        for (name, before) in &self.before.tables {
            let Some(after) = self.after.tables.get(name) else {
                continue;
            };
            let kept = |t: &Table, other: &Table| -> Vec<String> {
                let both = t.columns.iter().filter(|c| other.column(&c.name).is_some());
                both.map(|c| c.name.clone()).collect()
            };
            let stay = kept(before, after);
            let in_order = after
                .columns
                .iter()
                .zip(&stay)
                .all(|(c, name)| c.name == *name);
            let pairs = || {
                after
                    .columns
                    .iter()
                    .filter_map(|c| Some((before.column(&c.name)?, c)))
            };
            let generated = |c: &Column| c.extra == "generated";
            let generates = pairs().any(|(b, a)| {
                (generated(b) || generated(a))
                    && (b.default != a.default || b.extra != a.extra || self.is_retyped(b, a))
            });
            if !in_order || generates {
                self.rebuilt.insert(name.clone());
            }
            let loses = stay.len() < before.columns.len();
            if !in_order || generates || loses || pairs().any(|(b, a)| self.is_retyped(b, a)) {
                self.touched.insert(name.clone());
            }
        }
    }

    /// Whether the column's type changes, in name or in what it is.
    pub fn is_retyped(&self, was: &Column, is: &Column) -> bool {
        was.kind != is.kind || was.collation != is.collation || self.uses_rebuilt_type(&is.kind)
    }

    fn uses_rebuilt_type(&self, text: &str) -> bool {
        self.rebuilt_types.iter().any(|t| sql::mentions(text, t))
    }

    /// The old column's value for the new one. Types that PostgreSQL converts by itself are left to
    /// it: that fails where a value does not fit, and a cast would cut it off.
    pub fn converted(&self, was: &Column, is: &Column) -> String {
        let column = parts::id(&is.name);
        let numbers = [
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "real",
            "double precision",
        ];
        let times = ["timestamp", "date"];
        let texts = ["text", "character", "\"char\""];
        let among = |kind: &str, family: &[&str]| {
            family.iter().any(|f| kind.starts_with(f)) && !kind.ends_with(']')
        };
        let alike = |family: &[&str]| among(&was.kind, family) && among(&is.kind, family);
        let same = was.kind == is.kind && !self.uses_rebuilt_type(&is.kind);
        if same || among(&is.kind, &texts) || alike(&numbers) || alike(&times) {
            return column;
        }
        let text = if is.kind.ends_with("[]") {
            "text[]"
        } else {
            "text"
        };
        format!("{column}::{text}::{}", is.kind)
    }

    fn routines(&mut self, found: &Differences) {
        for (change, at) in found.all() {
            let Object::Routine(name) = at else { continue };
            // CREATE OR REPLACE keeps arguments' names and the result; they are the first two lines.
            let signature = |s: &Schema| -> Vec<String> {
                let lines = s.routines.get(name).map(|r| r.lines().take(2));
                lines.into_iter().flatten().map(str::to_owned).collect()
            };
            if change == Change::Removed
                || (change == Change::Changed && signature(self.before) != signature(self.after))
            {
                self.gone_routines.insert(name.clone());
            }
        }
        for (name, text) in &self.before.routines {
            let head = parts::head(text);
            if self.uses_rebuilt_type(head)
                || self
                    .touched
                    .iter()
                    .any(|t| self.rebuilt.contains(t) && sql::mentions(head, t))
            {
                self.gone_routines.insert(name.clone());
            }
        }
    }

    fn views(&mut self) {
        loop {
            let new: Vec<String> = self
                .before
                .views
                .iter()
                .filter(|(name, text)| {
                    !self.gone_views.contains(*name)
                        && (self.gone.contains(&Object::View((*name).clone()))
                            || self.stands_on_moved(text))
                })
                .map(|(name, _)| name.clone())
                .collect();
            if new.is_empty() {
                return;
            }
            self.gone_views.extend(new);
        }
    }

    /// Whether the text speaks of something that goes or changes under it.
    fn stands_on_moved(&self, text: &str) -> bool {
        let all = sql::tokens(text);
        let speaks = |name: &str| all.iter().any(|(t, _)| t.name().is_some_and(|n| n == name));
        self.touched.iter().any(|t| speaks(t))
            || self
                .before
                .tables
                .keys()
                .any(|t| !self.after.tables.contains_key(t) && speaks(t))
            || self.gone_views.iter().any(|v| speaks(v))
            || self.gone_routines.iter().any(|r| speaks(order::bare(r)))
            || self.rebuilt_types.iter().any(|t| speaks(t))
    }

    fn parts(&mut self) {
        for (name, table) in &self.before.tables {
            let Some(after) = self.after.tables.get(name) else {
                // What stands on other things has to go before those; the rest goes with the table.
                self.foreign_parts(name, table);
                continue;
            };
            let at = |part: &String| (name.clone(), part.clone());
            let touched = self.touched.contains(name);
            for (key, text) in &table.policies {
                if touched
                    || self.stands_on_moved(text)
                    || self
                        .gone
                        .contains(&Object::Policy(name.clone(), key.clone()))
                {
                    self.gone_policies.insert(at(key));
                }
            }
            for (key, text) in &table.triggers {
                if touched
                    || self.stands_on_moved(text)
                    || self
                        .gone
                        .contains(&Object::Trigger(name.clone(), key.clone()))
                {
                    self.gone_triggers.insert(at(key));
                }
            }
            let retyped: Vec<&Column> = after
                .columns
                .iter()
                .filter(|c| {
                    table
                        .column(&c.name)
                        .is_some_and(|was| self.is_retyped(was, c))
                })
                .collect();
            let moved = |text: &str| {
                retyped.iter().any(|c| sql::mentions(text, &c.name)) || self.stands_on_moved(text)
            };
            let removed = |text: &str| {
                table
                    .columns
                    .iter()
                    .any(|c| after.column(&c.name).is_none() && sql::mentions(text, &c.name))
            };
            let checks = table.checks.iter().filter(|(key, text)| {
                self.gone
                    .contains(&Object::Check(name.clone(), (*key).clone()))
                    || moved(text)
                    || removed(text)
            });
            let checks: Vec<Part> = checks.map(|(key, _)| at(key)).collect();
            let indexes = table.indexes.iter().filter(|(key, index)| {
                let expression = !parts::is_constraint(index);
                let predicate = index.predicate.as_deref().unwrap_or_default();
                !is_exclusion(table, key)
                    && (self
                        .gone
                        .contains(&Object::Index(name.clone(), (*key).clone()))
                        || (expression
                            && (moved(predicate) || self.stands_on_moved(&index.columns))))
            });
            let indexes: Vec<Part> = indexes.map(|(key, _)| at(key)).collect();
            self.gone_checks.extend(checks);
            self.gone_indexes.extend(indexes);
            for column in table.columns.iter().filter(|c| c.extra != "generated") {
                let Some(default) = &column.default else {
                    continue;
                };
                let is = after.column(&column.name);
                let changes = is.is_some_and(|is| {
                    is.default.is_none() || is.extra == "generated" || self.is_retyped(column, is)
                });
                if changes || self.stands_on_moved(default) {
                    self.gone_defaults
                        .insert((name.clone(), column.name.clone()));
                }
            }
        }
        self.keys();
    }

    /// Policies and triggers of a table that goes; its foreign keys go with it.
    fn foreign_parts(&mut self, name: &str, table: &Table) {
        for (key, text) in &table.policies {
            if self.stands_on_moved(text) {
                self.gone_policies.insert((name.to_owned(), key.clone()));
            }
        }
    }

    fn keys(&mut self) {
        for (name, table) in &self.before.tables {
            let Some(after) = self.after.tables.get(name) else {
                continue;
            };
            for (key, fk) in &table.foreign_keys {
                let gone = self
                    .gone
                    .contains(&Object::ForeignKey(name.clone(), key.clone()));
                let (columns, parents) = key_columns(fk, table, self.before);
                let own = self.loses(name, table, after, &columns);
                let parent = match (
                    self.before.tables.get(&fk.table),
                    self.after.tables.get(&fk.table),
                ) {
                    (Some(b), Some(a)) => {
                        self.loses(&fk.table, b, a, &parents)
                            || self.key_goes(&fk.table, b, &parents)
                    }
                    (Some(_), None) => true,
                    _ => false,
                };
                if gone || own || parent {
                    self.gone_keys.insert((name.clone(), key.clone()));
                }
            }
        }
    }

    /// Whether one of these columns goes or gets another type.
    fn loses(&self, name: &str, before: &Table, after: &Table, columns: &[String]) -> bool {
        self.rebuilt.contains(name)
            || columns
                .iter()
                .any(|c| match (before.column(c), after.column(c)) {
                    (Some(was), Some(is)) => self.is_retyped(was, is),
                    _ => true,
                })
    }

    /// Whether the key over exactly these columns goes.
    fn key_goes(&self, name: &str, table: &Table, columns: &[String]) -> bool {
        let wanted: BTreeSet<&String> = columns.iter().collect();
        self.gone_indexes
            .iter()
            .filter(|(t, _)| t == name)
            .any(|(_, key)| {
                let index = &table.indexes[key];
                let list = index
                    .columns
                    .strip_prefix("btree ")
                    .unwrap_or(&index.columns);
                let all = sql::tokens(list);
                let unique = index.kind != "index";
                let has: BTreeSet<&str> = all.iter().filter_map(|(t, _)| t.name()).collect();
                // Not simply equal: an INCLUDE may follow.
                unique
                    && wanted
                        .iter()
                        .all(|c| has.contains(c.as_str()) || names(list, None).contains(c))
            })
    }

    pub fn is_made(&self, at: &Object) -> bool {
        self.made.contains(at)
    }

    /// Whether the table is new or made anew, so that nothing hangs on it yet.
    pub fn is_anew(&self, table: &str) -> bool {
        self.rebuilt.contains(table) || !self.before.tables.contains_key(table)
    }

    pub fn is_touched(&self, table: &str) -> bool {
        self.touched.contains(table)
    }

    /// The routines that have to be made, again or at first.
    pub fn made_routines(&self) -> impl Iterator<Item = &String> {
        self.after.routines.keys().filter(|r| {
            self.gone_routines.contains(*r) || self.made.contains(&Object::Routine((*r).clone()))
        })
    }

    pub fn view_is_made(&self, view: &str) -> bool {
        self.gone_views.contains(view) || self.made.contains(&Object::View(view.to_owned()))
    }

    /// Whether the object to which privileges belong is there with those it had.
    pub fn keeps_grants(&self, object: &str) -> bool {
        match object.split_once(' ') {
            Some(("table", name)) => !self.is_anew(name),
            Some(("view", name)) => {
                self.before.views.contains_key(name) && !self.gone_views.contains(name)
            }
            Some(("routine", name)) => {
                self.before.routines.contains_key(name) && !self.gone_routines.contains(name)
            }
            Some(("sequence", name)) => self.before.sequences.contains_key(name),
            _ => true,
        }
    }
}
