//! What is told about a demo organization; everything else is computed from it.

use crate::better_auth::plans::{Interval, Plan, plan};
use crate::support::{add_months, at};
use chrono::{DateTime, Days, TimeDelta, Utc};

/// A demo organization.
pub(super) struct Profile {
    pub slug: &'static str,
    pub name: &'static str,
    pub industry: &'static str,
    pub plan: &'static str,
    pub term: Term,
    /// What it used in its current period.
    pub api_calls: u32,
    pub storage_gb: u32,
    /// The owner comes first.
    pub members: &'static [Member],
    pub teams: &'static [Team],
    pub invitations: &'static [Invitation],
    pub modules: &'static [Enabled],
}

/// How far the current period is.
pub(super) enum Term {
    /// So many whole periods are over, and so many days of the current one.
    Running { periods: u32, days: u64 },
    /// The last of so many periods ended so many days ago, and nobody has noticed yet.
    RunOut { periods: u32, days_ago: u64 },
}

pub(super) struct Member {
    /// The part of the address before the @; a person of that name is one user everywhere.
    pub login: &'static str,
    pub name: &'static str,
    /// The slug of the organization whose address it is.
    pub of: &'static str,
    pub role: &'static str,
    pub since: Since,
}

pub(super) struct Team {
    pub key: &'static str,
    pub name: &'static str,
    pub since: Since,
    /// Who is in it: positions among the organization's members.
    pub members: &'static [usize],
}

pub(super) struct Invitation {
    pub email: &'static str,
    pub role: &'static str,
    pub status: &'static str,
    /// Who invited: a position among the organization's members.
    pub inviter: usize,
    /// Position of the team among the organization's.
    pub team: Option<usize>,
    pub expires: Expiry,
}

pub(super) enum Expiry {
    /// In so many days.
    Ahead(u64),
    /// So many days ago.
    Ago(u64),
}

/// A module that is or was switched on.
pub(super) struct Enabled {
    pub key: &'static str,
    pub since: Since,
    /// Who switched it on: a position among the organization's members.
    pub by: usize,
    /// How many days ago it was switched off again, and by whom.
    pub off: Option<(u64, usize)>,
}

/// A moment before the anchor.
#[derive(Clone, Copy)]
pub(super) enum Since {
    /// When the organization began.
    Founded,
    /// At nine, so many days ago.
    Ago(u64),
}

impl Profile {
    pub fn plan(&self) -> &'static Plan {
        plan(self.plan).expect("a plan of the set")
    }

    /// The current period.
    pub fn period(&self, anchor: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let periods = self.periods_so_far();
        (
            self.renewal(anchor, periods - 1),
            self.renewal(anchor, periods),
        )
    }

    /// When it began, at eight in the morning; its subscription began with it.
    pub fn founded(&self, anchor: DateTime<Utc>) -> DateTime<Utc> {
        self.renewal(anchor, 0)
    }

    fn periods_so_far(&self) -> u32 {
        match self.term {
            Term::Running { periods, .. } => periods + 1,
            Term::RunOut { periods, .. } => periods,
        }
    }

    /// When a period ended: counted from the first day, so that a start on the 31st is one again
    /// after a shorter month.
    fn renewal(&self, anchor: DateTime<Utc>, period: u32) -> DateTime<Utc> {
        let today = anchor.date_naive();
        let (periods, turn) = match self.term {
            Term::Running { periods, days } => (periods, today - Days::new(days)),
            Term::RunOut { periods, days_ago } => (periods, today - Days::new(days_ago)),
        };
        let months = |n: u32| match self.plan().interval {
            Some(Interval::Month) => n,
            Some(Interval::Year) => 12 * n,
            None => 0,
        };
        let signed = |n: u32| i32::try_from(n).expect("few months");
        let first = add_months(turn, -signed(months(periods)));
        let day = match self.plan().interval {
            // What costs nothing is renewed for a year at a time, in days.
            None => {
                first + Days::new(365 * u64::from(period)) - Days::new(365 * u64::from(periods))
            }
            Some(_) => add_months(first, signed(months(period))),
        };
        at(day, 8, 0)
    }

    pub fn resolve(&self, since: Since, anchor: DateTime<Utc>) -> DateTime<Utc> {
        match since {
            Since::Founded => self.founded(anchor) + TimeDelta::minutes(5),
            Since::Ago(days) => ago(anchor, days),
        }
    }

    /// The key of a member's row.
    pub fn member_key(&self, position: usize) -> String {
        format!("{}/{}", self.slug, self.members[position].login)
    }

    /// The key of a team's row.
    pub fn team_key(&self, position: usize) -> String {
        format!("{}/{}", self.slug, self.teams[position].key)
    }
}

impl Member {
    pub fn email(&self) -> String {
        format!("{}@{}.example", self.login, self.of)
    }
}

/// At nine in the morning, so many days before the anchor.
pub(super) fn ago(anchor: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    assert!(
        days > 0,
        "nine o'clock on the anchor's own day is yet to come"
    );
    at(anchor.date_naive() - Days::new(days), 9, 0)
}

impl Expiry {
    pub fn resolve(&self, anchor: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ahead(days) => at(anchor.date_naive() + Days::new(*days), 9, 0),
            Self::Ago(days) => ago(anchor, *days),
        }
    }
}
