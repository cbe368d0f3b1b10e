//! When things happen in a demo organization, told relative to the anchor.

use crate::support::{Month, add_months, at};
use chrono::{DateTime, Days, TimeDelta, Utc};

/// A moment up to the anchor. Moments of a day are at 02:00 UTC, nine in the morning in Jakarta.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// So many days after the organization signed up.
    Joined(u64),
    /// On a day of an earlier month: months before the anchor's, day of the month.
    Earlier(u32, u32),
    /// So many days before the anchor; at least one.
    Ago(u64),
}

/// When an organization signed up, at 01:00 UTC.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// On the first day of a month, so many months before the anchor's.
    FirstOfMonth(u32),
    /// So many months before the anchor's day.
    MonthsAgo(i32),
}

/// The calendar of one organization.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeline {
    /// "Now".
    pub anchor: DateTime<Utc>,
    /// When the organization signed up.
    pub start: DateTime<Utc>,
}

impl Timeline {
    pub fn new(start: Start, anchor: DateTime<Utc>) -> Self {
        let day = match start {
            Start::FirstOfMonth(months) => Month::of(anchor).back(months).first(),
            Start::MonthsAgo(months) => add_months(anchor.date_naive(), -months),
        };
        Self {
            anchor,
            start: at(day, 1, 0),
        }
    }

    pub fn resolve(&self, when: When) -> DateTime<Utc> {
        let day = match when {
            When::Joined(days) => self.start.date_naive() + Days::new(days),
            When::Earlier(months, day) => Month::of(self.anchor).back(months).day(day),
            When::Ago(days) => {
                assert!(days > 0, "02:00 on the anchor's own day is yet to come");
                self.anchor.date_naive() - Days::new(days)
            }
        };
        at(day, 2, 0)
    }

    /// At 02:00 UTC, so many days after the anchor's.
    pub fn ahead(&self, days: u64) -> DateTime<Utc> {
        at(self.anchor.date_naive() + Days::new(days), 2, 0)
    }
}

/// A number of minutes.
pub(super) fn minutes(n: u32) -> TimeDelta {
    TimeDelta::minutes(n.into())
}
