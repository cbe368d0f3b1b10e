//! A shipping company without limits that cancelled and uses what it has paid for.

use crate::core::demo::profile::{
    Account, Blast, Contract, Conversation, Course, Line, Person, Profile, Role, Template,
};
use crate::core::demo::timeline::{Start, When};

pub(super) const PROFILE: Profile = Profile {
    slug: "logistik-samudra",
    name: "PT Logistik Contoh Samudra",
    digit: 4,
    timezone: "Asia/Jakarta",
    plan: "enterprise",
    start: Start::MonthsAgo(11),
    contract: Contract::YearlyCancelled { days_ago: 9 },
    people: &[
        Person {
            login: "owner",
            name: "Hendra Wijayanto",
            role: Role::Owner,
            since: When::Joined(0),
        },
        Person {
            login: "admin",
            name: "Maya Lestari",
            role: Role::Admin,
            since: When::Joined(0),
        },
        Person {
            login: "member1",
            name: "Fajar Nugraha",
            role: Role::Member,
            since: When::Joined(3),
        },
        Person {
            login: "member2",
            name: "Intan Permata",
            role: Role::Member,
            since: When::Joined(14),
        },
    ],
    accounts: &[
        Account {
            name: "Pelabuhan Tanjung Contoh",
            user: 1,
            since: When::Joined(1),
            connected: true,
        },
        Account {
            name: "Pelacakan kiriman",
            user: 2,
            since: When::Joined(4),
            connected: true,
        },
        Account {
            name: "Keluhan pelanggan",
            user: 3,
            since: When::Joined(20),
            connected: true,
        },
        Account {
            name: "Armada darat",
            user: 2,
            since: When::Joined(60),
            connected: false,
        },
    ],
    templates: &[
        Template {
            name: "Status kiriman",
            author: 1,
            since: When::Joined(2),
            content: "Yth. {{nama}}, kiriman Anda sudah tiba di pelabuhan tujuan.",
        },
        Template {
            name: "Jadwal kapal",
            author: 2,
            since: When::Joined(5),
            content: "{Halo|Yth.} {{nama}}, jadwal kapal bulan depan sudah tersedia.",
        },
        Template {
            name: "Perubahan tarif",
            author: 1,
            since: When::Joined(90),
            content: "Yth. {{nama}}, tarif peti kemas berubah mulai bulan depan.",
        },
        Template {
            name: "Penutupan layanan",
            author: 1,
            since: When::Ago(8),
            content: "Yth. {{nama}}, nomor ini berhenti melayani pada akhir masa langganan kami.",
        },
    ],
    blasts: &[
        Blast {
            key: "jadwal-kapal-1",
            name: "Jadwal kapal",
            account: 0,
            template: 1,
            recipients: 40,
            per_day: 1_000,
            course: Course::Completed {
                began: When::Earlier(2, 24),
                failed_one_in: 20,
            },
        },
        Blast {
            key: "tarif",
            name: "Perubahan tarif",
            account: 0,
            template: 2,
            recipients: 40,
            per_day: 1_000,
            course: Course::Completed {
                began: When::Earlier(1, 11),
                failed_one_in: 10,
            },
        },
        Blast {
            key: "penutupan",
            name: "Pemberitahuan penutupan",
            account: 0,
            template: 3,
            recipients: 30,
            per_day: 1_000,
            course: Course::Completed {
                began: When::Ago(5),
                failed_one_in: 15,
            },
        },
    ],
    conversations: &[
        Conversation {
            account: 1,
            contact: 6,
            began: When::Earlier(1, 15),
            lines: &[
                Line::Incoming("Di mana posisi peti kemas saya?"),
                Line::Outgoing("Sedang dibongkar. Siap diambil besok pukul 10.00."),
            ],
        },
        Conversation {
            account: 2,
            contact: 21,
            began: When::Ago(5),
            lines: &[
                Line::Incoming("Apakah kontrak kami tetap berjalan?"),
                Line::Outgoing("Ya, semua kontrak angkutan tetap berlaku."),
                Line::Incoming("Baik, terima kasih."),
            ],
        },
    ],
    storage_mb: [4_180, 4_655, 4_702],
    api_calls_a_day: [1_840, 1_975, 1_120],
};
