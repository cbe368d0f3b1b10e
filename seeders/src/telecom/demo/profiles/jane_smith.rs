//! A small firm in its first paid year.

use crate::telecom::RUPEE;
use crate::telecom::demo::profile::{
    Account, Business, Call, Day, Item, Method, Miss, Number, Person, Profile,
};
use crate::telecom::demo::timeline::Cycle;

pub(super) const PROFILE: Profile = Profile {
    key: "jane-smith",
    number: 10_002,
    person: Person {
        username: "jane.smith",
        email: "jane.smith@example.com",
        first_name: "Jane",
        last_name: "Smith",
        phone: "+910099100002",
    },
    business: Business {
        company: Some("Smith Consulting"),
        business_type: "small_business",
        gstin: Some("27AAAFS0000S1Z9"),
        pan: "AAAFS0000S",
        address: "4 Sample Street, Kothrud",
        city: "Pune",
        state: "Maharashtra",
        pincode: "411038",
    },
    plan: "Professional",
    cycle: Cycle::Annual,
    months_ago: 5,
    account: Account {
        balance: 2_000 * RUPEE,
        credit_limit: 0,
        auto_recharge: Some((1_000 * RUPEE, 500 * RUPEE)),
    },
    method: Method::Card {
        brand: "visa",
        last4: "4242",
    },
    top_ups: &[(Day::Eve, 2_000 * RUPEE)],
    extra: Some((
        Day::Ago(6),
        &[
            Item {
                description: "Porting of a number",
                quantity: 2,
                unit_price: 750 * RUPEE,
            },
            Item {
                description: "Voice menu recorded in a studio",
                quantity: 1,
                unit_price: 1_000 * RUPEE,
            },
        ],
    )),
    numbers: &[
        Number {
            number: "+910020100002",
            did_type: "local",
        },
        Number {
            number: "+910099200002",
            did_type: "mobile",
        },
    ],
    calls: &[
        Call::Out("local", 7),
        Call::Out("std", 31),
        Call::In("local", 12),
        Call::Out("mobile", 15),
        Call::Missed("mobile", Miss::Cancelled),
        Call::Out("isd", 38),
        Call::In("std", 21),
        Call::Out("toll_free", 4),
        Call::Out("mobile", 9),
        Call::Missed("std", Miss::NoAnswer),
    ],
    rounds: 6,
};
