//! Tests of the schema as a value and as SQL: written, read back, compared, mended.

mod commands;
mod mend;
mod mend_cases;
mod older;
mod random;
mod roundtrip;
pub mod tools;
