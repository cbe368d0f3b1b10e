//! A call centre that pays afterwards.

use crate::telecom::RUPEE;
use crate::telecom::demo::profile::{
    Account, Business, Call, Method, Miss, Number, Person, Profile,
};
use crate::telecom::demo::timeline::Cycle;

const fn local(number: &'static str) -> Number {
    Number {
        number,
        did_type: "local",
    }
}

pub(super) const PROFILE: Profile = Profile {
    key: "acme",
    number: 10_003,
    person: Person {
        username: "robert.johnson",
        email: "admin@acmecorp.com",
        first_name: "Robert",
        last_name: "Johnson",
        phone: "+910099100003",
    },
    business: Business {
        company: Some("Acme Corporation"),
        business_type: "enterprise",
        gstin: Some("29AAACA0000A1ZU"),
        pan: "AAACA0000A",
        address: "Tower 1, Placeholder Tech Park, Whitefield",
        city: "Bengaluru",
        state: "Karnataka",
        pincode: "560066",
    },
    plan: "Call Center",
    cycle: Cycle::Monthly,
    months_ago: 4,
    account: Account {
        balance: 0,
        credit_limit: 50_000 * RUPEE,
        auto_recharge: None,
    },
    method: Method::NetBanking {
        bank: "Example Bank",
    },
    top_ups: &[],
    extra: None,
    numbers: &[
        local("+910080100003"),
        local("+910080100004"),
        local("+910080100005"),
        local("+910080100006"),
        local("+910080100007"),
        Number {
            number: "18000000103",
            did_type: "toll_free",
        },
    ],
    calls: &[
        Call::Out("local", 6),
        Call::Out("mobile", 11),
        Call::In("toll_free", 14),
        Call::Out("std", 22),
        Call::Missed("mobile", Miss::NoAnswer),
        Call::Out("isd", 19),
        Call::In("mobile", 7),
        Call::Out("local", 9),
        Call::Missed("std", Miss::Busy),
        Call::In("toll_free", 5),
        Call::Out("mobile", 17),
        Call::Missed("local", Miss::Failed),
    ],
    rounds: 8,
};
