//! Adopting what is there already: an application's own tables, or a schema that another tool
//! migrated so far.

use super::database::{Database, who};
use super::drift;
use super::effects::{Effect, first_columns};
use super::error::{Error, Result};
use super::guard;
use super::history::{self, meta};
use super::migration::{Direction, Migration};
use super::operate::{Context, check_set};
use super::plan::{State, Survey};
use super::script;
use super::send;
use super::signs;
use super::version::{digits, resolve};
use crate::schema::{Schema, sql};

/// What `baseline` wrote into the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adoption {
    /// Versions that were adopted.
    pub adopted: Vec<String>,
    /// Versions that saasdb had recorded as applied and whose rows in sea-orm's table were lost.
    pub restored: Vec<String>,
}

/// Records every version up to `to` as adopted, after making sure that what it would have made is
/// there. Touches no table but the history.
///
/// # Errors
/// Exit code 2 for an unknown version, 6 with everything that is missing.
pub async fn run(db: &mut Database, cx: &Context<'_>, to: &str) -> Result<Adoption> {
    check_set(db, cx.source)?;
    guard::environment(db, cx.environment)?;
    let last = resolve(cx.source.migrations.iter().map(|m| m.name.as_str()), to)?.to_owned();
    cx.lock(db).await?;
    let adopt = wanted(db, cx, &last)?;
    if adopt.is_empty() {
        db.unlock().await;
        return Ok(Adoption::default());
    }
    let schema = db.schema().await?;
    let later: Vec<&Migration> = cx
        .source
        .migrations
        .iter()
        .filter(|m| m.name > last)
        .collect();
    let problems: Vec<String> = adopt
        .iter()
        .flat_map(|m| problems(db, &schema, m, &later))
        .collect();
    if !problems.is_empty() {
        let mut error =
            Error::refused(format!("the database does not have what {last} stands for"))
                .on(&db.target);
        for problem in problems {
            error = error.because(problem);
        }
        return Err(error.hint("mend these, or adopt an earlier version; nothing was changed"));
    }
    cx.make_schema(db).await?;
    super::apply::keep_drift(db, cx.source, cx.observer).await?;
    let d = db.dialect();
    let by = who();
    let mut statements = script::opening(db, &cx.run(db, &[]));
    if !d.ddl_in_transactions() && !statements.is_empty() {
        let apart = send::join(std::mem::take(&mut statements).iter().map(String::as_str));
        db.query("the history cannot be made", &apart).await?;
    }
    let mut done = Adoption::default();
    for migration in &adopt {
        let name = migration.name.clone();
        match db.history.records.contains_key(&name) {
            // It was applied and recorded, and sea-orm's row of it got lost.
            true => {
                statements.push(history::restore_applied(d, &name));
                done.restored.push(name);
            }
            false => {
                statements.extend(history::record_baseline(d, migration, &by));
                done.adopted.push(name);
            }
        }
    }
    db.interrupt.enter_critical();
    send::in_transaction(db, &statements)
        .await
        .map_err(|e| Error::sql("the baseline could not be recorded", &e).on(&db.target))?;
    db.look().await?;
    // Where the last snapshot is of these versions, what was changed by hand since stays drift.
    let of = db.history.meta.get(meta::SNAPSHOT_OF);
    if of.map(String::as_str) != Some(db.history.applied_list(cx.source).as_str()) {
        drift::store_snapshot(db, cx.source).await?;
    }
    db.unlock().await;
    Ok(done)
}

fn wanted<'a>(db: &Database, cx: &'a Context<'_>, last: &str) -> Result<Vec<&'a Migration>> {
    let survey = Survey::new(cx.source, &db.history);
    survey.verify()?;
    if let Some(dirty) = survey.dirty() {
        return Err(Error::refused("a migration is half done")
            .migration(&dirty.name)
            .hint("`saasdb migrate up` finishes it"));
    }
    Ok(survey
        .entries
        .iter()
        .filter(|e| {
            e.name.as_str() <= last && matches!(e.state, State::Pending | State::OutOfOrder)
        })
        .filter_map(|e| cx.source.get(&e.name))
        .collect())
}

/// The last migration up to which everything is there from `first` on, for a hint; `first` where nothing
/// tells. Those that leave no tables and columns count where later ones that do are there.
pub(super) fn last_there<'a>(
    db: &Database,
    schema: &Schema,
    migrations: &'a [Migration],
    first: &'a Migration,
) -> &'a str {
    let mut last = first.name.as_str();
    let from = migrations.iter().position(|m| m.name == first.name);
    for at in from.unwrap_or(migrations.len())..migrations.len() {
        let migration = &migrations[at];
        let later: Vec<&Migration> = migrations[at + 1..].iter().collect();
        if !problems(db, schema, migration, &later).is_empty() {
            break;
        }
        let tells = migration.effects(Direction::Up).iter().any(|e| {
            matches!(
                e,
                Effect::CreateTable(_) | Effect::AddColumn(..) | Effect::CreateType(_)
            )
        });
        if tells || signs::stands(migration, schema) {
            last = &migration.name;
        }
    }
    last
}

/// What the database lacks of a migration's objects.
fn problems(
    db: &Database,
    schema: &Schema,
    migration: &Migration,
    later: &[&Migration],
) -> Vec<String> {
    let d = db.dialect();
    let mut out = Vec::new();
    let keys = first_columns(&migration.up);
    for effect in migration.effects(Direction::Up) {
        match effect {
            Effect::CreateTable(table) => {
                let Some(found) = schema.tables.get(table) else {
                    out.push(format!("table {table} is missing"));
                    continue;
                };
                let Some((name, kind)) = keys.get(table) else {
                    continue;
                };
                match found.columns.iter().find(|c| c.name == *name) {
                    None => out.push(format!("column {table}.{name} is missing")),
                    Some(column) => {
                        let referred = later.iter().any(|m| refers_to(m, table));
                        if let Some(problem) = d.key_problem(kind, column, referred) {
                            out.push(format!(
                                "column {table}.{name} is {}, but {problem}",
                                column.kind
                            ));
                        }
                    }
                }
            }
            Effect::AddColumn(table, column) => {
                let there = schema
                    .tables
                    .get(table)
                    .is_some_and(|t| t.columns.iter().any(|c| c.name == *column));
                if !there {
                    out.push(format!("column {table}.{column} is missing"));
                }
            }
            Effect::CreateType(name) if !schema.types.contains_key(name) => {
                out.push(format!("type {name} is missing"));
            }
            _ => {}
        }
    }
    if !out.is_empty() {
        out.insert(
            0,
            format!("{} ({})", migration.name, digits(&migration.name)),
        );
    }
    out
}

/// Whether a migration makes a foreign key to a table.
fn refers_to(migration: &Migration, table: &str) -> bool {
    migration.up.iter().any(|statement| {
        sql::tokens(statement)
            .windows(2)
            .any(|pair| pair[0].0.is("REFERENCES") && pair[1].0.name() == Some(table))
    })
}
