//! Tests of the schema as a value and as SQL: written, read back, compared, mended.

mod roundtrip;
pub mod tools;
