//! Today's models and their relations, one module for each schema set.
//!
//! Migrations do not use them: models move on with the application, a migration must not.

pub mod better_auth;
pub mod cloudwa;
pub mod core;
mod describe;
mod hex;
mod id;
mod numeric;
pub mod supabase;
pub mod telecom;

pub use describe::{Kind, Model, ModelColumn};
pub use hex::hex_id;
pub use id::Id;
pub use numeric::Numeric;
