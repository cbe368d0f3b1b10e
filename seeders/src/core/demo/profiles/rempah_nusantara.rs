//! A spice wholesaler that pays every year: more and more accounts, and storage it cleaned up.

use crate::core::demo::profile::{
    Account, Blast, Contract, Conversation, Course, Line, Person, Profile, Role, Template,
};
use crate::core::demo::timeline::{Start, When};

/// An account that has been there from early on.
const fn branch(name: &'static str, user: usize, joined: u64) -> Account {
    Account {
        name,
        user,
        since: When::Joined(joined),
        connected: true,
    }
}

pub(super) const PROFILE: Profile = Profile {
    slug: "rempah-nusantara",
    name: "PT Rempah Contoh Nusantara",
    digit: 3,
    timezone: "Asia/Makassar",
    plan: "pro",
    start: Start::MonthsAgo(8),
    contract: Contract::Yearly,
    people: &[
        Person {
            login: "owner",
            name: "Andi Makkawaru",
            role: Role::Owner,
            since: When::Joined(0),
        },
        Person {
            login: "admin",
            name: "Nurul Hikmah",
            role: Role::Admin,
            since: When::Joined(0),
        },
        Person {
            login: "member1",
            name: "Rizky Pratama",
            role: Role::Member,
            since: When::Joined(7),
        },
        Person {
            login: "member2",
            name: "Citra Maharani",
            role: Role::Member,
            since: When::Joined(40),
        },
    ],
    accounts: &[
        branch("Pusat Makassar", 1, 1),
        branch("Cabang Jakarta", 1, 3),
        branch("Cabang Surabaya", 2, 8),
        branch("Cabang Ambon", 2, 15),
        branch("Cabang Ternate", 2, 30),
        branch("Ekspor", 3, 45),
        Account {
            name: "Cabang Manado",
            user: 3,
            since: When::Earlier(1, 4),
            connected: false,
        },
        Account {
            name: "Layanan pelanggan",
            user: 2,
            since: When::Earlier(1, 24),
            connected: true,
        },
    ],
    templates: &[
        Template {
            name: "Daftar harga",
            author: 1,
            since: When::Joined(2),
            content: "{Halo|Selamat pagi} {{nama}}, daftar harga pala dan cengkih pekan ini sudah terbit.",
        },
        Template {
            name: "Konfirmasi pengiriman",
            author: 2,
            since: When::Joined(9),
            content: "Yth. {{nama}}, pesanan Anda sudah berangkat dari gudang kami.",
        },
        Template {
            name: "Panen raya",
            author: 2,
            since: When::Joined(31),
            content: "{Kabar baik|Info panen}, {{nama}}: panen lada melimpah dan harga turun 8%.",
        },
        Template {
            name: "Survei layanan",
            author: 3,
            since: When::Earlier(1, 6),
            content: "{{nama}}, mohon beri nilai 1 sampai 5 untuk layanan kami bulan ini.",
        },
    ],
    blasts: &[
        Blast {
            key: "harga-pala",
            name: "Harga pala",
            account: 0,
            template: 0,
            recipients: 30,
            per_day: 500,
            course: Course::Completed {
                began: When::Earlier(2, 6),
                failed_one_in: 15,
            },
        },
        Blast {
            key: "panen-lada",
            name: "Panen lada",
            account: 2,
            template: 2,
            recipients: 36,
            per_day: 500,
            course: Course::Completed {
                began: When::Earlier(1, 12),
                failed_one_in: 12,
            },
        },
        Blast {
            key: "survei-layanan",
            name: "Survei layanan",
            account: 7,
            template: 3,
            recipients: 24,
            per_day: 500,
            course: Course::Completed {
                began: When::Ago(4),
                failed_one_in: 24,
            },
        },
        Blast {
            key: "harga-cengkih",
            name: "Harga cengkih",
            account: 1,
            template: 0,
            recipients: 18,
            per_day: 500,
            course: Course::Running {
                began: When::Ago(1),
                sent: 11,
            },
        },
        Blast {
            key: "panen-ternate",
            name: "Panen Ternate",
            account: 4,
            template: 2,
            recipients: 12,
            per_day: 500,
            course: Course::Scheduled { in_days: 5 },
        },
    ],
    conversations: &[
        Conversation {
            account: 5,
            contact: 2,
            began: When::Earlier(2, 20),
            lines: &[
                Line::Incoming("Apakah bisa kirim 2 ton pala ke Rotterdam?"),
                Line::Outgoing("Bisa. Dokumen ekspor kami siapkan dalam tiga hari."),
                Line::Incoming("Baik, kirim penawarannya."),
                Line::Outgoing("Penawaran sudah kami kirim lewat surel."),
            ],
        },
        Conversation {
            account: 1,
            contact: 8,
            began: When::Earlier(1, 23),
            lines: &[
                Line::Incoming("Pesanan minggu lalu belum sampai."),
                Line::Outgoing("Mohon maaf, truk tertahan cuaca. Besok pagi tiba."),
            ],
        },
        Conversation {
            account: 7,
            contact: 14,
            began: When::Ago(3),
            lines: &[
                Line::Incoming("Nilai saya 5, pelayanannya cepat."),
                Line::Outgoing("Terima kasih banyak atas penilaiannya!"),
            ],
        },
    ],
    storage_mb: [1_512, 1_910, 1_580],
    api_calls_a_day: [210, 265, 340],
};
