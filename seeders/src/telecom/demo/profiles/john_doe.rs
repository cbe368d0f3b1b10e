//! Somebody who works at home, and talked longer this month than the plan includes.

use crate::telecom::RUPEE;
use crate::telecom::demo::profile::{
    Account, Business, Call, Day, Method, Miss, Number, Person, Profile,
};
use crate::telecom::demo::timeline::Cycle;

pub(super) const PROFILE: Profile = Profile {
    key: "john-doe",
    number: 10_001,
    person: Person {
        username: "john.doe",
        email: "john.doe@example.com",
        first_name: "John",
        last_name: "Doe",
        phone: "+910099100001",
    },
    business: Business {
        company: None,
        business_type: "individual",
        gstin: None,
        pan: "AAAPD0000D",
        address: "12 Example Road, Andheri West",
        city: "Mumbai",
        state: "Maharashtra",
        pincode: "400058",
    },
    plan: "Starter",
    cycle: Cycle::Monthly,
    months_ago: 6,
    account: Account {
        balance: 500 * RUPEE,
        credit_limit: 0,
        auto_recharge: None,
    },
    method: Method::Upi {
        id: "john.doe@example",
    },
    // The second one for the minutes beyond the plan.
    top_ups: &[(Day::Eve, 500 * RUPEE), (Day::Ago(4), 100 * RUPEE)],
    extra: None,
    numbers: &[Number {
        number: "+910022100001",
        did_type: "local",
    }],
    calls: &[
        Call::Out("local", 13),
        Call::Out("mobile", 26),
        Call::Out("std", 42),
        Call::In("mobile", 9),
        Call::Missed("local", Miss::NoAnswer),
        Call::Out("mobile", 18),
        Call::Out("isd", 24),
        Call::Out("local", 10),
        Call::Missed("mobile", Miss::Busy),
        Call::Out("std", 42),
    ],
    rounds: 4,
};
