//! The calls of the current period, and what of the plan they used up.

use super::profile::{Call, Miss, Profile};
use super::timeline::Timeline;
use crate::support::{Rows, at, decimal, id, reference, values};
use crate::telecom::SET;
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Days, TimeDelta, Utc};
use serde_json::json;

/// Fills `cdrs` and `subscription_usage`.
pub(super) fn tables(profiles: &[Profile], anchor: DateTime<Utc>) -> [SeedTable; 2] {
    let mut cdrs = Rows::new(
        "cdrs",
        &[
            "id",
            "uuid",
            "subscription_id",
            "account_id",
            "caller_id",
            "destination",
            "start_time",
            "end_time",
            "duration",
            "billable_seconds",
            "call_direction",
            "call_type",
            "call_status",
            "hangup_cause",
            "cost",
            "processing_status",
            "raw_cdr",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["uuid"]);
    let mut usage = Rows::new(
        "subscription_usage",
        &[
            "id",
            "subscription_id",
            "billing_period_start",
            "billing_period_end",
            "minutes_included",
            "minutes_used",
            "minutes_overage",
            "overage_cost",
            "local_calls",
            "std_calls",
            "isd_calls",
            "mobile_calls",
            "created_at",
            "updated_at",
        ],
    );
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        let mut meter = Meter::new(profile);
        let mut last = timeline.current().start;
        for (n, call) in pattern(profile).enumerate() {
            let record = Record::new(profile, &timeline, n, call);
            let cost = meter.count(&record);
            last = record.end;
            let key = format!("{}/call-{:03}", profile.key, n + 1);
            let uuid = id(SET, "calls", &key).to_string();
            cdrs.push(
                key.as_str(),
                values![
                    id(SET, "cdrs", &key),
                    uuid.as_str(),
                    reference("subscriptions", profile.subscription_number()),
                    reference("accounts", profile.account_number()),
                    record.caller,
                    record.destination,
                    record.start,
                    record.end,
                    record.seconds,
                    record.billable_seconds,
                    record.direction,
                    record.call_type,
                    record.status,
                    record.cause,
                    SeedValue::Decimal(decimal(cost, 4)),
                    "processed",
                    json!({
                        "uuid": uuid,
                        "duration": record.seconds,
                        "billsec": record.billable_seconds,
                        "hangup_cause": record.cause,
                    }),
                    record.end,
                    record.end,
                ],
            );
        }
        let period = timeline.current();
        rows_of_usage(
            &mut usage,
            profile,
            &meter,
            [period.start, period.end, last],
        );
    }
    [cdrs.finish(), usage.finish()]
}

fn rows_of_usage(
    usage: &mut Rows,
    profile: &Profile,
    meter: &Meter,
    [start, end, updated]: [DateTime<Utc>; 3],
) {
    let key = profile.subscription_number();
    usage.push(
        format!("{key}/current"),
        values![
            id(SET, "subscription_usage", &format!("{key}/current")),
            reference("subscriptions", key.as_str()),
            start,
            end,
            meter.included,
            meter.used,
            meter.overage(),
            // Ten thousandths of a rupee as hundredths: the price of whole minutes is whole paise.
            SeedValue::Decimal(decimal(meter.cost / 100, 2)),
            meter.calls("local"),
            meter.calls("std"),
            meter.calls("isd"),
            meter.calls("mobile"),
            start,
            updated,
        ],
    );
}

/// All calls of a customer.
fn pattern(profile: &Profile) -> impl Iterator<Item = Call> {
    let calls = profile.calls.iter().copied();
    calls.cycle().take(profile.calls.len() * profile.rounds)
}

/// Counts minutes and calls as they come in.
struct Meter {
    included: i64,
    rate: i64,
    used: i64,
    /// In ten thousandths of a rupee, as the rate.
    cost: i64,
    types: Vec<&'static str>,
}

impl Meter {
    fn new(profile: &Profile) -> Self {
        Self {
            included: profile.included_minutes(),
            rate: profile.plan().overage_rate,
            used: 0,
            cost: 0,
            types: Vec::new(),
        }
    }

    /// Counts a call and says what it costs. Minutes are charged once begun.
    fn count(&mut self, record: &Record) -> i64 {
        let before = self.overage();
        self.used += (record.billable_seconds + 59) / 60;
        let cost = (self.overage() - before) * self.rate;
        self.cost += cost;
        self.types.push(record.call_type);
        cost
    }

    /// The minutes beyond those included.
    fn overage(&self) -> i64 {
        (self.used - self.included).max(0)
    }

    /// How many calls of that type there were, in and out, whether or not somebody talked.
    fn calls(&self, call_type: &str) -> i64 {
        let calls = self.types.iter().filter(|found| **found == call_type);
        i64::try_from(calls.count()).expect("few calls")
    }
}

/// A call with its times and numbers.
struct Record {
    caller: String,
    destination: String,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    seconds: i64,
    billable_seconds: i64,
    direction: &'static str,
    call_type: &'static str,
    status: &'static str,
    cause: &'static str,
}

impl Record {
    /// The n-th call of the period, counted from 0.
    fn new(profile: &Profile, timeline: &Timeline, n: usize, call: Call) -> Self {
        let start = moment(profile, timeline, n);
        // Not all calls of the pattern's length end with the minute.
        let talk = |minutes: i64| minutes * 60 - (n as i64 * 17) % 53;
        let (direction, call_type, (status, cause), seconds) = match call {
            Call::Out(call_type, minutes) => ("outbound", call_type, ANSWERED, talk(minutes)),
            Call::In(call_type, minutes) => ("inbound", call_type, ANSWERED, talk(minutes)),
            Call::Missed(call_type, miss) => ("outbound", call_type, miss.as_str(), miss.seconds()),
        };
        let charged = matches!(call, Call::Out(call_type, _) if call_type != "toll_free");
        let (own, other) = (own_number(profile, n, call), other_number(n, call));
        let (caller, destination) = match call {
            Call::In(..) => (other, own),
            Call::Out(..) | Call::Missed(..) => (own, other),
        };
        Self {
            caller,
            destination,
            start,
            end: start + TimeDelta::seconds(seconds),
            seconds,
            billable_seconds: if charged { seconds } else { 0 },
            direction,
            call_type,
            status,
            cause,
        }
    }
}

/// Spreads the calls over the days of the period up to the anchor's, each in an hour of its own.
fn moment(profile: &Profile, timeline: &Timeline, n: usize) -> DateTime<Utc> {
    let calls = profile.calls.len() * profile.rounds;
    let start = timeline.current().start;
    let days = usize::try_from((timeline.anchor - start).num_days()).expect("it began before");
    let day = n * days / calls;
    let first = (0..n).find(|m| m * days / calls == day).unwrap_or(n);
    let date = start.date_naive() + Days::new(day as u64);
    at(date, 4 + (n - first) as u32, (n as u32 * 7) % 17)
}

/// One of the customer's numbers, of the type that the call needs.
fn own_number(profile: &Profile, n: usize, call: Call) -> String {
    let toll_free = matches!(call, Call::In("toll_free", _));
    let numbers: Vec<&str> = profile
        .numbers
        .iter()
        .filter(|number| (number.did_type == "toll_free") == toll_free)
        .map(|number| number.number)
        .collect();
    numbers[n % numbers.len()].to_owned()
}

/// The number at the other end; nobody can have it.
fn other_number(n: usize, call: Call) -> String {
    let number = (n * 37) % 90 + 10;
    let outbound = !matches!(call, Call::In(..));
    let (Call::Out(call_type, _) | Call::In(call_type, _) | Call::Missed(call_type, _)) = call;
    match call_type {
        "local" => format!("+9100222000{number}"),
        "std" => format!("+9100112000{number}"),
        "isd" => format!("+120255501{number}"),
        "toll_free" if outbound => format!("180000002{number}"),
        _ => format!("+9100992000{number}"),
    }
}

const ANSWERED: (&str, &str) = ("answered", "NORMAL_CLEARING");

impl Miss {
    /// The value of `cdrs.call_status`, and what the switch says.
    fn as_str(self) -> (&'static str, &'static str) {
        match self {
            Self::NoAnswer => ("no_answer", "NO_ANSWER"),
            Self::Busy => ("busy", "USER_BUSY"),
            Self::Failed => ("failed", "NORMAL_TEMPORARY_FAILURE"),
            Self::Cancelled => ("cancelled", "ORIGINATOR_CANCEL"),
        }
    }

    /// How long it took.
    fn seconds(self) -> i64 {
        match self {
            Self::NoAnswer => 45,
            Self::Busy => 3,
            Self::Failed => 1,
            Self::Cancelled => 12,
        }
    }
}
