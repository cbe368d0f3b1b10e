//! The demo organizations.

use super::profile::{Enabled, Expiry, Invitation, Member, Profile, Since, Team, Term};
use crate::better_auth::modules::VISITOR_MANAGEMENT;
use crate::better_auth::plans::FREE;

const fn member(
    login: &'static str,
    name: &'static str,
    of: &'static str,
    role: &'static str,
    since: Since,
) -> Member {
    Member {
        login,
        name,
        of,
        role,
        since,
    }
}

const fn enabled(key: &'static str, since: Since, by: usize) -> Enabled {
    Enabled {
        key,
        since,
        by,
        off: None,
    }
}

/// All of them.
pub(super) static PROFILES: [Profile; 3] = [
    Profile {
        slug: "nike",
        name: "Nike",
        industry: "Sportswear",
        plan: "monthly",
        term: Term::Running {
            periods: 5,
            days: 12,
        },
        api_calls: 18_240,
        storage_gb: 21,
        members: &[
            member(
                "maya.brooks",
                "Maya Brooks",
                "nike",
                "owner",
                Since::Founded,
            ),
            member(
                "daniel.ortiz",
                "Daniel Ortiz",
                "nike",
                "admin",
                Since::Ago(140),
            ),
            member("priya.nair", "Priya Nair", "nike", "member", Since::Ago(96)),
            member("tom.becker", "Tom Becker", "nike", "member", Since::Ago(60)),
            member(
                "aiko.tanaka",
                "Aiko Tanaka",
                "nike",
                "member",
                Since::Ago(9),
            ),
            // Works for two of them.
            member(
                "noor.haddad",
                "Noor Haddad",
                "lumen-works",
                "member",
                Since::Ago(30),
            ),
        ],
        teams: &[
            Team {
                key: "front-desk",
                name: "Front desk",
                since: Since::Ago(130),
                members: &[1, 2, 4],
            },
            Team {
                key: "it-support",
                name: "IT support",
                since: Since::Ago(58),
                members: &[1, 3, 5],
            },
        ],
        invitations: &[
            Invitation {
                email: "aiko.tanaka@nike.example",
                role: "member",
                status: "accepted",
                inviter: 1,
                team: Some(0),
                expires: Expiry::Ago(4),
            },
            Invitation {
                email: "leo.fischer@nike.example",
                role: "admin",
                status: "pending",
                inviter: 0,
                team: None,
                expires: Expiry::Ahead(5),
            },
            // For Better Auth an invitation that ran out is still pending; its date says the rest.
            Invitation {
                email: "sofia.lindt@nike.example",
                role: "member",
                status: "pending",
                inviter: 1,
                team: Some(1),
                expires: Expiry::Ago(20),
            },
        ],
        modules: &[
            enabled(VISITOR_MANAGEMENT, Since::Founded, 0),
            enabled("ticket_management", Since::Ago(57), 1),
        ],
    },
    Profile {
        slug: "harbor-clinic",
        name: "Harbor Clinic",
        industry: "Health care",
        plan: FREE,
        term: Term::Running {
            periods: 0,
            days: 101,
        },
        api_calls: 412,
        storage_gb: 1,
        members: &[
            member(
                "elena.petrova",
                "Elena Petrova",
                "harbor-clinic",
                "owner",
                Since::Founded,
            ),
            member(
                "sam.whitfield",
                "Sam Whitfield",
                "harbor-clinic",
                "member",
                Since::Ago(80),
            ),
            member(
                "grace.mbeki",
                "Grace Mbeki",
                "harbor-clinic",
                "member",
                Since::Ago(41),
            ),
        ],
        teams: &[Team {
            key: "reception",
            name: "Reception",
            since: Since::Ago(79),
            members: &[1, 2],
        }],
        invitations: &[Invitation {
            email: "grace.mbeki@harbor-clinic.example",
            role: "member",
            status: "accepted",
            inviter: 0,
            team: Some(0),
            expires: Expiry::Ago(38),
        }],
        modules: &[
            enabled(VISITOR_MANAGEMENT, Since::Founded, 0),
            // Off again, so it does not count towards the limit of two.
            Enabled {
                off: Some((45, 0)),
                ..enabled("ticket_management", Since::Ago(75), 0)
            },
            enabled("inventory", Since::Ago(44), 0),
        ],
    },
    Profile {
        slug: "lumen-works",
        name: "Lumen Works",
        industry: "Lighting",
        plan: "yearly",
        term: Term::RunOut {
            periods: 1,
            days_ago: 6,
        },
        api_calls: 301_775,
        storage_gb: 187,
        members: &[
            member(
                "jonas.lindqvist",
                "Jonas Lindqvist",
                "lumen-works",
                "owner",
                Since::Founded,
            ),
            member(
                "noor.haddad",
                "Noor Haddad",
                "lumen-works",
                "admin",
                Since::Ago(350),
            ),
            member(
                "victor.hale",
                "Victor Hale",
                "lumen-works",
                "member",
                Since::Ago(290),
            ),
            member(
                "ines.duarte",
                "Ines Duarte",
                "lumen-works",
                "member",
                Since::Ago(122),
            ),
        ],
        teams: &[Team {
            key: "warehouse",
            name: "Warehouse",
            since: Since::Ago(288),
            members: &[1, 2, 3],
        }],
        invitations: &[Invitation {
            email: "marta.nowak@lumen-works.example",
            role: "member",
            status: "pending",
            inviter: 1,
            team: Some(0),
            expires: Expiry::Ago(60),
        }],
        modules: &[
            enabled(VISITOR_MANAGEMENT, Since::Founded, 0),
            enabled("ticket_management", Since::Ago(340), 1),
            enabled("inventory", Since::Ago(287), 1),
            enabled("crm", Since::Ago(210), 0),
            enabled("invoicing", Since::Ago(209), 0),
        ],
    },
];
