//! PostgreSQL's schema as SQL.
//!
//! What stands on something that has to go (a view on a column whose type changes, a policy on a
//! function with other arguments) goes first and comes back afterwards. A column's place in its
//! table can only be had by making the table anew.

mod analysis;
mod finish;
mod grants;
mod parts;

use std::collections::{BTreeMap, BTreeSet};

use super::Postgres;
use crate::dialect::Dialect;
use crate::schema::ddl::{names, order};
use crate::schema::{Column, Ddl, Schema, Table, sql};
use analysis::Analysis;
use parts::{constraint, id, ids, reference, write_column};

impl Ddl for Postgres {
    fn statements(&self, before: &Schema, after: &Schema) -> Vec<String> {
        let mut writer = Writer {
            a: Analysis::new(before, after),
            before,
            after,
            out: Vec::new(),
        };
        writer.write();
        writer.out
    }
}

struct Writer<'a> {
    a: Analysis<'a>,
    before: &'a Schema,
    after: &'a Schema,
    out: Vec<String>,
}

impl<'a> Writer<'a> {
    fn write(&mut self) {
        let bodies = self.a.made_routines().next().is_some();
        if bodies {
            // A function's body may speak of what comes later.
            self.out.push("SET check_function_bodies = off".to_owned());
        }
        self.drop_dependents();
        self.drop_things();
        self.types();
        self.sequences();
        self.make_tables_and_routines();
        for table in self.a.rebuilt.clone() {
            self.rebuild(&table);
        }
        self.alter_columns();
        self.make_keys();
        self.own_sequences();
        self.options();
        self.make_dependents();
        self.comments();
        grants::write(&self.a, &mut self.out);
        self.drop_leftovers();
        if bodies {
            self.out.push("RESET check_function_bodies".to_owned());
        }
    }

    /// The tables that are in both schemas.
    fn both(&self) -> impl Iterator<Item = (&'a String, &'a Table, &'a Table)> + use<'a> {
        let (before, after) = (self.before, self.after);
        let both = before.tables.iter();
        both.filter_map(|(n, b)| Some((n, b, after.tables.get(n)?)))
    }

    fn drop_dependents(&mut self) {
        for (table, name) in &self.a.gone_policies {
            self.out
                .push(format!("DROP POLICY {} ON {}", id(name), id(table)));
        }
        for (table, name) in &self.a.gone_triggers {
            self.out
                .push(format!("DROP TRIGGER {} ON {}", id(name), id(table)));
        }
        let views: Vec<String> = self.a.gone_views.iter().cloned().collect();
        for name in order::by_mention(&self.before.views, &views).iter().rev() {
            let kind = match parts::is_materialized(self.before, name) {
                true => "MATERIALIZED VIEW",
                false => "VIEW",
            };
            self.out.push(format!("DROP {kind} {}", id(name)));
        }
        let constraints = self.a.gone_keys.iter().chain(&self.a.gone_checks);
        for (table, name) in constraints {
            self.out.push(format!(
                "ALTER TABLE {} DROP CONSTRAINT {}",
                id(table),
                id(name)
            ));
        }
        for (table, name) in &self.a.gone_indexes {
            let index = &self.before.tables[table].indexes[name];
            self.out.push(match parts::is_constraint(index) {
                true => format!("ALTER TABLE {} DROP CONSTRAINT {}", id(table), id(name)),
                false => format!("DROP INDEX {}", id(name)),
            });
        }
        for (table, column) in &self.a.gone_defaults {
            self.out.push(format!(
                "ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT",
                id(table),
                id(column)
            ));
        }
        for (name, sequence) in &self.before.sequences {
            let stays = self.after.sequences.get(name);
            if !sequence.table.is_empty() && stays.is_some_and(|s| self.must_own(name, &s.table)) {
                self.out
                    .push(format!("ALTER SEQUENCE {} OWNED BY NONE", id(name)));
            }
        }
    }

    /// Whether the sequence's owner has to be said (again).
    fn must_own(&self, name: &str, table: &str) -> bool {
        let owner = |s: &Schema| {
            s.sequences
                .get(name)
                .map(|s| (s.table.clone(), s.column.clone()))
        };
        self.a.rebuilt.contains(table) || owner(self.before) != owner(self.after)
    }

    fn drop_things(&mut self) {
        let gone = |t: &&String| !self.after.tables.contains_key(*t);
        let tables: Vec<String> = self.before.tables.keys().filter(gone).cloned().collect();
        let (first, last): (Vec<&String>, Vec<&String>) =
            self.a.gone_routines.iter().partition(|r| {
                tables
                    .iter()
                    .any(|t| sql::mentions(parts::head(&self.before.routines[*r]), t))
            });
        let drop = |routine: &String| format!("DROP ROUTINE {routine}");
        self.out.extend(first.into_iter().map(drop));
        if !tables.is_empty() {
            self.out.push(format!("DROP TABLE {}", ids(&tables)));
        }
        for (name, b, a) in self.both().filter(|(t, _, _)| !self.a.rebuilt.contains(*t)) {
            for column in b.columns.iter().filter(|c| a.column(&c.name).is_none()) {
                self.out.push(format!(
                    "ALTER TABLE {} DROP COLUMN {}",
                    id(name),
                    id(&column.name)
                ));
            }
        }
        self.out.extend(last.into_iter().map(drop));
    }

    fn types(&mut self) {
        for (name, labels) in &self.after.types {
            match self.before.types.get(name) {
                Some(before) if !self.a.rebuilt_types.contains(name) => {
                    for (i, label) in labels
                        .iter()
                        .enumerate()
                        .filter(|(_, l)| !before.contains(l))
                    {
                        let place = match (i.checked_sub(1), labels.get(i + 1)) {
                            (Some(last), _) => {
                                format!(" AFTER {}", Postgres.literal(&labels[last]))
                            }
                            (None, _) if before.is_empty() => String::new(),
                            // Before the first one that was there, which all new ones stand before.
                            (None, _) => format!(" BEFORE {}", Postgres.literal(&before[0])),
                        };
                        self.out.push(format!(
                            "ALTER TYPE {} ADD VALUE {}{place}",
                            id(name),
                            Postgres.literal(label)
                        ));
                    }
                }
                before => {
                    if before.is_some() {
                        let old = parts::beside(name, "_old", self.before);
                        self.out
                            .push(format!("ALTER TYPE {} RENAME TO {}", id(name), id(&old)));
                    }
                    let labels: Vec<String> = labels.iter().map(|l| Postgres.literal(l)).collect();
                    self.out.push(match labels.is_empty() {
                        true => format!("CREATE TYPE {} AS ENUM ()", id(name)),
                        false => format!(
                            "CREATE TYPE {} AS ENUM (\n  {}\n)",
                            id(name),
                            labels.join(",\n  ")
                        ),
                    });
                }
            }
        }
    }

    fn sequences(&mut self) {
        for (name, sequence) in &self.after.sequences {
            let definition = match sequence.definition.ends_with("CYCLE") {
                true => sequence.definition.clone(),
                false => format!("{} NO CYCLE", sequence.definition),
            };
            match self.before.sequences.get(name) {
                None => self.out.push(format!(
                    "CREATE SEQUENCE {} {}",
                    id(name),
                    sequence.definition
                )),
                Some(s) if s.definition != sequence.definition => {
                    self.out
                        .push(format!("ALTER SEQUENCE {} {definition}", id(name)));
                }
                Some(_) => {}
            }
        }
    }

    /// New tables and routines, what others need first.
    fn make_tables_and_routines(&mut self) {
        let new = self.after.tables.keys();
        let new: Vec<String> = new
            .filter(|t| !self.before.tables.contains_key(*t))
            .cloned()
            .collect();
        let routines: Vec<String> = self.a.made_routines().cloned().collect();
        let (table_key, routine_key) =
            (|t: &String| format!("t {t}"), |r: &String| format!("r {r}"));
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in &new {
            let table = &self.after.tables[name];
            let parents = table.foreign_keys.values().map(|fk| table_key(&fk.table));
            let mut all: BTreeSet<String> = parents.collect();
            let texts = || {
                table
                    .columns
                    .iter()
                    .filter_map(|c| c.default.as_ref())
                    .chain(table.checks.values())
            };
            let used = routines
                .iter()
                .filter(|r| texts().any(|t| sql::mentions(t, order::bare(r))));
            all.extend(used.map(routine_key));
            needs.insert(table_key(name), all);
        }
        for routine in &routines {
            let head = parts::head(&self.after.routines[routine]);
            let used = new.iter().filter(|t| sql::mentions(head, t)).map(table_key);
            needs.insert(routine_key(routine), used.collect());
        }
        let keys: Vec<String> = routines
            .iter()
            .map(routine_key)
            .chain(order::tables(self.after, &new).iter().map(table_key))
            .collect();
        let mut there: BTreeSet<String> = BTreeSet::new();
        for key in order::sorted(&keys, &needs) {
            match key.split_at(2) {
                ("t ", name) => {
                    there.insert(name.to_owned());
                    self.create_table(name, &there);
                }
                (_, routine) => self
                    .out
                    .push(self.after.routines[routine].trim_end().to_owned()),
            }
        }
    }

    /// A table with its keys and checks; references only to tables that are there.
    fn create_table(&mut self, name: &str, there: &BTreeSet<String>) {
        let table = &self.after.tables[name];
        let mut parts: Vec<String> = table.columns.iter().map(write_column).collect();
        for kind in ["primary", "unique"] {
            let keys = table.indexes.iter().filter(|(_, i)| i.kind == kind);
            parts.extend(keys.map(|(n, i)| constraint(n, i)));
        }
        for (key, fk) in &table.foreign_keys {
            if self.is_inline(there, &fk.table, &fk.extra) {
                parts.push(reference(key, fk, table, self.after));
            } else {
                self.a.late_keys.insert((name.to_owned(), key.clone()));
            }
        }
        for (check, text) in &table.checks {
            match text.ends_with("NOT VALID") {
                true => drop(self.a.late_checks.insert((name.to_owned(), check.clone()))),
                false => parts.push(format!("CONSTRAINT {} {text}", id(check))),
            }
        }
        self.out
            .push(crate::schema::ddl::create_table(&id(name), &parts, ""));
    }

    fn is_inline(&self, there: &BTreeSet<String>, parent: &str, extra: &str) -> bool {
        let stayed =
            self.before.tables.contains_key(parent) || !self.after.tables.contains_key(parent);
        let is_there = there.contains(parent) || (stayed && !self.a.is_touched(parent));
        is_there && !extra.contains("not valid")
    }

    /// Makes the table anew with its columns and rows; the rest comes with what is made later.
    fn rebuild(&mut self, name: &str) {
        let (before, after) = (&self.before.tables[name], &self.after.tables[name]);
        let other = parts::beside(name, "_rebuild", self.before);
        let columns: Vec<String> = after.columns.iter().map(write_column).collect();
        self.out
            .push(crate::schema::ddl::create_table(&id(&other), &columns, ""));
        let generated = |c: &Column| c.extra == "generated";
        let kept: Vec<&Column> = after
            .columns
            .iter()
            .filter(|c| !generated(c) && before.column(&c.name).is_some())
            .collect();
        if !kept.is_empty() {
            let list: Vec<String> = kept.iter().map(|c| c.name.clone()).collect();
            let values = kept.iter().map(|c| match before.column(&c.name) {
                Some(was) => self.a.converted(was, c),
                None => id(&c.name),
            });
            let values: Vec<String> = values.collect();
            self.out.push(format!(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE\nSELECT {}\nFROM {}",
                id(&other),
                ids(&list),
                values.join(", "),
                id(name)
            ));
        }
        self.out.push(format!("DROP TABLE {}", id(name)));
        self.out
            .push(format!("ALTER TABLE {} RENAME TO {}", id(&other), id(name)));
        for column in after
            .columns
            .iter()
            .filter(|c| c.extra.starts_with("identity") && before.column(&c.name).is_some())
        {
            let (path, c) = (Postgres.literal(&id(name)), Postgres.literal(&column.name));
            // The new table's own sequence has another name until it is asked for by column.
            self.out.push(format!(
                "SELECT setval(pg_get_serial_sequence({path}, {c}), max({}))\nFROM {}",
                id(&column.name),
                id(name)
            ));
        }
    }

    fn alter_columns(&mut self) {
        let both: Vec<_> = self
            .both()
            .filter(|(t, _, _)| !self.a.rebuilt.contains(*t))
            .collect();
        for (name, before, after) in both {
            let table = id(name);
            for column in &after.columns {
                match before.column(&column.name) {
                    None => self.out.push(format!(
                        "ALTER TABLE {table} ADD COLUMN {}",
                        write_column(column)
                    )),
                    Some(was) => self.alter_column(name, was, column),
                }
            }
        }
    }

    fn alter_column(&mut self, table: &str, was: &Column, is: &Column) {
        let column = format!("ALTER TABLE {} ALTER COLUMN {}", id(table), id(&is.name));
        if self.a.is_retyped(was, is) {
            let collation = match is.collation.is_empty() {
                true => String::new(),
                false => format!(" COLLATE {}", is.collation),
            };
            let value = self.a.converted(was, is);
            let using = match value == id(&is.name) {
                true => String::new(),
                false => format!(" USING {value}"),
            };
            self.out
                .push(format!("{column} TYPE {}{collation}{using}", is.kind));
        }
        if was.extra.starts_with("identity")
            && was.extra != is.extra
            && !is.extra.starts_with("identity")
        {
            self.out.push(format!("{column} DROP IDENTITY"));
        }
        if was.nullable != is.nullable {
            let verb = if is.nullable { "DROP" } else { "SET" };
            self.out.push(format!("{column} {verb} NOT NULL"));
        }
        if is.extra.starts_with("identity") && was.extra != is.extra {
            let how = parts::identity(&is.extra);
            self.out.push(match was.extra.starts_with("identity") {
                true => format!("{column} SET {how}"),
                false => format!("{column} ADD {how} AS IDENTITY"),
            });
        }
        if let Some(default) = &is.default
            && is.extra != "generated"
            && (was.default != is.default
                || self
                    .a
                    .gone_defaults
                    .contains(&(table.to_owned(), is.name.clone())))
        {
            self.out.push(format!("{column} SET DEFAULT {default}"));
        }
    }

    /// What nothing uses any more.
    fn drop_leftovers(&mut self) {
        for name in self
            .before
            .sequences
            .keys()
            .filter(|s| !self.after.sequences.contains_key(*s))
        {
            // One that belonged to a column may be gone with it.
            self.out
                .push(format!("DROP SEQUENCE IF EXISTS {}", id(name)));
        }
        for name in &self.a.rebuilt_types {
            let old = parts::beside(name, "_old", self.before);
            self.out.push(format!("DROP TYPE {}", id(&old)));
        }
        for name in self
            .before
            .types
            .keys()
            .filter(|t| !self.after.types.contains_key(*t))
        {
            self.out.push(format!("DROP TYPE {}", id(name)));
        }
    }
}

/// The columns of a foreign key and those that it refers to, as lists.
fn key_columns(
    fk: &crate::schema::ForeignKey,
    table: &Table,
    schema: &Schema,
) -> (Vec<String>, Vec<String>) {
    let parent = schema.tables.get(&fk.table);
    (
        names(&fk.columns, Some(table)),
        names(&fk.parent_columns, parent),
    )
}
