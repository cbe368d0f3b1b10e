//! Tests of the schema as a value and as SQL: written, read back, compared, mended.

mod commands;
mod mend;
mod older;
mod roundtrip;
pub mod tools;
