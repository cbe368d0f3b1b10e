//! What the organizations subscribed to, and which modules they use.

use super::profile::{Profile, ago};
use crate::better_auth::SET;
use crate::better_auth::modules::{VISITOR_MANAGEMENT, module};
use crate::support::{Rows, cuid, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Fills `organizationSubscription`, one for each organization.
pub(super) fn subscriptions(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organizationSubscription",
        &[
            "id",
            "organizationId",
            "plan",
            "status",
            "currentPeriodStart",
            "currentPeriodEnd",
            "cancelAtPeriodEnd",
            "stripeCustomerId",
            "stripeSubscriptionId",
            "stripePriceId",
            "stripePaymentMethodId",
            "currentPeriodUsage",
            "createdAt",
            "updatedAt",
        ],
    )
    .natural_key(&["organizationId"]);
    for profile in profiles {
        let (start, end) = profile.period(anchor);
        let paid = profile.plan().price > 0;
        let slug = profile.slug.replace('-', "");
        // Nobody pays for what costs nothing.
        let stripe = |kind: &str| paid.then(|| format!("{kind}_demo_{slug}"));
        rows.push(
            profile.slug,
            values![
                cuid(SET, "organizationSubscription", profile.slug),
                reference("organization", profile.slug),
                profile.plan,
                "active",
                start,
                end,
                false,
                stripe("cus"),
                stripe("sub"),
                paid.then(|| format!("price_demo_{}", profile.plan)),
                stripe("pm"),
                json!({"api_calls": profile.api_calls, "storage_gb": profile.storage_gb}),
                profile.founded(anchor),
                // It last changed when its current period began.
                start,
            ],
        );
    }
    rows.zoned().finish()
}

/// Fills `organizationModule`.
pub(super) fn modules(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organizationModule",
        &[
            "id",
            "organizationId",
            "moduleKey",
            "isEnabled",
            "settings",
            "enabledAt",
            "enabledBy",
            "disabledAt",
            "disabledBy",
        ],
    )
    .natural_key(&["organizationId", "moduleKey"]);
    for profile in profiles {
        let user = |position: usize| reference("user", profile.members[position].email());
        for enabled in profile.modules {
            let key = format!("{}/{}", profile.slug, enabled.key);
            rows.push(
                key.as_str(),
                values![
                    cuid(SET, "organizationModule", &key),
                    reference("organization", profile.slug),
                    enabled.key,
                    enabled.off.is_none(),
                    settings(profile, enabled.key),
                    profile.resolve(enabled.since, anchor),
                    user(enabled.by),
                    enabled.off.map(|(days, _)| ago(anchor, days)),
                    enabled.off.map(|(_, by)| user(by)),
                ],
            );
        }
    }
    rows.zoned().finish()
}

/// The module's defaults; where people come and go, also whom to tell.
fn settings(profile: &Profile, key: &str) -> SeedValue {
    let defaults = module(key).expect("a module of the set").default_settings();
    match (key, defaults) {
        (VISITOR_MANAGEMENT, Some(Value::Object(mut settings))) => {
            let address = format!("security@{}.example", profile.slug);
            settings.insert("notificationEmail".to_owned(), address.into());
            Value::Object(settings).into()
        }
        (_, defaults) => defaults.into(),
    }
}
