//! What the organizations send and receive: accounts, templates, blasts and chats.

use super::people::contact_name;
use super::profile::{Blast, Course, Line, Profile};
use super::timeline::{Timeline, When, minutes};
use crate::SeedTable;
use crate::support::{Rows, reference, values};
use chrono::{DateTime, TimeDelta, Utc};

/// Fills `sessions`, `blast_sessions`, `blast_messages`, `templates` and `chats`.
pub(super) fn tables(profiles: &[Profile], anchor: DateTime<Utc>) -> [SeedTable; 5] {
    let [blasts, messages] = blasts(profiles, anchor);
    [
        accounts(profiles, anchor),
        blasts,
        messages,
        templates(profiles, anchor),
        chats(profiles, anchor),
    ]
}

/// Fills `sessions`. Here a session is a WhatsApp account.
fn accounts(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "sessions",
        &[
            "id",
            "userId",
            "name",
            "phoneNumber",
            "status",
            "organizationId",
            "createdAt",
            "updatedAt",
        ],
    );
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        for ((account, position), number) in profile.accounts.iter().zip(0..).zip(1..) {
            let since = timeline.resolve(account.since);
            rows.push_numbered(
                profile.account_key(position),
                values![
                    reference("users", profile.username(account.user)),
                    account.name,
                    profile.phone(number),
                    if account.connected {
                        "connected"
                    } else {
                        "disconnected"
                    },
                    reference("organizations", profile.slug),
                    since,
                    since,
                ],
            );
        }
    }
    rows.finish()
}

fn templates(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "templates",
        &[
            "id",
            "userId",
            "name",
            "content",
            "organizationId",
            "createdAt",
            "updatedAt",
        ],
    );
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        for (template, number) in profile.templates.iter().zip(1..) {
            let since = timeline.resolve(template.since);
            rows.push_numbered(
                format!("{}/template-{number}", profile.slug),
                values![
                    reference("users", profile.username(template.author)),
                    template.name,
                    template.content,
                    reference("organizations", profile.slug),
                    since,
                    since,
                ],
            );
        }
    }
    rows.finish()
}

/// The blasts and their messages.
fn blasts(profiles: &[Profile], anchor: DateTime<Utc>) -> [SeedTable; 2] {
    let mut blasts = Rows::new(
        "blast_sessions",
        &[
            "id",
            "sessionId",
            "name",
            "status",
            "scheduledAt",
            "organizationId",
            "createdAt",
            "updatedAt",
        ],
    );
    let mut messages = Rows::new(
        "blast_messages",
        &[
            "id",
            "blastSessionId",
            "recipient",
            "content",
            "status",
            "sentAt",
            "organizationId",
            "createdAt",
            "updatedAt",
        ],
    );
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        for blast in profile.blasts {
            let key = format!("{}/{}", profile.slug, blast.key);
            let schedule = Schedule::new(blast, &timeline);
            let last_sent = (0..blast.recipients).filter_map(|n| schedule.message(n).1);
            blasts.push_numbered(
                key.as_str(),
                values![
                    reference("sessions", profile.account_key(blast.account)),
                    blast.name,
                    schedule.status(),
                    schedule.begins,
                    reference("organizations", profile.slug),
                    schedule.created,
                    last_sent.max().unwrap_or(schedule.created),
                ],
            );
            let template = profile.templates[blast.template].content;
            for n in 0..blast.recipients {
                let (status, sent_at) = schedule.message(n);
                messages.push_numbered(
                    format!("{key}/{:03}", n + 1),
                    values![
                        reference("blast_sessions", key.as_str()),
                        profile.contact_phone(n),
                        render(template, contact_name(n), n as usize),
                        status,
                        sent_at,
                        reference("organizations", profile.slug),
                        schedule.created,
                        sent_at.unwrap_or(schedule.created),
                    ],
                );
            }
        }
    }
    [blasts.finish(), messages.finish()]
}

/// When the messages of a blast go out.
struct Schedule<'a> {
    blast: &'a Blast,
    begins: DateTime<Utc>,
    created: DateTime<Utc>,
}

impl<'a> Schedule<'a> {
    fn new(blast: &'a Blast, timeline: &Timeline) -> Self {
        let (begins, created) = match blast.course {
            Course::Completed { began, .. } | Course::Running { began, .. } => {
                let begins = timeline.resolve(began);
                (begins, begins - minutes(30))
            }
            Course::Scheduled { in_days } => {
                (timeline.ahead(in_days), timeline.resolve(When::Ago(1)))
            }
        };
        Self {
            blast,
            begins,
            created,
        }
    }

    fn status(&self) -> &'static str {
        match self.blast.course {
            Course::Completed { .. } => "completed",
            Course::Running { .. } => "running",
            Course::Scheduled { .. } => "scheduled",
        }
    }

    /// Status of the n-th message, and when it was sent where it was.
    fn message(&self, n: u32) -> (&'static str, Option<DateTime<Utc>>) {
        match self.blast.course {
            Course::Completed { failed_one_in, .. } if n % failed_one_in == failed_one_in / 2 => {
                ("failed", None)
            }
            Course::Scheduled { .. } => ("pending", None),
            Course::Running { sent, .. } if n >= sent => ("pending", None),
            Course::Completed { .. } | Course::Running { .. } => {
                let days = TimeDelta::days((n / self.blast.per_day).into());
                let sent_at = self.begins + days + minutes(n % self.blast.per_day);
                (
                    ["read", "delivered", "read", "sent"][n as usize % 4],
                    Some(sent_at),
                )
            }
        }
    }
}

/// A template as a recipient gets it. Of words to choose between, each comes in turn.
fn render(template: &str, name: &str, turn: usize) -> String {
    let text = template.replace("{{nama}}", name);
    let (Some(open), Some(close)) = (text.find('{'), text.find('}')) else {
        return text;
    };
    let words: Vec<&str> = text[open + 1..close].split('|').collect();
    let word = words[turn % words.len()];
    format!("{}{word}{}", &text[..open], &text[close + 1..])
}

fn chats(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "chats",
        &[
            "id",
            "sessionId",
            "contact",
            "direction",
            "message",
            "sentAt",
            "organizationId",
            "createdAt",
            "updatedAt",
        ],
    );
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        for (conversation, number) in profile.conversations.iter().zip(1..) {
            let began = timeline.resolve(conversation.began) + minutes(75);
            for (line, turn) in conversation.lines.iter().zip(0..) {
                let (direction, message) = match line {
                    Line::Incoming(message) => ("incoming", *message),
                    Line::Outgoing(message) => ("outgoing", *message),
                };
                let sent_at = began + minutes(4 * turn);
                rows.push_numbered(
                    format!("{}/chat-{number}/{}", profile.slug, turn + 1),
                    values![
                        reference("sessions", profile.account_key(conversation.account)),
                        profile.contact_phone(conversation.contact),
                        direction,
                        message,
                        sent_at,
                        reference("organizations", profile.slug),
                        sent_at,
                        sent_at,
                    ],
                );
            }
        }
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_rendered_for_each_recipient() {
        let template = "{Halo|Hai} {{nama}}, apa kabar?";
        assert_eq!(render(template, "Sari", 0), "Halo Sari, apa kabar?");
        assert_eq!(render(template, "Eko", 1), "Hai Eko, apa kabar?");
        assert_eq!(render(template, "Umi", 2), "Halo Umi, apa kabar?");
        assert_eq!(render("Kak {{nama}}!", "Oki", 5), "Kak Oki!");
    }
}
