//! The demo organizations: who is in them, and what they write.

use super::{Data, Row, anchors};
use crate::SeedValue;
use chrono::TimeDelta;
use std::collections::BTreeSet;

#[test]
fn one_organization_has_every_role_and_the_other_an_owner() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        assert_eq!(data.rows("organizations").len(), 2);
        let roles = |slug| -> Vec<String> {
            let members = data.owned("organization_members", slug);
            members.iter().map(|m| m.text("role").to_owned()).collect()
        };
        assert_eq!(roles("velo-nord"), ["owner", "admin", "member", "viewer"]);
        assert_eq!(roles("harbour-yoga"), ["owner"]);
        let users = data.rows("auth.users");
        let members = data.rows("organization_members");
        assert_eq!(users.len(), members.len(), "each is a member once");
        let distinct: BTreeSet<&str> = members.iter().map(|m| m.key("user_id")).collect();
        assert_eq!(distinct.len(), users.len());
    }
}

#[test]
fn a_tenants_rows_refer_to_rows_of_the_same_tenant() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let home = |table: &str, key: &str| {
            // A user's membership has the user's key.
            let table = match table {
                "auth.users" => "organization_members",
                other => other,
            };
            data.find(table, key).key("organization_id").to_owned()
        };
        for table in &data.tables {
            if !table.columns.contains(&"organization_id") {
                continue;
            }
            for row in data.rows(table.table) {
                for value in row.values.values() {
                    if let SeedValue::Ref { table, key } = value
                        && *table != "organizations"
                    {
                        assert_eq!(home(table, key), row.key("organization_id"), "{}", row.name);
                    }
                }
            }
        }
    }
}

#[test]
fn everybody_but_the_owner_was_invited_and_accepted_in_time() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let invitations = data.rows("organization_invitations");
        for member in data.rows("organization_members") {
            let joined = member.time("joined_at").expect("joined");
            let user = data.find("auth.users", member.key("user_id"));
            assert_eq!(user.time("created_at"), Some(joined), "{}", member.name);
            let email = user.text("email");
            let invitation = invitations.iter().find(|i| i.text("email") == email);
            if member.text("role") == "owner" {
                assert!(invitation.is_none() && member.maybe_key("invited_by").is_none());
                continue;
            }
            let invitation = invitation.expect("an invitation");
            assert_eq!(invitation.text("role"), member.text("role"));
            assert_eq!(invitation.key("invited_by"), member.key("invited_by"));
            assert_eq!(invitation.time("accepted_at"), Some(joined));
            assert_eq!(invitation.time("created_at"), member.time("invited_at"));
            let inviter = data.find("organization_members", member.key("invited_by"));
            assert!(inviter.time("joined_at") < member.time("invited_at"));
        }
        let mut open = 0;
        for invitation in &invitations {
            let sent = invitation.time("created_at").expect("sent");
            let ends = invitation.time("expires_at").expect("an end");
            assert!(sent < anchor && sent < ends, "{}", invitation.name);
            match invitation.time("accepted_at") {
                Some(accepted) => assert!(sent < accepted && accepted < ends),
                None => open += i32::from(ends > anchor),
            }
        }
        assert_eq!(open, 1, "one can still be accepted");
    }
}

/// The items of an array that has no special characters in them.
fn items(array: &str) -> Vec<&str> {
    let inside = array.trim_matches(['{', '}']).split(',');
    inside
        .map(|item| item.trim_matches('"'))
        .filter(|item| !item.is_empty())
        .collect()
}

#[test]
fn messages_agree_with_their_contacts() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for message in data.rows("messages") {
            let name = &message.name;
            let contact = data.find("contacts", message.key("contact_id"));
            assert_eq!(message.text("phone_number"), contact.text("phone_number"));
            let sent = message.time("sent_at").expect("sent");
            assert!(contact.time("created_at") < Some(sent), "{name}");
            assert!(sent < anchor, "{name}");
            let (delivered, read) = (message.time("delivered_at"), message.time("read_at"));
            let status = match (delivered, read) {
                (Some(delivered), Some(read)) => {
                    assert!(sent < delivered && delivered < read && read < anchor);
                    "read"
                }
                (Some(delivered), None) => {
                    assert!(sent < delivered && delivered < anchor, "{name}");
                    "delivered"
                }
                _ => "failed",
            };
            assert_eq!(message.text("status"), status, "{name}");
            match (message.text("direction"), message.maybe_key("user_id")) {
                ("inbound", author) => assert_eq!(author, None, "{name}"),
                (_, Some(author)) => {
                    let author = data.find("organization_members", author);
                    assert_ne!(author.text("role"), "viewer", "{name}");
                    assert!(author.time("joined_at") < Some(sent), "{name}");
                }
                (_, None) => {
                    let replies = data.owned("auto_replies", message.key("organization_id"));
                    let reply = replies
                        .iter()
                        .find(|r| r.text("response_message") == message.text("content"));
                    let reply = reply.expect("an automatic reply");
                    assert_eq!(*reply.get("is_active"), SeedValue::Bool(true), "{name}");
                    assert!(reply.time("created_at") < Some(sent), "{name}");
                }
            }
        }
    }
}

#[test]
fn contacts_remember_their_last_message() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        for contact in data.rows("contacts") {
            let messages = data.owned("messages", contact.key("organization_id"));
            let theirs: Vec<&Row<'_>> = messages
                .iter()
                .filter(|m| m.text("phone_number") == contact.text("phone_number"))
                .collect();
            let last = theirs.iter().filter_map(|m| m.time("sent_at")).max();
            assert_eq!(contact.time("last_message_at"), last, "{}", contact.name);
            let blocked = *contact.get("is_blocked") == SeedValue::Bool(true);
            assert!(
                !blocked || theirs.iter().all(|m| m.text("direction") == "inbound"),
                "nobody writes to a blocked contact"
            );
        }
    }
}

#[test]
fn an_automatic_answer_follows_one_of_its_keywords() {
    let data = Data::new(anchors().next().expect("a day"));
    let messages = data.rows("messages");
    let mut answers = 0;
    for (before, answer) in messages.iter().zip(&messages[1..]) {
        if answer.text("direction") == "inbound" || answer.maybe_key("user_id").is_some() {
            continue;
        }
        let replies = data.owned("auto_replies", answer.key("organization_id"));
        let reply = replies
            .iter()
            .find(|r| r.text("response_message") == answer.text("content"))
            .expect("the reply");
        assert_eq!(before.text("phone_number"), answer.text("phone_number"));
        let asked = before.text("content").to_lowercase();
        let mut words = items(reply.text("trigger_keywords")).into_iter();
        assert!(words.any(|word| asked.contains(word)), "{asked}");
        answers += 1;
    }
    assert!(answers >= 3, "{answers}");
}

#[test]
fn campaigns_count_what_they_sent() {
    for anchor in anchors() {
        let data = Data::new(anchor);
        let mut states = BTreeSet::new();
        for campaign in data.rows("campaigns") {
            let name = &campaign.name;
            states.insert(campaign.text("status").to_owned());
            let contacts = data.owned("contacts", campaign.key("organization_id"));
            let targets = items(campaign.text("target_contacts"));
            let texts: Vec<(&str, String)> = targets
                .iter()
                .map(|phone| {
                    let contact = contacts.iter().find(|c| c.text("phone_number") == *phone);
                    let contact = contact.expect("a contact of the same organization");
                    assert_eq!(*contact.get("is_blocked"), SeedValue::Bool(false));
                    let first = contact.text("name").split(' ').next().expect("a name");
                    let text = campaign.text("message_template").replace("{{name}}", first);
                    (*phone, text)
                })
                .collect();
            let messages = data.owned("messages", campaign.key("organization_id"));
            let sent: Vec<&Row<'_>> = messages
                .iter()
                .filter(|m| texts.contains(&(m.text("phone_number"), m.text("content").to_owned())))
                .collect();
            let arrived = sent.iter().filter(|m| m.text("status") != "failed").count();
            assert_eq!(campaign.int("sent_count"), arrived as i64, "{name}");
            let made = campaign.time("created_at");
            assert!(made < Some(anchor), "{name}");
            let scheduled = campaign.time("scheduled_at");
            let times = || sent.iter().filter_map(|m| m.time("sent_at"));
            match campaign.text("status") {
                "completed" => {
                    assert_eq!(sent.len(), targets.len(), "{name}");
                    assert!(arrived < sent.len(), "one of them failed: {name}");
                    assert!(made < scheduled && scheduled < Some(anchor), "{name}");
                    assert_eq!(times().min(), scheduled, "{name}");
                    assert_eq!(times().max(), campaign.time("updated_at"), "{name}");
                }
                "scheduled" => {
                    let ahead = scheduled.expect("a time") - anchor;
                    assert!(sent.is_empty() && ahead > TimeDelta::zero(), "{name}");
                }
                _ => assert!(sent.is_empty() && scheduled.is_none(), "{name}"),
            }
        }
        assert!(states.iter().eq(["completed", "draft", "scheduled"]));
    }
}
