//! Subscriptions that ran out get the status that says so.

use serde::Serialize;

use super::find::Organization;
use super::list;
use super::map::{self, Map};
use super::sql::{self, Moment, Row, is, of, read_now, text};
use super::transaction::{self, Stop};
use crate::dialect::Dialect;
use crate::engine::{Database, Error, Result};

/// A subscription that ran out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Whose it is.
    pub organization: Organization,
    /// The key of its plan.
    pub plan: String,
    /// The status that it had.
    pub was: String,
    /// When it ran out.
    pub ended_at: Moment,
    #[serde(skip)]
    row: String,
}

/// Where the columns behind those of the subscription begin.
const AFTER: usize = list::SUBSCRIPTION_COLUMNS;

/// A subscription that may have run out: when it ends cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The slug of the organization whose it is.
    pub organization: String,
    /// Its status, which it keeps.
    pub status: String,
    /// What stands there.
    pub value: String,
}

/// How many subscriptions one transaction changes: few enough that nobody waits for long.
const BATCH: usize = 200;

/// What was done before a run stopped.
pub struct Stopped {
    /// Why.
    pub error: Error,
    /// The subscriptions that are expired now.
    pub done: Vec<Expired>,
}

/// The subscriptions that ran out by now, by slug.
///
/// # Errors
/// The database's.
pub async fn due(db: &mut Database, map: &Map) -> Result<(Moment, Vec<Expired>)> {
    let what = "the subscriptions cannot be read";
    let results = db.query(what, &sql::now(db.dialect())).await?;
    let now = read_now(results.first())
        .ok_or_else(|| Error::failed("the server's clock cannot be read").on(&db.target))?;
    let results = db.query(what, &query(db.dialect(), map, now)).await?;
    let found = Row::all(results.first())
        .filter_map(|row| {
            let subscription = list::read_subscription(map, row);
            Some(Expired {
                ended_at: subscription.ran_out(now)?,
                organization: Organization {
                    id: row.text(AFTER + 1),
                    slug: row.text(AFTER + 2),
                    name: row.text(AFTER + 3),
                    created_at: None,
                },
                plan: subscription.plan,
                was: subscription.status,
                row: row.text(AFTER),
            })
        })
        .collect();
    Ok((now, found))
}

/// The subscriptions whose end is there and is no point in time: on SQLite a column holds anything.
///
/// # Errors
/// The database's.
pub async fn unreadable(db: &mut Database, map: &Map) -> Result<Vec<Unreadable>> {
    let d = db.dialect();
    let (s, o) = (&map.subscriptions, &map.organizations);
    let lost = |status: &str, end: &str| {
        let end = of(d, s.table, end);
        format!(
            "({} AND {end} IS NOT NULL AND ({}) IS NULL)",
            is(d, s.table, s.status, status),
            d.epoch_ms(&end)
        )
    };
    let sql = format!(
        "SELECT {}, {} FROM {} JOIN {} ON {} = {} WHERE {} OR {} ORDER BY {}",
        list::subscription_columns(d, map),
        text(d, o.table, o.slug),
        d.ident(s.table),
        d.ident(o.table),
        of(d, o.table, o.id),
        of(d, s.table, s.organization),
        lost(map::ACTIVE, s.period_end),
        lost(map::TRIAL, s.trial_ends_at),
        of(d, o.table, o.slug),
    );
    let results = db.query("the subscriptions cannot be read", &sql).await?;
    let found = Row::all(results.first()).filter_map(|row| {
        let subscription = list::read_subscription(map, row);
        Some(Unreadable {
            organization: row.text(AFTER),
            status: subscription.status,
            value: subscription.unreadable_end?,
        })
    });
    Ok(found.collect())
}

fn query(d: &dyn Dialect, map: &Map, now: Moment) -> String {
    let (s, o) = (&map.subscriptions, &map.organizations);
    let over = |status: &str, end: &str| {
        format!(
            "({} AND {} < {})",
            is(d, s.table, s.status, status),
            d.epoch_ms(&of(d, s.table, end)),
            now.millis()
        )
    };
    format!(
        "SELECT {}, {}, {}, {}, {} FROM {} JOIN {} ON {} = {} WHERE {} OR {} ORDER BY {}",
        list::subscription_columns(d, map),
        text(d, s.table, s.id),
        text(d, o.table, o.id),
        text(d, o.table, o.slug),
        text(d, o.table, o.name),
        d.ident(s.table),
        d.ident(o.table),
        of(d, o.table, o.id),
        of(d, s.table, s.organization),
        over(map::ACTIVE, s.period_end),
        over(map::TRIAL, s.trial_ends_at),
        of(d, o.table, o.slug),
    )
}

/// Marks the subscriptions that ran out, some at a time.
///
/// # Errors
/// The database's, or that somebody asked to stop; with what was done until then.
pub async fn sweep(db: &mut Database, map: &Map) -> Result<Vec<Expired>, Stopped> {
    let mut done = Vec::new();
    let (now, due) = match due(db, map).await {
        Ok(found) => found,
        Err(error) => return Err(Stopped { error, done }),
    };
    for batch in due.chunks(BATCH) {
        let unchanged = match done.len() {
            0 => "nothing was changed".to_owned(),
            n => format!(
                "{n} of {} are expired, the others are as they were",
                due.len()
            ),
        };
        let what = "the subscriptions could not be marked as expired";
        let body = async |db: &mut Database| attempt(db, map, now, batch).await;
        let outcome = transaction::run(db, what, &unchanged, body).await;
        match outcome {
            Ok(mut marked) => done.append(&mut marked),
            Err(error) => return Err(Stopped { error, done }),
        }
    }
    Ok(done)
}

/// One transaction. What was renewed meanwhile is left alone. Every row has statements of its own: one
/// for all of them could scan the table, and on MySQL hold what it passes.
async fn attempt(
    db: &mut Database,
    map: &Map,
    now: Moment,
    batch: &[Expired],
) -> Result<Vec<Expired>, Stop> {
    let d = db.dialect();
    let t = &map.subscriptions;
    // All in one order, so that two sweeps wait for each other instead of colliding.
    let mut batch: Vec<&Expired> = batch.iter().collect();
    batch.sort_by(|a, b| a.row.cmp(&b.row));
    let held: Vec<String> = batch
        .iter()
        .map(|expired| {
            format!(
                "SELECT {} FROM {} WHERE {}{}",
                list::subscription_columns(d, map),
                d.ident(t.table),
                is(d, t.table, t.id, &expired.row),
                d.hold_rows(),
            )
        })
        .collect();
    let results = transaction::open(db, &held.join("; ")).await?;
    let mut still: Vec<Expired> = batch
        .iter()
        .zip(&results)
        .filter_map(|(expired, result)| {
            let held = list::read_subscription(map, Row::all(Some(result)).next()?);
            Some(Expired {
                ended_at: held.ran_out(now)?,
                plan: held.plan,
                was: held.status,
                ..(*expired).clone()
            })
        })
        .collect();
    if still.is_empty() {
        db.run("ROLLBACK").await?;
        return Ok(still);
    }
    let marks: Vec<String> = still
        .iter()
        .map(|expired| {
            format!(
                "UPDATE {} SET {} = {}, {} = {} WHERE {}",
                d.ident(t.table),
                d.ident(t.status),
                d.literal(map::EXPIRED),
                d.ident(t.updated_at),
                now.literal(d),
                is(d, t.table, t.id, &expired.row),
            )
        })
        .collect();
    transaction::finish(db, &marks).await?;
    still.sort_by(|a, b| a.organization.slug.cmp(&b.organization.slug));
    Ok(still)
}
