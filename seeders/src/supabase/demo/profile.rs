//! What is told about a demo organization; everything else is computed from it.

use crate::supabase::plans::{Plan, plan};
use crate::support::{Month, at};
use chrono::{DateTime, Days, Utc};

/// When something happened, told relative to the anchor, which is a midnight.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// On a day of an earlier month: months before the anchor's, day of the month, hour.
    Earlier(u32, u32, u32),
    /// So many days before the anchor (at least one), at that hour.
    Ago(u64, u32),
}

impl When {
    pub fn resolve(self, anchor: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Earlier(months, day, hour) => {
                assert!(months > 0, "a day of this month may be yet to come");
                at(Month::of(anchor).back(months).day(day), hour, 0)
            }
            Self::Ago(days, hour) => {
                assert!(days > 0, "an hour of the anchor's own day is yet to come");
                at(anchor.date_naive() - Days::new(days), hour, 0)
            }
        }
    }
}

/// A demo organization.
pub(super) struct Profile {
    pub slug: &'static str,
    pub name: &'static str,
    /// What its telephone numbers begin with. Two digits follow; nobody can have these numbers.
    pub phone: &'static str,
    pub settings: fn() -> serde_json::Value,
    /// The plans that it was on, each with the time of the change; the first is its sign-up.
    pub plans: &'static [(&'static str, When)],
    pub terms: Terms,
    /// How many telephone numbers of its own it has connected.
    pub accounts: i64,
    /// The owner comes first.
    pub people: &'static [Person],
    /// Invitations that nobody accepted.
    pub open_invitations: &'static [OpenInvitation],
    pub contacts: &'static [Contact],
    pub conversations: &'static [Conversation],
    pub auto_replies: &'static [AutoReply],
    pub campaigns: &'static [Campaign],
}

/// How it pays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Terms {
    /// Every month, from the day on which it signed up.
    Monthly,
    /// Not yet: it tries for so many days.
    Trial { days: u64 },
}

pub(super) struct Person {
    /// What stands before the @ of the address.
    pub login: &'static str,
    /// `owner`, `admin`, `member` or `viewer`.
    pub role: &'static str,
    /// When it signed up; the others did so when they accepted their invitation.
    pub since: When,
}

pub(super) struct OpenInvitation {
    pub email: &'static str,
    pub role: &'static str,
    /// Position among the people.
    pub by: usize,
    pub sent: When,
}

pub(super) struct Contact {
    pub name: &'static str,
    /// Position among the people: who added it.
    pub by: usize,
    pub since: When,
    pub tags: &'static [&'static str],
    pub notes: Option<&'static str>,
    pub is_blocked: bool,
}

pub(super) struct Conversation {
    /// Position among the contacts.
    pub contact: usize,
    pub began: When,
    pub lines: &'static [Line],
}

pub(super) enum Line {
    /// From the contact.
    In(&'static str),
    /// From the person at that position.
    Out(usize, &'static str),
    /// What the auto-reply at that position says.
    Auto(usize),
}

pub(super) struct AutoReply {
    pub name: &'static str,
    pub keywords: &'static [&'static str],
    pub response: &'static str,
    pub is_active: bool,
    pub by: usize,
    pub since: When,
}

pub(super) struct Campaign {
    pub key: &'static str,
    pub name: &'static str,
    /// `{{name}}` stands for the contact's first name.
    pub template: &'static str,
    /// Positions among the contacts.
    pub targets: &'static [usize],
    pub by: usize,
    pub made: When,
    pub course: Course,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Course {
    /// Every message is out; that to the target at the position failed.
    Completed { began: When, failed: usize },
    /// It begins in so many days.
    Scheduled { in_days: u64 },
    /// Nobody said yet when.
    Draft,
}

impl Profile {
    /// When it signed up.
    pub fn start(&self, anchor: DateTime<Utc>) -> DateTime<Utc> {
        self.plans[0].1.resolve(anchor)
    }

    /// The plan that it is on.
    pub fn plan(&self) -> &'static Plan {
        let (id, _) = self.plans.last().expect("a plan");
        plan(id)
    }

    /// The plan that it was on at a time.
    pub fn plan_at(&self, time: DateTime<Utc>, anchor: DateTime<Utc>) -> &'static Plan {
        let before = self
            .plans
            .iter()
            .rev()
            .find(|(_, since)| since.resolve(anchor) <= time);
        plan(before.expect("a plan from the start").0)
    }

    /// The key of the row of the user at that position.
    pub fn user(&self, person: usize) -> String {
        format!("{}/{}", self.slug, self.people[person].login)
    }

    pub fn email(&self, person: usize) -> String {
        format!("{}@{}.example", self.people[person].login, self.slug)
    }

    /// The key of the row of the contact at that position.
    pub fn contact(&self, contact: usize) -> String {
        format!("{}/contact-{}", self.slug, contact + 1)
    }

    /// The telephone number of the contact at that position.
    pub fn contact_phone(&self, contact: usize) -> String {
        format!("{}{:02}", self.phone, contact + 11)
    }
}

impl Contact {
    pub fn first_name(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or(self.name)
    }
}
