//! A table with the rows that attacks are tried with.

use super::cast::Cast;
use super::trial::Stage;
use crate::dialect::{Dialect, GuardedTable};
use crate::engine::{Database, Result};
use crate::schema::{Column, Table};
use crate::tenancy::classify::Tenancy;
use crate::tenancy::way::{index_columns, key_of};

/// Rows of each side with which attacks are tried.
const ROWS: usize = 3;

/// Up to how many rows a table may have for statements that name none of them: these lock whatever
/// they reach.
const FEW: usize = 10_000;

/// A table under attack.
pub(super) struct Target<'a> {
    pub(super) name: &'a str,
    pub(super) table: &'a Table,
    pub(super) guard: &'a GuardedTable,
    d: &'static dyn Dialect,
    /// Conditions, each of which is one row of the attacker's.
    pub(super) own: Vec<String>,
    /// The same of the other.
    pub(super) others: Vec<String>,
    /// The values of the other's first row, by the table's columns.
    values: Vec<Option<String>>,
    /// Whether the table is small enough for statements that name no row.
    pub(super) few: bool,
    /// What its rows of the other tenant are, to see whether they changed.
    pub(super) proof: String,
    /// The columns that say whose a row is, with the other's values for them; empty where a row cannot
    /// move.
    pub(super) moves: Vec<(String, String)>,
}

impl<'a> Target<'a> {
    /// Reads the rows. `None` where nothing tells whose the table's rows are.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn read(
        db: &mut Database,
        stage: &Stage<'a>,
        cast: &Cast,
        name: &'a str,
    ) -> Result<Option<Self>> {
        let scene = stage.scene;
        let ways = scene.ways();
        let (Some(table), Some(way)) = (scene.schema.tables.get(name), ways.from(name, "t")) else {
            return Ok(None);
        };
        let Some(guard) = scene.guard.as_ref().and_then(|g| g.tables.get(name)) else {
            return Ok(None);
        };
        let d = stage.d();
        let path = d.ident(name);
        let mut values: Vec<String> = table
            .columns
            .iter()
            .map(|c| d.as_text(&format!("t.{}", d.ident(&c.name))))
            .collect();
        values.push(stage.trials.version("t"));
        let of = |tenant: &str, what: &str| {
            format!(
                "SELECT {what} FROM {path} t{} WHERE {} = {}",
                way.joins,
                way.tenant,
                d.literal(tenant)
            )
        };
        let rows = |tenant: &str| format!("{} LIMIT {ROWS}", of(tenant, &values.join(", ")));
        let many = FEW + 1;
        let results = stage
            .read(
                db,
                vec![
                    (name, rows(&cast.own)),
                    (name, rows(&cast.other)),
                    (
                        name,
                        format!(
                            "SELECT {} FROM (SELECT 1 FROM {path} LIMIT {many}) q",
                            d.as_text("count(*)")
                        ),
                    ),
                ],
            )
            .await?;
        let rows = |i: usize| {
            results
                .get(i)
                .map(|r| r.rows.as_slice())
                .unwrap_or_default()
        };
        let conditions = |i: usize| -> Vec<String> {
            rows(i)
                .iter()
                .map(|row| condition(d, stage, table, row))
                .collect()
        };
        let count = results.get(2).and_then(|r| r.single()?.parse().ok());
        let values = rows(1).first().cloned().unwrap_or_default();
        let mut target = Self {
            name,
            table,
            guard,
            d,
            own: conditions(0),
            others: conditions(1),
            values,
            few: count.is_some_and(|n: usize| n <= FEW),
            proof: of(&cast.other, &stage.trials.fingerprint("t")),
            moves: Vec::new(),
        };
        target.moves = target.moving(stage, cast);
        Ok(Some(target))
    }

    /// What takes an own row over to the other tenant.
    fn moving(&self, stage: &Stage<'_>, cast: &Cast) -> Vec<(String, String)> {
        match stage.scene.known.get(self.name) {
            Some(Tenancy::Owned { .. }) => {
                let column = stage.scene.set.tenant_column.to_owned();
                vec![(column, self.d.literal(&cast.other))]
            }
            Some(Tenancy::Derived { path }) => {
                let link = path.first().map(|link| link.foreign_key.as_str());
                let key = link.and_then(|name| self.table.foreign_keys.get(name));
                let columns = key.map(|key| key.columns.split(',')).into_iter().flatten();
                let all: Option<Vec<(String, String)>> = columns
                    .map(|c| Some((c.to_owned(), self.d.literal(self.value(c)?))))
                    .collect();
                all.unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn value(&self, column: &str) -> Option<&str> {
        let at = self.table.columns.iter().position(|c| c.name == column)?;
        self.values.get(at)?.as_deref()
    }

    /// Whether the application's role has that right on the table.
    pub(super) fn may(&self, right: &str) -> bool {
        self.guard.rights.iter().any(|r| r == right)
    }

    /// `column = value` with which rows are changed without harm to anything but the policies: of a
    /// column that nothing refers to, and one about time if there is one, because triggers rarely keep those.
    pub(super) fn change(&self, stage: &Stage<'_>) -> Option<String> {
        let key = key_of(self.table);
        let tied = |c: &Column| {
            let mut keys = self.table.foreign_keys.values();
            let mut unique = self
                .table
                .indexes
                .values()
                .filter(|i| i.kind.starts_with("unique"));
            key.contains(&c.name)
                || c.name == stage.scene.set.tenant_column
                || keys.any(|k| k.columns.split(',').any(|name| name == c.name))
                || unique.any(|i| index_columns(self.table, &i.columns).contains(&c.name))
        };
        let rank = |c: &Column| (tied(c), !c.kind.starts_with("timestamp"), !is_text(&c.kind));
        let column = self
            .table
            .columns
            .iter()
            .filter(|c| !stage.trials.is_generated(&c.extra))
            .filter(|c| self.guard.updatable.contains(&c.name))
            .min_by_key(|c| rank(c))?;
        let value = match self.value(&column.name) {
            Some(value) => self.d.literal(value),
            None if column.nullable => "NULL".to_owned(),
            None => return None,
        };
        Some(format!("{} = {value}", self.d.ident(&column.name)))
    }

    /// A new row like the other's first one, and the condition that finds it. What has to be unique is
    /// new, and whoever wrote it is the attacker, because a trigger may ask for that before the policies
    /// are asked. `tenant` is whose it is, where that is not the other.
    pub(super) fn insertion(
        &self,
        stage: &Stage<'_>,
        cast: &Cast,
        tenant: Option<&str>,
    ) -> Option<(String, String)> {
        let fresh = uuid::Uuid::new_v4();
        let tenant_column = stage.scene.set.tenant_column;
        let key = key_of(self.table);
        let mut found = Vec::new();
        let refers = |c: &Column| {
            let mut keys = self.table.foreign_keys.values();
            keys.any(|k| k.columns.split(',').any(|name| name == c.name))
        };
        let unique: Vec<String> = self
            .table
            .indexes
            .values()
            .filter(|i| i.kind == "primary" || i.kind.starts_with("unique"))
            .flat_map(|i| index_columns(self.table, &i.columns))
            .collect();
        let is_person = |c: &Column| {
            let mut keys = self.table.foreign_keys.values();
            keys.any(|k| k.columns == c.name && Some(&k.table) == stage.claims.people.as_ref())
        };
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for (i, column) in self.table.columns.iter().enumerate() {
            if stage.trials.is_generated(&column.extra) {
                continue;
            }
            let theirs = self.values.get(i)?.as_deref();
            let value = if let (true, Some(tenant)) = (column.name == tenant_column, tenant) {
                self.d.literal(tenant)
            } else if let (true, Some(user), Some(_)) = (is_person(column), &cast.user, theirs) {
                self.d.literal(user)
            } else if unique.contains(&column.name)
                && !refers(column)
                && column.name != tenant_column
            {
                match new_value(&column.kind, &fresh) {
                    Some(new) => self.d.literal(&new),
                    None => theirs.map_or("NULL".to_owned(), |v| self.d.literal(v)),
                }
            } else {
                theirs.map_or("NULL".to_owned(), |v| self.d.literal(v))
            };
            let name = self.d.ident(&column.name);
            if key.contains(&column.name) {
                found.push(format!("t.{name} = {value}"));
            }
            columns.push(name);
            values.push(value);
        }
        let insert = format!(
            "INSERT INTO {} ({}) {} VALUES ({})",
            self.d.ident(self.name),
            columns.join(", "),
            stage.trials.overriding(),
            values.join(", ")
        );
        Some((insert, found.join(" AND ")))
    }
}

/// The condition that holds for that row alone: by its key, or else by where it lies.
fn condition(
    d: &'static dyn Dialect,
    stage: &Stage<'_>,
    table: &Table,
    row: &[Option<String>],
) -> String {
    let value = |i: usize| row.get(i).and_then(|v| v.as_deref()).unwrap_or_default();
    let names = key_of(table);
    let at = |name: &String| table.columns.iter().position(|c| c.name == *name);
    let places: Option<Vec<usize>> = names.iter().map(at).collect();
    match places {
        Some(places) if !places.is_empty() => {
            let pairs: Vec<String> = places
                .into_iter()
                .map(|i| {
                    format!(
                        "t.{} = {}",
                        d.ident(&table.columns[i].name),
                        d.literal(value(i))
                    )
                })
                .collect();
            pairs.join(" AND ")
        }
        _ => format!(
            "{} = {}",
            stage.trials.version("t"),
            d.literal(value(table.columns.len()))
        ),
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text") || kind.starts_with("character")
}

/// A value of that type that no row has.
fn new_value(kind: &str, fresh: &uuid::Uuid) -> Option<String> {
    let number = fresh.as_u128();
    Some(match kind {
        "uuid" => fresh.to_string(),
        // Below zero no sequence counts.
        "integer" => format!("-{}", number % 2_000_000_000 + 1),
        "bigint" => format!("-{}", number % 9_000_000_000_000_000_000 + 1),
        "smallint" => format!("-{}", number % 32_000 + 1),
        kind if is_text(kind) => fresh.simple().to_string()[..12].to_owned(),
        kind if kind.starts_with("timestamp") => "1970-01-01 00:00:00+00".to_owned(),
        _ => return None,
    })
}
