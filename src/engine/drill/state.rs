//! What a command leaves behind: schema, history and rows, as far as two runs have to agree on them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::database::Database;
use super::super::error::Result;
use super::super::verify::look::Look;
use crate::schema::{Change, Schema, compare};

type Value = Option<String>;

/// Columns of the history that say when something was, or how long it took.
const TIMES: [&str; 5] = [
    "applied_at",
    "started_at",
    "finished_at",
    "duration_ms",
    "updated_at",
];

/// The table of facts, of which each is taken for a table of its own: one that differs from run to run
/// must not hide the others.
const FACTS: &str = "saasdb_meta";

/// Notes for whoever waits for the lock. A run that was killed leaves one behind until the next one
/// gives its lock back; nothing depends on it.
const NOTES: &str = "lock_holder/";

/// The schema that scratch databases have where roles of the server are to stay.
const TIE: &str = "schema saasdb_verify_tie";

/// How many differences are named; the rest is counted.
const NAMED: usize = 12;

/// The rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// What is in a database.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    schema: Schema,
    /// What the schema as a value does not hold, by name.
    things: BTreeMap<String, String>,
    /// The rows of all tables, saasdb's own among them.
    rows: BTreeMap<String, Rows>,
}

/// Columns, by table, whose values differ from run to run: times of insertion, random ids, salts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Volatile(BTreeSet<(String, String)>);

impl State {
    /// Reads it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn read(db: &mut Database) -> Result<Self> {
        db.look().await?;
        let mut look = Look::at(db).await?;
        // What ties roles of the server to a scratch database depends on who else has some now.
        look.things.remove(TIE);
        let mut rows: BTreeMap<String, Rows> = look
            .content
            .into_iter()
            .map(|(table, found)| {
                let columns = found.columns.into_iter().map(|(name, _)| name).collect();
                let rows = found.rows;
                (table, Rows { columns, rows })
            })
            .collect();
        read_history(db, &mut rows).await?;
        Ok(Self {
            schema: look.schema,
            things: look.things,
            rows,
        })
    }

    /// What is not as in `self`, object by object; empty if both are the same.
    pub(super) fn differences(&self, other: &Self, volatile: &Volatile) -> Vec<String> {
        let mut out: Vec<String> = compare(&self.schema, &other.schema)
            .into_iter()
            .map(|d| match d.change {
                Change::Added => format!("{} is too much", d.object),
                Change::Removed => format!("{} is missing", d.object),
                Change::Changed => {
                    format!("{} differs: {}", d.object, d.detail.unwrap_or_default())
                }
            })
            .collect();
        for name in self.things.keys().chain(other.things.keys()) {
            let line = match (self.things.get(name), other.things.get(name)) {
                (Some(_), None) => format!("{name} is missing"),
                (None, Some(_)) => format!("{name} is too much"),
                (a, b) if a != b => format!("{name} differs"),
                _ => continue,
            };
            if !out.contains(&line) {
                out.push(line);
            }
        }
        let none = Rows::default();
        let tables: BTreeSet<&String> = self.rows.keys().chain(other.rows.keys()).collect();
        for table in tables {
            let a = self.rows.get(table).unwrap_or(&none);
            let b = other.rows.get(table).unwrap_or(&none);
            rows_apart(table, a, b, volatile, &mut out);
        }
        if out.len() > NAMED {
            let more = out.len() - NAMED;
            out.truncate(NAMED);
            out.push(format!("and {more} more"));
        }
        out
    }
}

impl Volatile {
    /// Learns from two runs of the same commands: what differs between them cannot be asked of others.
    pub(super) fn between(a: &State, b: &State) -> Self {
        let mut out = BTreeSet::new();
        for (table, rows) in &a.rows {
            let Some(others) = b.rows.get(table) else {
                continue;
            };
            for (at, column) in rows.columns.iter().enumerate() {
                let same = others.columns.get(at) == Some(column)
                    && sorted(rows.rows.iter().map(|row| &row[at]))
                        == sorted(others.rows.iter().map(|row| &row[at]));
                if !same {
                    out.insert((table.clone(), column.clone()));
                }
            }
        }
        Self(out)
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.0.contains(&(table.to_owned(), column.to_owned()))
    }
}

fn sorted<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut all: Vec<&Value> = values.collect();
    all.sort_unstable();
    all
}

/// Rows that one side has and the other has not; of volatile values only whether there is one.
fn rows_apart(table: &str, a: &Rows, b: &Rows, volatile: &Volatile, out: &mut Vec<String>) {
    if a.columns != b.columns && !a.columns.is_empty() && !b.columns.is_empty() {
        out.push(format!("table {table} has its columns in another order"));
        return;
    }
    let mut counts: BTreeMap<Vec<Value>, i64> = BTreeMap::new();
    for (rows, one) in [(a, 1), (b, -1)] {
        for row in &rows.rows {
            let stable = rows.columns.iter().zip(row).map(|(column, value)| {
                match volatile.has(table, column) {
                    true => value.as_ref().map(|_| "…".to_owned()),
                    false => value.clone(),
                }
            });
            *counts.entry(stable.collect()).or_default() += one;
        }
    }
    let columns = if a.columns.is_empty() {
        &b.columns
    } else {
        &a.columns
    };
    for (row, count) in counts.into_iter().filter(|(_, count)| *count != 0) {
        let word = if count > 0 {
            "is missing"
        } else {
            "is too much"
        };
        out.push(format!("row {} of {table} {word}", shown(columns, &row)));
    }
}

/// The first values of a row, cut short.
fn shown(columns: &[String], row: &[Value]) -> String {
    let pairs = columns.iter().zip(row).filter_map(|(column, value)| {
        let value = value.as_deref()?;
        let short: String = value.chars().take(40).collect();
        Some(format!("{column} = {short}"))
    });
    format!("({})", pairs.take(6).collect::<Vec<_>>().join(", "))
}

/// Adds the rows of the history's tables, which are not part of the schema, without their times.
async fn read_history(db: &mut Database, rows: &mut BTreeMap<String, Rows>) -> Result<()> {
    let mut books: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in db.columns().await? {
        let own = table == super::super::history::SEAORM || table.starts_with("saasdb_");
        let times = TIMES.contains(&column.as_str());
        if own && !times && db.facts.relations.contains(&table) {
            books.entry(table).or_default().push(column);
        }
    }
    if books.is_empty() {
        return Ok(());
    }
    let d = db.dialect();
    let queries: Vec<String> = books
        .iter_mut()
        .map(|(table, columns)| {
            columns.sort_unstable();
            let values: Vec<String> = columns.iter().map(|c| d.as_text(&d.ident(c))).collect();
            format!("SELECT {} FROM {}", values.join(", "), d.ident(table))
        })
        .collect();
    let results = db
        .query("the history cannot be read", &queries.join(";\n"))
        .await?;
    for ((table, columns), result) in books.into_iter().zip(results) {
        if table != FACTS {
            rows.insert(
                table,
                Rows {
                    columns,
                    rows: result.rows,
                },
            );
            continue;
        }
        let name = columns.iter().position(|c| c == "name");
        for row in result.rows {
            let fact = name.and_then(|at| row.get(at)?.clone()).unwrap_or_default();
            if !fact.starts_with(NOTES) {
                let entry = rows.entry(format!("{FACTS}, {fact}")).or_default();
                entry.columns.clone_from(&columns);
                entry.rows.push(row);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(rows: &[[Option<&str>; 2]]) -> State {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|v| v.map(str::to_owned)).collect());
        let table = Rows {
            columns: vec!["id".to_owned(), "made".to_owned()],
            rows: rows.collect(),
        };
        State {
            rows: BTreeMap::from([("t".to_owned(), table)]),
            ..State::default()
        }
    }

    #[test]
    fn what_two_runs_disagree_on_is_compared_by_whether_it_is_there() {
        let a = state(&[[Some("1"), Some("10:00")], [Some("2"), None]]);
        let b = state(&[[Some("1"), Some("10:01")], [Some("2"), None]]);
        let volatile = Volatile::between(&a, &b);
        assert_eq!(a.differences(&b, &volatile), [""; 0]);
        let c = state(&[[Some("1"), Some("10:02")], [Some("2"), Some("10:02")]]);
        assert_eq!(
            a.differences(&c, &volatile),
            [
                "row (id = 2) of t is missing",
                "row (id = 2, made = …) of t is too much"
            ]
        );
        assert_eq!(
            a.differences(&b, &Volatile::default()),
            [
                "row (id = 1, made = 10:00) of t is missing",
                "row (id = 1, made = 10:01) of t is too much"
            ]
        );
    }

    #[test]
    fn a_row_that_is_there_twice_is_found() {
        let once = state(&[[Some("1"), None]]);
        let twice = state(&[[Some("1"), None], [Some("1"), None]]);
        let volatile = Volatile::between(&once, &once);
        assert_eq!(
            once.differences(&twice, &volatile),
            ["row (id = 1) of t is too much"]
        );
    }
}
