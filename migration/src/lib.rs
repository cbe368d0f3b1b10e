//! The schema sets as sea-orm migrations, one module for each set.
//!
//! Rendering a migration never reads the database: what it executes depends on the backend alone, so
//! that it can be rendered offline for plans and checksums. Nothing here says `IF EXISTS`; an object that
//! is there unexpectedly is an error to report, not to skip.

pub mod better_auth;
pub mod cloudwa;
pub mod core;
mod sources;
pub mod supabase;
pub mod support;
pub mod telecom;

pub use sources::{SOURCES, Source};
