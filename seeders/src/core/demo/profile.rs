//! What is told about a demo organization; everything else is computed from it.

use super::timeline::{Start, Timeline, When};
use crate::core::reference::{Plan, plan};
use chrono::{DateTime, Utc};

/// A demo organization.
pub(super) struct Profile {
    pub slug: &'static str,
    pub name: &'static str,
    /// The digit that its telephone numbers have in common.
    pub digit: u32,
    pub timezone: &'static str,
    pub plan: &'static str,
    pub start: Start,
    pub contract: Contract,
    /// The owner comes first.
    pub people: &'static [Person],
    pub accounts: &'static [Account],
    pub templates: &'static [Template],
    pub blasts: &'static [Blast],
    pub conversations: &'static [Conversation],
    /// Stored megabytes two months ago, last month and now.
    pub storage_mb: [i64; 3],
    /// API calls a day in the same months, on plans with API access.
    pub api_calls_a_day: [i64; 3],
}

/// How it pays.
pub(super) enum Contract {
    /// Not yet; the trial goes on for so many days.
    Trial { days_left: u64 },
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
    /// Every year, until it cancelled; it keeps its plan to the end of the paid term.
    YearlyCancelled { days_ago: u64 },
}

pub(super) struct Person {
    /// What its username has after the organization's slug.
    pub login: &'static str,
    pub name: &'static str,
    pub role: Role,
    pub since: When,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Owner,
    Admin,
    Member,
}

/// A WhatsApp account.
pub(super) struct Account {
    pub name: &'static str,
    /// Position among the organization's people.
    pub user: usize,
    pub since: When,
    pub connected: bool,
}

pub(super) struct Template {
    pub name: &'static str,
    /// Position among the organization's people.
    pub author: usize,
    pub since: When,
    /// `{{nama}}` stands for the recipient's name, `{a|b}` for one of the words.
    pub content: &'static str,
}

pub(super) struct Blast {
    pub key: &'static str,
    pub name: &'static str,
    /// Position among the organization's accounts.
    pub account: usize,
    /// Position among the organization's templates.
    pub template: usize,
    pub recipients: u32,
    /// How many messages it sends on a day.
    pub per_day: u32,
    pub course: Course,
}

#[derive(Clone, Copy)]
pub(super) enum Course {
    /// It is over; one of so many messages failed.
    Completed { began: When, failed_one_in: u32 },
    /// So many messages are out.
    Running { began: When, sent: u32 },
    /// It begins in so many days.
    Scheduled { in_days: u64 },
}

pub(super) struct Conversation {
    /// Position among the organization's accounts.
    pub account: usize,
    /// The contact's number, as for the recipients of blasts.
    pub contact: u32,
    pub began: When,
    pub lines: &'static [Line],
}

pub(super) enum Line {
    Incoming(&'static str),
    Outgoing(&'static str),
}

impl Profile {
    pub fn plan(&self) -> &'static Plan {
        plan(self.plan)
    }

    pub fn timeline(&self, anchor: DateTime<Utc>) -> Timeline {
        Timeline::new(self.start, anchor)
    }

    /// The username of the person at that position, which is its row's key too.
    pub fn username(&self, person: usize) -> String {
        format!("{}-{}", self.slug, self.people[person].login)
    }

    /// The key of the row of the account at that position.
    pub fn account_key(&self, account: usize) -> String {
        format!("{}/account-{}", self.slug, account + 1)
    }

    /// A telephone number that nobody can have: no Indonesian number begins with 0 after +62.
    pub fn phone(&self, number: u32) -> String {
        format!("62000{}555{number:04}", self.digit)
    }

    /// The telephone number of a contact.
    pub fn contact_phone(&self, contact: u32) -> String {
        self.phone(1000 + contact)
    }
}

impl Role {
    /// The value of `users.roleInOrg`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}
