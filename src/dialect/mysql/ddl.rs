//! MySQL's and MariaDB's schema as SQL.
//!
//! What changes in one table is one ALTER TABLE: a key may only be dropped together with making the
//! one that takes its place, and a counted column only with its key. Foreign keys over columns or
//! keys that change go first and come back last.

mod parts;

use std::collections::BTreeSet;

use super::Mysql;
use crate::dialect::Dialect;
use crate::schema::ddl::{self, Differences, names, order};
use crate::schema::{Column, Ddl, ForeignKey, Object, Schema, Table};
use parts::{
    check, create_routine, create_table, create_trigger, create_view, drop_routine, id,
    is_in_column, key, reference, table_options, write_column,
};

impl Ddl for Mysql {
    fn statements(&self, before: &Schema, after: &Schema) -> Vec<String> {
        let found = Differences::of(before, after);
        let mut writer = Writer {
            before,
            after,
            made: found.made().cloned().collect(),
            gone: found.dropped().cloned().collect(),
            gone_keys: BTreeSet::new(),
            late_keys: BTreeSet::new(),
            out: Vec::new(),
        };
        writer.write();
        writer.out
    }

    fn script(&self, statements: &[String]) -> String {
        // The client cuts at semicolons, wherever they stand, unless told otherwise.
        let statements = statements.iter().map(|s| match s.contains(';') {
            true => {
                let end = delimiter(s);
                format!("DELIMITER {end}\n{s}\n{end}\nDELIMITER ;\n")
            }
            false => format!("{s};\n"),
        });
        statements.collect::<Vec<_>>().join("\n")
    }
}

/// A delimiter that the statement does not contain.
fn delimiter(statement: &str) -> String {
    let known = ["//", "$$"].map(str::to_owned);
    let numbered = (1..).map(|n| format!("$end{n}$"));
    let mut all = known.into_iter().chain(numbered);
    all.find(|end| !statement.contains(end.as_str()))
        .unwrap_or_default()
}

struct Writer<'a> {
    before: &'a Schema,
    after: &'a Schema,
    made: BTreeSet<Object>,
    gone: BTreeSet<Object>,
    /// Foreign keys of tables that stay, that are dropped before anything else changes.
    gone_keys: BTreeSet<(String, String)>,
    /// Foreign keys that CREATE TABLE cannot have yet.
    late_keys: BTreeSet<(String, String)>,
    out: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self) {
        self.find_keys();
        for at in &self.gone {
            match at {
                Object::View(name) => self.out.push(format!("DROP VIEW {}", id(name))),
                Object::Routine(name) => self
                    .out
                    .push(drop_routine(name, &self.before.routines[name])),
                Object::Trigger(table, name) if self.after.tables.contains_key(table) => {
                    self.out.push(format!("DROP TRIGGER {}", id(name)));
                }
                _ => {}
            }
        }
        for (table, name) in &self.gone_keys {
            self.out.push(format!(
                "ALTER TABLE {} DROP FOREIGN KEY {}",
                id(table),
                id(name)
            ));
        }
        self.drop_tables();
        for name in self
            .after
            .tables
            .keys()
            .filter(|t| self.before.tables.contains_key(*t))
            .cloned()
            .collect::<Vec<_>>()
        {
            self.alter_table(&name);
        }
        self.create_tables();
        for (name, table) in &self.after.tables {
            for (key, fk) in &table.foreign_keys {
                let at = (name.clone(), key.clone());
                let made = self.before.tables.contains_key(name)
                    && self
                        .made
                        .contains(&Object::ForeignKey(name.clone(), key.clone()));
                if made || self.gone_keys.contains(&at) || self.late_keys.contains(&at) {
                    self.out.push(format!(
                        "ALTER TABLE {} ADD {}",
                        id(name),
                        reference(key, fk, table, self.after)
                    ));
                }
            }
        }
        self.make_things();
    }

    /// Which foreign keys are in the way of what changes.
    fn find_keys(&mut self) {
        for (name, table) in &self.before.tables {
            if !self.after.tables.contains_key(name) {
                continue;
            }
            for (key, fk) in &table.foreign_keys {
                let at = Object::ForeignKey(name.clone(), key.clone());
                let columns = names(&fk.columns, Some(table));
                let parent = self.before.tables.get(&fk.table);
                let parents = names(&fk.parent_columns, parent);
                if self.gone.contains(&at)
                    || self.moves(name, &columns)
                    || self.moves(&fk.table, &parents)
                {
                    self.gone_keys.insert((name.clone(), key.clone()));
                }
            }
        }
    }

    /// Whether a key of the table or one of the columns changes, or the table goes.
    fn moves(&self, table: &str, columns: &[String]) -> bool {
        self.gone.iter().any(|at| match at {
            Object::Index(t, _) | Object::Options(t) | Object::Table(t) => t == table,
            Object::Column(t, c) => t == table && columns.contains(c),
            _ => false,
        })
    }

    fn drop_tables(&mut self) {
        let gone = self
            .before
            .tables
            .keys()
            .filter(|t| !self.after.tables.contains_key(*t));
        let gone: Vec<String> = gone.cloned().collect();
        let mut sorted = order::tables(self.before, &gone);
        sorted.reverse();
        let late = |i: usize, fk: &ForeignKey| sorted[..i].contains(&fk.table);
        let in_circle = sorted.iter().enumerate().any(|(i, t)| {
            self.before.tables[t]
                .foreign_keys
                .values()
                .any(|fk| late(i, fk))
        });
        match in_circle {
            true => self.out.extend(Mysql.drop_tables(&sorted)),
            false => self
                .out
                .extend(sorted.iter().map(|t| format!("DROP TABLE {}", id(t)))),
        }
    }

    fn alter_table(&mut self, name: &str) {
        let (before, after) = (&self.before.tables[name], &self.after.tables[name]);
        let mut parts = Vec::new();
        let of_column = |t: &Table, check: &str, s: &Schema| is_in_column(t, check, s);
        for check in before.checks.keys() {
            let at = Object::Check(name.to_owned(), check.clone());
            if self.gone.contains(&at) && !of_column(before, check, self.before) {
                parts.push(format!("DROP CONSTRAINT {}", id(check)));
            }
        }
        for (index, value) in &before.indexes {
            if self
                .gone
                .contains(&Object::Index(name.to_owned(), index.clone()))
            {
                parts.push(match value.kind.as_str() {
                    "primary" => "DROP PRIMARY KEY".to_owned(),
                    _ => format!("DROP INDEX {}", id(index)),
                });
            }
        }
        for column in before
            .columns
            .iter()
            .filter(|c| after.column(&c.name).is_none())
        {
            parts.push(format!("DROP COLUMN {}", id(&column.name)));
        }
        self.columns(name, before, after, &mut parts);
        let mut indexes: Vec<_> = after.indexes.iter().collect();
        indexes.sort_by_key(|(_, i)| i.kind != "primary");
        for (index, value) in indexes {
            if self
                .made
                .contains(&Object::Index(name.to_owned(), index.clone()))
            {
                parts.push(format!("ADD {}", key(index, value, after)));
            }
        }
        for (check_name, text) in &after.checks {
            let at = Object::Check(name.to_owned(), check_name.clone());
            if self.made.contains(&at) && !of_column(after, check_name, self.after) {
                parts.push(format!("ADD {}", check(check_name, text, self.after)));
            }
        }
        if before.options != after.options {
            parts.push(table_options(&after.options));
        }
        if before.comment != after.comment {
            parts.push(format!("COMMENT = {}", Mysql.literal(&after.comment)));
        }
        if !parts.is_empty() {
            self.out.push(format!(
                "ALTER TABLE {}\n  {}",
                id(name),
                parts.join(",\n  ")
            ));
        }
    }

    /// Columns that are new, changed or in another place.
    fn columns(&self, name: &str, before: &Table, after: &Table, parts: &mut Vec<String>) {
        let stays = |c: &&Column| after.column(&c.name).is_some();
        let mut now: Vec<&str> = before
            .columns
            .iter()
            .filter(stays)
            .map(|c| c.name.as_str())
            .collect();
        let column_check = |schema: &Schema, t: &Table, c: &Column| {
            let found = is_in_column(t, &c.name, schema).then(|| t.checks.get(&c.name).cloned());
            found.flatten()
        };
        for (i, column) in after.columns.iter().enumerate() {
            let text = write_column(column, after, self.after);
            let place = match i.checked_sub(1) {
                None => " FIRST".to_owned(),
                Some(last) => format!(" AFTER {}", id(&after.columns[last].name)),
            };
            let in_place = now.get(i) == Some(&column.name.as_str());
            match before.column(&column.name) {
                None => {
                    let last = i == now.len();
                    now.insert(i, &column.name);
                    let place = if last { String::new() } else { place };
                    parts.push(format!("ADD COLUMN {text}{place}"));
                }
                Some(was) => {
                    let differs = self
                        .made
                        .contains(&Object::Column(name.to_owned(), column.name.clone()))
                        || was.comment != column.comment
                        || column_check(self.before, before, was)
                            != column_check(self.after, after, column);
                    if !in_place {
                        now.retain(|n| *n != column.name);
                        now.insert(i, &column.name);
                        parts.push(format!("MODIFY COLUMN {text}{place}"));
                    } else if differs {
                        parts.push(format!("MODIFY COLUMN {text}"));
                    }
                }
            }
        }
    }

    fn create_tables(&mut self) {
        let new = self
            .after
            .tables
            .keys()
            .filter(|t| !self.before.tables.contains_key(*t));
        let new: Vec<String> = new.cloned().collect();
        let sorted = order::tables(self.after, &new);
        for (i, name) in sorted.iter().enumerate() {
            let table = &self.after.tables[name];
            let mut inline = Vec::new();
            for (key, fk) in &table.foreign_keys {
                // Also one to a table that is made later.
                if sorted[i + 1..].contains(&fk.table) {
                    self.late_keys.insert((name.clone(), key.clone()));
                } else {
                    inline.push(reference(key, fk, table, self.after));
                }
            }
            let mut parts = create_table(table, self.after);
            parts.extend(inline);
            let mut tail = format!(" {}", table_options(&table.options));
            if !table.comment.is_empty() {
                tail.push_str(&format!(" COMMENT = {}", Mysql.literal(&table.comment)));
            }
            self.out
                .push(ddl::create_table(&id(name), &parts, tail.trim_end()));
        }
    }

    fn make_things(&mut self) {
        for (name, text) in &self.after.routines {
            if self.made.contains(&Object::Routine(name.clone())) {
                let head = self
                    .after
                    .routine_heads
                    .get(name)
                    .map_or("()", String::as_str);
                self.out.push(create_routine(name, head, text));
            }
        }
        let views = self
            .after
            .views
            .keys()
            .filter(|v| self.made.contains(&Object::View((*v).clone())));
        let views: Vec<String> = views.cloned().collect();
        for name in order::by_mention(&self.after.views, &views) {
            self.out.push(create_view(&name, self.after));
        }
        for (name, table) in &self.after.tables {
            for (trigger, text) in &table.triggers {
                let made = self
                    .made
                    .contains(&Object::Trigger(name.clone(), trigger.clone()));
                if made || !self.before.tables.contains_key(name) {
                    self.out.push(create_trigger(name, trigger, text));
                }
            }
        }
    }
}
