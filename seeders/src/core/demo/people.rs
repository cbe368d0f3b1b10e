//! The people who work for the organizations, and names for those whom they write to.

use super::profile::Profile;
use crate::support::{Rows, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Utc};

/// The documented password of every demo user. Demo rows exist in dev and test only.
const PASSWORD: &str = "Demo@123";

/// Fills `users`.
pub(super) fn users(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "users",
        &[
            "id",
            "username",
            "email",
            "password",
            "name",
            "isActive",
            "organizationId",
            "roleInOrg",
            "createdAt",
            "updatedAt",
        ],
    )
    .natural_key(&["username"]);
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        for (person, position) in profile.people.iter().zip(0..) {
            let username = profile.username(position);
            let since = timeline.resolve(person.since);
            rows.push_numbered(
                username.as_str(),
                values![
                    username.as_str(),
                    format!("{}@{}.example", person.login, profile.slug),
                    SeedValue::Password(PASSWORD.to_owned()),
                    person.name,
                    true,
                    reference("organizations", profile.slug),
                    person.role.as_str(),
                    since,
                    since,
                ],
            );
        }
    }
    rows.finish()
}

const GIVEN_NAMES: [&str; 22] = [
    "Adi", "Bunga", "Cahya", "Dewi", "Eko", "Farah", "Gilang", "Hana", "Indra", "Joko", "Kartika",
    "Lukman", "Mira", "Nanda", "Oki", "Putri", "Rahmat", "Sari", "Tono", "Umi", "Wahyu", "Yuni",
];

/// The name by which an organization greets a contact.
pub(super) fn contact_name(contact: u32) -> &'static str {
    GIVEN_NAMES[contact as usize % GIVEN_NAMES.len()]
}
