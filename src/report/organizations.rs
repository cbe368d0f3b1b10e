//! Reports of `organization show` and `subscription sweep`.

use serde::Serialize;

use super::modules::{key, slots, subscription};
use super::{Place, Report, lines, plural, printable, table};
use crate::tenancy::Moment;
use crate::tenancy::find::Who;
use crate::tenancy::show::Whole;
use crate::tenancy::sweep::{Expired, Unreadable};
use crate::ui::{Tone, Ui};

/// One organization with all that belongs to it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// The organization.
    #[serde(flatten)]
    pub whole: Whole,
}

impl Report for Shown {
    fn command(&self) -> &'static str {
        "organization show"
    }

    fn is_answer(&self) -> bool {
        true
    }

    fn text(&self, ui: &Ui) -> String {
        let o = &self.whole.overview;
        let mut out = Vec::new();
        let mut field = |name: &str, value: &str| out.push(format!("{name:<13} {value}"));
        field("Organization", &printable(&o.organization.name));
        field("Slug", &printable(&o.organization.slug));
        field("Id", &printable(&o.organization.id));
        if let Some(at) = o.organization.created_at {
            field("Created", &at.to_string());
        }
        let tone = match (&o.subscription, o.ran_out_at) {
            (Some(_), None) => Tone::Bold,
            _ => Tone::Warn,
        };
        field("Subscription", &ui.tone(tone, &subscription(o)));
        if let Some(s) = &o.subscription {
            if let (Some(start), Some(end)) = (s.period_start, s.period_end) {
                field("", &format!("{start} to {end}"));
            }
            if let Some(end) = &s.unreadable_end {
                field(
                    "",
                    &format!("its end `{}` is no point in time", printable(end)),
                );
            }
            for (what, at) in [
                ("trial until", s.trial_ends_at),
                ("canceled", s.canceled_at),
            ] {
                if let Some(at) = at {
                    field("", &format!("{what} {at}"));
                }
            }
            if s.cancel_at_period_end {
                field("", "not renewed when the period ends");
            }
        }
        field("Modules", &slots(o));
        let members = self.whole.members.len();
        match self.whole.member_limit {
            Some(limit) => field("Members", &format!("{members} of {limit}")),
            None => field("Members", &members.to_string()),
        }
        let mut text = out.join("\n");
        if !o.modules.is_empty() {
            let mut t = table(&["MODULE", "SINCE (UTC)", "BY"]);
            for m in &o.modules {
                t.add_row(vec![
                    key(m),
                    m.enabled_at.map(Moment::minute).unwrap_or_default(),
                    m.enabled_by
                        .as_ref()
                        .map(Who::label)
                        .map(printable)
                        .unwrap_or_default(),
                ]);
            }
            text.push_str(&format!("\n\n{}", lines(&mut t)));
        }
        if members > 0 {
            let mut t = table(&["MEMBER", "E-MAIL", "ROLE", "SINCE (UTC)"]);
            for m in &self.whole.members {
                t.add_row(vec![
                    printable(&m.name),
                    printable(&m.email),
                    printable(&m.role),
                    m.since.map(Moment::minute).unwrap_or_default(),
                ]);
            }
            text.push_str(&format!("\n\n{}", lines(&mut t)));
        }
        text
    }
}

/// The subscriptions that ran out.
#[derive(Debug, Serialize)]
pub struct Swept {
    /// The database.
    #[serde(flatten)]
    pub database: Place,
    /// Nothing was changed yet.
    pub dry_run: bool,
    /// Which, by slug.
    pub expired: Vec<Expired>,
    /// Those whose end cannot be read, by slug; nothing is done about them.
    pub unreadable: Vec<Unreadable>,
}

impl Report for Swept {
    fn command(&self) -> &'static str {
        "subscription sweep"
    }

    fn is_answer(&self) -> bool {
        self.dry_run
    }

    fn text(&self, _ui: &Ui) -> String {
        let unreadable: String = self
            .unreadable
            .iter()
            .map(|u| {
                format!(
                    "\nleft alone: {} ({}), its end `{}` is no point in time",
                    printable(&u.organization),
                    printable(&u.status),
                    printable(&u.value)
                )
            })
            .collect();
        if self.expired.is_empty() {
            return format!("{}: no subscription ran out.{unreadable}", self.database);
        }
        let mut t = table(&["ORGANIZATION", "PLAN", "WAS", "ENDED (UTC)"]);
        for e in &self.expired {
            t.add_row(vec![
                printable(&e.organization.slug),
                printable(&e.plan),
                printable(&e.was),
                e.ended_at.minute(),
            ]);
        }
        format!(
            "{}\n\n{}: {} {}.{unreadable}",
            lines(&mut t),
            self.database,
            plural(self.expired.len(), "subscription"),
            if self.dry_run {
                "would expire"
            } else {
                "expired"
            }
        )
    }
}
