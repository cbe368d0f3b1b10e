//! Who signed up, where they are members, and who was asked to be.

use super::organizations::user;
use super::profile::Profile;
use crate::SeedTable;
use crate::supabase::SET;
use crate::support::{Rows, id, reference, values};
use chrono::{DateTime, Days, TimeDelta, Utc};
use serde_json::json;

/// How long somebody took to accept an invitation, in hours.
const THOUGHT: i64 = 20;

/// For how many days an invitation can be accepted.
const VALID: u64 = 7;

/// Fills `auth.users`, with the columns that it has on plain PostgreSQL and on Supabase.
pub(super) fn users(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new("auth.users", &["id", "email", "created_at"]).natural_key(&["email"]);
    for profile in profiles {
        for (position, person) in profile.people.iter().enumerate() {
            let key = profile.user(position);
            rows.push(
                key.as_str(),
                values![
                    id(SET, "auth.users", &key),
                    profile.email(position),
                    person.since.resolve(anchor),
                ],
            );
        }
    }
    rows.finish()
}

/// Fills `organization_members`.
pub(super) fn members(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organization_members",
        &[
            "id",
            "organization_id",
            "user_id",
            "role",
            "permissions",
            "invited_by",
            "invited_at",
            "joined_at",
            "is_active",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["organization_id", "user_id"]);
    for profile in profiles {
        for (position, person) in profile.people.iter().enumerate() {
            let key = profile.user(position);
            let joined = person.since.resolve(anchor);
            // Nobody invited the owner.
            let invited = position > 0;
            rows.push(
                key.as_str(),
                values![
                    id(SET, "organization_members", &key),
                    reference("organizations", profile.slug),
                    user(profile, position),
                    person.role,
                    json!({}),
                    invited.then(|| user(profile, 0)),
                    invited.then(|| joined - TimeDelta::hours(THOUGHT)),
                    joined,
                    true,
                    joined,
                    joined,
                ],
            );
        }
    }
    rows.finish()
}

/// Fills `organization_invitations`: one behind each member but the owner, and the open ones.
pub(super) fn invitations(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organization_invitations",
        &[
            "id",
            "organization_id",
            "email",
            "role",
            "invited_by",
            "token",
            "accepted_at",
            "expires_at",
            "created_at",
        ],
    )
    .natural_key(&["token"]);
    for profile in profiles {
        let accepted = profile
            .people
            .iter()
            .enumerate()
            .skip(1)
            .map(|(i, person)| {
                let joined = person.since.resolve(anchor);
                let sent = joined - TimeDelta::hours(THOUGHT);
                (profile.email(i), person.role, 0, Some(joined), sent)
            });
        let open = profile.open_invitations.iter().map(|i| {
            let sent = i.sent.resolve(anchor);
            (i.email.to_owned(), i.role, i.by, None, sent)
        });
        for (email, role, by, accepted_at, sent) in accepted.chain(open) {
            let key = format!("{}/{email}", profile.slug);
            let id = id(SET, "organization_invitations", &key);
            rows.push(
                key,
                values![
                    id,
                    reference("organizations", profile.slug),
                    email,
                    role,
                    user(profile, by),
                    format!("demo-{}", id.simple()),
                    accepted_at,
                    sent + Days::new(VALID),
                    sent,
                ],
            );
        }
    }
    rows.finish()
}
