//! Calls agree with the usage of the period, with the numbers of the customer and with the plan.

use super::{data, of, paise, the, units};
use crate::SeedValue;
use crate::testing::{Row, anchors, day};
use std::collections::BTreeSet;

#[test]
fn usage_is_what_the_calls_of_the_period_add_up_to() {
    for anchor in anchors() {
        let data = data(anchor);
        assert_eq!(data.rows("subscription_usage").len(), 3);
        for usage in data.rows("subscription_usage") {
            let name = &usage.name;
            let number = usage.key("subscription_id");
            let subscription = the(&data, "subscriptions", "subscription_number", number);
            for (own, its) in [
                ("billing_period_start", "current_period_start"),
                ("billing_period_end", "current_period_end"),
            ] {
                assert_eq!(usage.time(own), subscription.time(its), "{name}");
            }
            let calls = of(&data, "cdrs", "subscription_id", number);
            assert!(calls.len() >= 40, "{name}: {} calls", calls.len());
            let minutes = |call: &Row<'_>| (call.int("billable_seconds") + 59) / 60;
            let used: i64 = calls.iter().map(minutes).sum();
            assert_eq!(usage.int("minutes_used"), used, "{name}");

            let plan = the(
                &data,
                "rate_plans",
                "name",
                subscription.key("rate_plan_id"),
            );
            let months = match subscription.text("billing_cycle") {
                "annual" => 12,
                _ => 1,
            };
            let included = plan.int("included_minutes") * months;
            assert_eq!(usage.int("minutes_included"), included, "{name}");
            let overage = (used - included).max(0);
            assert_eq!(usage.int("minutes_overage"), overage, "{name}");
            let rate = units(&plan, "overage_rate_per_minute", 4);
            assert_eq!(
                paise(&usage, "overage_cost") * 100,
                overage * rate,
                "{name}"
            );
            let cost: i64 = calls.iter().map(|call| units(call, "cost", 4)).sum();
            assert_eq!(cost, overage * rate, "{name}");

            for call_type in ["local", "std", "isd", "mobile"] {
                let count = calls.iter().filter(|c| c.text("call_type") == call_type);
                let counted = usage.int(&format!("{call_type}_calls"));
                assert_eq!(counted, count.count() as i64, "{name}: {call_type}");
            }
        }
    }
}

#[test]
fn one_customer_talked_longer_than_the_plan_includes() {
    let data = data(day(2026, 3, 31));
    let usage = of(&data, "subscription_usage", "subscription_id", "SUB-10001");
    assert_eq!(usage[0].int("minutes_used"), 700);
    assert_eq!(usage[0].int("minutes_overage"), 200);
    assert_eq!(usage[0].text("overage_cost"), "100.00");
    let calls = of(&data, "cdrs", "subscription_id", "SUB-10001");
    let first = calls.iter().position(|c| c.text("cost") != "0.0000");
    let before: i64 = calls[..first.expect("some cost")]
        .iter()
        .map(|call| (call.int("billable_seconds") + 59) / 60)
        .sum();
    assert!(before <= 500, "the first 500 minutes cost nothing");
}

#[test]
fn calls_lie_in_the_period_and_last_as_long_as_they_say() {
    for anchor in anchors() {
        let data = data(anchor);
        let mut seen = BTreeSet::new();
        for call in data.rows("cdrs") {
            let name = &call.name;
            let subscription = call.key("subscription_id");
            let row = the(&data, "subscriptions", "subscription_number", subscription);
            assert_eq!(call.key("account_id"), row.key("account_id"), "{name}");
            let [start, end] = ["start_time", "end_time"].map(|column| call.time(column).unwrap());
            assert!(row.time("current_period_start") <= Some(start), "{name}");
            assert!(end <= anchor, "{name}");
            assert_eq!((end - start).num_seconds(), call.int("duration"), "{name}");
            let (status, billable) = (call.text("call_status"), call.int("billable_seconds"));
            if status != "answered" || call.text("call_direction") == "inbound" {
                assert_eq!(billable, 0, "{name}");
            } else if call.text("call_type") != "toll_free" {
                assert_eq!(billable, call.int("duration"), "{name}");
            }
            seen.insert(status.to_owned());
            seen.insert(call.text("call_type").to_owned());
            seen.insert(call.text("call_direction").to_owned());
        }
        // All that the columns know: five outcomes, five types, two directions.
        assert_eq!(seen.len(), 12, "{seen:?}");
    }
}

#[test]
fn a_call_has_one_of_the_customers_numbers_at_one_end() {
    let data = data(day(2026, 3, 31));
    for call in data.rows("cdrs") {
        let numbers = of(
            &data,
            "dids",
            "subscription_id",
            call.key("subscription_id"),
        );
        let own: Vec<&str> = numbers.iter().map(|row| row.text("did_number")).collect();
        let (here, there) = match call.text("call_direction") {
            "outbound" => ("caller_id", "destination"),
            _ => ("destination", "caller_id"),
        };
        assert!(own.contains(&call.text(here)), "{}", call.name);
        assert!(!own.contains(&call.text(there)), "{}", call.name);
    }
}

#[test]
fn nobody_has_more_numbers_or_calls_at_a_time_than_the_plan_allows() {
    for anchor in anchors() {
        let data = data(anchor);
        for subscription in data.rows("subscriptions") {
            let name = &subscription.name;
            let number = subscription.text("subscription_number");
            let plan = the(
                &data,
                "rate_plans",
                "name",
                subscription.key("rate_plan_id"),
            );
            let numbers = of(&data, "dids", "subscription_id", number);
            let allowed = 1..=plan.int("included_dids");
            assert!(allowed.contains(&(numbers.len() as i64)), "{name}");
            for did in &numbers {
                assert_eq!(did.text("status"), "assigned", "{}", did.name);
                assert_eq!(did.time("assigned_at"), subscription.time("start_date"));
            }
            let calls = of(&data, "cdrs", "subscription_id", number);
            for call in &calls {
                let at = call.time("start_time");
                let open = calls
                    .iter()
                    .filter(|c| c.time("start_time") <= at && at < c.time("end_time"));
                assert!(
                    open.count() as i64 <= plan.int("max_concurrent_calls"),
                    "{name}"
                );
            }
        }
        let free = data.rows("dids");
        let free = free.iter().filter(|d| d.text("status") == "available");
        for did in free.clone() {
            assert_eq!(*did.get("subscription_id"), SeedValue::Null, "{}", did.name);
            assert_eq!(did.time("assigned_at"), None, "{}", did.name);
        }
        assert_eq!(free.count(), 3);
    }
}
