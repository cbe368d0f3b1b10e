//! The demo tenants.

mod bengkel_cepat;
mod kursus_lentera;

use super::profile::Profile;

pub(super) const PROFILES: [Profile; 2] = [bengkel_cepat::PROFILE, kursus_lentera::PROFILE];
