//! Tests of the schema sets: one contract for all of them, and each set against its document.

pub mod catalogue;
mod contract;
mod core_behaviour;
mod core_schema;
mod core_seeds;
mod entities;
pub mod fill;
mod supabase_entities;
mod supabase_seeds;
pub mod tools;
