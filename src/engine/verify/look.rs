//! What is in a scratch database: its schema, what else the catalogue tells, and all rows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::database::Database;
use super::super::error::Result;
use super::super::sight::{self, Need, Sight};
use super::content::{Content, Rows};
use crate::dialect::Dialect;
use crate::schema::{Column, Schema, sql};

/// A foreign key, column by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Key {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub parent: String,
    /// The columns that are referred to.
    pub parent_columns: Vec<String>,
}

/// A table with everything that rows have to satisfy.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Shape {
    /// Its name as SQL, with its schema where it is in another one.
    pub path: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The columns of its primary key.
    pub primary: Vec<String>,
    /// The columns of each unique constraint or index; expressions are left out.
    pub uniques: Vec<Vec<String>>,
    /// Its foreign keys.
    pub keys: Vec<Key>,
    /// Its CHECK constraints.
    pub checks: Vec<String>,
}

impl Shape {
    /// The column of that name.
    pub(in crate::engine) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}

/// Named types.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Types {
    /// The labels of enumerations, by the type as columns print it.
    pub labels: BTreeMap<String, Vec<String>>,
    /// What domains are made of, and their checks.
    pub domains: BTreeMap<String, (String, Option<String>)>,
}

/// A look at the whole database.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Look {
    /// The catalogue as a value.
    pub schema: Schema,
    /// What that does not hold, each with its definition: `extension citext`, `table auth.users`.
    pub things: BTreeMap<String, String>,
    /// Tables by name; `schema.table` in another schema.
    pub shapes: BTreeMap<String, Shape>,
    /// Named types.
    pub types: Types,
    /// All rows.
    pub content: Content,
}

impl Look {
    /// Looks.
    ///
    /// # Errors
    /// The database's.
    pub(in crate::engine) async fn at(db: &mut Database) -> Result<Self> {
        let mut look = Self {
            schema: db.schema().await?,
            ..Self::default()
        };
        let script = db.dialect().rows().shapes_script();
        let results = db.query("the catalogue cannot be read", &script).await?;
        let facts: Vec<Vec<Option<String>>> = results.into_iter().flat_map(|r| r.rows).collect();
        let elsewhere: Vec<String> = facts
            .iter()
            .filter(|row| is(row, 0, "thing") && is(row, 1, "table"))
            .filter_map(|row| row.get(2)?.clone())
            .collect();
        let names = elsewhere.iter().map(String::as_str);
        db.look_elsewhere(&mut look.schema, names).await?;
        look.take(db.dialect(), &facts);
        look.read_rows(db).await?;
        Ok(look)
    }

    /// Takes what the catalogue tells of tables and types.
    fn take(&mut self, d: &dyn Dialect, facts: &[Vec<Option<String>>]) {
        let own = self.schema.tables.iter().map(|(n, t)| (n, t, d.ident(n)));
        let others = self.schema.elsewhere.iter().map(|(n, t)| (n, t, d.path(n)));
        for (name, table, path) in own.chain(others) {
            let checks = table.checks.iter();
            let checks = checks.map(|(name, text)| self.schema.check_text(name, text));
            let shape = Shape {
                path,
                columns: table.columns.clone(),
                checks: checks.map(str::to_owned).collect(),
                ..Shape::default()
            };
            self.shapes.insert(name.clone(), shape);
        }
        if facts.iter().any(|row| is(row, 0, "check")) {
            for shape in self.shapes.values_mut() {
                shape.checks.clear();
            }
        }
        let mut uniques: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        let mut keys: BTreeMap<(String, String), Key> = BTreeMap::new();
        let mut parts: BTreeSet<String> = BTreeSet::new();
        for row in facts {
            let get = |i: usize| row.get(i).cloned().flatten().unwrap_or_default();
            match get(0).as_str() {
                "primary" => {
                    if let Some(shape) = self.shapes.get_mut(&get(1)) {
                        shape.primary.push(get(2));
                    }
                }
                "check" => {
                    if let Some(shape) = self.shapes.get_mut(&get(1)) {
                        shape.checks.push(d.rows().check_text(get(2)));
                    }
                }
                "unique" => uniques.entry((get(1), get(2))).or_default().push(get(3)),
                "key" => {
                    let named = |name: &String| d.same_name(name, &get(4));
                    let parent = self.shapes.keys().find(|n| **n == get(4));
                    let parent = parent.or_else(|| self.shapes.keys().find(|n| named(n)));
                    let key = keys.entry((get(1), get(2))).or_insert_with(|| Key {
                        columns: Vec::new(),
                        parent: parent.cloned().unwrap_or_else(|| get(4)),
                        parent_columns: Vec::new(),
                    });
                    key.columns.push(get(3));
                    key.parent_columns.push(get(5));
                }
                "label" => self.types.labels.entry(get(1)).or_default().push(get(2)),
                "domain" => {
                    let checks = row.get(3).cloned().flatten();
                    self.types.domains.insert(get(1), (get(2), checks));
                }
                "part" => drop(parts.insert(get(1))),
                _ => drop(self.things.insert(format!("{} {}", get(1), get(2)), get(3))),
            }
        }
        for ((table, _), columns) in uniques {
            if let Some(shape) = self.shapes.get_mut(&table) {
                shape.uniques.push(columns);
            }
        }
        for ((table, _), key) in keys {
            if let Some(shape) = self.shapes.get_mut(&table) {
                shape.keys.push(key);
            }
        }
        // Their rows are the partitioned table's.
        self.shapes.retain(|name, _| !parts.contains(name));
    }

    /// Reads all rows anew.
    ///
    /// # Errors
    /// The database's; exit code 6 where row level security hides some.
    pub(in crate::engine) async fn read_rows(&mut self, db: &mut Database) -> Result<()> {
        if self.shapes.is_empty() {
            self.content.clear();
            return Ok(());
        }
        let d = db.dialect();
        let names = self.shapes.keys().map(String::as_str);
        let sight = Sight::over(db, &self.schema, names, Need::Read).await?;
        let sight = sight.all(db)?;
        let queries: Vec<(&str, String)> = self
            .shapes
            .iter()
            .map(|(name, shape)| (name.as_str(), select(d, shape)))
            .collect();
        let results = sight::read(db, &sight, "the rows cannot be read", queries).await?;
        self.content = self
            .shapes
            .iter()
            .zip(results)
            .map(|((name, shape), result)| (name.clone(), Rows::new(shape, result.rows)))
            .collect();
        Ok(())
    }
}

/// The query for all rows of a table, every value to the byte, in the order of their key.
pub(in crate::engine) fn select(d: &dyn Dialect, shape: &Shape) -> String {
    let values: Vec<String> = shape
        .columns
        .iter()
        .map(|c| d.rows().exact(&d.ident(&c.name), &c.kind))
        .collect();
    let values = if values.is_empty() {
        "NULL".to_owned()
    } else {
        values.join(", ")
    };
    let order: Vec<String> = shape.primary.iter().map(|c| d.ident(c)).collect();
    let order = if order.is_empty() {
        String::new()
    } else {
        format!(" ORDER BY {}", order.join(", "))
    };
    format!("SELECT {values} FROM {}{order}", shape.path)
}

fn is(row: &[Option<String>], i: usize, word: &str) -> bool {
    row.get(i).and_then(Option::as_deref) == Some(word)
}

/// Whether some word of an expression is that name.
pub(in crate::engine) fn mentions(expression: &str, name: &str) -> bool {
    sql::tokens(expression)
        .iter()
        .any(|(token, _)| token.name().is_some_and(|n| n.eq_ignore_ascii_case(name)))
}
