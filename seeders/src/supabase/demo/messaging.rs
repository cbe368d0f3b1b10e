//! Whom the organizations know, and what they write to each other.

use super::organizations::user;
use super::profile::{Campaign, Course, Line, Profile};
use crate::supabase::SET;
use crate::support::{Rows, id, reference, text_array, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, TimeDelta, Utc};

/// A message.
pub(super) struct Message {
    key: String,
    pub slug: &'static str,
    pub contact: usize,
    /// Who sent it; nobody where it came in or went out by itself.
    author: Option<usize>,
    content: String,
    pub is_outbound: bool,
    pub has_failed: bool,
    pub sent_at: DateTime<Utc>,
    delivered_at: Option<DateTime<Utc>>,
    read_at: Option<DateTime<Utc>>,
}

/// All messages, from which contacts, campaigns and usage follow.
pub(super) struct Messaging<'a> {
    profiles: &'a [Profile],
    anchor: DateTime<Utc>,
    pub messages: Vec<Message>,
}

impl<'a> Messaging<'a> {
    pub fn of(profiles: &'a [Profile], anchor: DateTime<Utc>) -> Self {
        let mut messages = Vec::new();
        for profile in profiles {
            messages.extend(conversations(profile, anchor));
            for campaign in profile.campaigns {
                messages.extend(sent_by(profile, campaign, anchor));
            }
        }
        Self {
            profiles,
            anchor,
            messages,
        }
    }

    /// `contacts`, `messages`, `auto_replies` and `campaigns`.
    pub fn tables(&self) -> [SeedTable; 4] {
        [
            self.contacts(),
            self.message_rows(),
            self.auto_replies(),
            self.campaigns(),
        ]
    }

    fn contacts(&self) -> SeedTable {
        let mut rows = Rows::new(
            "contacts",
            &[
                "id",
                "user_id",
                "phone_number",
                "name",
                "last_message_at",
                "is_blocked",
                "tags",
                "notes",
                "created_at",
                "updated_at",
                "organization_id",
            ],
        )
        .natural_key(&["organization_id", "user_id", "phone_number"]);
        for profile in self.profiles {
            for (position, contact) in profile.contacts.iter().enumerate() {
                let key = profile.contact(position);
                let theirs = self
                    .messages
                    .iter()
                    .filter(|m| m.slug == profile.slug && m.contact == position);
                let last = theirs.map(|m| m.sent_at).max();
                let since = contact.since.resolve(self.anchor);
                rows.push(
                    key.as_str(),
                    values![
                        id(SET, "contacts", &key),
                        user(profile, contact.by),
                        profile.contact_phone(position),
                        contact.name,
                        last,
                        contact.is_blocked,
                        text_array(contact.tags),
                        contact.notes,
                        since,
                        last.unwrap_or(since),
                        reference("organizations", profile.slug),
                    ],
                );
            }
        }
        rows.finish()
    }

    fn message_rows(&self) -> SeedTable {
        let mut rows = Rows::new(
            "messages",
            &[
                "id",
                "user_id",
                "contact_id",
                "phone_number",
                "content",
                "type",
                "direction",
                "status",
                "external_id",
                "sent_at",
                "delivered_at",
                "read_at",
                "created_at",
                "updated_at",
                "organization_id",
            ],
        );
        for message in &self.messages {
            let profile = self
                .profiles
                .iter()
                .find(|p| p.slug == message.slug)
                .expect("the message's own profile");
            let status = match (message.has_failed, message.delivered_at, message.read_at) {
                (true, ..) => "failed",
                (_, _, Some(_)) => "read",
                (_, Some(_), _) => "delivered",
                _ => "sent",
            };
            let latest = message.read_at.or(message.delivered_at);
            rows.push(
                message.key.as_str(),
                values![
                    id(SET, "messages", &message.key),
                    message.author.map(|author| user(profile, author)),
                    reference("contacts", profile.contact(message.contact)),
                    profile.contact_phone(message.contact),
                    message.content.as_str(),
                    "text",
                    if message.is_outbound {
                        "outbound"
                    } else {
                        "inbound"
                    },
                    status,
                    format!("wamid.demo.{}", message.key),
                    message.sent_at,
                    message.delivered_at,
                    message.read_at,
                    message.sent_at,
                    latest.unwrap_or(message.sent_at),
                    reference("organizations", message.slug),
                ],
            );
        }
        rows.finish()
    }

    fn auto_replies(&self) -> SeedTable {
        let mut rows = Rows::new(
            "auto_replies",
            &[
                "id",
                "organization_id",
                "name",
                "trigger_keywords",
                "response_message",
                "is_active",
                "created_by",
                "created_at",
                "updated_at",
            ],
        );
        for profile in self.profiles {
            for (position, reply) in profile.auto_replies.iter().enumerate() {
                let key = format!("{}/reply-{}", profile.slug, position + 1);
                let since = reply.since.resolve(self.anchor);
                rows.push(
                    key.as_str(),
                    values![
                        id(SET, "auto_replies", &key),
                        reference("organizations", profile.slug),
                        reply.name,
                        text_array(reply.keywords),
                        reply.response,
                        reply.is_active,
                        user(profile, reply.by),
                        since,
                        since,
                    ],
                );
            }
        }
        rows.finish()
    }

    fn campaigns(&self) -> SeedTable {
        let mut rows = Rows::new(
            "campaigns",
            &[
                "id",
                "organization_id",
                "name",
                "message_template",
                "target_contacts",
                "status",
                "scheduled_at",
                "sent_count",
                "created_by",
                "created_at",
                "updated_at",
            ],
        );
        for profile in self.profiles {
            for campaign in profile.campaigns {
                let key = campaign_key(profile, campaign);
                let made = campaign.made.resolve(self.anchor);
                let (status, scheduled_at, updated_at) = match campaign.course {
                    Course::Completed { began, .. } => {
                        let began = began.resolve(self.anchor);
                        let last = campaign.targets.len().saturating_sub(1);
                        ("completed", Some(began), began + distance(last))
                    }
                    Course::Scheduled { in_days } => {
                        let at = self.anchor + TimeDelta::days(in_days as i64) + HALF_PAST_NINE;
                        ("scheduled", Some(at), made)
                    }
                    Course::Draft => ("draft", None, made),
                };
                let phones: Vec<String> = campaign
                    .targets
                    .iter()
                    .map(|contact| profile.contact_phone(*contact))
                    .collect();
                let sent = sent_by(profile, campaign, self.anchor)
                    .iter()
                    .filter(|m| !m.has_failed)
                    .count();
                rows.push(
                    key.as_str(),
                    values![
                        id(SET, "campaigns", &key),
                        reference("organizations", profile.slug),
                        campaign.name,
                        campaign.template,
                        text_array(&phones),
                        status,
                        scheduled_at,
                        SeedValue::Int(sent as i64),
                        user(profile, campaign.by),
                        made,
                        updated_at,
                    ],
                );
            }
        }
        rows.finish()
    }
}

const HALF_PAST_NINE: TimeDelta = TimeDelta::minutes(9 * 60 + 30);

fn campaign_key(profile: &Profile, campaign: &Campaign) -> String {
    format!("{}/campaign-{}", profile.slug, campaign.key)
}

/// The time between the first and the n-th message of a campaign.
fn distance(n: usize) -> TimeDelta {
    TimeDelta::seconds(3 * n as i64)
}

fn conversations(profile: &Profile, anchor: DateTime<Utc>) -> Vec<Message> {
    let mut out = Vec::new();
    for (number, conversation) in profile.conversations.iter().enumerate() {
        let began = conversation.began.resolve(anchor);
        // The last word has not been read yet.
        let last = conversation.lines.len() - 1;
        for (position, line) in conversation.lines.iter().enumerate() {
            let (author, content, is_outbound) = match line {
                Line::In(text) => (None, *text, false),
                Line::Out(author, text) => (Some(*author), *text, true),
                Line::Auto(reply) => (None, profile.auto_replies[*reply].response, true),
            };
            let sent_at = began + TimeDelta::minutes(6 * position as i64);
            out.push(Message {
                key: format!("{}/chat-{}-{}", profile.slug, number + 1, position + 1),
                slug: profile.slug,
                contact: conversation.contact,
                author,
                content: content.to_owned(),
                is_outbound,
                has_failed: false,
                sent_at,
                delivered_at: Some(sent_at + TimeDelta::seconds(2)),
                read_at: (position < last).then(|| sent_at + TimeDelta::minutes(4)),
            });
        }
    }
    out
}

/// The messages of a campaign; none before it began.
fn sent_by(profile: &Profile, campaign: &Campaign, anchor: DateTime<Utc>) -> Vec<Message> {
    let Course::Completed { began, failed } = campaign.course else {
        return Vec::new();
    };
    let began = began.resolve(anchor);
    campaign
        .targets
        .iter()
        .enumerate()
        .map(|(position, contact)| {
            let sent_at = began + distance(position);
            let arrived = (position != failed).then(|| sent_at + TimeDelta::seconds(3));
            let name = profile.contacts[*contact].first_name();
            Message {
                key: format!("{}-{}", campaign_key(profile, campaign), position + 1),
                slug: profile.slug,
                contact: *contact,
                author: Some(campaign.by),
                content: campaign.template.replace("{{name}}", name),
                is_outbound: true,
                has_failed: position == failed,
                sent_at,
                delivered_at: arrived,
                read_at: arrived
                    .filter(|_| position % 2 == 0)
                    .map(|time| time + TimeDelta::minutes(35)),
            }
        })
        .collect()
}
