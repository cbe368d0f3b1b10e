//! Fills tables with rows, whatever they demand.

use std::collections::BTreeSet;

use super::super::database::Database;
use super::super::error::{Error, Result};
use super::super::sight::{Batch, Need, Sight};
use super::Note;
use super::content::Rows;
use super::draft::{ATTEMPTS, Drafter, ROWS, guess, is_generated, keys_of};
use super::expr::Value;
use super::look::{Look, Shape, select};
use super::value::Cell;
use crate::dialect::{Cause, SqlError};
use crate::schema::Column;

const SAVEPOINT: &str = "SAVEPOINT saasdb_row";
const BACK: &str = "ROLLBACK TO SAVEPOINT saasdb_row";

struct Fill<'a> {
    db: &'a mut Database,
    look: &'a mut Look,
    sight: Sight,
    migration: &'a str,
    notes: Vec<Note>,
}

/// Gives every table that has fewer so many rows, and values to columns that are NULL throughout. What
/// cannot be filled is said in the notes, in the database's words.
///
/// # Errors
/// When the database cannot be asked any more.
pub(super) async fn fill(db: &mut Database, look: &mut Look, migration: &str) -> Result<Vec<Note>> {
    let names: Vec<String> = look.shapes.keys().cloned().collect();
    let names = names.iter().map(String::as_str);
    let sight = Sight::over(db, &look.schema, names, Need::Write).await?;
    let mut fill = Fill {
        db,
        look,
        sight,
        migration,
        notes: Vec::new(),
    };
    let mut left_out = BTreeSet::new();
    if let Err(error) = fill.transaction(&mut left_out).await? {
        // Only rows that refer to each other are checked so late: once more without them.
        let tables: Vec<String> = left_out.iter().cloned().collect();
        fill.notes.clear();
        for table in &tables {
            fill.note(table, &error);
        }
        if let Err(error) = fill.transaction(&mut left_out).await? {
            return Err(Error::sql("the rows cannot be written", &error).on(&fill.db.target));
        }
    }
    let notes = fill.notes;
    look.read_rows(db).await?;
    Ok(notes)
}

impl Fill<'_> {
    /// Fills in one transaction. Tables whose rows have to refer to each other are added to `knots`,
    /// and left out if they are among them already.
    async fn transaction(&mut self, knots: &mut BTreeSet<String>) -> Result<Result<(), SqlError>> {
        let d = self.db.dialect();
        let untied = knots.clone();
        let mut begin = vec![d.begin().to_owned()];
        begin.extend(self.db.transaction_settings());
        begin.extend(d.announce_seeding().map(str::to_owned));
        self.db
            .query("the rows cannot be written", &begin.join(";\n"))
            .await?;
        let outcome = match self.tables(&untied, knots).await {
            Ok(outcome) => outcome,
            Err(error) => {
                let _ = self.db.run("ROLLBACK").await;
                return Err(error);
            }
        };
        let outcome = match outcome {
            Ok(()) => self.db.run("COMMIT").await.map(drop),
            refused => refused,
        };
        match outcome {
            Ok(()) => Ok(Ok(())),
            Err(error) if error.cause == Cause::Unreachable => {
                Err(Error::sql("the rows cannot be written", &error).on(&self.db.target))
            }
            Err(error) => {
                let _ = self.db.run("ROLLBACK").await;
                let again = d.rows().undefer().join(";\n");
                if !again.is_empty() {
                    self.db
                        .query("the session cannot be set up", &again)
                        .await?;
                }
                self.look.read_rows(self.db).await?;
                Ok(Err(error))
            }
        }
    }

    async fn tables(
        &mut self,
        untied: &BTreeSet<String>,
        knots: &mut BTreeSet<String>,
    ) -> Result<Result<(), SqlError>> {
        let mut left: Vec<String> = self
            .look
            .shapes
            .keys()
            .filter(|t| !untied.contains(*t) && self.rows_of(t) < ROWS)
            .cloned()
            .collect();
        let mut deferred = false;
        while !left.is_empty() {
            let ready = left.iter().position(|table| !self.waits(table, &left));
            let at = ready.unwrap_or(0);
            if ready.is_none() && !deferred {
                deferred = true;
                let script = self.db.dialect().rows().defer().join(";\n");
                self.db
                    .query("references cannot be deferred", &script)
                    .await?;
            }
            if deferred {
                knots.insert(left[at].clone());
            }
            let table = left.remove(at);
            self.table(&table).await?;
        }
        if deferred {
            let script = self.db.dialect().rows().undefer().join(";\n");
            if let Err(error) = self.db.run(&script).await {
                return Ok(Err(error));
            }
        }
        let tables: Vec<String> = self.look.shapes.keys().cloned().collect();
        for table in tables {
            self.columns(&table).await?;
        }
        Ok(Ok(()))
    }

    fn rows_of(&self, table: &str) -> usize {
        self.look.content.get(table).map_or(0, |c| c.rows.len())
    }

    /// Whether rows of the table must refer to rows of one that is still to be filled.
    fn waits(&self, table: &str, left: &[String]) -> bool {
        let Some(shape) = self.look.shapes.get(table) else {
            return false;
        };
        shape.keys.iter().any(|key| {
            let must = |name: &String| shape.column(name).is_some_and(|c| !c.nullable);
            key.parent != table
                && key.columns.iter().all(must)
                && left.contains(&key.parent)
                && self.rows_of(&key.parent) < ROWS
        })
    }

    /// Fills a table.
    async fn table(&mut self, table: &str) -> Result<()> {
        let there = self.rows_of(table);
        let numbers: Vec<usize> = (there + 1..=ROWS).collect();
        let all: Vec<String> = numbers.iter().map(|n| self.insert(table, *n, 0)).collect();
        if self.send(table, &all).await?.is_ok() {
            return Ok(());
        }
        for n in numbers {
            let mut first: Option<SqlError> = None;
            for attempt in 0..ATTEMPTS {
                let row = self.insert(table, n, attempt);
                match self.send(table, &[row]).await? {
                    Ok(()) => {
                        first = None;
                        break;
                    }
                    Err(error) => drop(first.get_or_insert(error)),
                }
            }
            if let Some(error) = first {
                self.note(table, &error);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The statement that inserts row `n`.
    fn insert(&self, table: &str, n: usize, attempt: usize) -> String {
        let d = self.db.dialect();
        let shape = &self.look.shapes[table];
        let row = Drafter::new(d, self.look, table, shape).row(n, attempt);
        let columns: Vec<String> = row.iter().map(|(name, _)| d.ident(name)).collect();
        let values: Vec<&str> = row.iter().map(|(_, cell)| cell.sql.as_str()).collect();
        let identity = shape.columns.iter().any(|c| c.extra.contains("identity"));
        let overriding = if identity { d.rows().overriding() } else { "" };
        format!(
            "INSERT INTO {} ({}){overriding} VALUES ({})",
            shape.path,
            columns.join(", "),
            values.join(", ")
        )
    }

    /// Sends statements on a table and reads its rows anew; what is refused leaves nothing.
    async fn send(&mut self, table: &str, statements: &[String]) -> Result<Result<(), SqlError>> {
        let d = self.db.dialect();
        let shape = self.look.shapes[table].clone();
        let mut batch = Batch::new(self.db, &self.sight);
        batch.own(SAVEPOINT.to_owned());
        for statement in statements {
            batch.on(table, statement.clone());
        }
        for column in &shape.columns {
            let counts = column.extra.contains("identity")
                || column
                    .default
                    .as_ref()
                    .is_some_and(|t| t.starts_with("nextval("));
            if let (true, Some(sql)) = (counts, d.after_explicit_ids(table, &column.name)) {
                batch.on(table, sql);
            }
        }
        batch.ask(table, select(d, &shape));
        match batch.send(self.db).await {
            Ok(results) => {
                let rows = results.into_iter().next().unwrap_or_default().rows;
                self.look
                    .content
                    .insert(table.to_owned(), Rows::new(&shape, rows));
                Ok(Ok(()))
            }
            Err(refusal) if refusal.error.cause == Cause::Unreachable => {
                Err(refusal.explain(self.db, "the rows cannot be written"))
            }
            Err(refusal) => {
                self.db
                    .query("a refused row cannot be taken back", BACK)
                    .await?;
                Ok(Err(refusal.error))
            }
        }
    }

    /// Gives values to columns of a table that are NULL throughout: those that a migration added, and
    /// references that had to wait.
    async fn columns(&mut self, table: &str) -> Result<()> {
        let shape = self.look.shapes[table].clone();
        if shape.primary.is_empty() {
            return Ok(());
        }
        for column in shape
            .columns
            .iter()
            .filter(|c| c.nullable && !is_generated(c))
        {
            let content = &self.look.content[table];
            let count = content.rows.len();
            if count == 0 || content.values(&column.name).any(Option::is_some) {
                continue;
            }
            let mut refused = None;
            let mut written = false;
            for at in (0..count).step_by(2) {
                for cell in self.values(table, &shape, column, at) {
                    let update = self.update(table, &shape, column, at, &cell);
                    match self.send(table, &[update]).await? {
                        Ok(()) => {
                            written = true;
                            break;
                        }
                        Err(error) => drop(refused.get_or_insert(error)),
                    }
                }
            }
            if let (false, Some(error)) = (written, refused) {
                self.note(&format!("column {table}.{}", column.name), &error);
            }
        }
        Ok(())
    }

    /// Values to try for a column of a row that is there.
    fn values(&self, table: &str, shape: &Shape, column: &Column, at: usize) -> Vec<Cell> {
        let d = self.db.dialect();
        let content = &self.look.content[table];
        let mut keys = shape.keys.iter();
        if let Some(key) = keys.find(|k| k.columns.contains(&column.name)) {
            let place = key.columns.iter().position(|c| *c == column.name);
            let agrees = |cells: &Vec<Cell>| {
                key.columns.iter().zip(cells).all(|(name, cell)| {
                    let at = content.position(name).and_then(|p| content.rows[at].get(p));
                    let kind = shape.column(name).map_or("", |c| c.kind.as_str());
                    match at {
                        Some(Some(text)) => d.rows().again(kind, text) == cell.sql,
                        _ => true,
                    }
                })
            };
            let mut rows = keys_of(d, &self.look.content, key).unwrap_or_default();
            rows.retain(agrees);
            if !rows.is_empty() {
                // Not itself, where the reference is to the same table.
                let by = (at + 1) % rows.len();
                rows.rotate_left(by);
            }
            let cells = rows
                .into_iter()
                .filter_map(|row| row.into_iter().nth(place?));
            return cells.collect();
        }
        let row: Vec<(String, Value)> = content
            .columns
            .iter()
            .zip(&content.rows[at])
            .map(|((name, _), value)| {
                let value = value.as_ref().map_or(Value::Null, |text| guess(text));
                (name.clone(), value)
            })
            .collect();
        let mut cells = Drafter::new(d, self.look, table, shape).values(column, at + 1, &row);
        cells.truncate(12);
        cells
    }

    fn update(
        &self,
        table: &str,
        shape: &Shape,
        column: &Column,
        at: usize,
        cell: &Cell,
    ) -> String {
        let d = self.db.dialect();
        let content = &self.look.content[table];
        let is: Vec<String> = shape
            .primary
            .iter()
            .filter_map(|name| {
                let place = content.position(name)?;
                let text = content.rows[at].get(place)?.as_ref()?;
                let kind = &content.columns[place].1;
                Some(format!(
                    "{} = {}",
                    d.ident(name),
                    d.rows().again(kind, text)
                ))
            })
            .collect();
        format!(
            "UPDATE {} SET {} = {} WHERE {}",
            shape.path,
            d.ident(&column.name),
            cell.sql,
            is.join(" AND ")
        )
    }

    fn note(&mut self, object: &str, error: &SqlError) {
        self.notes.push(Note {
            migration: self.migration.to_owned(),
            object: object.to_owned(),
            detail: format!("no generated row suits it: {error}"),
        });
    }
}
