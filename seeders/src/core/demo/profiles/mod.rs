//! The demo organizations. "Contoh" is Indonesian for "example".

mod batik_melati;
mod kopi_senja;
mod logistik_samudra;
mod rempah_nusantara;

use super::profile::Profile;

/// One organization on each plan, from the smallest plan to the largest.
pub(super) static PROFILES: [Profile; 4] = [
    kopi_senja::PROFILE,
    batik_melati::PROFILE,
    rempah_nusantara::PROFILE,
    logistik_samudra::PROFILE,
];
