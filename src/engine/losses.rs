//! What a run would destroy, counted before anything happens.

use std::collections::BTreeSet;

use super::database::Database;
use super::effects::Effect;
use super::error::Result;
use super::seed;
use super::sight::{self, Need, Sight};
use crate::schema::sql;

/// Rows or values that would be gone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Loss {
    /// The table.
    pub table: String,
    /// The column, where only its values go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Rows, or values that are neither NULL nor the column's default.
    pub rows: u64,
    /// Of these, the seeders' own and unchanged.
    pub seeded: u64,
    /// `table` is the beginning of code of which nobody can tell what it destroys.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

impl Loss {
    /// Rows that nobody can bring back by seeding.
    pub fn foreign(&self) -> u64 {
        if self.unknown {
            return 1;
        }
        self.rows.saturating_sub(self.seeded)
    }

    /// What loses them: `table users`, `column users.email`.
    pub fn object(&self) -> String {
        if self.unknown {
            return format!("code {}", self.table);
        }
        match &self.column {
            None => format!("table {}", self.table),
            Some(c) => format!("column {}.{c}", self.table),
        }
    }

    /// How much is lost and whose it is: `3 rows, all from seeders`.
    pub fn amount(&self) -> String {
        if self.unknown {
            return "what it destroys cannot be told".to_owned();
        }
        let plural = if self.rows == 1 { "" } else { "s" };
        format!("{} {}{plural}, {}", self.rows, self.noun(), self.whose())
    }

    /// What is lost: rows of a table, values of a column.
    fn noun(&self) -> &'static str {
        if self.column.is_some() {
            "value"
        } else {
            "row"
        }
    }

    /// Whose they are.
    fn whose(&self) -> String {
        match self.foreign() {
            0 => "all from seeders".to_owned(),
            n => format!("{n} not from seeders"),
        }
    }
}

/// Those of these tables in other schemas that are there and that a migration of ours made.
async fn only_made(db: &mut Database, tables: Vec<String>) -> Result<Vec<String>> {
    let d = db.dialect();
    let asked: Vec<(String, String)> = tables
        .into_iter()
        .filter_map(|t| d.is_made(&t).map(|query| (t, query)))
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let script: Vec<&str> = asked.iter().map(|(_, query)| query.as_str()).collect();
    let found = db
        .query(
            "what the migrations made cannot be told",
            &script.join("; "),
        )
        .await?;
    let asked = asked.into_iter().zip(found);
    Ok(asked
        .filter(|(_, result)| result.single() == Some("t"))
        .map(|((table, _), _)| table)
        .collect())
}

/// How many rows there are, in all tables of this place, that are not the seeders' own.
///
/// # Errors
/// As [`count`].
pub async fn foreign_rows(db: &mut Database) -> Result<u64> {
    let tables = db.schema().await?.tables.into_keys();
    let effects: Vec<Effect> = tables.map(Effect::DropTable).collect();
    let losses = count(db, &effects).await?;
    Ok(losses.iter().map(Loss::foreign).sum())
}

/// Counts what these effects would destroy of what is there now.
///
/// # Errors
/// The database's; exit code 6 where row level security hides rows that would go.
pub async fn count(db: &mut Database, effects: &[Effect]) -> Result<Vec<Loss>> {
    let there: BTreeSet<String> = db.facts.relations.iter().cloned().collect();
    let mut tables: Vec<String> = Vec::new();
    let mut made: Vec<String> = Vec::new();
    let mut losses: Vec<Loss> = Vec::new();
    let mut columns: Vec<(String, String)> = Vec::new();
    for effect in effects {
        match effect {
            Effect::DropTable(t) | Effect::DeleteRows(t)
                if there.contains(t) && !tables.contains(t) =>
            {
                tables.push(t.clone());
            }
            Effect::DropMadeTable(t) if !made.contains(t) => made.push(t.clone()),
            Effect::Opaque(code) => losses.push(Loss {
                table: code.clone(),
                column: None,
                rows: 0,
                seeded: 0,
                unknown: true,
            }),
            Effect::DropColumn(t, c) if there.contains(t) => columns.push((t.clone(), c.clone())),
            _ => {}
        }
    }
    columns.retain(|(t, _)| !tables.contains(t));
    // A half-applied migration may not have come to make them; and a value that is the column's
    // default comes back with the column.
    let mut defaults: Vec<Option<String>> = Vec::new();
    if !columns.is_empty() {
        let schema = db.schema().await?;
        columns.retain(|(t, c)| {
            let found = schema
                .tables
                .get(t)
                .and_then(|t| t.columns.iter().find(|x| x.name == *c));
            if let Some(column) = found {
                defaults.push(column.default.as_deref().and_then(sql::text_literal));
            }
            found.is_some()
        });
    }
    let d = db.dialect();
    made = only_made(db, made).await?;
    if tables.is_empty() && columns.is_empty() && made.is_empty() {
        return Ok(losses);
    }
    let at_stake = tables.iter().chain(columns.iter().map(|(t, _)| t));
    let at_stake: BTreeSet<String> = at_stake.cloned().collect();
    let sight = Sight::of(db, at_stake.into_iter().collect(), Need::Read).await?;
    let sight = sight.all(db)?.strict(db);
    let whole = tables.iter().map(|t| (t, d.ident(t)));
    let whole = whole.chain(made.iter().map(|t| (t, d.path(t))));
    let mut queries: Vec<(&str, String)> = whole
        .map(|(t, path)| {
            let count = format!("SELECT {} FROM {path}", d.as_text("count(*)"));
            (t.as_str(), count)
        })
        .collect();
    queries.extend(columns.iter().zip(&defaults).map(|((t, c), default)| {
        let column = d.ident(c);
        let but_default = default
            .as_ref()
            .map(|text| format!(" WHERE {} <> {}", d.as_text(&column), d.literal(text)))
            .unwrap_or_default();
        let count = format!(
            "SELECT {} FROM {}{but_default}",
            d.as_text(&format!("count({column})")),
            d.ident(t)
        );
        (t.as_str(), count)
    }));
    let what = "the rows at stake cannot be counted";
    let results = sight::read(db, &sight, what, queries).await?;
    let counts = results
        .iter()
        .map(|r| r.single().and_then(|n| n.parse().ok()).unwrap_or(0u64));
    let named = columns.clone();
    let names = tables
        .into_iter()
        .chain(made)
        .map(|t| (t, None))
        .chain(columns.into_iter().map(|(t, c)| (t, Some(c))));
    losses.extend(
        names
            .zip(counts)
            .map(|((table, column), rows)| Loss {
                table,
                column,
                rows,
                seeded: 0,
                unknown: false,
            })
            .filter(|l| l.rows > 0),
    );
    if losses.iter().all(|l| l.unknown) {
        return Ok(losses);
    }
    let default_of = |column: &str, table: &str| -> Option<&str> {
        let at = named.iter().position(|(t, c)| t == table && c == column)?;
        defaults.get(at)?.as_deref()
    };
    let at_stake: BTreeSet<String> = losses
        .iter()
        .filter(|l| !l.unknown)
        .map(|l| l.table.clone())
        .collect();
    let at_stake: Vec<String> = at_stake.into_iter().collect();
    seed::own_rows(db, &at_stake, |table, row| {
        for loss in losses.iter_mut().filter(|l| l.table == table && !l.unknown) {
            let counts = loss.column.as_ref().is_none_or(|c| {
                row.get(c)
                    .flatten()
                    .is_some_and(|value| default_of(c, table) != Some(value))
            });
            loss.seeded += u64::from(counts);
        }
    })
    .await?;
    Ok(losses)
}
