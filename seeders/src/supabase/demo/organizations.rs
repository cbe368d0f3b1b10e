//! The organizations and what they pay.

use super::profile::{Profile, Terms};
use crate::supabase::SET;
use crate::supabase::plans::plan;
use crate::support::{Month, Rows, id, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Days, Months, TimeDelta, Utc};
use serde_json::{Value, json};

/// Fills `organizations`.
pub(super) fn organizations(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organizations",
        &[
            "id",
            "name",
            "slug",
            "subscription_plan",
            "subscription_status",
            "stripe_customer_id",
            "stripe_subscription_id",
            "trial_ends_at",
            "billing_email",
            "settings",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["slug"]);
    for profile in profiles {
        let (status, trial_ends_at) = match profile.terms {
            Terms::Monthly => ("active", None),
            Terms::Trial { days } => ("trialing", Some(profile.start(anchor) + Days::new(days))),
        };
        let (_, changed) = profile.plans.last().expect("a plan");
        rows.push(
            profile.slug,
            values![
                id(SET, "organizations", profile.slug),
                profile.name,
                profile.slug,
                profile.plan().id,
                status,
                customer(profile),
                subscription(profile),
                trial_ends_at,
                profile.email(0),
                (profile.settings)(),
                profile.start(anchor),
                changed.resolve(anchor),
            ],
        );
    }
    rows.finish()
}

fn customer(profile: &Profile) -> String {
    format!("cus_demo_{}", profile.slug.replace('-', "_"))
}

fn subscription(profile: &Profile) -> String {
    format!("sub_demo_{}", profile.slug.replace('-', "_"))
}

/// Fills `billing_events` with what the payment provider would have reported.
pub(super) fn billing_events(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "billing_events",
        &[
            "id",
            "organization_id",
            "event_type",
            "event_data",
            "stripe_event_id",
            "processed_at",
            "created_at",
        ],
    );
    for profile in profiles {
        for (key, kind, data, time) in events(profile, anchor) {
            let key = format!("{}/{key}", profile.slug);
            let event = format!("evt_demo_{}", key.replace(['/', '-'], "_"));
            rows.push(
                key.as_str(),
                values![
                    id(SET, "billing_events", &key),
                    reference("organizations", profile.slug),
                    kind,
                    data,
                    event,
                    time + TimeDelta::seconds(2),
                    time,
                ],
            );
        }
    }
    rows.finish()
}

/// Key, type, data and time of each event.
fn events(
    profile: &Profile,
    anchor: DateTime<Utc>,
) -> Vec<(String, &'static str, Value, DateTime<Utc>)> {
    let mut out = Vec::new();
    for (position, (plan_id, since)) in profile.plans.iter().enumerate() {
        let (key, kind) = match position {
            0 => ("created".to_owned(), "customer.subscription.created"),
            n => (format!("changed-{n}"), "customer.subscription.updated"),
        };
        let data = json!({
            "customer": customer(profile),
            "subscription": subscription(profile),
            "plan": plan_id,
            "currency": "eur",
            "amount": plan(plan_id).price(),
        });
        out.push((key, kind, data, since.resolve(anchor)));
    }
    if profile.terms == Terms::Monthly {
        let start = profile.start(anchor);
        // Those of the months that are over: how many there are does not depend on the day.
        let this_month = Month::of(anchor).start();
        let due = (0..).map(|n| start + Months::new(n));
        for time in due.take_while(|time| *time < this_month) {
            let plan = profile.plan_at(time, anchor);
            let data = json!({
                "customer": customer(profile),
                "subscription": subscription(profile),
                "plan": plan.id,
                "currency": "eur",
                "amount": plan.price(),
            });
            // By the month's distance from the first: the key does not change with the anchor.
            let number = months_between(start, time) + 1;
            let paid = time + TimeDelta::minutes(5);
            out.push((format!("invoice-{number}"), "invoice.paid", data, paid));
        }
    }
    out
}

fn months_between(start: DateTime<Utc>, end: DateTime<Utc>) -> usize {
    let end = Month::of(end);
    (0..)
        .take_while(|n| Month::of(start).first() < end.back(*n).first())
        .count()
}

/// A reference to the user at a position.
pub(super) fn user(profile: &Profile, person: usize) -> SeedValue {
    reference("auth.users", profile.user(person))
}
