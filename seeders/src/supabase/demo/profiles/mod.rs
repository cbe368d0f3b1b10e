//! The demo organizations.

mod harbour_yoga;
mod velo_nord;

use super::profile::Profile;

pub(super) static PROFILES: [Profile; 2] = [velo_nord::PROFILE, harbour_yoga::PROFILE];
