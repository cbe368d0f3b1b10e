//! Organizations against their subscriptions.

use super::{Data, anchors};
use crate::support::add_months;
use std::collections::BTreeSet;

#[test]
fn there_is_one_organization_on_each_plan() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let organizations = data.rows("organizations");
        let plans: Vec<_> = organizations
            .iter()
            .map(|row| row.text("subscriptionPlan"))
            .collect();
        assert_eq!(plans, ["free", "starter", "pro", "enterprise"]);
    }
}

#[test]
fn an_organization_repeats_its_one_subscription() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        assert_eq!(data.rows("subscriptions").len(), 4);
        for organization in data.rows("organizations") {
            let name = &organization.name;
            let subscriptions = data.owned("subscriptions", organization.text("slug"));
            let [subscription] = subscriptions.as_slice() else {
                panic!("{name}: {} subscriptions", subscriptions.len());
            };
            assert_eq!(
                organization.text("subscriptionPlan"),
                subscription.key("planId"),
                "{name}"
            );
            for (own, theirs) in [
                ("subscriptionStatus", "status"),
                ("trialEndsAt", "trialEndsAt"),
                ("subscriptionStartsAt", "startsAt"),
                ("subscriptionEndsAt", "endsAt"),
            ] {
                assert_eq!(
                    organization.get(own),
                    subscription.get(theirs),
                    "{name}: {own}"
                );
            }
        }
    }
}

#[test]
fn each_subscription_is_in_a_state_of_its_own() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let mut states = BTreeSet::new();
        for row in data.rows("subscriptions") {
            let (status, cycle) = (row.text("status"), row.text("billingCycle"));
            states.insert(match status {
                "active" => format!("{status} {cycle}"),
                _ => status.to_owned(),
            });
            assert_eq!(status == "trial", row.time("trialEndsAt").is_some());
            assert_eq!(status == "cancelled", row.time("cancelledAt").is_some());
            assert_eq!(status == "active", row.bool("autoRenew"), "{}", row.name);
        }
        let expected = ["active monthly", "active yearly", "cancelled", "trial"];
        assert!(states.iter().eq(expected), "{states:?}");
    }
}

#[test]
fn the_anchor_lies_in_the_current_term() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for row in data.rows("subscriptions") {
            let name = &row.name;
            let (starts, ends) = (row.time("startsAt").unwrap(), row.time("endsAt").unwrap());
            assert!(starts < anchor && anchor < ends, "{name}");
            if let Some(cancelled) = row.time("cancelledAt") {
                assert!(starts < cancelled && cancelled < anchor, "{name}");
            }
            if row.text("status") == "trial" {
                assert_eq!(row.time("trialEndsAt"), Some(ends), "{name}");
                continue;
            }
            // The end is a whole number of terms away from the start, and less than one from now.
            let months = if row.text("billingCycle") == "yearly" {
                12
            } else {
                1
            };
            let term_ends = |terms| add_months(starts.date_naive(), terms * months);
            assert!(
                (1..20).any(|terms| term_ends(terms) == ends.date_naive()),
                "{name}"
            );
            assert!(
                ends.date_naive() <= add_months(anchor.date_naive(), months),
                "{name}"
            );
        }
    }
}

#[test]
fn every_organization_is_in_use() {
    let data = Data::new(anchors().next().unwrap());
    for row in data.rows("organizations") {
        assert!(row.bool("isActive"));
        for column in ["suspendedAt", "deletedAt"] {
            assert_eq!(row.time(column), None, "{}", row.name);
        }
        let owner = data.find("users", row.key("ownerId"));
        assert_eq!(owner.text("roleInOrg"), "owner");
        assert_eq!(owner.key("organizationId"), row.text("slug"));
    }
}
