//! What was written: sessions in flows, chats and the campaign's messages; and the contacts, who are
//! known by it.

use super::campaign;
use super::flow::Walk;
use super::profile::{Line, Profile, Source};
use crate::SeedTable;
use crate::cloudwa::SET;
use crate::support::{Rows, hex_id, reference, values};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// All messages of the demo, and the sessions that some of them belong to.
pub(super) struct Traffic<'a> {
    profiles: &'a [Profile],
    anchor: DateTime<Utc>,
    pub messages: Vec<Message<'a>>,
    sessions: Vec<SessionRow>,
}

pub(super) struct Message<'a> {
    pub profile: &'a Profile,
    pub key: String,
    pub device: usize,
    pub contact: usize,
    pub incoming: bool,
    pub content: String,
    /// The address of an image that goes with it.
    pub image: Option<String>,
    /// Keys of what sent it.
    pub flow: Option<String>,
    pub campaign: Option<String>,
    pub metadata: Value,
    pub at: DateTime<Utc>,
}

struct SessionRow {
    key: String,
    flow: String,
    device: String,
    contact: String,
    walk: Walk,
    began: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl<'a> Traffic<'a> {
    pub fn new(profiles: &'a [Profile], anchor: DateTime<Utc>) -> Self {
        let mut traffic = Self {
            profiles,
            anchor,
            messages: Vec::new(),
            sessions: Vec::new(),
        };
        for profile in profiles {
            traffic.walk(profile);
            traffic.chat(profile);
            traffic.messages.extend(campaign::messages(profile, anchor));
        }
        traffic
    }

    fn walk(&mut self, profile: &'a Profile) {
        for session in profile.sessions {
            let flow = &profile.flows[session.flow];
            let walk = Walk::new(flow, session.says);
            let began = session.began.resolve(self.anchor);
            let mut at = began;
            for (position, (incoming, content)) in walk.lines.iter().enumerate() {
                // People take longer than bots.
                let pause = if *incoming { 40 } else { 3 };
                at += TimeDelta::seconds(if position == 0 { 0 } else { pause });
                self.messages.push(Message {
                    profile,
                    key: format!("{}/{}", profile.key(session.key), position + 1),
                    device: flow.device,
                    contact: session.contact,
                    incoming: *incoming,
                    content: content.clone(),
                    image: None,
                    flow: Some(profile.key(flow.key)),
                    campaign: None,
                    metadata: json!({}),
                    at,
                });
            }
            self.sessions.push(SessionRow {
                key: profile.key(session.key),
                flow: profile.key(flow.key),
                device: profile.device_key(flow.device),
                contact: profile.contact_phone(session.contact),
                walk,
                began,
                last: at,
            });
        }
    }

    fn chat(&mut self, profile: &'a Profile) {
        for chat in profile.chats {
            let began = chat.began.resolve(self.anchor);
            for (line, position) in chat.lines.iter().zip(0..) {
                let (incoming, content, metadata) = match line {
                    Line::Contact(text) => (true, text, json!({})),
                    Line::Admin(text) => (false, text, json!({"sent_by": "admin"})),
                    Line::Ai {
                        text,
                        tokens,
                        chunks,
                    } => (
                        false,
                        text,
                        json!({"sent_by": "ai", "tokens": tokens, "chunks": chunks}),
                    ),
                };
                self.messages.push(Message {
                    profile,
                    key: format!("{}/{}", profile.key(chat.key), position + 1),
                    device: chat.device,
                    contact: chat.contact,
                    incoming,
                    content: (*content).to_owned(),
                    image: None,
                    flow: None,
                    campaign: None,
                    metadata,
                    at: began + TimeDelta::minutes(2 * position),
                });
            }
        }
    }

    /// Fills `flow_sessions`.
    pub fn sessions(&self) -> SeedTable {
        let mut rows = Rows::new(
            "flow_sessions",
            &[
                "id",
                "flow_id",
                "device_id",
                "contact_phone",
                "current_node_id",
                "variables",
                "context",
                "status",
                "last_interaction",
                "created_at",
            ],
        );
        for session in &self.sessions {
            let walk = &session.walk;
            let context: Vec<Value> = walk
                .lines
                .iter()
                .map(|(incoming, text)| {
                    let role = if *incoming { "user" } else { "assistant" };
                    json!({"role": role, "content": text})
                })
                .collect();
            rows.push(
                session.key.as_str(),
                values![
                    hex_id(SET, "flow_sessions", &session.key),
                    reference("flows", session.flow.as_str()),
                    reference("devices", session.device.as_str()),
                    session.contact.as_str(),
                    walk.node,
                    json!(walk.variables),
                    json!(context),
                    if walk.done { "completed" } else { "active" },
                    session.last,
                    session.began,
                ],
            );
        }
        rows.finish()
    }

    /// Fills `contacts`.
    pub fn contacts(&self) -> SeedTable {
        let mut rows = Rows::new(
            "contacts",
            &[
                "id",
                "tenant_id",
                "phone",
                "name",
                "email",
                "tags",
                "custom_attributes",
                "source",
                "last_contacted",
                "created_at",
            ],
        );
        for profile in self.profiles {
            for (position, contact) in profile.contacts.iter().enumerate() {
                let key = profile.contact_key(position);
                let times = || {
                    let all = self.messages.iter();
                    all.filter(|m| m.profile.slug == profile.slug && m.contact == position)
                        .map(|m| m.at)
                };
                let (source, created) = match contact.source {
                    Source::Manual(when) => ("manual", when.resolve(self.anchor)),
                    Source::Import(when) => ("import", when.resolve(self.anchor)),
                    Source::Chat => ("chat", times().min().expect("a first message")),
                };
                let attributes: serde_json::Map<String, Value> = contact
                    .attributes
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), json!(value)))
                    .collect();
                let email = contact.name.map(|name| {
                    let login = name.to_lowercase().replace(' ', ".");
                    format!("{login}@pelanggan.example")
                });
                rows.push(
                    key.as_str(),
                    values![
                        hex_id(SET, "contacts", &key),
                        reference("tenants", profile.slug),
                        profile.contact_phone(position),
                        contact.name,
                        email,
                        json!(contact.tags),
                        Value::Object(attributes),
                        source,
                        times().max(),
                        created,
                    ],
                );
            }
        }
        rows.finish()
    }

    /// Fills `messages`.
    pub fn messages(&self) -> SeedTable {
        let mut rows = Rows::new(
            "messages",
            &[
                "id",
                "device_id",
                "contact_phone",
                "direction",
                "message_type",
                "content",
                "media_url",
                "wa_message_id",
                "flow_id",
                "campaign_id",
                "metadata",
                "timestamp",
            ],
        );
        for message in &self.messages {
            let id = hex_id(SET, "messages", &message.key);
            let phone = message.profile.contact_phone(message.contact);
            // As WAHA has it: from me, the chat, the message.
            let name = id[..20].to_uppercase();
            let in_whatsapp = format!("{}_{phone}@c.us_{name}", !message.incoming);
            rows.push(
                message.key.as_str(),
                values![
                    id,
                    reference("devices", message.profile.device_key(message.device)),
                    phone,
                    if message.incoming {
                        "incoming"
                    } else {
                        "outgoing"
                    },
                    if message.image.is_some() {
                        "image"
                    } else {
                        "text"
                    },
                    message.content.as_str(),
                    message.image.clone(),
                    in_whatsapp,
                    message
                        .flow
                        .as_ref()
                        .map(|key| reference("flows", key.as_str())),
                    message
                        .campaign
                        .as_ref()
                        .map(|key| reference("campaigns", key.as_str())),
                    message.metadata.clone(),
                    message.at,
                ],
            );
        }
        rows.finish()
    }
}
