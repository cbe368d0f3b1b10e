//! What an organization subscribed to and switched on, and how often modules are on at all.

use serde::Serialize;
use serde_json::Value;

use super::find::{self, Organization, Who};
use super::map::{self, Map, Plan};
use super::sql::{Moment, Row, is, now, of, read_now, text, time};
use crate::dialect::{Dialect, ResultSet};
use crate::engine::{Database, Result};

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// The key of its plan.
    pub plan: String,
    /// The plan's name, if it is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_name: Option<&'static str>,
    /// The status as it stands in the row.
    pub status: String,
    /// When the period began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_start: Option<Moment>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_end: Option<Moment>,
    /// When a trial ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_ends_at: Option<Moment>,
    /// When it was canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canceled_at: Option<Moment>,
    /// Whether it is not renewed.
    pub cancel_at_period_end: bool,
    /// Its end as it stands in the row, where that is no point in time without doubt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable_end: Option<String>,
}

impl Subscription {
    /// When it ran out, if its status does not say so yet: what `subscription sweep` looks for.
    pub fn ran_out(&self, now: Moment) -> Option<Moment> {
        let end = match self.status.as_str() {
            map::ACTIVE => self.period_end,
            map::TRIAL => self.trial_ends_at,
            _ => None,
        };
        end.filter(|end| *end < now)
    }
}

/// How a module stands for an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// On.
    Enabled,
    /// Off after it was on.
    Disabled,
    /// Never on.
    Available,
}

/// A module of an organization.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Its key.
    pub key: String,
    /// Its name, if it is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// Whether it is on.
    pub state: State,
    /// Since when it is on, or was last on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<Moment>,
    /// Who switched it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_by: Option<Who>,
    /// Since when it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Moment>,
    /// Who switched it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_by: Option<Who>,
    /// Its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
    /// The key of its row.
    #[serde(skip)]
    pub row: Option<String>,
}

impl Standing {
    /// Whether it is on.
    pub fn is_enabled(&self) -> bool {
        self.state == State::Enabled
    }
}

/// An organization with its subscription and modules.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    /// Who it is.
    pub organization: Organization,
    /// What it subscribed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// Since when the subscription is over, though its status does not say so yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ran_out_at: Option<Moment>,
    /// Modules that are on.
    pub used: usize,
    /// How many may be, where the plan is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The defined modules in their order, then others that the organization has.
    pub modules: Vec<Standing>,
}

/// The query for an organization's subscription.
pub(super) fn subscription_query(d: &dyn Dialect, map: &Map, organization: &str) -> String {
    let t = &map.subscriptions;
    format!(
        "SELECT {} FROM {} WHERE {}",
        subscription_columns(d, map),
        d.ident(t.table),
        is(d, t.table, t.organization, organization),
    )
}

/// How many columns [`read_subscription`] reads.
pub(super) const SUBSCRIPTION_COLUMNS: usize = 9;

/// The columns that [`read_subscription`] reads.
pub(super) fn subscription_columns(d: &dyn Dialect, map: &Map) -> String {
    let t = &map.subscriptions;
    [
        text(d, t.table, t.plan),
        text(d, t.table, t.status),
        time(d, t.table, t.period_start),
        time(d, t.table, t.period_end),
        time(d, t.table, t.trial_ends_at),
        time(d, t.table, t.canceled_at),
        text(d, t.table, t.cancel_at_period_end),
        text(d, t.table, t.period_end),
        text(d, t.table, t.trial_ends_at),
    ]
    .join(", ")
}

/// Reads a row of [`subscription_columns`].
pub(super) fn read_subscription(map: &Map, row: Row<'_>) -> Subscription {
    let plan = row.text(0);
    let status = row.text(1);
    let (period_end, trial_ends_at) = (row.moment(3), row.moment(4));
    let unreadable_end = match status.as_str() {
        map::ACTIVE if period_end.is_none() => row.optional(7),
        map::TRIAL if trial_ends_at.is_none() => row.optional(8),
        _ => None,
    };
    // PostgreSQL's infinity has no number, and is no riddle.
    let unreadable_end = unreadable_end.filter(|end| !end.ends_with("infinity"));
    Subscription {
        plan_name: map.plan(&plan).map(|p| p.name),
        plan,
        status,
        period_start: row.moment(2),
        period_end,
        trial_ends_at,
        unreadable_end,
        canceled_at: row.moment(5),
        cancel_at_period_end: row.flag(6),
    }
}

/// The query for the modules that an organization has or had.
pub(super) fn modules_query(d: &dyn Dialect, map: &Map, organization: &str) -> String {
    let t = &map.modules;
    format!(
        "SELECT {} FROM {} WHERE {} ORDER BY {}",
        module_columns(d, map),
        d.ident(t.table),
        is(d, t.table, t.organization, organization),
        of(d, t.table, t.key),
    )
}

fn module_columns(d: &dyn Dialect, map: &Map) -> String {
    let t = &map.modules;
    [
        text(d, t.table, t.id),
        text(d, t.table, t.key),
        text(d, t.table, t.enabled),
        text(d, t.table, t.settings),
        time(d, t.table, t.enabled_at),
        text(d, t.table, t.enabled_by),
        time(d, t.table, t.disabled_at),
        text(d, t.table, t.disabled_by),
    ]
    .join(", ")
}

/// What [`modules_query`] found. Nobody's e-mail is known yet.
pub(super) fn read_modules(map: &Map, result: Option<&ResultSet>) -> Vec<Standing> {
    let who = |id: Option<String>| id.map(|id| Who { id, email: None });
    Row::all(result)
        .map(|row| {
            let key = row.text(1);
            Standing {
                name: map.module(&key).map(|m| m.name),
                key,
                state: if row.flag(2) {
                    State::Enabled
                } else {
                    State::Disabled
                },
                settings: row.optional(3).and_then(|s| serde_json::from_str(&s).ok()),
                enabled_at: row.moment(4),
                enabled_by: who(row.optional(5)),
                disabled_at: row.moment(6),
                disabled_by: who(row.optional(7)),
                row: Some(row.text(0)),
            }
        })
        .collect()
}

/// Reads how things stand for the organization with that slug.
///
/// # Errors
/// Exit code 1 where there is none; the database's.
pub async fn overview(db: &mut Database, map: &Map, slug: &str) -> Result<Overview> {
    let organization = find::organization(db, map, slug).await?;
    let d = db.dialect();
    let (u, m) = (&map.users, &map.modules);
    let whoever = |column: &str| {
        format!(
            "SELECT {} FROM {} WHERE {}",
            of(d, m.table, column),
            d.ident(m.table),
            is(d, m.table, m.organization, &organization.id)
        )
    };
    let script = [
        now(d),
        subscription_query(d, map, &organization.id),
        modules_query(d, map, &organization.id),
        format!(
            "SELECT {}, {} FROM {} WHERE {id} IN ({}) OR {id} IN ({})",
            text(d, u.table, u.id),
            text(d, u.table, u.email),
            d.ident(u.table),
            whoever(m.enabled_by),
            whoever(m.disabled_by),
            id = of(d, u.table, u.id),
        ),
    ]
    .join("; ");
    let results = db
        .query("the organization's modules cannot be read", &script)
        .await?;
    let now = read_now(results.first());
    let subscription = Row::all(results.get(1))
        .next()
        .map(|row| read_subscription(map, row));
    let mut rows = read_modules(map, results.get(2));
    let emails: Vec<(String, Option<String>)> = Row::all(results.get(3))
        .map(|row| (row.text(0), row.optional(1)))
        .collect();
    for row in &mut rows {
        let both = [&mut row.enabled_by, &mut row.disabled_by];
        for who in both.into_iter().flatten() {
            let user = emails.iter().find(|(id, _)| *id == who.id);
            who.email = user.and_then(|(_, email)| email.clone());
        }
    }
    let plan = subscription.as_ref().and_then(|s| map.plan(&s.plan));
    Ok(Overview {
        ran_out_at: subscription
            .as_ref()
            .zip(now)
            .and_then(|(s, now)| s.ran_out(now)),
        used: rows.iter().filter(|m| m.is_enabled()).count(),
        limit: plan.map(|p: Plan| p.modules),
        modules: in_order(map, rows),
        organization,
        subscription,
    })
}

/// The defined modules in their order, then the others.
fn in_order(map: &Map, mut rows: Vec<Standing>) -> Vec<Standing> {
    let mut out: Vec<Standing> = (map.available)()
        .into_iter()
        .map(
            |module| match rows.iter().position(|row| row.key == module.key) {
                Some(i) => rows.remove(i),
                None => Standing {
                    key: module.key.to_owned(),
                    name: Some(module.name),
                    state: State::Available,
                    enabled_at: None,
                    enabled_by: None,
                    disabled_at: None,
                    disabled_by: None,
                    settings: None,
                    row: None,
                },
            },
        )
        .collect();
    out.append(&mut rows);
    out
}

/// How many organizations have a module on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Its key.
    pub key: String,
    /// Its name, if it is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// Organizations.
    pub organizations: u64,
}

/// How often modules are on: the defined ones in their order, then others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// All organizations.
    pub organizations: u64,
    /// By module.
    pub modules: Vec<Count>,
}

/// Counts the organizations that have each module on.
///
/// # Errors
/// The database's.
pub async fn stats(db: &mut Database, map: &Map) -> Result<Stats> {
    let d = db.dialect();
    let t = &map.modules;
    let key = of(d, t.table, t.key);
    let script = format!(
        "SELECT {} FROM {}; SELECT {}, {} FROM {} WHERE {} = {} GROUP BY {key} ORDER BY {key}",
        d.as_text("count(*)"),
        d.ident(map.organizations.table),
        d.as_text(&key),
        d.as_text("count(*)"),
        d.ident(t.table),
        of(d, t.table, t.enabled),
        d.boolean(true),
    );
    let results = db.query("the modules cannot be counted", &script).await?;
    let mut counted: Vec<(String, u64)> = Row::all(results.get(1))
        .map(|row| (row.text(0), row.text(1).parse().unwrap_or(0)))
        .collect();
    let mut modules: Vec<Count> = (map.available)()
        .into_iter()
        .map(|module| Count {
            organizations: match counted.iter().position(|(key, _)| key == module.key) {
                Some(i) => counted.remove(i).1,
                None => 0,
            },
            key: module.key.to_owned(),
            name: Some(module.name),
        })
        .collect();
    modules.extend(counted.into_iter().map(|(key, organizations)| Count {
        key,
        name: None,
        organizations,
    }));
    let all = results.first().and_then(ResultSet::single);
    Ok(Stats {
        organizations: all.and_then(|n| n.parse().ok()).unwrap_or(0),
        modules,
    })
}
