//! A school for courses on the plan `pro`: three numbers, a broadcast, and an AI that has read the
//! handbook.

use crate::cloudwa::demo::profile::{
    Campaign, Chat, Contact, Device, Document, Does, Flow, Line, Node, Profile, Provider, Session,
    Source, When,
};

/// The day on which the list of participants was brought in.
const IMPORTED: Source = Source::Import(When(55, 3, 30));

/// A participant from that list.
const fn participant(
    name: &'static str,
    interest: &'static [(&'static str, &'static str)],
) -> Contact {
    Contact {
        name: Some(name),
        tags: &["peserta"],
        attributes: interest,
        source: IMPORTED,
    }
}

const ENGLISH: &[(&str, &str)] = &[("minat", "Bahasa Inggris")];
const DESIGN: &[(&str, &str)] = &[("minat", "Desain Grafis")];

pub(super) const PROFILE: Profile = Profile {
    slug: "kursus-lentera",
    name: "Kursus Lentera Contoh",
    digit: 2,
    plan: "pro",
    colour: "#0f766e",
    joined: When(60, 2, 0),
    admins: &[("maya", "Maya Puspita"), ("dimas", "Dimas Nugroho")],
    devices: &[
        Device {
            key: "info",
            name: "Info Kursus Lentera",
            status: "connected",
            since: When(59, 2, 30),
            connected: Some(When(59, 2, 40)),
            ai_prompt: Some("Jawab singkat dan sopan, hanya dari panduan siswa."),
        },
        Device {
            key: "cabang-bandung",
            name: "Cabang Bandung",
            status: "scanning",
            since: When(1, 9, 0),
            connected: None,
            ai_prompt: None,
        },
        Device {
            key: "nomor-lama",
            name: "Nomor lama",
            status: "disconnected",
            since: When(58, 5, 0),
            connected: Some(When(45, 5, 10)),
            ai_prompt: None,
        },
    ],
    contacts: &[
        participant("Nadia Safitri", DESIGN),
        participant("Bima Pratama", ENGLISH),
        participant("Citra Maharani", ENGLISH),
        participant("Fajar Ramadhan", DESIGN),
        participant("Gita Permata", ENGLISH),
        participant("Hendra Wijaya", DESIGN),
        Contact {
            name: None,
            tags: &["peserta"],
            attributes: ENGLISH,
            source: IMPORTED,
        },
        participant("Intan Anggraini", DESIGN),
        Contact {
            name: Some("Joni Setiawan"),
            tags: &["vip", "peserta"],
            attributes: ENGLISH,
            source: Source::Manual(When(50, 7, 0)),
        },
        participant("Kirana Dewi", DESIGN),
        Contact {
            name: Some("Lukas Tanoto"),
            tags: &["calon"],
            attributes: &[],
            source: Source::Chat,
        },
    ],
    flows: &[
        Flow {
            key: "pendaftaran",
            device: 0,
            name: "Pendaftaran kelas",
            description: "Mencatat nama, kelas dan jadwal calon peserta",
            keywords: &["daftar", "kelas", "info"],
            active: true,
            priority: 10,
            version: 3,
            made: When(57, 4, 0),
            changed: When(28, 4, 15),
            nodes: &[
                Node {
                    id: "mulai",
                    does: Does::Start,
                },
                Node {
                    id: "salam",
                    does: Does::Say("Hai! Terima kasih sudah menghubungi kami."),
                },
                Node {
                    id: "tanya-nama",
                    does: Does::Ask("Dengan siapa kami bicara?", "nama"),
                },
                Node {
                    id: "pilih-kelas",
                    does: Does::Ask(
                        "Mau ikut kelas apa, {{nama}}? Balas 1 untuk Bahasa Inggris, 2 untuk Desain Grafis.",
                        "kelas",
                    ),
                },
                Node {
                    id: "jadwal-inggris",
                    does: Does::Ask(
                        "Bahasa Inggris ada pagi dan malam. Pilih yang mana?",
                        "jadwal",
                    ),
                },
                Node {
                    id: "jadwal-desain",
                    does: Does::Ask(
                        "Desain Grafis ada Sabtu dan Minggu. Pilih yang mana?",
                        "jadwal",
                    ),
                },
                Node {
                    id: "selesai",
                    does: Does::End(
                        "Tercatat, {{nama}}: jadwal {{jadwal}}. Admin kami segera menyapa.",
                    ),
                },
            ],
            edges: &[
                ("mulai", "salam", None),
                ("salam", "tanya-nama", None),
                ("tanya-nama", "pilih-kelas", None),
                ("pilih-kelas", "jadwal-inggris", Some("1")),
                ("pilih-kelas", "jadwal-desain", Some("2")),
                ("jadwal-inggris", "selesai", None),
                ("jadwal-desain", "selesai", None),
            ],
        },
        Flow {
            key: "jam-layanan",
            device: 0,
            name: "Jam layanan",
            description: "Masih rancangan",
            keywords: &["jam", "buka"],
            active: false,
            priority: 0,
            version: 1,
            made: When(6, 4, 0),
            changed: When(6, 4, 0),
            nodes: &[
                Node {
                    id: "mulai",
                    does: Does::Start,
                },
                Node {
                    id: "jawab",
                    does: Does::End("Kantor kami buka Senin sampai Jumat, 08.00 sampai 20.00."),
                },
            ],
            edges: &[("mulai", "jawab", None)],
        },
    ],
    sessions: &[
        Session {
            key: "sesi-nadia-1",
            flow: 0,
            contact: 0,
            began: When(26, 6, 5),
            says: &["daftar", "Nadia", "2", "Sabtu"],
        },
        // The same contact on the same device: only one of the two is active.
        Session {
            key: "sesi-nadia-2",
            flow: 0,
            contact: 0,
            began: When(1, 23, 40),
            says: &["kelas", "Nadia", "1"],
        },
    ],
    chats: &[
        Chat {
            key: "tanya-refund",
            device: 0,
            contact: 3,
            began: When(9, 5, 30),
            lines: &[
                Line::Contact("Kalau berhenti di tengah jalan, uangnya kembali?"),
                Line::Ai {
                    text: "Sebelum pertemuan ketiga, separuh biaya kembali. Setelahnya tidak ada pengembalian.",
                    tokens: 412,
                    chunks: &[3],
                },
                Line::Contact("Oke, jelas. Terima kasih!"),
            ],
        },
        Chat {
            key: "tanya-lokasi",
            device: 0,
            contact: 10,
            began: When(3, 7, 15),
            lines: &[
                Line::Contact("Kelasnya di mana dan mulai jam berapa?"),
                Line::Ai {
                    text: "Semua kelas di Ruko Contoh Blok B. Kelas pagi mulai 09.00, kelas malam 19.00.",
                    tokens: 538,
                    chunks: &[0, 2],
                },
                Line::Contact("Bisa kunjungan dulu?"),
                Line::Admin("Bisa, Kak. Besok sore kami ada di tempat."),
            ],
        },
    ],
    campaign: Some(Campaign {
        key: "gelombang-baru",
        device: 0,
        name: "Gelombang baru",
        template: "Hai {{name}}, gelombang baru kelas {{minat}} sudah dibuka. Balas DAFTAR untuk ikut.",
        image: "gelombang-baru.jpg",
        made: When(27, 8, 0),
        began: When(26, 3, 0),
        contacts: 10,
        failed: &[(5, "number is not on WhatsApp")],
    }),
    document: Some(Document {
        file: "panduan-siswa.pdf",
        kind: "pdf",
        uploaded: When(52, 6, 0),
        chunks: &[
            (
                1,
                "Jadwal",
                "Kelas pagi mulai pukul 09.00, kelas malam pukul 19.00. Satu pertemuan berlangsung 90 menit.",
            ),
            (
                1,
                "Biaya",
                "Biaya satu kelas Rp750.000 untuk delapan pertemuan, dibayar di muka atau dua kali.",
            ),
            (
                2,
                "Lokasi",
                "Semua kelas diadakan di Ruko Contoh Blok B lantai dua. Parkir motor gratis.",
            ),
            (
                3,
                "Pengembalian",
                "Peserta yang berhenti sebelum pertemuan ketiga menerima separuh biaya kembali; setelahnya tidak ada pengembalian.",
            ),
        ],
    }),
    providers: &[
        Provider {
            name: "openai",
            model: Some("gpt-4o"),
            default: true,
            quota: 200_000,
            since: When(51, 2, 0),
        },
        // Whatever model the platform runs.
        Provider {
            name: "workers_ai",
            model: None,
            default: false,
            quota: 0,
            since: When(59, 2, 30),
        },
    ],
};
