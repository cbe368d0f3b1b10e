//! Writing seeded rows: batches in one transaction, with the ledger.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use seeders::{ForEach, SeedTable, SeedValue};

use super::ledger::{self, Ledger};
use super::live;
use super::merge::{Action, Decision, Ids, decide};
use super::statements::{BATCH, Work, column_names, entries, insert, update};
use super::{Account, Hashing, Outcome, Prepared};
use crate::dialect::{Cause, SqlError};
use crate::engine::database::Database;
use crate::engine::error::{Error, Result};
use crate::engine::history::{self, meta};
use crate::engine::sight::{Batch, Need, Sight};
use crate::schema::Schema;

/// Brings the rows of seeders into the database. The caller holds the lock and made sure that the
/// migrations are applied.
///
/// # Errors
/// The database's; then nothing was written.
pub async fn run(
    db: &mut Database,
    prepared: &[Prepared],
    anchor: DateTime<Utc>,
    hashing: &mut Hashing<'_>,
) -> Result<Vec<Outcome>> {
    let mut run = Run {
        schema: db.schema().await?,
        now: crate::engine::clock::now(),
        ids: Ids::new(),
        outcomes: BTreeMap::new(),
        open: false,
    };
    if let Err(error) = run.all(db, prepared, anchor, hashing).await {
        if run.open {
            let _ = db.run("ROLLBACK").await;
        }
        return Err(error.if_interrupted("nothing was written"));
    }
    Ok(prepared
        .iter()
        .map(|p| Outcome {
            seeder: p.name.to_owned(),
            kind: p.kind.as_str(),
            ..run.outcomes.get(p.name).cloned().unwrap_or_default()
        })
        .collect())
}

/// The accounts whose passwords a run would write now; reads only.
///
/// # Errors
/// The database's.
pub async fn accounts(db: &mut Database, prepared: &[Prepared]) -> Result<Vec<Account>> {
    let mut found = Vec::new();
    let tables = prepared
        .iter()
        .flat_map(|seeder| seeder.tables.iter().map(move |table| (seeder, table)))
        .filter(|(_, table)| {
            table
                .rows
                .iter()
                .any(|r| Account::of_row(r).next().is_some())
        });
    for (seeder, table) in tables {
        let mut schema = db.schema().await?;
        db.look_elsewhere(&mut schema, [table.table]).await?;
        let columns = columns_of(&schema, seeder, table)?;
        let sight = Sight::over(db, &schema, [table.table], Need::Write).await?;
        let sight = sight.all(db)?;
        let ledger = Ledger::of_rows(db, seeder.name, std::slice::from_ref(table)).await?;
        let mut ids = Ids::new();
        let rows = live::read(db, &sight, table, columns, &ledger, seeder.name, &ids).await?;
        let work = Work {
            seeder,
            table,
            decisions: decide(seeder.name, table, &ledger, &rows, &mut ids)?,
        };
        found.extend(work.passwords().flat_map(Account::of_row));
    }
    Ok(found)
}

/// A run under way.
struct Run {
    schema: Schema,
    now: DateTime<Utc>,
    ids: Ids,
    outcomes: BTreeMap<&'static str, Outcome>,
    /// Whether its transaction has begun.
    open: bool,
}

impl Run {
    async fn all(
        &mut self,
        db: &mut Database,
        prepared: &[Prepared],
        anchor: DateTime<Utc>,
        hashing: &mut Hashing<'_>,
    ) -> Result<()> {
        let own: Vec<(&Prepared, &SeedTable)> = prepared
            .iter()
            .flat_map(|p| p.tables.iter().map(move |table| (p, table)))
            .collect();
        let names: Vec<&str> = prepared
            .iter()
            .filter(|p| !p.tables.is_empty())
            .map(|p| p.name)
            .collect();
        let ledger = Ledger::of_seeders(db, &names).await?;
        if ledger.is_empty() {
            // The first time everything is written: start the slow part before looking at rows.
            hashing.start(own.iter().map(|(_, table)| *table));
        }
        self.bring(db, &ledger, &own, hashing).await?;
        drop(ledger);
        for seeder in prepared {
            if let Some(each) = &seeder.each {
                self.bring_each(db, seeder, each, hashing).await?;
            }
        }
        if self.open {
            self.commit(db, prepared, anchor).await?;
        }
        Ok(())
    }

    /// Brings in what a seeder wants for each row of a table, a page of those at a time.
    async fn bring_each(
        &mut self,
        db: &mut Database,
        seeder: &Prepared,
        each: &ForEach,
        hashing: &mut Hashing<'_>,
    ) -> Result<()> {
        db.look_elsewhere(&mut self.schema, [each.table]).await?;
        let sight = Sight::over(db, &self.schema, [each.table], Need::Read).await?;
        let sight = sight.all(db)?;
        let mut last = None;
        loop {
            db.interrupt.check()?;
            let page = live::next_page(db, &sight, each, last.as_ref()).await?;
            if page.is_empty() {
                return Ok(());
            }
            let tables = (each.tables)(&seeder.context, &page);
            let ledger = Ledger::of_rows(db, seeder.name, &tables).await?;
            let pairs: Vec<(&Prepared, &SeedTable)> = tables.iter().map(|t| (seeder, t)).collect();
            self.bring(db, &ledger, &pairs, hashing).await?;
            // Nothing refers to them, and there may be very many.
            for (table, row) in tables
                .iter()
                .flat_map(|t| t.rows.iter().map(move |r| (t, r)))
            {
                self.ids.remove(&(table.table.to_owned(), row.key.clone()));
            }
            last = page.into_iter().next_back();
        }
    }

    /// Brings rows of tables in.
    async fn bring(
        &mut self,
        db: &mut Database,
        ledger: &Ledger,
        tables: &[(&Prepared, &SeedTable)],
        hashing: &mut Hashing<'_>,
    ) -> Result<()> {
        let names = || tables.iter().map(|(_, table)| table.table);
        db.look_elsewhere(&mut self.schema, names()).await?;
        let sight = Sight::over(db, &self.schema, names(), Need::Write).await?;
        let sight = sight.all(db)?;
        self.look_up(db, tables).await?;
        let mut work = Vec::with_capacity(tables.len());
        for (seeder, table) in tables {
            let columns = columns_of(&self.schema, seeder, table)?;
            let rows =
                live::read(db, &sight, table, columns, ledger, seeder.name, &self.ids).await?;
            let decisions = decide(seeder.name, table, ledger, &rows, &mut self.ids)?;
            work.push(Work {
                seeder,
                table,
                decisions,
            });
        }
        self.count(&work);
        let has = |w: &Work<'_>, wanted: fn(&Action) -> bool| {
            w.decisions.iter().any(|decision| wanted(&decision.action))
        };
        work.retain(|w| has(w, is_written));
        if work.is_empty() {
            return Ok(());
        }
        let inserting = work.iter().filter(|w| has(w, |a| *a == Action::Insert));
        hashing.start(inserting.map(|w| w.table));
        for row in work.iter().flat_map(Work::passwords) {
            hashing.choose_at_once(row)?;
        }
        let d = db.dialect();
        let mut statements = Vec::new();
        for w in &work {
            let all = insert(d, w, &self.ids, self.now, hashing)?;
            statements.extend(all.into_iter().map(|sql| (w.table.table, sql)));
        }
        for w in &work {
            let all = update(d, w, &self.ids, self.now, hashing)?;
            statements.extend(all.into_iter().map(|sql| (w.table.table, sql)));
        }
        self.write(db, &sight, &work, statements).await
    }

    /// Finds the rows that these refer to and that are not described here: rows of seeders that are
    /// no part of this run.
    async fn look_up(
        &mut self,
        db: &mut Database,
        tables: &[(&Prepared, &SeedTable)],
    ) -> Result<()> {
        let rows = || tables.iter().flat_map(|(_, table)| &table.rows);
        let described: HashSet<(&str, &str)> = tables
            .iter()
            .flat_map(|(_, table)| table.rows.iter().map(|row| (table.table, row.key.as_str())))
            .collect();
        let elsewhere: HashSet<(&str, &str)> = rows()
            .flat_map(|row| &row.values)
            .filter_map(|value| match value {
                SeedValue::Ref { table, key } => Some((*table, key.as_str())),
                _ => None,
            })
            .filter(|row| !described.contains(row))
            .filter(|(table, key)| {
                !self
                    .ids
                    .contains_key(&((*table).to_owned(), (*key).to_owned()))
            })
            .collect();
        let elsewhere: Vec<(&str, &str)> = elsewhere.into_iter().collect();
        self.ids.extend(ledger::ids_of(db, &elsewhere).await?);
        Ok(())
    }

    fn count(&mut self, work: &[Work<'_>]) {
        for w in work {
            let outcome = self.outcomes.entry(w.seeder.name).or_default();
            for decision in &w.decisions {
                match decision.action {
                    Action::Insert => outcome.inserted += 1,
                    Action::Update(_) => outcome.updated += 1,
                    Action::Keep => outcome.kept += 1,
                    Action::Leave => outcome.unchanged += 1,
                    Action::Existing => outcome.existing += 1,
                }
            }
        }
    }

    /// Sends the rows, then asks what they look like, then writes the ledger; within the run's
    /// transaction, which begins here.
    async fn write(
        &mut self,
        db: &mut Database,
        sight: &Sight,
        work: &[Work<'_>],
        statements: Vec<(&str, String)>,
    ) -> Result<()> {
        db.interrupt.check()?;
        let d = db.dialect();
        if !ledger::exists(db) {
            // Apart, because on MySQL it would end the transaction. What sea-orm migrated has no other
            // books either.
            let mut script = history::create_tables(d, &db.facts);
            script.push(ledger::create_table(d));
            db.query("the seed ledger cannot be made", &script.join(";\n"))
                .await?;
            db.look().await?;
        }
        let written: Vec<(&Work<'_>, Vec<&Decision<'_>>)> = work
            .iter()
            .map(|w| {
                let rows = w.decisions.iter().filter(|x| is_written(&x.action));
                (w, rows.collect())
            })
            .collect();
        let mut batch = if self.open {
            Batch::new(db, sight)
        } else {
            let mut batch = Batch::begin(db, sight);
            if let Some(announce) = d.announce_seeding() {
                batch.own(announce.to_owned());
            }
            batch
        };
        for (table, sql) in statements {
            batch.on(table, sql);
        }
        for (w, rows) in &written {
            let names = column_names(&self.schema, w.table);
            let ids: Vec<String> = rows.iter().map(|x| x.id.clone()).collect();
            let condition = live::id_condition(d, w.table.primary_key, &ids);
            let select = live::select(d, w.table.table, &names, &condition);
            batch.ask(w.table.table, select);
        }
        self.open = true;
        db.interrupt.enter_critical();
        let read = batch
            .send(db)
            .await
            .map_err(|e| e.explain(db, "seeding failed; nothing was written"))?;
        for ((w, rows), result) in written.iter().zip(&read) {
            let names = column_names(&self.schema, w.table);
            for batch in entries(w, rows, result, &names).chunks(BATCH) {
                let outcome = db.run(&ledger::write(d, batch)).await;
                outcome.map_err(|error| unfinished(db, &error))?;
            }
        }
        Ok(())
    }

    /// Ends the run's transaction.
    async fn commit(
        &mut self,
        db: &mut Database,
        prepared: &[Prepared],
        anchor: DateTime<Utc>,
    ) -> Result<()> {
        let d = db.dialect();
        let mut closing = vec![history::write_meta(
            d,
            &[(meta::SEED_ANCHOR, &anchor.to_rfc3339())],
        )];
        // Columns that were dropped and are back are filled now, if every seeder had its turn.
        if history::lost_columns(&db.history.meta).next().is_some() {
            let made = ledger::seeders(db).await?;
            if made.iter().all(|n| prepared.iter().any(|p| p.name == n)) {
                closing.push(history::forget_lost(d));
            }
        }
        closing.push("COMMIT".to_owned());
        db.interrupt.check()?;
        let outcome = db.run(&closing.join(";\n")).await;
        outcome.map_err(|error| unfinished(db, &error))?;
        self.open = false;
        Ok(())
    }
}

fn is_written(action: &Action) -> bool {
    matches!(action, Action::Insert | Action::Update(_))
}

fn unfinished(db: &Database, error: &SqlError) -> Error {
    let what = if error.cause == Cause::Unreachable {
        "the connection broke while seeding was being committed; it is there whole or not at all"
    } else {
        "the seed ledger cannot be written; nothing was written"
    };
    Error::sql(what, error)
        .on(&db.target)
        .hint("run the same command again: what is there is left alone")
}

fn columns_of<'a>(
    schema: &'a Schema,
    seeder: &Prepared,
    table: &SeedTable,
) -> Result<&'a crate::schema::Table> {
    let found = schema.table(table.table).ok_or_else(|| {
        Error::failed(format!(
            "seeder {} needs the table {}, which is not there",
            seeder.name, table.table
        ))
        .hint("`saasdb status` shows what is missing")
    })?;
    match table
        .columns
        .iter()
        .find(|c| !found.columns.iter().any(|f| f.name == **c))
    {
        None => Ok(found),
        Some(missing) => Err(Error::failed(format!(
            "seeder {} needs the column {}.{missing}, which is not there",
            seeder.name, table.table
        ))
        .hint("was the table altered by hand? `saasdb status` shows drift")),
    }
}
