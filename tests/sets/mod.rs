//! Tests of the schema sets: one contract for all of them, and each set against its document.

pub mod catalogue;
mod contract;
pub mod fill;
pub mod tools;
