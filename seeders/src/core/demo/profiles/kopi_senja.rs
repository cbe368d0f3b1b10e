//! A coffee bar in its trial: too small a plan for its users and its one busy month.

use crate::core::demo::profile::{
    Account, Blast, Contract, Conversation, Course, Line, Person, Profile, Role, Template,
};
use crate::core::demo::timeline::{Start, When};

pub(super) const PROFILE: Profile = Profile {
    slug: "kopi-senja",
    name: "Kopi Senja Contoh",
    digit: 1,
    timezone: "Asia/Jakarta",
    plan: "free",
    start: Start::FirstOfMonth(2),
    contract: Contract::Trial { days_left: 9 },
    people: &[
        Person {
            login: "owner",
            name: "Sekar Wulandari",
            role: Role::Owner,
            since: When::Joined(0),
        },
        Person {
            login: "admin",
            name: "Bagas Prakoso",
            role: Role::Admin,
            since: When::Joined(1),
        },
        Person {
            login: "member1",
            name: "Laras Anindya",
            role: Role::Member,
            since: When::Joined(3),
        },
        Person {
            login: "member2",
            name: "Yoga Firmansyah",
            role: Role::Member,
            since: When::Earlier(1, 2),
        },
    ],
    accounts: &[Account {
        name: "Kasir Kopi Senja",
        user: 1,
        since: When::Joined(1),
        connected: true,
    }],
    templates: &[
        Template {
            name: "Promo akhir pekan",
            author: 1,
            since: When::Joined(2),
            content: "Halo {{nama}}, Sabtu ini kopi susu gula aren beli satu dapat dua. Sampai jumpa!",
        },
        Template {
            name: "Menu baru",
            author: 2,
            since: When::Joined(6),
            content: "Hai {{nama}}, es kopi pandan sudah ada di menu. Tunjukkan pesan ini untuk cicip gratis.",
        },
    ],
    blasts: &[
        Blast {
            key: "pembukaan",
            name: "Pembukaan kedai",
            account: 0,
            template: 0,
            recipients: 24,
            per_day: 24,
            course: Course::Completed {
                began: When::Earlier(2, 14),
                failed_one_in: 12,
            },
        },
        // Three in one month, spread over days as the plan's daily limit demands, are more than
        // the plan's messages of a month.
        Blast {
            key: "promo-minggu-1",
            name: "Promo minggu pertama",
            account: 0,
            template: 0,
            recipients: 176,
            per_day: 44,
            course: Course::Completed {
                began: When::Earlier(1, 3),
                failed_one_in: 44,
            },
        },
        Blast {
            key: "promo-minggu-2",
            name: "Promo minggu kedua",
            account: 0,
            template: 1,
            recipients: 176,
            per_day: 44,
            course: Course::Completed {
                began: When::Earlier(1, 10),
                failed_one_in: 44,
            },
        },
        Blast {
            key: "promo-minggu-3",
            name: "Promo minggu ketiga",
            account: 0,
            template: 0,
            recipients: 176,
            per_day: 44,
            course: Course::Completed {
                began: When::Earlier(1, 17),
                failed_one_in: 44,
            },
        },
        Blast {
            key: "pelanggan-setia",
            name: "Pelanggan setia",
            account: 0,
            template: 1,
            recipients: 12,
            per_day: 40,
            course: Course::Running {
                began: When::Ago(1),
                sent: 8,
            },
        },
    ],
    conversations: &[
        Conversation {
            account: 0,
            contact: 3,
            began: When::Earlier(1, 8),
            lines: &[
                Line::Incoming("Permisi, hari Minggu buka sampai jam berapa?"),
                Line::Outgoing("Selamat pagi! Hari Minggu kami buka sampai pukul 21.00."),
                Line::Incoming("Siap, terima kasih."),
            ],
        },
        Conversation {
            account: 0,
            contact: 17,
            began: When::Ago(2),
            lines: &[
                Line::Incoming("Bisa pesan 20 gelas untuk rapat besok?"),
                Line::Outgoing("Bisa. Mau diantar atau diambil sendiri?"),
                Line::Incoming("Diantar pukul sembilan, ya."),
                Line::Outgoing("Baik, pesanan sudah kami catat."),
            ],
        },
    ],
    storage_mb: [18, 33, 41],
    api_calls_a_day: [0, 0, 0],
};
