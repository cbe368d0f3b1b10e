//! Reports of the `module` verbs.

use serde::Serialize;
use serde_json::Value;

use super::{Place, Report, lines, plural, printable, table};
use crate::tenancy::Moment;
use crate::tenancy::find::Who;
use crate::tenancy::list::{Overview, Standing, State, Stats};
use crate::tenancy::map::Map;
use crate::tenancy::switch::Switched;
use crate::ui::{Tone, Ui};

/// The modules that there are.
#[derive(Debug, Serialize)]
pub struct Offer {
    /// The schema set.
    pub set: String,
    /// The modules in their order.
    pub modules: Vec<Offered>,
    /// The plans, the smallest first.
    pub plans: Vec<PlanLimit>,
}

/// A module that can be enabled.
#[derive(Debug, Serialize)]
pub struct Offered {
    /// What the command line takes.
    pub key: &'static str,
    /// Its name to users.
    pub name: &'static str,
    /// Where it is listed.
    pub category: &'static str,
    /// One line about it.
    pub description: &'static str,
    /// The settings that it starts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Value>,
}

/// How many modules a plan allows.
#[derive(Debug, Serialize)]
pub struct PlanLimit {
    /// Its key.
    pub key: &'static str,
    /// Its name to customers.
    pub name: &'static str,
    /// Modules enabled at the same time.
    pub modules: u32,
}

impl Offer {
    /// What a set offers.
    pub fn new(set: &str, map: &Map) -> Self {
        let module = |m: crate::tenancy::map::Module| Offered {
            key: m.key,
            name: m.name,
            category: m.category,
            description: m.description,
            settings: m.settings,
        };
        let plan = |p: crate::tenancy::map::Plan| PlanLimit {
            key: p.key,
            name: p.name,
            modules: p.modules,
        };
        Self {
            set: set.to_owned(),
            modules: (map.available)().into_iter().map(module).collect(),
            plans: (map.plans)().into_iter().map(plan).collect(),
        }
    }
}

impl Report for Offer {
    fn command(&self) -> &'static str {
        "module list"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, _ui: &Ui) -> String {
        let mut t = table(&["MODULE", "NAME", "CATEGORY", "DESCRIPTION"]);
        for m in &self.modules {
            t.add_row(vec![m.key, m.name, m.category, m.description]);
        }
        let plans: Vec<String> = self
            .plans
            .iter()
            .map(|p| format!("{} {}", p.key, p.modules))
            .collect();
        format!(
            "{}\n\nEnabled at a time, by plan: {}.",
            lines(&mut t),
            plans.join(", ")
        )
    }
}

/// How the modules stand for an organization.
#[derive(Debug, Serialize)]
pub struct Modules {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The organization.
    #[serde(flatten)]
    pub overview: Overview,
}

impl Report for Modules {
    fn command(&self) -> &'static str {
        "module list"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, _ui: &Ui) -> String {
        let o = &self.overview;
        let mut t = table(&["MODULE", "STATE", "SINCE (UTC)", "BY"]);
        for m in &o.modules {
            let (word, at, by) = match m.state {
                State::Enabled => ("enabled", m.enabled_at, &m.enabled_by),
                State::Disabled => ("disabled", m.disabled_at, &m.disabled_by),
                State::Available => ("available", None, &None),
            };
            t.add_row(vec![
                key(m),
                word.to_owned(),
                at.map(Moment::minute).unwrap_or_default(),
                by.as_ref()
                    .map(Who::label)
                    .map(printable)
                    .unwrap_or_default(),
            ]);
        }
        format!(
            "{} ({}): {}\nModules: {}.\n\n{}",
            printable(&o.organization.name),
            printable(&o.organization.slug),
            subscription(o),
            slots(o),
            lines(&mut t)
        )
    }
}

/// The key, marked where no module of that key is defined.
pub(super) fn key(module: &Standing) -> String {
    let key = printable(&module.key);
    match module.name {
        Some(_) => key,
        None => format!("{key} (not defined)"),
    }
}

/// The subscription in a few words.
pub(super) fn subscription(o: &Overview) -> String {
    let Some(s) = &o.subscription else {
        return "no subscription".to_owned();
    };
    let plan = printable(&s.plan);
    let plan = match s.plan_name {
        Some(name) => format!("plan {plan} ({name})"),
        None => format!("plan {plan} (not defined)"),
    };
    let ended = o.ran_out_at.map(|at| format!(", but ended {at}"));
    format!(
        "{plan}, {}{}",
        printable(&s.status),
        ended.unwrap_or_default()
    )
}

/// `2 of 5 enabled`.
pub(super) fn slots(o: &Overview) -> String {
    match o.limit {
        Some(limit) => format!("{} of {limit} enabled", o.used),
        None => format!("{} enabled", o.used),
    }
}

/// What `enable` and `disable` did.
#[derive(Debug, Serialize)]
pub struct SwitchReport {
    /// The verb, for the JSON envelope.
    #[serde(skip)]
    pub verb: &'static str,
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// What was done.
    #[serde(flatten)]
    pub switched: Switched,
}

impl Report for SwitchReport {
    fn command(&self) -> &'static str {
        self.verb
    }

    fn text(&self, ui: &Ui) -> String {
        let s = &self.switched;
        let (tone, word) = match (s.enabled, s.again) {
            (true, false) => (Tone::Good, "enabled"),
            (true, true) => (Tone::Good, "enabled again"),
            (false, _) => (Tone::Warn, "disabled"),
        };
        let by =
            s.by.as_ref()
                .map(|by| format!(", by {}", printable(by.label())));
        let used = match (s.limit, &s.plan) {
            (Some(limit), Some(plan)) => format!(
                "{} of {limit} modules of the plan {} in use",
                s.used,
                printable(plan)
            ),
            _ => format!("{} in use", plural(s.used, "module")),
        };
        format!(
            "{}  {} for {}{}\n{}: {used}.",
            ui.tone(tone, word),
            printable(&s.module),
            printable(&s.organization.slug),
            by.unwrap_or_default(),
            self.database,
        )
    }
}

/// How often modules are on.
#[derive(Debug, Serialize)]
pub struct StatsReport {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The numbers.
    #[serde(flatten)]
    pub stats: Stats,
}

impl Report for StatsReport {
    fn command(&self) -> &'static str {
        "module stats"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, _ui: &Ui) -> String {
        let mut t = table(&["MODULE", "NAME", "ORGANIZATIONS"]);
        for m in &self.stats.modules {
            t.add_row(vec![
                printable(&m.key),
                m.name.unwrap_or("(not defined)").to_owned(),
                m.organizations.to_string(),
            ]);
        }
        let all = usize::try_from(self.stats.organizations).unwrap_or(usize::MAX);
        format!(
            "{}\n\n{} in all.",
            lines(&mut t),
            plural(all, "organization")
        )
    }
}
