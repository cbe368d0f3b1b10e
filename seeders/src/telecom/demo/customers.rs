//! The customers and the users by which they log in.

use super::profile::Profile;
use crate::support::{Rows, id, reference, values};
use crate::telecom::{SET, rupees};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Utc};
use serde_json::json;

/// The documented password of every demo user. Demo rows exist in dev and test only.
const PASSWORD: &str = "Demo@123";

/// How many days before its subscription a customer signed up.
const SIGNED_UP: u64 = 3;

/// Fills `users`.
pub(super) fn users(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "users",
        &[
            "id",
            "username",
            "email",
            "password",
            "first_name",
            "last_name",
            "phone_number",
            "role",
            "is_active",
            "is_email_verified",
            "is_phone_verified",
            "last_login_at",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["email"]);
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        let person = &profile.person;
        rows.push(
            person.email,
            values![
                id(SET, "users", person.email),
                person.username,
                person.email,
                SeedValue::Password(PASSWORD.to_owned()),
                person.first_name,
                person.last_name,
                person.phone,
                "customer",
                true,
                true,
                true,
                timeline.ago(1),
                timeline.before_start(SIGNED_UP),
                timeline.ago(1),
            ],
        );
    }
    rows.finish()
}

/// Fills `customers`.
pub(super) fn customers(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "customers",
        &[
            "id",
            "user_id",
            "company_name",
            "business_type",
            "gstin",
            "pan",
            "billing_address",
            "billing_city",
            "billing_state",
            "billing_country",
            "billing_pincode",
            "status",
            "credit_limit",
            "kyc_status",
            "kyc_documents",
            "contact_email",
            "contact_phone",
            "created_at",
            "updated_at",
        ],
    );
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        let (person, business) = (&profile.person, &profile.business);
        let verified_at = timeline.before_start(2);
        let mut documents = vec![json!({"type": "pan", "number": business.pan})];
        documents.extend(
            business
                .gstin
                .map(|number| json!({"type": "gstin", "number": number})),
        );
        rows.push(
            profile.key,
            values![
                id(SET, "customers", profile.key),
                reference("users", person.email),
                business.company,
                business.business_type,
                business.gstin,
                business.pan,
                business.address,
                business.city,
                business.state,
                "India",
                business.pincode,
                "active",
                rupees(profile.account.credit_limit),
                "verified",
                json!(documents),
                person.email,
                person.phone,
                timeline.before_start(SIGNED_UP),
                verified_at,
            ],
        );
    }
    rows.finish()
}
