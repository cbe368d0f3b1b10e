//! The users and how they sign in.

use super::profile::{Member, Profile};
use crate::better_auth::SET;
use crate::support::{Rows, cuid, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, TimeDelta, Utc};

/// The documented password of every demo user. Demo rows exist in dev and test only.
const PASSWORD: &str = "Demo@123";

/// Who runs the platform and belongs to no organization.
const OPERATOR: &str = "operator@platform.example";

/// A user, with the moment of signing up.
struct User {
    email: String,
    name: &'static str,
    role: &'static str,
    since: DateTime<Utc>,
}

/// The operator, and everybody who is a member of something, once.
fn everybody(profiles: &[Profile], anchor: DateTime<Utc>) -> Vec<User> {
    let memberships: Vec<(&Member, DateTime<Utc>)> = profiles
        .iter()
        .flat_map(|p| p.members.iter().map(|m| (m, p.resolve(m.since, anchor))))
        .collect();
    // One signs up a little before one founds or joins something.
    let before = |since: DateTime<Utc>| since - TimeDelta::minutes(20);
    let first = memberships.iter().map(|(_, since)| *since).min();
    let mut users = vec![User {
        email: OPERATOR.to_owned(),
        name: "Robin Keller",
        role: "admin",
        since: before(first.expect("somebody")),
    }];
    for (member, since) in memberships {
        let email = member.email();
        match users.iter_mut().find(|user| user.email == email) {
            Some(user) => user.since = user.since.min(before(since)),
            None => users.push(User {
                email,
                name: member.name,
                role: "user",
                since: before(since),
            }),
        }
    }
    users
}

/// Fills `user`.
pub(super) fn users(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "user",
        &[
            "id",
            "name",
            "email",
            "emailVerified",
            "createdAt",
            "updatedAt",
            "role",
            "banned",
        ],
    )
    .natural_key(&["email"]);
    for user in everybody(profiles, anchor) {
        let email = user.email.as_str();
        rows.push(
            email,
            values![
                cuid(SET, "user", email),
                user.name,
                email,
                true,
                user.since,
                user.since,
                user.role,
                false,
            ],
        );
    }
    rows.zoned().finish()
}

/// Fills `account`: everybody signs in with a password. For those Better Auth takes the user's id
/// as the account's name.
pub(super) fn accounts(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "account",
        &[
            "id",
            "accountId",
            "providerId",
            "issuer",
            "userId",
            "password",
            "createdAt",
            "updatedAt",
        ],
    );
    for user in everybody(profiles, anchor) {
        let email = user.email.as_str();
        rows.push(
            email,
            values![
                cuid(SET, "account", email),
                reference("user", email),
                "credential",
                "local:credential",
                reference("user", email),
                SeedValue::Password(PASSWORD.to_owned()),
                user.since,
                user.since,
            ],
        );
    }
    rows.zoned().finish()
}
