//! Tests of the test support itself.

mod cleanup;
mod databases;
mod dumps;
mod readme;
mod runner;
