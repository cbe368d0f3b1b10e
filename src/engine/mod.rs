//! The engine: plans, locks, applies and records migrations, and seeds.

pub mod apply;
mod attend;
pub mod backoff;
pub mod baseline;
pub mod clock;
pub mod database;
pub mod drift;
#[cfg(feature = "faults")]
pub mod drill;
pub mod effects;
pub mod error;
pub mod export;
pub mod fresh;
pub mod gate;
pub mod guard;
pub mod history;
mod in_doubt;
pub mod interrupt;
pub mod journal;
pub mod keep_drift;
pub mod losses;
pub mod makes;
pub mod migration;
mod namespace;
pub mod operate;
pub mod plan;
mod recorder;
pub mod repair;
pub mod rows;
mod scratch;
pub mod script;
pub mod seed;
mod send;
pub mod sides;
pub mod sight;
mod signs;
mod stepwise;
mod trouble;
pub mod verify;
pub mod version;
pub mod words;

pub use database::{Database, Limits, Open};
pub use error::{Error, Exit, Result};
pub use interrupt::Interrupt;
pub use migration::{BOTH, Direction, Migration, Source};
