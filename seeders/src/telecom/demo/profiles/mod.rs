//! The demo customers, in the order of their numbers.

mod acme;
mod jane_smith;
mod john_doe;

use super::profile::Profile;

pub(super) const PROFILES: [Profile; 3] = [john_doe::PROFILE, jane_smith::PROFILE, acme::PROFILE];
