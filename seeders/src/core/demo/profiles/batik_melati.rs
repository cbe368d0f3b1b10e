//! A batik shop that pays every month: one user too many, and its storage is running full.

use crate::core::demo::profile::{
    Account, Blast, Contract, Conversation, Course, Line, Person, Profile, Role, Template,
};
use crate::core::demo::timeline::{Start, When};

pub(super) const PROFILE: Profile = Profile {
    slug: "batik-melati",
    name: "Batik Melati Contoh",
    digit: 2,
    timezone: "Asia/Jakarta",
    plan: "starter",
    start: Start::MonthsAgo(6),
    contract: Contract::Monthly,
    people: &[
        Person {
            login: "owner",
            name: "Retno Kusumawati",
            role: Role::Owner,
            since: When::Joined(0),
        },
        Person {
            login: "admin",
            name: "Galih Saputra",
            role: Role::Admin,
            since: When::Joined(0),
        },
        Person {
            login: "member1",
            name: "Ayu Puspitasari",
            role: Role::Member,
            since: When::Joined(5),
        },
        Person {
            login: "member2",
            name: "Dimas Hartono",
            role: Role::Member,
            since: When::Earlier(1, 5),
        },
    ],
    accounts: &[
        Account {
            name: "Toko Batik Melati",
            user: 1,
            since: When::Joined(1),
            connected: true,
        },
        Account {
            name: "Layanan grosir",
            user: 2,
            since: When::Joined(9),
            connected: false,
        },
    ],
    templates: &[
        Template {
            name: "Koleksi baru",
            author: 1,
            since: When::Joined(2),
            content: "{Halo|Hai} {{nama}}, koleksi batik tulis terbaru sudah hadir di toko kami.",
        },
        Template {
            name: "Potongan grosir",
            author: 2,
            since: When::Joined(10),
            content: "{Selamat pagi|Salam hangat} {{nama}}, ada potongan 15% untuk pembelian di atas dua lusin.",
        },
        Template {
            name: "Pesanan siap",
            author: 2,
            since: When::Joined(12),
            content: "Kak {{nama}}, pesanan jahit Anda sudah selesai dan dapat diambil.",
        },
        Template {
            name: "Ucapan terima kasih",
            author: 3,
            since: When::Earlier(1, 7),
            content: "Terima kasih sudah berbelanja, {{nama}}. {Sampai jumpa lagi|Kami tunggu kembali}!",
        },
    ],
    blasts: &[
        Blast {
            key: "koleksi-parang",
            name: "Koleksi parang",
            account: 0,
            template: 0,
            recipients: 20,
            per_day: 200,
            course: Course::Completed {
                began: When::Earlier(2, 9),
                failed_one_in: 10,
            },
        },
        Blast {
            key: "grosir-akhir-bulan",
            name: "Grosir akhir bulan",
            account: 1,
            template: 1,
            recipients: 24,
            per_day: 200,
            course: Course::Completed {
                began: When::Earlier(1, 21),
                failed_one_in: 12,
            },
        },
        Blast {
            key: "terima-kasih",
            name: "Terima kasih pelanggan",
            account: 0,
            template: 3,
            recipients: 16,
            per_day: 200,
            course: Course::Completed {
                began: When::Ago(3),
                failed_one_in: 16,
            },
        },
        Blast {
            key: "koleksi-kawung",
            name: "Koleksi kawung",
            account: 0,
            template: 0,
            recipients: 10,
            per_day: 200,
            course: Course::Scheduled { in_days: 2 },
        },
    ],
    conversations: &[
        Conversation {
            account: 1,
            contact: 5,
            began: When::Earlier(2, 18),
            lines: &[
                Line::Incoming("Berapa harga grosir untuk kain cap?"),
                Line::Outgoing("Mulai dua lusin kami beri potongan 15%, Kak."),
            ],
        },
        Conversation {
            account: 0,
            contact: 11,
            began: When::Ago(4),
            lines: &[
                Line::Incoming("Kemeja ukuran XL masih ada?"),
                Line::Outgoing("Masih ada tiga motif. Kami kirim fotonya, ya."),
                Line::Incoming("Saya ambil yang motif parang."),
                Line::Outgoing("Baik, kami sisihkan sampai besok sore."),
            ],
        },
    ],
    storage_mb: [342, 425, 478],
    api_calls_a_day: [0, 0, 0],
};
