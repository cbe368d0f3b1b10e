//! What was used, and who did what.

use super::messaging::Messaging;
use super::organizations::user;
use super::profile::{Course, Profile};
use crate::supabase::SET;
use crate::support::{Month, Rows, id, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// Fills `organization_usage` for the last month and this one. A period ends where the next begins.
/// What an organization never uses has no row; what it did not use yet this month has one with 0, so
/// that how many rows there are does not depend on the day.
pub(super) fn usage(
    profiles: &[Profile],
    messaging: &Messaging<'_>,
    anchor: DateTime<Utc>,
) -> SeedTable {
    let mut rows = Rows::new(
        "organization_usage",
        &[
            "id",
            "organization_id",
            "metric_name",
            "metric_value",
            "period_start",
            "period_end",
            "created_at",
        ],
    );
    for profile in profiles {
        for (name, month) in [
            ("last", Month::of(anchor).back(1)),
            ("this", Month::of(anchor)),
        ] {
            let by_then = |time: DateTime<Utc>| time < month.end().min(anchor);
            let sent = messaging
                .messages
                .iter()
                .filter(|m| m.slug == profile.slug && m.is_outbound && !m.has_failed)
                .filter(|m| month.contains(m.sent_at));
            let metrics = [
                ("monthly_messages", sent.count(), true),
                ("whatsapp_accounts", profile.accounts as usize, true),
                (
                    "team_members",
                    profile
                        .people
                        .iter()
                        .filter(|p| by_then(p.since.resolve(anchor)))
                        .count(),
                    true,
                ),
                (
                    "auto_replies",
                    profile
                        .auto_replies
                        .iter()
                        .filter(|r| by_then(r.since.resolve(anchor)))
                        .count(),
                    !profile.auto_replies.is_empty(),
                ),
                (
                    "campaigns",
                    profile
                        .campaigns
                        .iter()
                        .filter(|c| month.contains(c.made.resolve(anchor)))
                        .count(),
                    !profile.campaigns.is_empty(),
                ),
            ];
            for (metric, value, _) in metrics.into_iter().filter(|(_, _, ever)| *ever) {
                let key = format!("{}/{name}-month/{metric}", profile.slug);
                rows.push(
                    key.as_str(),
                    values![
                        id(SET, "organization_usage", &key),
                        reference("organizations", profile.slug),
                        metric,
                        SeedValue::Int(value as i64),
                        month.start(),
                        month.end(),
                        month.start().max(profile.start(anchor)),
                    ],
                );
            }
        }
    }
    rows.finish()
}

/// Fills `audit_logs`.
pub(super) fn audit_logs(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "audit_logs",
        &[
            "id",
            "organization_id",
            "user_id",
            "action",
            "details",
            "ip_address",
            "user_agent",
            "created_at",
        ],
    );
    for profile in profiles {
        for (key, person, action, details, time) in deeds(profile, anchor) {
            let key = format!("{}/{key}", profile.slug);
            rows.push(
                key.as_str(),
                values![
                    id(SET, "audit_logs", &key),
                    reference("organizations", profile.slug),
                    user(profile, person),
                    action,
                    details,
                    // Addresses that are set aside for examples.
                    format!("192.0.2.{}", 10 + person),
                    "Mozilla/5.0 (X11; Linux x86_64) Demo/1.0",
                    time,
                ],
            );
        }
    }
    rows.finish()
}

type Deed = (String, usize, &'static str, Value, DateTime<Utc>);

/// Key, position of the person, action, details and time.
fn deeds(profile: &Profile, anchor: DateTime<Utc>) -> Vec<Deed> {
    let mut out: Vec<Deed> = vec![(
        "created".to_owned(),
        0,
        "organization.created",
        json!({"slug": profile.slug}),
        profile.start(anchor),
    )];
    for pair in profile.plans.windows(2) {
        let [(from, _), (to, when)] = pair else {
            continue;
        };
        out.push((
            format!("plan-{to}"),
            0,
            "subscription.changed",
            json!({"from": from, "to": to}),
            when.resolve(anchor),
        ));
    }
    for (position, person) in profile.people.iter().enumerate().skip(1) {
        out.push((
            format!("joined-{}", person.login),
            position,
            "member.joined",
            json!({"role": person.role, "email": profile.email(position)}),
            person.since.resolve(anchor),
        ));
    }
    for campaign in profile.campaigns {
        if let Course::Completed { began, .. } = campaign.course {
            out.push((
                format!("campaign-{}", campaign.key),
                campaign.by,
                "campaign.completed",
                json!({"name": campaign.name, "targets": campaign.targets.len()}),
                began.resolve(anchor) + TimeDelta::minutes(1),
            ));
        }
    }
    out
}
