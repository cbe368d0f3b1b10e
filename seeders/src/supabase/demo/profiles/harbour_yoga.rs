//! Yoga classes by one teacher, who still tries the smallest plan.

use crate::supabase::demo::profile::Line::{Auto, In, Out};
use crate::supabase::demo::profile::When::{Ago, Earlier};
use crate::supabase::demo::profile::*;
use serde_json::json;

pub(super) const PROFILE: Profile = Profile {
    slug: "harbour-yoga",
    name: "Harbour Yoga",
    phone: "+4477009001",
    settings: || json!({"timezone": "Europe/London"}),
    plans: &[("starter", Earlier(1, 2, 8))],
    terms: Terms::Trial { days: 90 },
    accounts: 1,
    people: &[Person {
        login: "ruth",
        role: "owner",
        since: Earlier(1, 2, 8),
    }],
    open_invitations: &[],
    contacts: &[
        Contact {
            name: "Grace Okafor",
            by: 0,
            since: Earlier(1, 3, 9),
            tags: &["monday class"],
            notes: None,
            is_blocked: false,
        },
        Contact {
            name: "Harry Webb",
            by: 0,
            since: Earlier(1, 3, 10),
            tags: &["monday class", "back trouble"],
            notes: Some("No headstands"),
            is_blocked: false,
        },
        Contact {
            name: "Imogen Clarke",
            by: 0,
            since: Earlier(1, 9, 18),
            tags: &[],
            notes: None,
            is_blocked: false,
        },
    ],
    conversations: &[
        Conversation {
            contact: 0,
            began: Earlier(1, 6, 19),
            lines: &[
                In("Is there a mat I can borrow on Monday?"),
                Out(0, "There are plenty, just bring a towel."),
            ],
        },
        Conversation {
            contact: 2,
            began: Earlier(1, 10, 18),
            lines: &[
                In("Hello, what does a class cost?"),
                Auto(0),
                In("Then I'd like to try one"),
                Out(0, "Lovely! Thursday at seven has two places left."),
            ],
        },
        Conversation {
            contact: 1,
            began: Ago(2, 7),
            lines: &[
                In("My back hurts again, shall I skip Monday?"),
                Out(
                    0,
                    "Come and take it slowly. I'll show you what to leave out.",
                ),
            ],
        },
    ],
    auto_replies: &[
        AutoReply {
            name: "Prices",
            keywords: &["price", "cost"],
            response: "A single class is 14 pounds, ten are 120. The first one is free.",
            is_active: true,
            by: 0,
            since: Earlier(1, 2, 9),
        },
        AutoReply {
            name: "Where we are",
            keywords: &["where", "address"],
            response: "The old sail loft, second door on the quay.",
            is_active: true,
            by: 0,
            since: Earlier(1, 2, 10),
        },
    ],
    campaigns: &[],
};
