//! The organizations, who belongs to them and who is asked to.

use super::profile::Profile;
use crate::SeedTable;
use crate::better_auth::SET;
use crate::support::{Rows, cuid, reference, values};
use chrono::{DateTime, Utc};
use serde_json::json;

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
    rows.finish()
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
    rows.finish()
}

/// Fills `team`.
pub(super) fn teams(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "team",
        &["id", "name", "organizationId", "createdAt", "updatedAt"],
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
                ],
            );
        }
    }
    rows.finish()
}

/// Fills `teamMember`. Whoever joined the organization after the team was made joined both at once.
pub(super) fn team_members(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new("teamMember", &["id", "teamId", "userId", "createdAt"]);
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
                    ],
                );
            }
        }
    }
    rows.finish()
}

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
        ],
    );
    for profile in profiles {
        for invitation in profile.invitations {
            let key = format!("{}/{}", profile.slug, invitation.email);
            let team = invitation.team;
            rows.push(
                key.as_str(),
                values![
                    cuid(SET, "invitation", &key),
                    reference("organization", profile.slug),
                    invitation.email,
                    invitation.role,
                    invitation.status,
                    invitation.expires.resolve(anchor),
                    reference("user", profile.members[invitation.inviter].email()),
                    team.map(|team| reference("team", profile.team_key(team))),
                ],
            );
        }
    }
    rows.finish()
}
