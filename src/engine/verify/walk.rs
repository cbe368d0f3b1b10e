//! The walk: up with rows, down, up again, looking around after each step.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use sea_orm_migration::async_trait::async_trait;

use super::super::apply::{Done, Observer, Span};
use super::super::database::Database;
use super::super::effects::Effect;
use super::super::error::{Error, Result};
use super::super::guard::{Consent, Verdict};
use super::super::losses::Loss;
use super::super::migration::{Direction, Migration};
use super::super::operate::{self, Again, Asker, Context};
use super::super::plan::{DownTarget, UpTarget};
use super::content::{self, Rows, Value};
use super::fill::fill;
use super::look::Look;
use super::{Failure, Note, Request, Tried, Verified, What, When};
use crate::schema::{Change, compare};

/// Rows that each step upwards brought into tables of others, by table.
type Arrivals = BTreeMap<String, BTreeSet<Vec<Value>>>;

struct Walk<'a> {
    request: &'a Request<'a>,
    db: Database,
    out: Verified,
    /// Differences of the schema that were reported already: what one migration leaves behind is not
    /// held against those before it.
    known: BTreeSet<String>,
    /// Steps so far, of all that there are.
    position: usize,
}

/// Agrees to everything: nothing in a scratch database is anybody's.
struct Agreed;

#[async_trait]
impl Asker for Agreed {
    fn show(&self, _what: &str, _losses: &[Loss], _needed: bool) {}

    async fn ask(&self, _verdict: &Verdict, _name: &str) -> bool {
        true
    }
}

/// Says nothing of the single runs.
struct Silent;

impl Observer for Silent {}

/// Walks through all migrations.
///
/// # Errors
/// When the database cannot be looked at any more.
pub(super) async fn walk(request: &Request<'_>, db: Database) -> Result<Verified> {
    let mut walk = Walk {
        request,
        out: Verified {
            scratch: db.target.to_string(),
            kept: false,
            migrations: Vec::new(),
            failures: Vec::new(),
            notes: Vec::new(),
        },
        known: BTreeSet::new(),
        position: 0,
        db,
    };
    let outcome = walk.all().await;
    request.observer.working(None);
    walk.db.close().await;
    outcome.map(|()| walk.out)
}

impl Walk<'_> {
    async fn all(&mut self) -> Result<()> {
        let count = self.request.source.migrations.len();
        // It stays when everything is reverted, so it has to be there from the start.
        if self.db.schema_missing() {
            self.db.make_schema().await?;
        }
        let mut now = Look::at(&mut self.db).await?;
        let mut looks = Vec::new();
        let mut arrivals = Vec::new();
        for migration in &self.request.source.migrations {
            looks.push(now);
            let before = &looks[looks.len() - 1];
            match self.up(migration, before).await? {
                Some((after, arrived)) => {
                    arrivals.push(arrived);
                    now = after;
                }
                None => {
                    self.not_tried(looks.len(), count, "the one before it cannot be applied");
                    if !self.clear(migration, before).await? {
                        return Ok(());
                    }
                    now = Look::at(&mut self.db).await?;
                    break;
                }
            }
        }
        let top = arrivals.len();
        if looks.len() == top {
            looks.push(now.clone());
        }
        for i in (0..top).rev() {
            let Some(after) = self.down(i, &now, &looks[i], &arrivals[i]).await? else {
                self.not_tried(0, i, "it was not reverted, because a later one cannot be");
                return Ok(());
            };
            now = after;
        }
        for i in 0..top {
            if !self.again(i, &looks[i + 1]).await? {
                self.not_tried(
                    i + 1,
                    top,
                    "it was not applied again, because an earlier one cannot be",
                );
                return Ok(());
            }
        }
        Ok(())
    }

    /// Applies a migration, looks whether it left the rows of others alone, and fills what it made.
    async fn up(
        &mut self,
        migration: &Migration,
        before: &Look,
    ) -> Result<Option<(Look, Arrivals)>> {
        let start = self.begin(migration, Direction::Up);
        let outcome = self.step_up().await;
        let took = self.finish(migration, Direction::Up, start);
        self.out.migrations.push(Tried {
            name: migration.name.clone(),
            up_ms: outcome.is_ok().then_some(took),
            ..Tried::default()
        });
        if let Err(error) = outcome {
            self.refused(migration, When::Up, &error);
            return Ok(None);
        }
        let mut look = Look::at(&mut self.db).await?;
        let mut arrivals = Arrivals::new();
        for (table, rows) in &before.content {
            let name = renamed(migration, table);
            let after = look.content.get(&name);
            self.rows(migration, When::Up, &name, (rows, after), &BTreeSet::new());
            if let Some(after) = after {
                arrivals.insert(name, content::arrivals(rows, after));
            }
        }
        let notes = fill(&mut self.db, &mut look, &migration.name).await?;
        let repeated = |note: &Note| self.out.notes.iter().any(|n| n.object == note.object);
        let notes: Vec<Note> = notes.into_iter().filter(|n| !repeated(n)).collect();
        self.out.notes.extend(notes);
        Ok(Some((look, arrivals)))
    }

    /// Reverts the migration at `index` and looks whether everything is as it was below it.
    async fn down(
        &mut self,
        index: usize,
        before: &Look,
        below: &Look,
        arrivals: &Arrivals,
    ) -> Result<Option<Look>> {
        let migration = &self.request.source.migrations[index];
        let start = self.begin(migration, Direction::Down);
        if let Err(error) = self.step_down().await {
            self.refused(migration, When::Down, &error);
            return Ok(None);
        }
        let took = self.finish(migration, Direction::Down, start);
        self.out.migrations[index].down_ms = Some(took);
        let after = Look::at(&mut self.db).await?;
        self.schema(migration, When::Down, below, &after);
        let mut carried = 0;
        let nobody = BTreeSet::new();
        for old in below.content.keys() {
            let table = renamed(migration, old);
            let Some(rows) = before.content.get(&table) else {
                continue;
            };
            carried += rows.rows.len();
            let strangers = arrivals.get(&table).unwrap_or(&nobody);
            let now = after.content.get(old);
            self.rows(migration, When::Down, &table, (rows, now), strangers);
            // What the migration converted has to be what it was before it did.
            let first = &below.content[old];
            let converted = first.converted(rows);
            if let (Some(now), false) = (now, converted.is_empty()) {
                let sides = (&first.only(&converted), Some(&now.only(&converted)));
                self.rows(migration, When::Down, &table, sides, &nobody);
            }
        }
        self.out.migrations[index].rows = carried;
        Ok(Some(after))
    }

    /// Applies the migration at `index` again; whether it went through.
    async fn again(&mut self, index: usize, first: &Look) -> Result<bool> {
        let migration = &self.request.source.migrations[index];
        let start = self.begin(migration, Direction::Up);
        if let Err(error) = self.step_up().await {
            self.refused(migration, When::UpAgain, &error);
            return Ok(false);
        }
        let took = self.finish(migration, Direction::Up, start);
        self.out.migrations[index].again_ms = Some(took);
        let look = Look::at(&mut self.db).await?;
        self.schema(migration, When::UpAgain, first, &look);
        Ok(true)
    }

    /// Says what is under way.
    fn begin(&mut self, migration: &Migration, direction: Direction) -> Instant {
        self.position += 1;
        let total = 3 * self.request.source.migrations.len();
        let observer = self.request.observer;
        observer.started(&migration.name, direction, self.position, total);
        Instant::now()
    }

    /// Says that it is done; how long it took, in milliseconds.
    fn finish(&self, migration: &Migration, direction: Direction, start: Instant) -> u64 {
        let took = start.elapsed();
        let observer = self.request.observer;
        observer.finished(&migration.name, direction, took);
        u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
    }

    async fn step_up(&mut self) -> Result<()> {
        let consent = agreed();
        let cx = context(self.request, &consent);
        let done = operate::up(&mut self.db, &cx, &UpTarget::Steps(1), false).await;
        self.settle(done).await
    }

    async fn step_down(&mut self) -> Result<()> {
        let consent = agreed();
        let cx = context(self.request, &consent);
        let target = DownTarget::Steps(1);
        let done = operate::down(&mut self.db, &cx, "migrate verify", &target, Again::No).await;
        self.settle(done).await
    }

    /// A run that failed keeps its lock; and the history has to be read anew after each.
    async fn settle(&mut self, done: Result<Vec<Done>>) -> Result<()> {
        self.db.unlock().await;
        self.db.look().await?;
        done.map(drop)
    }

    /// Takes back what a migration did before it failed, where the database could not do so itself.
    /// Whether the way down is free.
    async fn clear(&mut self, migration: &Migration, before: &Look) -> Result<bool> {
        let record = self.db.history.records.get(&migration.name);
        if !record.is_some_and(|r| r.is_dirty()) {
            return Ok(true);
        }
        if let Err(error) = self.step_down().await {
            self.refused(migration, When::Down, &error);
            return Ok(false);
        }
        let look = Look::at(&mut self.db).await?;
        self.schema(migration, When::Down, before, &look);
        Ok(true)
    }

    /// Reports what the database or the engine refused.
    fn refused(&mut self, migration: &Migration, when: When, error: &Error) {
        let object = match &error.statement {
            Some(statement) => format!("statement {statement}"),
            None => "the migration".to_owned(),
        };
        self.out.failures.push(Failure {
            migration: migration.name.clone(),
            when,
            what: What::Refused,
            object,
            detail: error.to_string(),
        });
    }

    /// Reports how the schema differs from what it has to be.
    fn schema(&mut self, migration: &Migration, when: When, wanted: &Look, found: &Look) {
        let named = compare(&wanted.schema, &found.schema).into_iter();
        let mut all: Vec<(Change, String, Option<String>)> =
            named.map(|d| (d.change, d.object, d.detail)).collect();
        all.extend(things(wanted, found));
        for (change, object, detail) in all {
            if !self.known.insert(format!("{change:?} {object} {detail:?}")) {
                continue;
            }
            let detail = match (change, when, detail) {
                (Change::Added, When::UpAgain, _) => "the first time it was not there".to_owned(),
                (Change::Added, _, _) => "it is left behind".to_owned(),
                (Change::Removed, When::UpAgain, _) => "the first time it was there".to_owned(),
                (Change::Removed, _, _) => "it is gone".to_owned(),
                (Change::Changed, _, detail) => detail.unwrap_or_default(),
            };
            self.out.failures.push(Failure {
                migration: migration.name.clone(),
                when,
                what: What::Schema,
                object,
                detail,
            });
        }
    }

    /// Reports how the rows of a table that the migration did not make differ after a step.
    fn rows(
        &mut self,
        migration: &Migration,
        when: When,
        table: &str,
        (before, after): (&Rows, Option<&Rows>),
        strangers: &BTreeSet<Vec<Value>>,
    ) {
        let nothing = Rows {
            rows: Vec::new(),
            ..before.clone()
        };
        let mut all = content::compare(table, before, after.unwrap_or(&nothing), strangers);
        let lost = all.iter().filter(|d| d.what == What::RowsLost).count();
        if lost > 1 && lost == before.rows.len() {
            all.retain(|d| d.what != What::RowsLost);
            all.push(content::Difference {
                what: What::RowsLost,
                object: format!("rows of {table}"),
                detail: format!("all {lost} are gone"),
            });
        }
        for difference in all {
            self.out.failures.push(Failure {
                migration: migration.name.clone(),
                when,
                what: difference.what,
                object: difference.object,
                detail: difference.detail,
            });
        }
    }

    /// Notes which migrations were not tried.
    fn not_tried(&mut self, from: usize, to: usize, why: &str) {
        for migration in &self.request.source.migrations[from..to] {
            self.out.notes.push(Note {
                migration: migration.name.clone(),
                object: "the migration".to_owned(),
                detail: why.to_owned(),
            });
        }
    }
}

/// What needs somebody's consent has it.
fn agreed() -> Consent {
    Consent {
        yes: true,
        ..Consent::default()
    }
}

fn context<'a>(request: &'a Request<'_>, consent: &'a Consent) -> Context<'a> {
    Context {
        source: request.source,
        environment: None,
        span: Span::Migration,
        consent,
        asker: &Agreed,
        observer: &Silent,
    }
}

/// What a table is called after the migration.
fn renamed(migration: &Migration, table: &str) -> String {
    let mut name = table.to_owned();
    for effect in migration.effects(Direction::Up) {
        if let Effect::RenameTable(from, to) = effect
            && *from == name
        {
            name.clone_from(to);
        }
    }
    name
}

/// What differs in the parts of the catalogue that the schema does not hold.
fn things(wanted: &Look, found: &Look) -> Vec<(Change, String, Option<String>)> {
    let mut out = Vec::new();
    let names: BTreeSet<&String> = wanted.things.keys().chain(found.things.keys()).collect();
    for name in names {
        let (change, detail) = match (wanted.things.get(name), found.things.get(name)) {
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), Some(b)) => (Change::Changed, Some(format!("{a} -> {b}"))),
            (None, _) => (Change::Added, None),
            (_, None) => (Change::Removed, None),
        };
        out.push((change, name.clone(), detail));
    }
    out
}
