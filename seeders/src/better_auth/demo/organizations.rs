//! The organizations, who belongs to them and who is asked to.

use super::profile::Profile;
use crate::SeedTable;
use crate::better_auth::SET;
use crate::support::{Rows, cuid, reference, values};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Fills `organization`.
pub(super) fn organizations(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "organization",
        &["id", "name", "slug", "createdAt", "metadata"],
    )
    .natural_key(&["slug"]);
    for profile in profiles {
        rows.push(
            profile.slug,
            values![
                cuid(SET, "organization", profile.slug),
                profile.name,
                profile.slug,
                profile.founded(anchor),
                // A text column: Better Auth turns it into JSON and back.
                json!({"industry": profile.industry}).to_string(),
            ],
        );
    }
    rows.zoned().finish()
}

/// Fills `member`.
pub(super) fn members(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "member",
        &["id", "organizationId", "userId", "role", "createdAt"],
    );
    for profile in profiles {
        for (position, member) in profile.members.iter().enumerate() {
            let key = profile.member_key(position);
            rows.push(
                key.as_str(),
                values![
                    cuid(SET, "member", &key),
                    reference("organization", profile.slug),
                    reference("user", member.email()),
                    member.role,
                    profile.resolve(member.since, anchor),
                ],
            );
        }
    }
    rows.zoned().finish()
}

/// Fills `team`.
pub(super) fn teams(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "team",
        &[
            "id",
            "name",
            "organizationId",
            "createdAt",
            "updatedAt",
            "memberCount",
        ],
    );
    for profile in profiles {
        for (position, team) in profile.teams.iter().enumerate() {
            let key = profile.team_key(position);
            let since = profile.resolve(team.since, anchor);
            rows.push(
                key.as_str(),
                values![
                    cuid(SET, "team", &key),
                    team.name,
                    reference("organization", profile.slug),
                    since,
                    since,
                    i64::try_from(team.members.len()).expect("few members"),
                ],
            );
        }
    }
    rows.zoned().finish()
}

/// Fills `teamMember`. Whoever joined the organization after the team was made joined both at once.
pub(super) fn team_members(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "teamMember",
        &["id", "teamId", "userId", "createdAt", "membershipKey"],
    );
    for profile in profiles {
        for (position, team) in profile.teams.iter().enumerate() {
            for member in team.members.iter().map(|m| &profile.members[*m]) {
                let key = format!("{}/{}", profile.team_key(position), member.login);
                let joined = profile.resolve(member.since, anchor);
                rows.push(
                    key.as_str(),
                    values![
                        cuid(SET, "teamMember", &key),
                        reference("team", profile.team_key(position)),
                        reference("user", member.email()),
                        joined.max(profile.resolve(team.since, anchor)),
                        membership_key(
                            &cuid(SET, "team", &profile.team_key(position)),
                            &cuid(SET, "user", &member.email()),
                        ),
                    ],
                );
            }
        }
    }
    rows.zoned().finish()
}

/// What Better Auth calls a membership, so that there is one for each team and user.
fn membership_key(team: &str, user: &str) -> String {
    let pair = json!([team, user]).to_string();
    base64url(&Sha256::digest(pair.as_bytes()))
}

/// Base64 for URLs, without padding.
fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, i| {
            bits << 8 | u32::from(chunk.get(i).copied().unwrap_or(0))
        });
        for digit in 0..=chunk.len() {
            let index = bits >> (18 - 6 * digit) & 63;
            out.push(char::from(DIGITS[index as usize]));
        }
    }
    out
}

/// For how long an invitation of the demo is open.
const OPEN_DAYS: i64 = 7;

/// Fills `invitation`.
pub(super) fn invitations(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "invitation",
        &[
            "id",
            "organizationId",
            "email",
            "role",
            "status",
            "expiresAt",
            "inviterId",
            "teamId",
            "createdAt",
        ],
    );
    for profile in profiles {
        for invitation in profile.invitations {
            let key = format!("{}/{}", profile.slug, invitation.email);
            let team = invitation.team;
            let expires = invitation.expires.resolve(anchor);
            // Whoever accepted joined after that.
            let mut members = profile.members.iter();
            let joined = members
                .find(|member| member.email() == invitation.email)
                .map(|member| profile.resolve(member.since, anchor) - TimeDelta::hours(3));
            let made = expires - TimeDelta::days(OPEN_DAYS);
            let made = joined.map_or(made, |joined| joined.min(made));
            rows.push(
                key.as_str(),
                values![
                    cuid(SET, "invitation", &key),
                    reference("organization", profile.slug),
                    invitation.email,
                    invitation.role,
                    invitation.status,
                    expires,
                    reference("user", profile.members[invitation.inviter].email()),
                    team.map(|team| reference("team", profile.team_key(team))),
                    made,
                ],
            );
        }
    }
    rows.zoned().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Better Auth 1.7.25 computes for the same two ids.
    #[test]
    fn a_membership_is_called_what_better_auth_calls_it() {
        assert_eq!(
            membership_key("team-1", "user-1"),
            "q2l3Rfjg7lVPxWsiTmz4MdMdWfSfMMgiwE_nXwdpNRc"
        );
    }
}
