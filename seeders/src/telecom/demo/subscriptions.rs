//! The accounts, and what is subscribed to.

use super::profile::Profile;
use crate::SeedTable;
use crate::support::{Rows, id, reference, values};
use crate::telecom::{SET, rupees};
use chrono::{DateTime, Datelike, Utc};

/// Fills `accounts`.
pub(super) fn accounts(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "accounts",
        &[
            "id",
            "customer_id",
            "account_number",
            "account_type",
            "balance",
            "credit_limit",
            "status",
            "currency",
            "billing_cycle",
            "billing_day",
            "auto_recharge",
            "auto_recharge_amount",
            "auto_recharge_threshold",
            "low_balance_alert",
            "last_billing_date",
            "next_billing_date",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["account_number"]);
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        let period = timeline.current();
        let number = profile.account_number();
        let recharge = profile.account.auto_recharge;
        let top_ups = profile.top_ups.iter().map(|(day, _)| day.of(&timeline));
        rows.push(
            number.as_str(),
            values![
                id(SET, "accounts", &number),
                reference("customers", profile.key),
                number.as_str(),
                profile.plan().plan_type,
                rupees(profile.account.balance),
                rupees(profile.account.credit_limit),
                "active",
                "INR",
                profile.cycle.as_str(),
                i64::from(timeline.start().day()),
                recharge.is_some(),
                recharge.map(|(amount, _)| rupees(amount)),
                recharge.map(|(_, threshold)| rupees(threshold)),
                !profile.is_postpaid(),
                period.start,
                period.end,
                timeline.before_start(2),
                top_ups.chain([period.start]).max(),
            ],
        );
    }
    rows.finish()
}

/// Fills `subscriptions`.
pub(super) fn subscriptions(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "subscriptions",
        &[
            "id",
            "customer_id",
            "account_id",
            "rate_plan_id",
            "subscription_number",
            "status",
            "billing_cycle",
            "start_date",
            "next_billing_date",
            "last_billing_date",
            "current_period_start",
            "current_period_end",
            "auto_renew",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["subscription_number"]);
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        let period = timeline.current();
        let number = profile.subscription_number();
        rows.push(
            number.as_str(),
            values![
                id(SET, "subscriptions", &number),
                reference("customers", profile.key),
                reference("accounts", profile.account_number()),
                reference("rate_plans", profile.plan),
                number.as_str(),
                "active",
                profile.cycle.as_str(),
                timeline.start(),
                period.end,
                period.start,
                period.start,
                period.end,
                true,
                timeline.start(),
                period.start,
            ],
        );
    }
    rows.finish()
}
