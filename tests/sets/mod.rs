//! Tests of the schema sets: one contract for all of them, and each set against its document.

mod better_auth_seeds;
pub mod catalogue;
mod cloudwa_behaviour;
mod cloudwa_engine;
mod cloudwa_entities;
mod cloudwa_schema;
mod cloudwa_seeds;
mod contract;
mod core_behaviour;
mod core_schema;
mod core_seeds;
mod d1;
mod diagrams;
mod entities;
mod expected;
pub mod fill;
mod overview;
mod supabase_functions;
mod supabase_guards;
mod supabase_isolation;
mod supabase_schema;
mod supabase_signup;
mod supabase_usage;
mod supabase_world;
mod telecom_schema;
pub mod tools;
