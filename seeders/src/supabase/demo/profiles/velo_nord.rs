//! A bicycle shop with a workshop: somebody in every role.

use crate::supabase::demo::profile::Line::{Auto, In, Out};
use crate::supabase::demo::profile::When::{Ago, Earlier};
use crate::supabase::demo::profile::*;
use serde_json::json;

pub(super) const PROFILE: Profile = Profile {
    slug: "velo-nord",
    name: "Velo Nord",
    phone: "+49171392000",
    settings: || json!({"timezone": "Europe/Berlin", "opening_hours": {"from": "10:00", "to": "18:30"}}),
    plans: &[
        ("starter", Earlier(5, 3, 9)),
        ("professional", Earlier(3, 3, 9)),
    ],
    terms: Terms::Monthly,
    accounts: 2,
    people: &[
        Person {
            login: "ines",
            role: "owner",
            since: Earlier(5, 3, 9),
        },
        Person {
            login: "jonas",
            role: "admin",
            since: Earlier(3, 5, 13),
        },
        Person {
            login: "leyla",
            role: "member",
            since: Earlier(3, 9, 8),
        },
        Person {
            login: "otto",
            role: "viewer",
            since: Earlier(2, 14, 15),
        },
    ],
    open_invitations: &[
        OpenInvitation {
            email: "mara@velo-nord.example",
            role: "member",
            by: 1,
            sent: Ago(2, 10),
        },
        OpenInvitation {
            email: "books@tax-office.example",
            role: "viewer",
            by: 0,
            sent: Earlier(2, 18, 11),
        },
    ],
    contacts: &[
        Contact {
            name: "Anna Petersen",
            by: 1,
            since: Earlier(3, 12, 10),
            tags: &["workshop", "regular"],
            notes: Some("Touring bicycle, wheel size 28"),
            is_blocked: false,
        },
        Contact {
            name: "Björn Haase",
            by: 2,
            since: Earlier(3, 16, 11),
            tags: &["workshop"],
            notes: None,
            is_blocked: false,
        },
        Contact {
            name: "Carla Nowak",
            by: 2,
            since: Earlier(2, 4, 9),
            tags: &["cargo bicycle", "offer sent"],
            notes: Some("Wants to try two models before she decides"),
            is_blocked: false,
        },
        Contact {
            name: "Deniz Aydın",
            by: 2,
            since: Earlier(2, 20, 14),
            tags: &["leasing"],
            notes: None,
            is_blocked: false,
        },
        Contact {
            name: "Eva Lindqvist",
            by: 1,
            since: Earlier(1, 2, 12),
            tags: &[],
            notes: None,
            is_blocked: false,
        },
        Contact {
            name: "Quick Credit",
            by: 1,
            since: Earlier(1, 4, 7),
            tags: &["spam"],
            notes: Some("Blocked after the second message"),
            is_blocked: true,
        },
    ],
    conversations: &[
        Conversation {
            contact: 5,
            began: Earlier(1, 5, 6),
            lines: &[
                In("Money today, no questions asked. Reply YES"),
                In("Last chance for your credit. Reply YES"),
            ],
        },
        Conversation {
            contact: 0,
            began: Earlier(1, 8, 9),
            lines: &[
                In("Hello, my rear brake squeals. When could I bring the bicycle in?"),
                Out(
                    2,
                    "Hello Anna, tomorrow at ten is free. It takes about an hour.",
                ),
                In("Ten is fine, thank you"),
            ],
        },
        Conversation {
            contact: 3,
            began: Earlier(1, 12, 16),
            lines: &[
                In("Until when are you open today?"),
                Auto(0),
                In("Great, then I'll make it"),
            ],
        },
        Conversation {
            contact: 2,
            began: Ago(11, 11),
            lines: &[
                In("Is the long cargo bicycle there to try?"),
                Out(
                    1,
                    "It is. Shall I keep it for you on Saturday? Bring somebody to sit in front.",
                ),
                In("Saturday at twelve, with two children"),
                Out(1, "See you then, both helmets are ready."),
            ],
        },
        Conversation {
            contact: 1,
            began: Ago(4, 8),
            lines: &[
                In("Can you look up the status of my repair?"),
                Auto(1),
                Out(2, "Your wheel is true again. You can collect it from noon."),
            ],
        },
        Conversation {
            contact: 4,
            began: Ago(1, 17),
            lines: &[
                In("What does an inspection cost?"),
                Auto(2),
                In("And does that include the tyres?"),
            ],
        },
    ],
    auto_replies: &[
        AutoReply {
            name: "Opening hours",
            keywords: &["open", "opening hours", "closed"],
            response: "We are here from Tuesday to Saturday, 10:00 to 18:30.",
            is_active: true,
            by: 1,
            since: Earlier(3, 10, 9),
        },
        AutoReply {
            name: "Repair status",
            keywords: &["repair", "ready"],
            response: "Thank you, we are asking the workshop and will be back within the hour.",
            is_active: true,
            by: 1,
            since: Earlier(3, 10, 10),
        },
        AutoReply {
            name: "Inspection",
            keywords: &["inspection", "cost"],
            response: "An inspection is 89 euros, parts not included. Would you like a date?",
            is_active: true,
            by: 2,
            since: Earlier(2, 6, 15),
        },
        AutoReply {
            name: "Summer holidays",
            keywords: &["holiday"],
            response: "The workshop is closed for two weeks; the shop is open.",
            is_active: false,
            by: 0,
            since: Earlier(3, 25, 17),
        },
    ],
    campaigns: &[
        Campaign {
            key: "check-up",
            name: "Check-up week",
            template: "Hi {{name}}, brakes and lights want a look once a year. Reply DATE and we find one.",
            targets: &[0, 1, 2, 3, 4],
            by: 2,
            made: Earlier(1, 14, 10),
            course: Course::Completed {
                began: Earlier(1, 17, 10),
                failed: 3,
            },
        },
        Campaign {
            key: "night-ride",
            name: "Night ride",
            template: "Hi {{name}}, we ride along the harbour on Friday evening. Will you come?",
            targets: &[0, 2, 4],
            by: 1,
            made: Ago(3, 9),
            course: Course::Scheduled { in_days: 5 },
        },
        Campaign {
            key: "leasing",
            name: "Leasing explained",
            template: "Hi {{name}}, your employer may pay part of your next bicycle.",
            targets: &[],
            by: 2,
            made: Ago(1, 15),
            course: Course::Draft,
        },
    ],
};
