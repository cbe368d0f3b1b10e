//! A row for a table: which values suit its checks and references, as far as can be told without asking
//! the database.

use std::collections::BTreeMap;

use super::content::Content;
use super::expr::{self, Expr, Value};
use super::look::{Key, Look, Shape, mentions};
use super::value::{Cell, USUAL_COUNT, Wish, candidates, is_text, usual};
use crate::dialect::Dialect;
use crate::schema::Column;
use crate::schema::sql::{Token, tokens};

/// Rows that each table gets.
pub(super) const ROWS: usize = 3;

/// How often a row that the database refuses is drafted anew.
pub(super) const ATTEMPTS: usize = PATTERNS + USUAL_COUNT;

/// The attempts before those with texts that patterns often want.
const PATTERNS: usize = 5;

/// How many combinations are looked at for checks over several columns.
const BUDGET: usize = 20_000;

/// A CHECK constraint.
struct Check {
    expr: Option<Expr>,
    columns: Vec<usize>,
}

/// A table and what its rows are drafted from.
pub(super) struct Drafter<'a> {
    d: &'a dyn Dialect,
    look: &'a Look,
    table: &'a str,
    shape: &'a Shape,
    checks: Vec<Check>,
    hints: Vec<Vec<Value>>,
    json: Vec<bool>,
}

impl<'a> Drafter<'a> {
    pub(super) fn new(
        d: &'a dyn Dialect,
        look: &'a Look,
        table: &'a str,
        shape: &'a Shape,
    ) -> Self {
        let mut checks = Vec::new();
        let mut hints = vec![Vec::new(); shape.columns.len()];
        let mut json = vec![false; shape.columns.len()];
        let mut add = |text: &str, columns: Vec<usize>, expr: Option<Expr>| {
            for i in &columns {
                hints[*i].extend(literals(text));
                json[*i] |= mentions(text, "json_valid");
            }
            checks.push(Check { expr, columns });
        };
        for text in &shape.checks {
            let named = shape.columns.iter().enumerate();
            let columns = named.filter(|(_, c)| mentions(text, &c.name));
            add(text, columns.map(|(i, _)| i).collect(), expr::parse(text));
        }
        for (i, column) in shape.columns.iter().enumerate() {
            if let Some((_, Some(text))) = look.types.domains.get(&column.kind) {
                let expr = expr::parse(text).map(|e| e.for_column(&column.name));
                add(text, vec![i], expr);
            }
        }
        Self {
            d,
            look,
            table,
            shape,
            checks,
            hints,
            json,
        }
    }

    /// A row: the columns that get a value, with it.
    pub(super) fn row(&self, n: usize, attempt: usize) -> Vec<(&'a str, Cell)> {
        let references = self.references(n, attempt);
        let lists: Vec<Option<Vec<Cell>>> = self
            .shape
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| {
                if is_generated(column) {
                    return None;
                }
                if let Some(cell) = references.get(column.name.as_str()) {
                    return Some(vec![cell.clone()]);
                }
                let small = attempt == 2 || attempt == 3;
                if small && column.default.is_some() && !self.shape.primary.contains(&column.name) {
                    return None;
                }
                Some(self.cells(i, n, attempt))
            })
            .collect();
        let mut chosen = self.choose(&lists);
        for key in self.shape.keys.iter().filter(|k| k.parent == self.table) {
            // A row that has to refer to one of its own table before there is any refers to itself.
            for (column, parent) in key.columns.iter().zip(&key.parent_columns) {
                let at = |name: &String| self.shape.columns.iter().position(|c| c.name == *name);
                if let (Some(own), Some(other)) = (at(column), at(parent))
                    && !references.contains_key(column.as_str())
                {
                    chosen[own] = chosen[other].clone();
                }
            }
        }
        let columns = self.shape.columns.iter();
        columns
            .zip(chosen)
            .filter_map(|(column, cell)| Some((column.name.as_str(), cell?)))
            .collect()
    }

    /// Values for one column of a row that is there already, the best one first.
    pub(super) fn values(&self, column: &Column, n: usize, row: &[(String, Value)]) -> Vec<Cell> {
        let Some(at) = self
            .shape
            .columns
            .iter()
            .position(|c| c.name == column.name)
        else {
            return Vec::new();
        };
        let mut all: Vec<Cell> = (0..3)
            .flat_map(|attempt| self.cells(at, n, attempt))
            .collect();
        all.retain(|cell| {
            let value = |name: &str| match row.iter().find(|(c, _)| c.eq_ignore_ascii_case(name)) {
                _ if name.eq_ignore_ascii_case(&column.name) => cell.value.clone(),
                Some((_, value)) => value.clone(),
                None => Value::Unknown,
            };
            let refused = |check: &Check| check.expr.as_ref().is_some_and(|e| e.refuses(&value));
            cell.value != Value::Null && !self.checks.iter().any(refused)
        });
        let mut out: Vec<Cell> = Vec::new();
        for cell in all {
            if !out.contains(&cell) {
                out.push(cell);
            }
        }
        out
    }

    /// Values for a column of a new row, the best one first.
    fn cells(&self, at: usize, n: usize, attempt: usize) -> Vec<Cell> {
        let column = &self.shape.columns[at];
        // Another attempt, other values: what was refused may have been there already.
        let number = n + ROWS * attempt;
        let mut cells = candidates(&Wish {
            d: self.d,
            types: &self.look.types,
            name: &column.name,
            kind: &column.kind,
            n: number,
            plain: attempt > 0,
            hints: &self.hints[at],
            json: self.json[at],
        });
        if attempt >= PATTERNS && self.is_puzzle(at) {
            cells.extend(usual(self.d, &column.kind, attempt - PATTERNS, number));
            cells.rotate_right(1);
        }
        // SQLite takes NULL for a key of text; a row without a key cannot be found again.
        if column.nullable && !self.shape.primary.contains(&column.name) {
            // The second row has nothing where that may be; attempts of less have less.
            let empty = n % ROWS == 2 || attempt == 3;
            let at = if empty { 0 } else { cells.len() };
            cells.insert(at, Cell::null());
        }
        let alone = |cell: &Cell| {
            let value = |name: &str| match name.eq_ignore_ascii_case(&column.name) {
                true => cell.value.clone(),
                false => Value::Unknown,
            };
            let own = self.checks.iter().filter(|c| c.columns.contains(&at));
            !own.filter_map(|c| c.expr.as_ref())
                .any(|e| e.refuses(&value))
        };
        if cells.iter().any(alone) {
            cells.retain(alone);
        }
        cells
    }

    /// Whether a column takes text, and what it wants could not be read; where no check is to blame it
    /// may be any column, because a trigger or a type can refuse a row too.
    fn is_puzzle(&self, at: usize) -> bool {
        let kind = &self.shape.columns[at].kind;
        if !is_text(
            self.look
                .types
                .domains
                .get(kind)
                .map_or(kind, |(base, _)| base),
        ) {
            return false;
        }
        let unread = |check: &Check| {
            let known = |e: &Expr| e.value(&|_| Value::Text("?".to_owned())) != Value::Unknown;
            !check.expr.as_ref().is_some_and(known)
        };
        let mut puzzles = self.checks.iter().filter(|c| unread(c)).peekable();
        puzzles.peek().is_none() || puzzles.any(|c| c.columns.contains(&at))
    }

    /// Chooses from the lists so that no check refuses the row, as far as is known.
    fn choose(&self, lists: &[Option<Vec<Cell>>]) -> Vec<Option<Cell>> {
        let first = |list: &Option<Vec<Cell>>| list.as_ref().and_then(|l| l.first().cloned());
        let mut chosen: Vec<Option<Cell>> = lists.iter().map(first).collect();
        let mut involved: Vec<usize> = self
            .checks
            .iter()
            .filter(|c| c.columns.len() > 1)
            .flat_map(|c| c.columns.iter().copied())
            .filter(|i| lists[*i].is_some())
            .collect();
        involved.sort_unstable();
        involved.dedup();
        let start = chosen.clone();
        let mut budget = BUDGET;
        if !self.search(lists, &involved, 0, &mut chosen, &mut budget) {
            return start;
        }
        chosen
    }

    fn search(
        &self,
        lists: &[Option<Vec<Cell>>],
        involved: &[usize],
        depth: usize,
        chosen: &mut Vec<Option<Cell>>,
        budget: &mut usize,
    ) -> bool {
        let Some(at) = involved.get(depth) else {
            return true;
        };
        for cell in lists[*at].iter().flatten() {
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            chosen[*at] = Some(cell.clone());
            let open = &involved[depth + 1..];
            if !self.refused(chosen, *at, open)
                && self.search(lists, involved, depth + 1, chosen, budget)
            {
                return true;
            }
        }
        false
    }

    /// Whether a check over that column refuses what was chosen; columns that are still open may
    /// become anything.
    fn refused(&self, chosen: &[Option<Cell>], at: usize, open: &[usize]) -> bool {
        let value = |name: &str| {
            let mut columns = self.shape.columns.iter();
            let found = columns.position(|c| c.name.eq_ignore_ascii_case(name));
            match found {
                Some(i) if !open.contains(&i) => chosen[i]
                    .as_ref()
                    .map_or(Value::Unknown, |c| c.value.clone()),
                _ => Value::Unknown,
            }
        };
        let own = self.checks.iter().filter(|c| c.columns.contains(&at));
        own.filter_map(|c| c.expr.as_ref())
            .any(|e| e.refuses(&value))
    }

    /// The columns whose value comes from a row that they refer to. Those without one that have to
    /// refer to their own table are left out.
    fn references(&self, n: usize, attempt: usize) -> BTreeMap<&'a str, Cell> {
        let mut keys: Vec<&Key> = self.shape.keys.iter().collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.columns.len()));
        let mut out: BTreeMap<&str, Cell> = BTreeMap::new();
        for key in keys {
            let free: Vec<&Column> = key
                .columns
                .iter()
                .filter(|c| !out.contains_key(c.as_str()))
                .filter_map(|c| self.shape.column(c))
                .filter(|c| !is_generated(c))
                .collect();
            let optional = free.iter().find(|c| c.nullable);
            let empty = n % ROWS == 2 || attempt == 3;
            if let (Some(column), true) = (optional, empty) {
                out.insert(&column.name, Cell::null());
                continue;
            }
            let parent = self.parent(key, &out, n - 1 + attempt);
            match (parent, optional) {
                (Some(values), _) => {
                    for (column, cell) in key.columns.iter().zip(values) {
                        out.entry(column).or_insert(cell);
                    }
                }
                (None, Some(column)) => drop(out.insert(&column.name, Cell::null())),
                (None, None) if key.parent == self.table => {}
                (None, None) => {
                    for (column, parent) in key.columns.iter().zip(&key.parent_columns) {
                        if let Some(cell) = self.foreseen(&key.parent, parent, n, 4) {
                            out.entry(column).or_insert(cell);
                        }
                    }
                }
            }
        }
        out
    }

    /// The key of a row that can be referred to, and agrees with what was decided before.
    fn parent(&self, key: &Key, decided: &BTreeMap<&str, Cell>, from: usize) -> Option<Vec<Cell>> {
        let rows = keys_of(self.d, &self.look.content, key)?;
        let count = rows.len();
        let agrees = |row: &&Vec<Cell>| {
            let pairs = key.columns.iter().zip(row.iter());
            let mut known = pairs.filter_map(|(c, cell)| Some((decided.get(c.as_str())?, cell)));
            known.all(|(a, b)| a.sql == b.sql)
        };
        let mut turned = rows.iter().cycle().skip(from % count.max(1)).take(count);
        turned.find(agrees).cloned()
    }

    /// The value that a column of a table without rows will have in its row `n`.
    fn foreseen(&self, table: &str, column: &str, n: usize, depth: usize) -> Option<Cell> {
        let shape = self.look.shapes.get(table)?;
        let key = shape
            .keys
            .iter()
            .find(|k| k.columns.iter().any(|c| c == column));
        if let (Some(key), true) = (key, depth > 0) {
            let at = key.columns.iter().position(|c| c == column)?;
            if key.parent != table {
                return self.foreseen(&key.parent, &key.parent_columns[at], n, depth - 1);
            }
        }
        let drafter = Drafter::new(self.d, self.look, table, shape);
        let at = shape.columns.iter().position(|c| c.name == column)?;
        drafter
            .cells(at, n, 0)
            .into_iter()
            .find(|c| c.value != Value::Null)
    }
}

/// The values that a foreign key can take: one list for each row of its parent without NULL in them.
pub(super) fn keys_of(d: &dyn Dialect, content: &Content, key: &Key) -> Option<Vec<Vec<Cell>>> {
    let parent = content.get(&key.parent)?;
    let places: Option<Vec<usize>> = key
        .parent_columns
        .iter()
        .map(|c| parent.position(c))
        .collect();
    let places = places?;
    let all = parent.rows.iter().filter_map(|row| {
        let cells = places.iter().map(|at| {
            let text = row.get(*at)?.as_ref()?;
            let kind = &parent.columns[*at].1;
            Some(Cell {
                sql: d.rows().again(kind, text),
                value: guess(text),
            })
        });
        cells.collect::<Option<Vec<Cell>>>()
    });
    let all: Vec<Vec<Cell>> = all.collect();
    (!all.is_empty()).then_some(all)
}

/// What a value that was read is to a check.
pub(super) fn guess(text: &str) -> Value {
    match text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        Some(inner) => Value::Text(inner.replace("''", "'")),
        None => Value::Text(text.to_owned()),
    }
}

/// Whether the database computes the column.
pub(super) fn is_generated(column: &Column) -> bool {
    let mut words = column.extra.split_whitespace();
    words.any(|word| word.eq_ignore_ascii_case("generated"))
}

/// The texts and numbers in an expression.
fn literals(text: &str) -> Vec<Value> {
    let all: Vec<Token> = tokens(text).into_iter().map(|(t, _)| t).collect();
    let mut out = Vec::new();
    for (i, token) in all.iter().enumerate() {
        match token {
            Token::Text(text) if text.starts_with('\'') && text.len() > 1 => {
                out.push(Value::Text(text[1..text.len() - 1].replace("''", "'")));
            }
            Token::Word(word) => {
                // A fraction was taken with what stands before its dot.
                let fraction = i > 0 && all[i - 1] == Token::Mark('.');
                let number = match (all.get(i + 1), all.get(i + 2)) {
                    (Some(Token::Mark('.')), Some(Token::Word(rest))) => format!("{word}.{rest}"),
                    _ => word.clone(),
                };
                if let (Ok(mut number), false) = (number.parse::<f64>(), fraction)
                    && number.is_finite()
                {
                    if i > 0 && all[i - 1] == Token::Mark('-') {
                        number = -number;
                    }
                    out.push(Value::Num(number));
                }
            }
            _ => {}
        }
    }
    out
}
