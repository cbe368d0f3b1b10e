//! A motorcycle workshop on the free plan: one number, one flow.

use crate::cloudwa::demo::profile::{
    Chat, Contact, Device, Does, Flow, Line, Node, Profile, Session, Source, When,
};

pub(super) const PROFILE: Profile = Profile {
    slug: "bengkel-cepat",
    name: "Bengkel Cepat Contoh",
    digit: 1,
    plan: "free",
    colour: "#b91c1c",
    joined: When(40, 2, 0),
    admins: &[("surya", "Surya Hidayat")],
    devices: &[Device {
        key: "kasir",
        name: "Kasir Bengkel Cepat",
        status: "connected",
        since: When(39, 3, 0),
        connected: Some(When(39, 3, 5)),
        ai_prompt: None,
    }],
    contacts: &[
        Contact {
            name: Some("Rudi Santoso"),
            tags: &["pelanggan"],
            attributes: &[("motor", "matic 125")],
            source: Source::Chat,
        },
        Contact {
            name: Some("Wati Lestari"),
            tags: &["pelanggan", "langganan"],
            attributes: &[("motor", "bebek 110")],
            source: Source::Manual(When(35, 4, 0)),
        },
        Contact {
            name: None,
            tags: &[],
            attributes: &[],
            source: Source::Chat,
        },
    ],
    flows: &[Flow {
        key: "status-servis",
        device: 0,
        name: "Status servis",
        description: "Menanyakan nama dan nomor polisi, lalu meneruskan ke montir",
        keywords: &["servis", "status", "halo"],
        active: true,
        priority: 10,
        version: 2,
        made: When(38, 4, 0),
        changed: When(30, 6, 30),
        nodes: &[
            Node {
                id: "mulai",
                does: Does::Start,
            },
            Node {
                id: "salam",
                does: Does::Say("Halo! Ini bengkel kami, buka Senin sampai Sabtu."),
            },
            Node {
                id: "tanya-nama",
                does: Does::Ask("Boleh tahu nama Anda?", "nama"),
            },
            Node {
                id: "tanya-plat",
                does: Does::Ask("Nomor polisi motornya berapa, {{nama}}?", "plat"),
            },
            Node {
                id: "selesai",
                does: Does::End(
                    "Siap, {{nama}}. Motor {{plat}} kami periksa dulu, kabar menyusul.",
                ),
            },
        ],
        edges: &[
            ("mulai", "salam", None),
            ("salam", "tanya-nama", None),
            ("tanya-nama", "tanya-plat", None),
            ("tanya-plat", "selesai", None),
        ],
    }],
    sessions: &[Session {
        key: "sesi-rudi",
        flow: 0,
        contact: 0,
        began: When(12, 3, 20),
        says: &["status", "Rudi", "B 0000 CTH"],
    }],
    chats: &[
        Chat {
            key: "rudi-selesai",
            device: 0,
            contact: 0,
            began: When(12, 8, 45),
            lines: &[
                Line::Admin("Motornya sudah jadi, Pak. Ganti kampas rem depan."),
                Line::Contact("Baik, saya ambil sore ini."),
            ],
        },
        Chat {
            key: "harga-oli",
            device: 0,
            contact: 2,
            began: When(4, 2, 10),
            lines: &[
                Line::Contact("Permisi, ganti oli matic berapa ya?"),
                Line::Admin("Mulai 55 ribu, sudah dengan jasa."),
            ],
        },
    ],
    campaign: None,
    document: None,
    providers: &[],
};
