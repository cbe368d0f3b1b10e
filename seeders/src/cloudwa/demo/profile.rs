//! What is told about a demo tenant; everything else is computed from it.

use crate::cloudwa::SET;
use crate::support::{at, hex_id};
use chrono::{DateTime, Days, Utc};

/// A demo tenant.
pub(super) struct Profile {
    pub slug: &'static str,
    pub name: &'static str,
    /// The digit that its telephone numbers have in common.
    pub digit: u32,
    pub plan: &'static str,
    pub colour: &'static str,
    pub joined: When,
    /// Login and name.
    pub admins: &'static [(&'static str, &'static str)],
    pub devices: &'static [Device],
    pub contacts: &'static [Contact],
    pub flows: &'static [Flow],
    pub sessions: &'static [Session],
    pub chats: &'static [Chat],
    pub campaign: Option<Campaign>,
    pub document: Option<Document>,
    pub providers: &'static [Provider],
}

/// A moment before the anchor, in UTC: so many days, an hour, a minute.
#[derive(Clone, Copy)]
pub(super) struct When(pub u64, pub u32, pub u32);

impl When {
    pub fn resolve(self, anchor: DateTime<Utc>) -> DateTime<Utc> {
        let Self(days, hour, minute) = self;
        assert!(days > 0, "the anchor's own day is yet to come");
        at(anchor.date_naive() - Days::new(days), hour, minute)
    }
}

pub(super) struct Device {
    pub key: &'static str,
    pub name: &'static str,
    pub status: &'static str,
    pub since: When,
    /// When it was last connected, if it ever was.
    pub connected: Option<When>,
    /// What the AI is told where no flow answers; it answers from the tenant's document.
    pub ai_prompt: Option<&'static str>,
}

pub(super) struct Contact {
    /// What the tenant calls the contact, if it knows a name.
    pub name: Option<&'static str>,
    pub tags: &'static [&'static str],
    pub attributes: &'static [(&'static str, &'static str)],
    pub source: Source,
}

#[derive(Clone, Copy)]
pub(super) enum Source {
    /// Typed in.
    Manual(When),
    /// From a file.
    Import(When),
    /// Wrote first.
    Chat,
}

/// A chat bot. Its first node is where it begins.
pub(super) struct Flow {
    pub key: &'static str,
    /// Position among the tenant's devices.
    pub device: usize,
    pub name: &'static str,
    pub description: &'static str,
    pub keywords: &'static [&'static str],
    pub active: bool,
    pub priority: i64,
    pub version: i64,
    pub made: When,
    pub changed: When,
    pub nodes: &'static [Node],
    pub edges: &'static [Edge],
}

pub(super) struct Node {
    pub id: &'static str,
    pub does: Does,
}

/// In texts `{{name}}` stands for a variable.
pub(super) enum Does {
    Start,
    Say(&'static str),
    /// Asks, and keeps the answer in a variable.
    Ask(&'static str, &'static str),
    /// Says a last word.
    End(&'static str),
}

/// From, to, and the answer for which it is taken where not every answer will do.
pub(super) type Edge = (&'static str, &'static str, Option<&'static str>);

/// A contact's way through a flow.
pub(super) struct Session {
    pub key: &'static str,
    /// Position among the tenant's flows.
    pub flow: usize,
    /// Position among the tenant's contacts.
    pub contact: usize,
    pub began: When,
    /// A keyword first, then answers.
    pub says: &'static [&'static str],
}

/// A conversation outside of flows.
pub(super) struct Chat {
    pub key: &'static str,
    /// Position among the tenant's devices.
    pub device: usize,
    /// Position among the tenant's contacts.
    pub contact: usize,
    pub began: When,
    pub lines: &'static [Line],
}

pub(super) enum Line {
    Contact(&'static str),
    Admin(&'static str),
    /// The AI, with what it cost and the chunks of the document that it used.
    Ai {
        text: &'static str,
        tokens: i64,
        chunks: &'static [i64],
    },
}

/// A completed broadcast to the first contacts.
pub(super) struct Campaign {
    pub key: &'static str,
    /// Position among the tenant's devices.
    pub device: usize,
    pub name: &'static str,
    pub template: &'static str,
    pub image: &'static str,
    pub made: When,
    pub began: When,
    pub contacts: usize,
    /// Positions of contacts who could not be reached, and why.
    pub failed: &'static [(usize, &'static str)],
}

pub(super) struct Document {
    pub file: &'static str,
    pub kind: &'static str,
    pub uploaded: When,
    /// Page, section, text.
    pub chunks: &'static [(i64, &'static str, &'static str)],
}

pub(super) struct Provider {
    pub name: &'static str,
    pub model: Option<&'static str>,
    pub default: bool,
    pub quota: i64,
    pub since: When,
}

impl Profile {
    /// The key of a row of this tenant.
    pub fn key(&self, what: &str) -> String {
        format!("{}/{what}", self.slug)
    }

    pub fn id(&self) -> String {
        hex_id(SET, "tenants", self.slug)
    }

    pub fn device_key(&self, device: usize) -> String {
        self.key(self.devices[device].key)
    }

    pub fn contact_key(&self, contact: usize) -> String {
        self.key(&format!("contact-{:02}", contact + 1))
    }

    pub fn document_key(&self) -> String {
        self.key("document")
    }

    pub fn device_phone(&self, device: usize) -> String {
        self.phone(device)
    }

    pub fn contact_phone(&self, contact: usize) -> String {
        self.phone(1000 + contact)
    }

    /// A telephone number that nobody can have: no Indonesian number begins with 0 after +62.
    fn phone(&self, number: usize) -> String {
        format!("62000{}777{number:04}", self.digit)
    }

    /// Where a file of the tenant lies in one of the application's buckets.
    pub fn file_url(&self, bucket: &str, path: &str) -> String {
        format!("https://{bucket}.r2.example/{}/{path}", self.id())
    }
}

/// Puts values for `{{names}}`.
///
/// # Errors
///
/// The first name that has no value.
pub(super) fn render(
    template: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Result<String, &str> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").ok_or(after)?;
        out.push_str(before);
        out.push_str(&value(name).ok_or(name)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
