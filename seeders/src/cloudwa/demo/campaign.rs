//! The broadcasts: one item for each contact, and a message for each item that was sent.

use super::profile::{Campaign, Contact, Profile, render};
use super::traffic::Message;
use crate::SeedTable;
use crate::cloudwa::SET;
use crate::support::{Rows, hex_id, reference, values};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Seconds of seeming to type, and of waiting between two messages.
const TYPING: i64 = 3;
const GAP: i64 = 15;

/// What became of one contact.
enum Fate {
    Sent { text: String, at: DateTime<Utc> },
    Failed { text: String, reason: &'static str },
    Skipped { reason: String },
}

fn fates(profile: &Profile, campaign: &Campaign, anchor: DateTime<Utc>) -> Vec<Fate> {
    let mut at = campaign.began.resolve(anchor);
    let contacts = profile.contacts[..campaign.contacts].iter().enumerate();
    contacts
        .map(|(position, contact)| {
            let text = match render(campaign.template, |name| value(contact, name)) {
                Ok(text) => text,
                Err(name) => {
                    return Fate::Skipped {
                        reason: format!("no value for {name}"),
                    };
                }
            };
            at += TimeDelta::seconds(TYPING + GAP);
            match campaign.failed.iter().find(|(who, _)| *who == position) {
                Some((_, reason)) => Fate::Failed { text, reason },
                None => Fate::Sent { text, at },
            }
        })
        .collect()
}

/// What a template's variable is for a contact.
fn value(contact: &Contact, name: &str) -> Option<String> {
    if name == "name" {
        return contact.name.map(str::to_owned);
    }
    let found = contact.attributes.iter().find(|(own, _)| *own == name);
    found.map(|(_, value)| (*value).to_owned())
}

/// Fills `campaigns` and `campaign_items`.
pub(super) fn tables(profiles: &[Profile], anchor: DateTime<Utc>) -> [SeedTable; 2] {
    let mut campaigns = Rows::new(
        "campaigns",
        &[
            "id",
            "tenant_id",
            "device_id",
            "name",
            "message_template",
            "media_url",
            "media_type",
            "status",
            "scheduled_at",
            "started_at",
            "completed_at",
            "total_contacts",
            "sent_count",
            "failed_count",
            "rate_config",
            "created_at",
        ],
    );
    let mut items = Rows::new(
        "campaign_items",
        &[
            "id",
            "campaign_id",
            "contact_id",
            "status",
            "rendered_message",
            "error_reason",
            "sent_at",
            "created_at",
        ],
    );
    for profile in profiles {
        let Some(campaign) = &profile.campaign else {
            continue;
        };
        let key = profile.key(campaign.key);
        let fates = fates(profile, campaign, anchor);
        let (mut sent, mut failed) = (0_i64, 0_i64);
        let mut last = campaign.began.resolve(anchor);
        for (position, fate) in fates.iter().enumerate() {
            let (status, text, reason, at) = match fate {
                Fate::Sent { text, at } => {
                    sent += 1;
                    last = *at;
                    ("sent", Some(text.as_str()), None, Some(*at))
                }
                Fate::Failed { text, reason } => {
                    failed += 1;
                    ("failed", Some(text.as_str()), Some(*reason), None)
                }
                Fate::Skipped { reason } => ("skipped", None, Some(reason.as_str()), None),
            };
            let item = format!("{key}/{:02}", position + 1);
            items.push(
                item.as_str(),
                values![
                    hex_id(SET, "campaign_items", &item),
                    reference("campaigns", key.as_str()),
                    reference("contacts", profile.contact_key(position)),
                    status,
                    text,
                    reason,
                    at,
                    campaign.made.resolve(anchor),
                ],
            );
        }
        campaigns.push(
            key.as_str(),
            values![
                hex_id(SET, "campaigns", &key),
                reference("tenants", profile.slug),
                reference("devices", profile.device_key(campaign.device)),
                campaign.name,
                campaign.template,
                image(profile, campaign),
                "image",
                "completed",
                campaign.began.resolve(anchor),
                campaign.began.resolve(anchor),
                last,
                i64::try_from(fates.len()).expect("few contacts"),
                sent,
                failed,
                json!({"typing_delay": TYPING, "message_gap": GAP}),
                campaign.made.resolve(anchor),
            ],
        );
    }
    [campaigns.finish(), items.finish()]
}

fn image(profile: &Profile, campaign: &Campaign) -> String {
    profile.file_url("cloudwa-media", &format!("media/{}", campaign.image))
}

/// The messages that went out.
pub(super) fn messages(profile: &Profile, anchor: DateTime<Utc>) -> Vec<Message<'_>> {
    let Some(campaign) = &profile.campaign else {
        return Vec::new();
    };
    let key = profile.key(campaign.key);
    fates(profile, campaign, anchor)
        .into_iter()
        .enumerate()
        .filter_map(|(contact, fate)| match fate {
            Fate::Sent { text, at } => Some(Message {
                profile,
                key: format!("{key}/{:02}", contact + 1),
                device: campaign.device,
                contact,
                incoming: false,
                content: text,
                image: Some(image(profile, campaign)),
                flow: None,
                campaign: Some(key.clone()),
                metadata: json!({}),
                at,
            }),
            Fate::Failed { .. } | Fate::Skipped { .. } => None,
        })
        .collect()
}
