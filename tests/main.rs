//! Integration tests of `saasdb` against real SQLite, PostgreSQL and MariaDB.
//!
//! `support` starts the servers and runs the program; every other module is a
//! group of tests. `harness` holds the tests of `support` itself.

mod checks;
mod commands;
mod crash;
mod drill;
mod engine;
mod fuzz;
mod harness;
mod privileges;
mod schema;
mod sets;
mod support;
mod torture;
