//! When things happen to a demo customer, relative to the anchor.

use crate::support::{add_months, at};
use chrono::{DateTime, Days, NaiveDate, Utc};

/// The period that runs at the anchor began so many days before it, or up to three more where a month
/// has no such day.
const DAYS_INTO_PERIOD: u64 = 12;

/// How often a subscription is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cycle {
    Monthly,
    Annual,
}

impl Cycle {
    /// The value of the columns `billing_cycle`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Annual => "annual",
        }
    }

    /// How many months a period has.
    pub fn months(self) -> u32 {
        match self {
            Self::Monthly => 1,
            Self::Annual => 12,
        }
    }
}

/// A billing period: its first instant, and the first one that is no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

/// The calendar of one subscription.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeline {
    /// "Now".
    pub anchor: DateTime<Utc>,
    start: NaiveDate,
    cycle: Cycle,
}

impl Timeline {
    /// A subscription that began some months before the anchor's.
    pub fn new(months_ago: i32, cycle: Cycle, anchor: DateTime<Utc>) -> Self {
        let day = anchor.date_naive() - Days::new(DAYS_INTO_PERIOD);
        Self {
            anchor,
            start: add_months(day, -months_ago),
            cycle,
        }
    }

    /// When the subscription began.
    pub fn start(&self) -> DateTime<Utc> {
        at(self.start, 0, 0)
    }

    /// In the morning, so many days before the subscription began.
    pub fn before_start(&self, days: u64) -> DateTime<Utc> {
        at(self.start - Days::new(days), 5, 30)
    }

    /// In the morning, so many days before the anchor; at least one.
    pub fn ago(&self, days: u64) -> DateTime<Utc> {
        assert!(days > 0, "the anchor's own morning is yet to come");
        at(self.anchor.date_naive() - Days::new(days), 5, 30)
    }

    /// The n-th period, counted from 0. Periods are counted from the start, so that one which began on
    /// a 31st begins on a 31st again after a shorter month.
    pub fn period(&self, n: i32) -> Period {
        let months = i32::try_from(self.cycle.months()).expect("a few months");
        let bound = |n: i32| at(add_months(self.start, n * months), 0, 0);
        Period {
            start: bound(n),
            end: bound(n + 1),
        }
    }

    /// How many periods are over.
    pub fn periods_over(&self) -> i32 {
        (0..)
            .find(|n| self.period(*n).end > self.anchor)
            .expect("periods go on without end")
    }

    /// The period that runs at the anchor.
    pub fn current(&self) -> Period {
        self.period(self.periods_over())
    }
}
