//! Which tables there are while a run of migrations goes on: those that hold rows when it begins,
//! and those that it makes, on which nobody waits.

use std::collections::{BTreeMap, BTreeSet};

use super::size::{Known, Size};
use crate::engine::effects::{copied, eat, path};
use crate::schema::sql::{Token, tokens};

/// The tables, by name; `schema.table` for those elsewhere.
pub(super) struct World<'a> {
    sizes: &'a BTreeMap<String, Size>,
    assume: Option<u64>,
    /// What a name without one belongs to, as statements may say it all the same.
    homes: &'a [String],
    /// Made in this run.
    made: BTreeSet<String>,
    /// Not there any more.
    gone: BTreeSet<String>,
    /// Under which name the database knows a table that got another one.
    renamed: BTreeMap<String, String>,
    /// Made anew in place of themselves by this migration: theirs is the copy, what comes after it
    /// belongs to that.
    rebuilt: BTreeSet<String>,
    /// Copied whole by this migration.
    copied: BTreeSet<String>,
}

/// What a statement does to tables as such.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Made(String),
    Gone(String),
    Renamed(String, String),
}

impl<'a> World<'a> {
    pub(super) fn new(
        sizes: &'a BTreeMap<String, Size>,
        assume: Option<u64>,
        homes: &'a [String],
    ) -> Self {
        Self {
            sizes,
            assume,
            homes,
            made: BTreeSet::new(),
            gone: BTreeSet::new(),
            renamed: BTreeMap::new(),
            rebuilt: BTreeSet::new(),
            copied: BTreeSet::new(),
        }
    }

    /// How much a table holds, if it is there with rows since before the run.
    pub(super) fn held(&self, table: &str) -> Option<Size> {
        let table = at_home(table, self.homes);
        if self.made.contains(table) {
            return None;
        }
        let name = self.renamed.get(table).map_or(table, String::as_str);
        if self.gone.contains(table) && name == table {
            return None;
        }
        let found = self.sizes.get(name).or_else(|| {
            let mut all = self.sizes.iter();
            all.find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, s)| s)
        });
        let found = found.copied().filter(|size| !size.is_empty());
        match self.assume {
            Some(rows) if rows > 0 && found.and_then(|s| s.rows).is_none_or(|r| r < rows) => {
                Some(Size {
                    rows: Some(rows),
                    known: Known::Assumed,
                    bytes: found.and_then(|s| s.bytes),
                })
            }
            _ => found,
        }
    }

    /// Whether any table holds rows.
    pub(super) fn holds_any(&self) -> bool {
        self.assume.is_some_and(|rows| rows > 0) || self.sizes.values().any(|s| !s.is_empty())
    }

    /// A statement was carried out.
    pub(super) fn apply(&mut self, statement: &str) {
        if let Some((_, table)) = copied(statement) {
            self.copied.insert(at_home(&table, self.homes).to_owned());
        }
        for event in events(statement) {
            match event {
                Event::Made(table) => {
                    let table = at_home(&table, self.homes).to_owned();
                    if self.gone.contains(&table) && self.copied.contains(&table) {
                        self.rebuilt.insert(table.clone());
                    }
                    // IF NOT EXISTS makes nothing where the table is.
                    if self.gone.contains(&table) || !self.sizes.contains_key(&table) {
                        self.made.insert(table);
                    }
                }
                Event::Gone(table) => {
                    let table = at_home(&table, self.homes).to_owned();
                    self.renamed.remove(&table);
                    if !self.made.remove(&table) {
                        self.gone.insert(table);
                    }
                }
                Event::Renamed(from, to) => self.rename(&from, &to),
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let from = at_home(from, self.homes).to_owned();
        // A new name without a schema is in that of the old one.
        let to = match from.rsplit_once('.') {
            Some((schema, _)) if !to.contains('.') => format!("{schema}.{to}"),
            _ => at_home(to, self.homes).to_owned(),
        };
        if self.made.remove(&from) {
            if self.gone.contains(&to) {
                self.rebuilt.insert(to.clone());
            }
            self.made.insert(to);
        } else {
            let known = self.renamed.remove(&from).unwrap_or_else(|| from.clone());
            self.gone.remove(&to);
            self.gone.insert(from);
            self.renamed.insert(to, known);
        }
    }

    /// A migration is at its end.
    pub(super) fn end_of_migration(&mut self) {
        for table in std::mem::take(&mut self.rebuilt) {
            self.made.remove(&table);
            self.gone.remove(&table);
        }
        self.copied.clear();
        // Whoever assumes rows assumes too that each migration is released by itself.
        if self.assume.is_some() {
            self.made.clear();
        }
    }
}

/// A table's name without the place that it is in anyway.
fn at_home<'t>(table: &'t str, homes: &[String]) -> &'t str {
    match table.split_once('.') {
        Some((place, name)) if homes.iter().any(|home| home == place) => name,
        _ => table,
    }
}

/// The tables that statements give another name, by their old one.
pub(super) fn renamed_tables(statement: &str, homes: &[String]) -> Vec<String> {
    let renamed = events(statement)
        .into_iter()
        .filter_map(|event| match event {
            Event::Renamed(from, _) => Some(at_home(&from, homes).to_owned()),
            _ => None,
        });
    renamed.collect()
}

/// The name that the database is asked for.
pub(super) fn asked(table: &str, homes: &[String]) -> String {
    at_home(table, homes).to_owned()
}

fn events(statement: &str) -> Vec<Event> {
    let all: Vec<Token> = tokens(statement).into_iter().map(|(t, _)| t).collect();
    let mut rest = all.as_slice();
    if eat(&mut rest, &["CREATE"]) {
        let before = [
            "OR",
            "REPLACE",
            "TEMP",
            "TEMPORARY",
            "UNLOGGED",
            "GLOBAL",
            "LOCAL",
        ];
        while before.iter().any(|word| eat(&mut rest, &[word])) {}
        let is_table = eat(&mut rest, &["TABLE"]) || eat(&mut rest, &["MATERIALIZED", "VIEW"]);
        eat(&mut rest, &["IF", "NOT", "EXISTS"]);
        return match is_table {
            true => path(&mut rest).map(Event::Made).into_iter().collect(),
            false => Vec::new(),
        };
    }
    if eat(&mut rest, &["DROP"]) {
        eat(&mut rest, &["TEMPORARY"]);
        if !eat(&mut rest, &["TABLE"]) {
            return Vec::new();
        }
        eat(&mut rest, &["IF", "EXISTS"]);
        let parts = rest.split(|t| *t == Token::Mark(','));
        return parts
            .filter_map(|mut part| path(&mut part).map(Event::Gone))
            .collect();
    }
    if eat(&mut rest, &["ALTER", "TABLE"]) {
        eat(&mut rest, &["IF", "EXISTS"]);
        eat(&mut rest, &["ONLY"]);
        let Some(table) = path(&mut rest) else {
            return Vec::new();
        };
        if eat(&mut rest, &["RENAME", "TO"]) || eat(&mut rest, &["RENAME", "AS"]) {
            let to = path(&mut rest).map(|to| Event::Renamed(table, to));
            return to.into_iter().collect();
        }
        if eat(&mut rest, &["SET", "SCHEMA"]) {
            let name = table.rsplit('.').next().unwrap_or(&table).to_owned();
            let to =
                path(&mut rest).map(|schema| Event::Renamed(table, format!("{schema}.{name}")));
            return to.into_iter().collect();
        }
    } else if eat(&mut rest, &["RENAME", "TABLE"]) {
        let parts = rest.split(|t| *t == Token::Mark(','));
        let one = |mut part: &[Token]| {
            let from = path(&mut part)?;
            eat(&mut part, &["TO"]).then_some(())?;
            Some(Event::Renamed(from, path(&mut part)?))
        };
        return parts.filter_map(one).collect();
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sizes(all: &[(&str, u64)]) -> BTreeMap<String, Size> {
        let size = |rows| Size {
            rows: Some(rows),
            ..Size::default()
        };
        all.iter()
            .map(|(t, n)| ((*t).to_owned(), size(*n)))
            .collect()
    }

    fn rows(world: &World<'_>, table: &str) -> Option<u64> {
        world.held(table).and_then(|s| s.rows)
    }

    #[test]
    fn new_and_empty_tables_hold_nothing() {
        let (sizes, homes) = (sizes(&[("users", 5), ("none", 0)]), ["public".to_owned()]);
        let mut world = World::new(&sizes, None, &homes);
        world.apply("CREATE TABLE IF NOT EXISTS users (id int)");
        world.apply("CREATE UNLOGGED TABLE \"fresh\" (id int)");
        assert_eq!(rows(&world, "users"), Some(5));
        assert_eq!(rows(&world, "public.users"), Some(5));
        assert_eq!(rows(&world, "USERS"), Some(5));
        assert_eq!(
            (
                rows(&world, "none"),
                rows(&world, "fresh"),
                rows(&world, "auth.users")
            ),
            (None, None, None)
        );
        assert!(world.holds_any());
    }

    #[test]
    fn a_table_keeps_its_rows_under_another_name() {
        let sizes = sizes(&[("users", 5)]);
        let mut world = World::new(&sizes, None, &[]);
        world.apply("ALTER TABLE users RENAME TO people");
        assert_eq!(
            (rows(&world, "users"), rows(&world, "people")),
            (None, Some(5))
        );
        world.apply("RENAME TABLE people TO folk");
        assert_eq!(
            (rows(&world, "people"), rows(&world, "folk")),
            (None, Some(5))
        );
        world.apply("CREATE TABLE users (id int)");
        assert_eq!(rows(&world, "users"), None);
        world.apply("DROP TABLE folk, users");
        assert_eq!(rows(&world, "folk"), None);
    }

    #[test]
    fn a_rebuilt_table_is_let_alone_to_the_end_of_its_migration() {
        let sizes = sizes(&[("t", 5)]);
        let mut world = World::new(&sizes, None, &[]);
        for sql in [
            "CREATE TABLE t_new (id int)",
            "DROP TABLE t",
            "ALTER TABLE t_new RENAME TO t",
        ] {
            world.apply(sql);
        }
        assert_eq!(rows(&world, "t"), None);
        world.end_of_migration();
        assert_eq!(rows(&world, "t"), Some(5));
    }

    #[test]
    fn a_table_that_is_made_again_from_a_copy_is_let_alone_too() {
        let sizes = sizes(&[("t", 5)]);
        let mut world = World::new(&sizes, None, &[]);
        for sql in [
            "CREATE TABLE t_rebuild AS SELECT * FROM t",
            "DROP TABLE t",
            "CREATE TABLE t (id int)",
            "INSERT INTO t (id) SELECT id FROM t_rebuild",
            "DROP TABLE t_rebuild",
        ] {
            world.apply(sql);
        }
        assert_eq!(rows(&world, "t"), None);
        world.end_of_migration();
        assert_eq!(rows(&world, "t"), Some(5));
    }

    #[test]
    fn assumed_rows_are_in_every_table_that_a_migration_finds() {
        let sizes = sizes(&[("big", 9_000)]);
        let mut world = World::new(&sizes, Some(500), &[]);
        world.apply("CREATE TABLE fresh (id int)");
        assert_eq!(
            (rows(&world, "fresh"), rows(&world, "there")),
            (None, Some(500))
        );
        assert_eq!(rows(&world, "big"), Some(9_000));
        world.end_of_migration();
        assert_eq!(rows(&world, "fresh"), Some(500));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(sql in "(CREATE TABLE|DROP TABLE|ALTER TABLE|RENAME TABLE)?[ -~]{0,60}") {
            let _ = events(&sql);
        }
    }
}
