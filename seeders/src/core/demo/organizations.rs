//! The organizations and what they subscribed to.

use super::profile::{Contract, Profile};
use super::timeline::When;
use crate::SeedTable;
use crate::core::SET;
use crate::support::{Rows, id, reference, renewal_after, values};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A contract, with its dates. The organization's own columns repeat some of it.
struct Terms {
    subscription_status: &'static str,
    organization_status: &'static str,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    trial_ends_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    billing_cycle: &'static str,
    auto_renew: bool,
    metadata: Value,
}

impl Terms {
    fn of(profile: &Profile, anchor: DateTime<Utc>) -> Self {
        let timeline = profile.timeline(anchor);
        let starts_at = timeline.start;
        let paid = |months, billing_cycle| Self {
            subscription_status: "active",
            organization_status: "active",
            starts_at,
            ends_at: renewal_after(starts_at, months, anchor),
            trial_ends_at: None,
            cancelled_at: None,
            billing_cycle,
            auto_renew: true,
            metadata: json!({"paymentMethod": "bank_transfer"}),
        };
        match profile.contract {
            Contract::Trial { days_left } => {
                let ends_at = timeline.ahead(days_left);
                Self {
                    subscription_status: "trial",
                    organization_status: "trial",
                    ends_at,
                    trial_ends_at: Some(ends_at),
                    auto_renew: false,
                    metadata: json!({"trial": "extended for a pilot"}),
                    ..paid(1, "monthly")
                }
            }
            Contract::Monthly => paid(1, "monthly"),
            Contract::Yearly => paid(12, "yearly"),
            Contract::YearlyCancelled { days_ago } => Self {
                subscription_status: "cancelled",
                organization_status: "cancelled",
                cancelled_at: Some(timeline.resolve(When::Ago(days_ago))),
                auto_renew: false,
                metadata: json!({
                    "paymentMethod": "bank_transfer",
                    "cancelReason": "moves to a platform of its own",
                }),
                ..paid(12, "yearly")
            },
        }
    }

    /// When the contract last changed.
    fn changed_at(&self) -> DateTime<Utc> {
        self.cancelled_at.unwrap_or(self.starts_at)
    }
}

/// Fills `organizations`; `ownerId` waits for the users.
pub(super) fn organizations(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organizations",
        &[
            "id",
            "name",
            "slug",
            "email",
            "phone",
            "ownerId",
            "subscriptionPlan",
            "subscriptionStatus",
            "trialEndsAt",
            "subscriptionStartsAt",
            "subscriptionEndsAt",
            "settings",
            "timezone",
            "currency",
            "isActive",
            "suspendedReason",
            "suspendedAt",
            "createdAt",
            "updatedAt",
            "deletedAt",
        ],
    )
    .natural_key(&["slug"])
    .deferred(&["ownerId"]);
    for profile in profiles {
        let terms = Terms::of(profile, anchor);
        rows.push(
            profile.slug,
            values![
                id(SET, "organizations", profile.slug),
                profile.name,
                profile.slug,
                format!("halo@{}.example", profile.slug),
                format!("+{}", profile.phone(0)),
                reference("users", profile.username(0)),
                profile.plan,
                terms.organization_status,
                terms.trial_ends_at,
                terms.starts_at,
                terms.ends_at,
                json!({"language": "id", "businessHours": {"from": "09:00", "to": "17:00"}}),
                profile.timezone,
                "IDR",
                true,
                None::<&str>,
                None::<DateTime<Utc>>,
                terms.starts_at,
                terms.changed_at(),
                None::<DateTime<Utc>>,
            ],
        );
    }
    rows.finish()
}

/// Fills `subscriptions`, one for each organization.
pub(super) fn subscriptions(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "subscriptions",
        &[
            "id",
            "organizationId",
            "planId",
            "status",
            "startsAt",
            "endsAt",
            "trialEndsAt",
            "cancelledAt",
            "billingCycle",
            "autoRenew",
            "metadata",
            "createdAt",
            "updatedAt",
        ],
    );
    for profile in profiles {
        let terms = Terms::of(profile, anchor);
        rows.push(
            profile.slug,
            values![
                id(SET, "subscriptions", profile.slug),
                reference("organizations", profile.slug),
                reference("subscription_plans", profile.plan().name),
                terms.subscription_status,
                terms.starts_at,
                terms.ends_at,
                terms.trial_ends_at,
                terms.cancelled_at,
                terms.billing_cycle,
                terms.auto_renew,
                terms.metadata.clone(),
                terms.starts_at,
                terms.changed_at(),
            ],
        );
    }
    rows.finish()
}
