//! What is told about a demo customer; everything else is computed from it.

use super::timeline::{Cycle, Timeline};
use crate::telecom::reference::{Plan, plan};
use chrono::{DateTime, Utc};

/// A demo customer with its account and its subscription.
pub(super) struct Profile {
    /// What the keys of its rows begin with.
    pub key: &'static str,
    /// What its account, subscription, invoices and payments have in common.
    pub number: u32,
    pub person: Person,
    pub business: Business,
    pub plan: &'static str,
    pub cycle: Cycle,
    /// How many months before the anchor's the subscription began.
    pub months_ago: i32,
    pub account: Account,
    pub method: Method,
    /// Amounts that were paid into the account, in paise, with the day.
    pub top_ups: &'static [(Day, i64)],
    /// What was bought once, and when.
    pub extra: Option<(Day, &'static [Item])>,
    pub numbers: &'static [Number],
    /// Calls of the current period: a pattern, and how often it comes.
    pub calls: &'static [Call],
    pub rounds: usize,
}

/// A day of a customer's calendar.
#[derive(Clone, Copy)]
pub(super) enum Day {
    /// The day before the subscription began.
    Eve,
    /// So many days before the anchor.
    Ago(u64),
}

/// Who logs in.
pub(super) struct Person {
    pub username: &'static str,
    pub email: &'static str,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub phone: &'static str,
}

/// Whom the invoices are for.
pub(super) struct Business {
    pub company: Option<&'static str>,
    pub business_type: &'static str,
    pub gstin: Option<&'static str>,
    pub pan: &'static str,
    pub address: &'static str,
    pub city: &'static str,
    pub state: &'static str,
    pub pincode: &'static str,
}

/// The account. Amounts are in paise.
pub(super) struct Account {
    pub balance: i64,
    pub credit_limit: i64,
    /// Amount and threshold, where it recharges itself.
    pub auto_recharge: Option<(i64, i64)>,
}

/// How it pays.
pub(super) enum Method {
    Upi {
        id: &'static str,
    },
    Card {
        brand: &'static str,
        last4: &'static str,
    },
    NetBanking {
        bank: &'static str,
    },
}

/// A line of an invoice.
#[derive(Clone)]
pub(super) struct Item {
    pub description: &'static str,
    pub quantity: i64,
    /// In paise.
    pub unit_price: i64,
}

/// A telephone number of the customer's.
pub(super) struct Number {
    pub number: &'static str,
    pub did_type: &'static str,
}

/// A call, with its type.
#[derive(Clone, Copy)]
pub(super) enum Call {
    /// From one of the customer's numbers; so many minutes are charged.
    Out(&'static str, i64),
    /// To one of the customer's numbers, for nothing.
    In(&'static str, i64),
    /// From one of the customer's numbers, without success.
    Missed(&'static str, Miss),
}

/// Why nobody talked.
#[derive(Clone, Copy)]
pub(super) enum Miss {
    NoAnswer,
    Busy,
    Failed,
    Cancelled,
}

impl Profile {
    pub fn plan(&self) -> &'static Plan {
        plan(self.plan)
    }

    pub fn timeline(&self, anchor: DateTime<Utc>) -> Timeline {
        Timeline::new(self.months_ago, self.cycle, anchor)
    }

    /// What a period costs, in paise.
    pub fn price(&self) -> i64 {
        match self.cycle {
            Cycle::Monthly => self.plan().monthly_price,
            Cycle::Annual => self.plan().annual_price,
        }
    }

    /// The minutes that a period includes.
    pub fn included_minutes(&self) -> i64 {
        self.plan().included_minutes * i64::from(self.cycle.months())
    }

    /// Whether it pays afterwards.
    pub fn is_postpaid(&self) -> bool {
        self.plan().plan_type == "postpaid"
    }

    /// The account's number, which is its row's key too.
    pub fn account_number(&self) -> String {
        format!("ACC-{}", self.number)
    }

    /// The subscription's number, which is its row's key too.
    pub fn subscription_number(&self) -> String {
        format!("SUB-{}", self.number)
    }
}

impl Day {
    /// The moment, on that customer's calendar.
    pub fn of(self, timeline: &Timeline) -> DateTime<Utc> {
        match self {
            Self::Eve => timeline.before_start(1),
            Self::Ago(days) => timeline.ago(days),
        }
    }
}
