//! `lint`: statements of pending migrations that hurt a running system, on this database, its
//! version, and with what its tables hold. What a statement does is the dialect's to know
//! ([`crate::dialect::lint`]); here it is weighed against the tables.

mod rules;
mod size;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use sea_orm_migration::async_trait::async_trait;

pub use size::{FEW_BYTES, FEW_ROWS, Known, MANY_BYTES, MANY_ROWS, Size};

use super::{Check, Finding, Look, Rule};
use crate::dialect::lint::{Hazard, Server, Step, Weight, linter};
use crate::dialect::{Atomicity, Backend};
use crate::engine::sight::{Batch, Need, Sight};
use crate::engine::version::resolve;
use crate::engine::{Database, Error, Migration, Result};
use crate::schema::Schema;
use world::World;

/// The check.
pub struct Lint;

#[async_trait(?Send)]
impl Check for Lint {
    fn name(&self) -> &'static str {
        "lint"
    }

    fn about(&self) -> &'static str {
        "pending statements that hurt a running system"
    }

    fn rules(&self) -> &'static [Rule] {
        rules::RULES
    }

    async fn not_for(&self, look: &mut Look<'_>) -> Result<Option<String>> {
        Ok(chosen(look)?
            .1
            .is_empty()
            .then(|| "nothing is pending".to_owned()))
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let (before, migrations) = chosen(look)?;
        let (backend, source) = (look.source.backend, look.source);
        let picked = |names: &BTreeSet<String>| -> Vec<Subject<'_>> {
            let all = source.migrations.iter().filter(|m| names.contains(&m.name));
            all.map(|m| Subject::of(m, backend)).collect()
        };
        let (before, subjects) = (picked(&before), picked(&migrations));
        let schema = look.schema().await?;
        let facts = &look.db.facts;
        let version = facts.server_version.clone();
        let mut around = Around {
            backend,
            version: &version,
            schema: &schema,
            homes: [&facts.schema, &facts.database]
                .into_iter()
                .flatten()
                .cloned()
                .chain(["main".to_owned()])
                .collect(),
            sizes: BTreeMap::new(),
            assume_rows: look.settings.lint.assume_rows,
            before: &before,
        };
        around.sizes = sizes(look.db, &around.questions(&subjects)).await?;
        Ok(lint(&around, &subjects))
    }
}

/// The migrations that come before those to look at, and those.
fn chosen(look: &Look<'_>) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let names = || look.source.migrations.iter().map(|m| m.name.as_str());
    let looked_at: BTreeSet<String> = match &look.settings.lint.since {
        Some(input) => {
            let first = resolve(names(), input)?;
            names()
                .filter(|name| *name >= first)
                .map(str::to_owned)
                .collect()
        }
        None => look
            .survey()
            .pending()
            .map(|entry| entry.name.clone())
            .collect(),
    };
    let before = names().filter(|name| !looked_at.contains(*name));
    Ok((before.map(str::to_owned).collect(), looked_at))
}

/// A migration to look at.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its name.
    pub name: &'a str,
    /// What `up` runs.
    pub statements: &'a [String],
    /// Whether they are one transaction.
    pub in_transaction: bool,
}

impl<'a> Subject<'a> {
    fn of(migration: &'a Migration, backend: Backend) -> Self {
        Self {
            name: &migration.name,
            statements: &migration.up,
            in_transaction: migration.atomicity(backend) == Atomicity::Whole,
        }
    }
}

/// What there is around the migrations.
pub struct Around<'a> {
    /// The kind of database.
    pub backend: Backend,
    /// The server's version as it prints it.
    pub version: &'a str,
    /// The catalogue before they run.
    pub schema: &'a Schema,
    /// Names of the schema or database in which a table is that a statement names without one.
    pub homes: Vec<String>,
    /// How much tables hold that are there, by name; `schema.table` for those elsewhere.
    pub sizes: BTreeMap<String, Size>,
    /// As if every table that a migration finds held so many rows.
    pub assume_rows: Option<u64>,
    /// The migrations before them.
    pub before: &'a [Subject<'a>],
}

impl Around<'_> {
    fn steps(&self, subject: &Subject<'_>) -> Vec<Step> {
        let server = Server {
            version: self.version,
            schema: self.schema,
        };
        linter(self.backend).steps(subject.statements, subject.in_transaction, server)
    }

    /// The tables whose size matters.
    fn questions(&self, subjects: &[Subject<'_>]) -> Vec<String> {
        let mut out = BTreeSet::new();
        for subject in subjects {
            for (step, statement) in self.steps(subject).into_iter().zip(subject.statements) {
                let tables = step.hazards.into_iter().filter_map(|h| h.table);
                out.extend(
                    tables
                        .chain(step.locks)
                        .map(|t| world::asked(&t, &self.homes)),
                );
                out.extend(world::renamed_tables(statement, &self.homes));
                // Nobody can be hurt where there are no rows at all.
                if step.unclear.is_some() {
                    out.extend(self.schema.tables.keys().cloned());
                }
            }
        }
        out.into_iter().collect()
    }
}

/// How much the tables hold that are there.
async fn sizes(db: &mut Database, tables: &[String]) -> Result<BTreeMap<String, Size>> {
    let mut out = BTreeMap::new();
    if tables.is_empty() {
        return Ok(out);
    }
    let script = linter(db.target.backend).sizes(tables);
    let results = db
        .query("the size of tables cannot be read", &script)
        .await?;
    for row in results.into_iter().flat_map(|r| r.rows) {
        let mut row = row.into_iter();
        let number = |value: Option<Option<String>>| value??.parse::<u64>().ok();
        if let Some(Some(table)) = row.next() {
            let rows = number(row.next());
            let bytes = number(row.next());
            out.insert(
                table,
                Size {
                    rows,
                    bytes,
                    known: Known::Guessed,
                },
            );
        }
    }
    // A guess is good enough where there is a lot. Anything less is counted, because a table that was
    // filled a moment ago may be guessed as empty, but never further than it makes a difference.
    let guarded: Vec<String> = out.keys().cloned().collect();
    let sight = Sight::of(db, guarded, Need::Read).await?.strict(db);
    let small = |size: &Size| {
        let few = size.rows.is_none_or(|n| n < MANY_ROWS);
        few && size.rows != Some(0) && size.bytes.is_none_or(|n| n < MANY_BYTES)
    };
    for (table, size) in out.iter_mut().filter(|(_, size)| small(size)) {
        let path = db.dialect().path(table);
        let query = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {path} LIMIT {}) counted",
            MANY_ROWS + 1
        );
        let mut batch = Batch::begin(db, &sight);
        if let Some(settings) = db.transaction_settings() {
            batch.own(settings);
        }
        batch.ask(table, query);
        let counted = batch.send(db).await;
        db.run("ROLLBACK")
            .await
            .map_err(|e| Error::sql("rows cannot be counted", &e).on(&db.target))?;
        // Who may not read the table, or is not shown all of it, has to do with the guess.
        let Some(n) = counted
            .ok()
            .and_then(|r| r.first()?.single()?.parse::<u64>().ok())
        else {
            continue;
        };
        (size.rows, size.known) = match n > MANY_ROWS {
            true => (Some(MANY_ROWS), Known::AtLeast),
            false => (Some(n), Known::Counted),
        };
    }
    Ok(out)
}

/// What statements of the migrations do to tables that hold rows. Needs no database.
pub fn lint(around: &Around<'_>, subjects: &[Subject<'_>]) -> Vec<Finding> {
    let mut world = World::new(&around.sizes, around.assume_rows, &around.homes);
    if around.assume_rows.is_some() {
        for subject in around.before {
            subject.statements.iter().for_each(|sql| world.apply(sql));
            world.end_of_migration();
        }
    }
    let mut out = Vec::new();
    for subject in subjects {
        let mut locked: Vec<(String, usize)> = Vec::new();
        for (i, (step, sql)) in around
            .steps(subject)
            .into_iter()
            .zip(subject.statements)
            .enumerate()
        {
            let at = At {
                subject,
                number: i + 1,
                sql,
            };
            for hazard in &step.hazards {
                let size = hazard.table.as_ref().map(|t| world.held(t));
                // What hurts somebody only by its table hurts nobody if that is new or empty.
                if let Some(size) = size.unwrap_or(Some(Size::default())) {
                    out.push(at.finding(hazard, size, &locked));
                }
            }
            if let Some(why) = step.unclear.filter(|_| world.holds_any()) {
                out.push(at.unclear(&why));
            }
            for table in step.locks {
                if world.held(&table).is_some() && !locked.iter().any(|(t, _)| *t == table) {
                    locked.push((table, i + 1));
                }
            }
            world.apply(sql);
        }
        world.end_of_migration();
    }
    out
}

/// Where a finding is.
struct At<'a> {
    subject: &'a Subject<'a>,
    number: usize,
    sql: &'a str,
}

impl At<'_> {
    fn finding(&self, hazard: &Hazard, size: Size, locked: &[(String, usize)]) -> Finding {
        let mut finding = Finding::new(rules::rule(hazard.harm), hazard.what.clone())
            .migration(self.subject.name)
            .near(hazard.near.clone())
            .detail(self.shown());
        finding.severity = size.severity(hazard.weight);
        // Sources put names together; the table's they have in any case.
        let table = hazard.table.as_deref().unwrap_or_default();
        finding = finding.near(table.rsplit('.').next().unwrap_or_default());
        finding.object.clone_from(&hazard.object);
        finding.sql.clone_from(&hazard.safe);
        finding.help.clone_from(&hazard.help);
        if let Some(table) = &hazard.table {
            finding = finding.detail(format!("{table} holds {}", size.words()));
        }
        if matches!(hazard.weight, Weight::Blocks | Weight::Works) {
            for (table, since) in locked {
                finding = finding.detail(format!(
                    "nobody can even read {table} meanwhile: statement {since} of the same transaction locked it"
                ));
            }
        }
        finding
    }

    fn unclear(&self, why: &str) -> Finding {
        let first = self.sql.split_whitespace().next().unwrap_or_default();
        let message = format!("it could not be told what statement {} does", self.number);
        Finding::new(&rules::NOT_UNDERSTOOD, message)
            .migration(self.subject.name)
            .near(first)
            .detail(self.shown())
            .detail(why.to_owned())
    }

    /// The statement, short enough to recognize it.
    fn shown(&self) -> String {
        const LONGEST: usize = 160;
        let line = self.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = match line.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        };
        format!("statement {}: {line}", self.number)
    }
}

#[cfg(test)]
mod tests;
