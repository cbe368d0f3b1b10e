//! Switching a module on and off for an organization, within its plan.
//!
//! Whoever switches holds the organization's row until the end of the transaction, so what was counted
//! is still so when it commits: of two who want the last slot one finds it taken. No other row is held
//! before it is written: on MySQL that would lock the gaps in which other organizations insert. An
//! application that switches without holding that row can still be in between; what it did to the same
//! module is noticed.

use serde::Serialize;

use super::find::{self, Organization, Who};
use super::list::{self, Standing, Subscription};
use super::map::{Map, Module};
use super::sql::{self, Moment, Row, is, read_now};
use super::transaction::{self, Stop};
use crate::dialect::{Dialect, ResultSet};
use crate::engine::{Database, Error, Result};

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The slug of the organization.
    pub organization: &'a str,
    /// The key of the module.
    pub module: &'a str,
    /// Whether it is to be on.
    pub on: bool,
    /// The id or e-mail of the user who wants it.
    pub by: Option<&'a str>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Switched {
    /// For whom.
    pub organization: Organization,
    /// The key of the module.
    pub module: String,
    /// Whether it is on now.
    pub enabled: bool,
    /// Whether it was on before, some time; then it has the settings of that time.
    pub again: bool,
    /// When, by the server's clock.
    pub at: Moment,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Who>,
    /// Modules that are on now.
    pub used: usize,
    /// How many may be, where the plan is defined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The key of the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// The definition of a module.
///
/// # Errors
/// Exit code 2, with the modules that there are.
pub fn definition(map: &Map, key: &str) -> Result<Module> {
    map.module(key).ok_or_else(|| {
        let known: Vec<&str> = (map.available)().iter().map(|m| m.key).collect();
        Error::usage(format!("no module is called `{key}`"))
            .hint(format!("there are: {}", known.join(", ")))
    })
}

/// Switches a module on or off. Other modules, and the settings of this one, stay as they are.
///
/// # Errors
/// Where there is nothing to switch, or the subscription does not allow it; the database's.
pub async fn switch(db: &mut Database, map: &Map, wish: Wish<'_>) -> Result<Switched> {
    let verb = if wish.on { "enabled" } else { "disabled" };
    let what = format!(
        "{} could not be {verb} for {}",
        wish.module, wish.organization
    );
    let body = async |db: &mut Database| attempt(db, map, wish).await;
    let outcome = transaction::run(db, &what, "nothing was changed", body).await?;
    match outcome {
        Some(switched) => Ok(switched),
        None => Err(find::unknown(db, map, wish.organization).await),
    }
}

/// One transaction; nothing where the organization is not there.
async fn attempt(db: &mut Database, map: &Map, wish: Wish<'_>) -> Result<Option<Switched>, Stop> {
    let d = db.dialect();
    let query = find::query(d, map, wish.organization);
    let first = format!("{query}{}", d.hold_rows());
    let results = transaction::open(db, &first).await?;
    let Some(organization) = find::read(results.first()) else {
        db.run("ROLLBACK").await?;
        return Ok(None);
    };
    let mut script = vec![
        list::subscription_query(d, map, &organization.id),
        list::modules_query(d, map, &organization.id),
        sql::now(d),
    ];
    script.extend(wish.by.map(|by| find::user_query(d, map, by)));
    let results = db.run(&script.join("; ")).await?;
    let scene = Scene::read(map, organization, &results)?;
    let by = match wish.by {
        Some(given) => {
            let found = find::read_user(results.get(3), given);
            Some(found.map_err(|e| e.on(&db.target))?)
        }
        None => None,
    };
    let decided = if wish.on {
        scene.enable(d, map, wish.module, by.as_ref())
    } else {
        scene.disable(d, map, wish.module, by.as_ref())
    };
    let statement = decided.map_err(|e| e.on(&db.target))?;
    transaction::finish(db, &[statement]).await?;
    Ok(Some(scene.after(map, wish, by)))
}

/// An organization as it stands while its row is held.
struct Scene {
    organization: Organization,
    subscription: Option<Subscription>,
    modules: Vec<Standing>,
    now: Moment,
}

impl Scene {
    fn read(map: &Map, organization: Organization, results: &[ResultSet]) -> Result<Self> {
        Ok(Self {
            organization,
            subscription: Row::all(results.first())
                .next()
                .map(|row| list::read_subscription(map, row)),
            modules: list::read_modules(map, results.get(1)),
            now: read_now(results.get(2))
                .ok_or_else(|| Error::failed("the server's clock cannot be read"))?,
        })
    }

    fn used(&self) -> usize {
        self.modules.iter().filter(|m| m.is_enabled()).count()
    }

    fn module(&self, key: &str) -> Option<&Standing> {
        self.modules.iter().find(|m| m.key == key)
    }

    /// The statement that switches a module on.
    fn enable(&self, d: &dyn Dialect, map: &Map, key: &str, by: Option<&Who>) -> Result<String> {
        let definition = definition(map, key)?;
        let there = self.module(key);
        // Before the limit: what is on already needs no slot.
        if let Some(there) = there.filter(|m| m.is_enabled()) {
            return Err(Error::failed(format!(
                "{key} is already enabled for {}{}",
                self.organization.slug,
                since(there.enabled_at, there.enabled_by.as_ref())
            ))
            .hint(format!(
                "`saasdb module list {}` shows its modules",
                self.organization.slug
            )));
        }
        self.check_slot(map)?;
        let t = &map.modules;
        let by = sql::optional(d, by.map(|who| who.id.as_str()));
        let now = self.now.literal(d);
        Ok(match there.and_then(|m| m.row.as_deref()) {
            Some(row) => format!(
                "UPDATE {} SET {} = {}, {} = {now}, {} = {by}, {} = NULL, {} = NULL \
                 WHERE {} AND {} = {}",
                d.ident(t.table),
                d.ident(t.enabled),
                d.boolean(true),
                d.ident(t.enabled_at),
                d.ident(t.enabled_by),
                d.ident(t.disabled_at),
                d.ident(t.disabled_by),
                is(d, t.table, t.id, row),
                d.ident(t.enabled),
                d.boolean(false),
            ),
            None => {
                let columns = [
                    t.id,
                    t.organization,
                    t.key,
                    t.enabled,
                    t.settings,
                    t.enabled_at,
                    t.enabled_by,
                ];
                let settings = definition.settings.map(|s| s.to_string());
                let values = [
                    d.literal(&sql::new_id(self.now)),
                    d.literal(&self.organization.id),
                    d.literal(key),
                    d.boolean(true).to_owned(),
                    sql::optional(d, settings.as_deref()),
                    now,
                    by,
                ];
                format!(
                    "INSERT INTO {} ({}) VALUES ({})",
                    d.ident(t.table),
                    columns.map(|c| d.ident(c)).join(", "),
                    values.join(", ")
                )
            }
        })
    }

    /// Makes sure that the subscription has room for one more module.
    fn check_slot(&self, map: &Map) -> Result<()> {
        let slug = &self.organization.slug;
        let Some(subscription) = &self.subscription else {
            return Err(Error::refused(format!(
                "{slug} has no subscription, so no module can be enabled"
            ))
            .hint("`saasdb seed` gives each organization without one the free plan"));
        };
        if let Some(end) = subscription.ran_out(self.now) {
            return Err(Error::refused(format!(
                "the subscription of {slug} ended {}, so no module can be enabled",
                end
            ))
            .because(format!("its status is still {}", subscription.status))
            .hint("renew it first; `saasdb subscription sweep` marks those that ended"));
        }
        if let Some(value) = &subscription.unreadable_end {
            return Err(Error::refused(format!(
                "when the subscription of {slug} ends cannot be read, so no module can be enabled"
            ))
            .because(format!("its end is `{value}`, which is no point in time"))
            .hint("set it to a time such as 2026-12-01T10:00:00.000Z, in UTC"));
        }
        if ![super::map::ACTIVE, super::map::TRIAL].contains(&subscription.status.as_str()) {
            return Err(Error::refused(format!(
                "the subscription of {slug} is {}, so no module can be enabled",
                subscription.status
            ))
            .hint("only an active subscription or a trial takes more modules; renew it first"));
        }
        let plans = (map.plans)();
        let Some(plan) = plans.iter().find(|p| p.key == subscription.plan) else {
            let known: Vec<&str> = plans.iter().map(|p| p.key).collect();
            return Err(Error::refused(format!(
                "the plan `{}` of {slug} is not defined, so its limit is not known",
                subscription.plan
            ))
            .hint(format!("plans are: {}", known.join(", "))));
        };
        let used = self.used();
        if used < plan.modules as usize {
            return Ok(());
        }
        let more: Vec<String> = plans
            .iter()
            .filter(|p| p.modules as usize > used)
            .map(|p| format!("`{}` ({} modules)", p.key, p.modules))
            .collect();
        let upgrade = match more.as_slice() {
            [] => "no plan allows more".to_owned(),
            [one] => format!("the plan {one} allows more"),
            several => format!("these plans allow more: {}", several.join(", ")),
        };
        Err(Error::refused(format!(
            "plan limit reached: {slug} uses {used} of {} modules on the plan {} ({})",
            plan.modules, plan.key, plan.name
        ))
        .hint(format!(
            "{upgrade}; `saasdb module disable {slug} MODULE` frees a slot"
        )))
    }

    /// The statement that switches a module off. One that is no longer defined can still be on.
    fn disable(&self, d: &dyn Dialect, map: &Map, key: &str, by: Option<&Who>) -> Result<String> {
        let Some(there) = self.module(key).filter(|m| m.is_enabled()) else {
            let slug = &self.organization.slug;
            let before = match self.module(key) {
                Some(m) => since(m.disabled_at, m.disabled_by.as_ref()),
                None => {
                    definition(map, key)?;
                    String::new()
                }
            };
            let error = match before.as_str() {
                "" => Error::failed(format!("{key} is not enabled for {slug}")),
                off => Error::failed(format!("{key} is not enabled for {slug}: disabled{off}")),
            };
            return Err(error.hint(format!("`saasdb module list {slug}` shows its modules")));
        };
        let t = &map.modules;
        Ok(format!(
            "UPDATE {} SET {} = {}, {} = {}, {} = {} WHERE {} AND {} = {}",
            d.ident(t.table),
            d.ident(t.enabled),
            d.boolean(false),
            d.ident(t.disabled_at),
            self.now.literal(d),
            d.ident(t.disabled_by),
            sql::optional(d, by.map(|who| who.id.as_str())),
            is(d, t.table, t.id, there.row.as_deref().unwrap_or_default()),
            d.ident(t.enabled),
            d.boolean(true),
        ))
    }

    /// How things stand once the wish is fulfilled.
    fn after(self, map: &Map, wish: Wish<'_>, by: Option<Who>) -> Switched {
        let used = self.used();
        Switched {
            again: wish.on && self.module(wish.module).is_some(),
            module: wish.module.to_owned(),
            enabled: wish.on,
            at: self.now,
            by,
            used: if wish.on { used + 1 } else { used - 1 },
            limit: self
                .subscription
                .as_ref()
                .and_then(|s| map.plan(&s.plan))
                .map(|plan| plan.modules),
            plan: self.subscription.map(|s| s.plan),
            organization: self.organization,
        }
    }
}

/// ` since 2026-11-21 10:33 by ann@example.com`, as far as known.
fn since(at: Option<Moment>, by: Option<&Who>) -> String {
    let at = at.map(|at| format!(" since {at}"));
    let by = by.map(|by| format!(" by {}", by.label()));
    [at, by].into_iter().flatten().collect()
}
