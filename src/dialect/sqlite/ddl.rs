//! SQLite's schema as SQL.
//!
//! ALTER TABLE adds and drops plain columns. For anything else the table is made anew beside the
//! old one, filled from it and takes its place (<https://www.sqlite.org/lang_altertable.html>, 7).
//! Foreign keys are off meanwhile, or dropping the old table would delete what refers to it, and so
//! is the checking of views and triggers, which for a moment speak of a table that is not there.

mod parts;

use std::collections::BTreeSet;

use super::Sqlite;
use crate::dialect::Dialect;
use crate::schema::ddl::{Differences, names, order};
use crate::schema::sql;
use crate::schema::{Change, Column, Ddl, Object, Schema, Table};
use parts::{can_be_added, create_index, create_table, id, ids, is_constraint, write_column};

impl Ddl for Sqlite {
    fn statements(&self, before: &Schema, after: &Schema) -> Vec<String> {
        Writer::new(before, after).write()
    }
}

const BEFORE: [&str; 3] = [
    "PRAGMA foreign_keys = OFF",
    "PRAGMA legacy_alter_table = ON",
    "BEGIN IMMEDIATE",
];

/// SQLite has no RAISE outside of triggers, but what is no JSON path fails with its text.
const PROOF: &str = "SELECT json_extract('{}', 'rows without parent in ' || group_concat(DISTINCT \"table\")) \
                     FROM pragma_foreign_key_check HAVING count(*) > 0";

const AFTER: [&str; 3] = [
    "COMMIT",
    "PRAGMA legacy_alter_table = OFF",
    "PRAGMA foreign_keys = ON",
];

struct Writer<'a> {
    before: &'a Schema,
    after: &'a Schema,
    found: Differences,
    /// Tables that are made anew.
    rebuilt: BTreeSet<String>,
}

impl<'a> Writer<'a> {
    fn new(before: &'a Schema, after: &'a Schema) -> Self {
        let mut writer = Self {
            before,
            after,
            found: Differences::of(before, after),
            rebuilt: BTreeSet::new(),
        };
        let both = after
            .tables
            .keys()
            .filter(|t| before.tables.contains_key(*t));
        writer.rebuilt = both.filter(|t| writer.needs_rebuild(t)).cloned().collect();
        writer
    }

    fn tables(&self, name: &str) -> Option<(&'a Table, &'a Table)> {
        Some((self.before.tables.get(name)?, self.after.tables.get(name)?))
    }

    /// How the table's own text differs: not its indexes and triggers.
    fn structural(&self, table: &str) -> Vec<(Change, &Object)> {
        let constraint = |name: &String| {
            let of = |schema: &Schema| {
                let index = schema.tables.get(table)?.indexes.get(name)?;
                Some(is_constraint(index))
            };
            of(self.before).or(of(self.after)).unwrap_or_default()
        };
        let parts = self.found.all().filter(|(_, at)| match at {
            Object::Index(_, name) => constraint(name),
            Object::Column(..)
            | Object::ColumnOrder(_)
            | Object::Check(..)
            | Object::ForeignKey(..)
            | Object::Options(_) => true,
            _ => false,
        });
        parts.filter(|(_, at)| at.table() == Some(table)).collect()
    }

    fn needs_rebuild(&self, name: &str) -> bool {
        let Some((before, after)) = self.tables(name) else {
            return false;
        };
        let stays = |c: &&Column| after.column(&c.name).is_some();
        let stay = before.columns.iter().filter(stays).count();
        let fits = |at: &Object, change: Change| match (change, at) {
            (Change::Added, Object::Column(_, column)) => {
                let place = after.columns.iter().position(|c| c.name == *column);
                place >= Some(stay) && after.column(column).is_some_and(can_be_added)
            }
            (Change::Removed, Object::Column(_, column)) => {
                stay > 0 && !self.is_used(before, column)
            }
            _ => false,
        };
        !self
            .structural(name)
            .into_iter()
            .all(|(change, at)| fits(at, change))
    }

    /// Whether anything in the schema may speak of the column, so that it cannot simply be dropped.
    fn is_used(&self, table: &Table, column: &str) -> bool {
        let speaks = |text: &String| sql::mentions(text, column);
        let schema = self.before;
        table.indexes.values().any(|i| {
            speaks(&i.definition) || names(&i.columns, Some(table)).iter().any(|c| c == column)
        }) || table
            .foreign_keys
            .values()
            .any(|fk| names(&fk.columns, Some(table)).iter().any(|c| c == column))
            || table
                .checks
                .iter()
                .any(|(key, text)| speaks(key) || speaks(text))
            || table
                .columns
                .iter()
                .any(|c| c.name != column && speaks(&c.generation))
            || schema.views.values().any(speaks)
            || schema
                .tables
                .values()
                .flat_map(|t| t.triggers.values())
                .any(speaks)
    }

    fn write(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.drop_things(&mut out);
        let gone: Vec<String> = only_in(&self.before.tables, &self.after.tables);
        for table in order::tables(self.before, &gone).iter().rev() {
            out.push(format!("DROP TABLE {}", id(table)));
        }
        for table in &self.rebuilt {
            self.rebuild(table, &mut out);
        }
        self.alter(&mut out);
        let new = only_in(&self.after.tables, &self.before.tables);
        for name in order::tables(self.after, &new) {
            out.push(create_table(&name, &self.after.tables[&name], self.after));
        }
        self.make_things(&mut out);
        if self.rebuilt.is_empty() && gone.is_empty() {
            return out;
        }
        let around = |list: [&str; 3]| list.map(str::to_owned);
        let mut all = around(BEFORE).to_vec();
        all.append(&mut out);
        all.push(PROOF.to_owned());
        all.extend(around(AFTER));
        all
    }

    /// Whether the table goes or is made anew, and its indexes and triggers with it.
    fn goes(&self, table: &str) -> bool {
        self.rebuilt.contains(table) || !self.after.tables.contains_key(table)
    }

    fn drop_things(&self, out: &mut Vec<String>) {
        for at in self.found.dropped() {
            match at {
                Object::View(name) => out.push(format!("DROP VIEW {}", id(name))),
                Object::Trigger(table, name) if !self.goes(table) => {
                    out.push(format!("DROP TRIGGER {}", id(name)));
                }
                Object::Index(table, name) if !self.goes(table) => {
                    out.push(format!("DROP INDEX {}", id(name)));
                }
                _ => {}
            }
        }
    }

    /// Indexes, views and triggers that are new, or went with their table.
    fn make_things(&self, out: &mut Vec<String>) {
        let made: BTreeSet<&Object> = self.found.made().collect();
        let comes =
            |table: &str| self.rebuilt.contains(table) || !self.before.tables.contains_key(table);
        for (name, table) in &self.after.tables {
            for (index, value) in &table.indexes {
                let at = Object::Index(name.clone(), index.clone());
                if !is_constraint(value) && (comes(name) || made.contains(&at)) {
                    out.push(create_index(name, table, index, value));
                }
            }
        }
        let new = self.after.views.keys();
        let new = new.filter(|v| made.contains(&Object::View((*v).clone())));
        let new: Vec<String> = new.cloned().collect();
        for view in order::by_mention(&self.after.views, &new) {
            out.push(self.after.views[&view].clone());
        }
        for (name, table) in &self.after.tables {
            for (trigger, text) in &table.triggers {
                let at = Object::Trigger(name.clone(), trigger.clone());
                if comes(name) || made.contains(&at) {
                    out.push(text.clone());
                }
            }
        }
    }

    /// Adds and drops plain columns.
    fn alter(&self, out: &mut Vec<String>) {
        for name in self
            .after
            .tables
            .keys()
            .filter(|t| !self.rebuilt.contains(*t))
        {
            let Some((before, after)) = self.tables(name) else {
                continue;
            };
            for column in before
                .columns
                .iter()
                .filter(|c| after.column(&c.name).is_none())
            {
                out.push(format!(
                    "ALTER TABLE {} DROP COLUMN {}",
                    id(name),
                    id(&column.name)
                ));
            }
            for column in after
                .columns
                .iter()
                .filter(|c| before.column(&c.name).is_none())
            {
                out.push(format!(
                    "ALTER TABLE {} ADD COLUMN {}",
                    id(name),
                    write_column(column, "")
                ));
            }
        }
    }

    fn rebuild(&self, name: &str, out: &mut Vec<String>) {
        let Some((before, after)) = self.tables(name) else {
            return;
        };
        let taken = |n: &str| {
            [self.before, self.after]
                .iter()
                .any(|s| s.tables.contains_key(n) || s.views.contains_key(n))
        };
        let mut other = format!("{name}_rebuild");
        while taken(&other) {
            other.push('_');
        }
        out.push(create_table(&other, after, self.after));
        let both = after
            .columns
            .iter()
            .filter(|c| c.generation.is_empty() && before.column(&c.name).is_some());
        let both: Vec<String> = both.map(|c| c.name.clone()).collect();
        if !both.is_empty() {
            let (list, other, name) = (ids(&both), id(&other), id(name));
            out.push(format!(
                "INSERT INTO {other} ({list})\nSELECT {list}\nFROM {name}"
            ));
        }
        let counts = |t: &Table| t.columns.iter().any(|c| c.extra == "autoincrement");
        if counts(before) && counts(after) {
            // Numbers that were given out once are not given out again.
            let (old, new) = (Sqlite.literal(name), Sqlite.literal(&other));
            out.push(format!("DELETE FROM sqlite_sequence WHERE name = {new}"));
            out.push(format!(
                "INSERT INTO sqlite_sequence (name, seq)\nSELECT {new}, seq\nFROM sqlite_sequence\nWHERE name = {old}"
            ));
        }
        out.push(format!("DROP TABLE {}", id(name)));
        out.push(format!("ALTER TABLE {} RENAME TO {}", id(&other), id(name)));
    }
}

fn only_in<V>(
    a: &std::collections::BTreeMap<String, V>,
    b: &std::collections::BTreeMap<String, V>,
) -> Vec<String> {
    a.keys().filter(|k| !b.contains_key(*k)).cloned().collect()
}
