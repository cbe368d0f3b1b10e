//! The telephone numbers: those of the customers, and some that can still be had.

use super::profile::{Number, Profile};
use crate::SeedTable;
use crate::support::{Rows, id, reference, values};
use crate::telecom::SET;
use chrono::{DateTime, Utc};
use serde_json::json;

/// Numbers that nobody has. Like all of the demo's they begin with a 0 after the country's code, or
/// are too short for one of the kind, so that they can be nobody's.
const AVAILABLE: [Number; 3] = [
    Number {
        number: "+910022100090",
        did_type: "local",
    },
    Number {
        number: "+910011100090",
        did_type: "local",
    },
    Number {
        number: "18000000190",
        did_type: "toll_free",
    },
];

/// Fills `dids`.
pub(super) fn dids(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "dids",
        &[
            "id",
            "subscription_id",
            "did_number",
            "country",
            "country_code",
            "did_type",
            "status",
            "assigned_at",
            "forwarding_number",
            "features",
            "provider",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["did_number"]);
    let assigned = profiles
        .iter()
        .flat_map(|profile| profile.numbers.iter().map(move |n| (n, Some(profile))));
    let available = AVAILABLE.iter().map(|number| (number, None));
    // The stock is older than every customer.
    let bought = profiles
        .iter()
        .map(|profile| profile.timeline(anchor).before_start(30))
        .min();
    for (number, owner) in assigned.chain(available) {
        let assigned_at = owner.map(|profile| profile.timeline(anchor).start());
        rows.push(
            number.number,
            values![
                id(SET, "dids", number.number),
                owner.map(|profile| reference("subscriptions", profile.subscription_number())),
                number.number,
                "IN",
                "+91",
                number.did_type,
                if owner.is_some() {
                    "assigned"
                } else {
                    "available"
                },
                assigned_at,
                owner.map(|profile| profile.person.phone),
                json!({"voice": true, "sms": number.did_type == "mobile"}),
                "Example Carrier",
                bought,
                assigned_at.or(bought),
            ],
        );
    }
    rows.finish()
}
