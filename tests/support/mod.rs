//! What every test stands on: servers, a database per test, the program under
//! test, and redaction of what differs from run to run.
//!
//! A test asks for what it needs and cleans up nothing:
//!
//! ```ignore
//! let db = TestDb::new(Db::Postgres);
//! let status = Saasdb::new().db(&db).call(["status"]).success();
//! insta::assert_snapshot!(status.snapshot_text());
//! ```
//!
//! Servers start when the first test asks for one and are stopped by a
//! supervisor process (`supervisor.sh`) as soon as the test process is gone,
//! however it ended. A server that can't be had fails the test.

mod browser;
mod cli;
mod database;
mod dump;
mod printed;
mod proxy;
mod redact;
mod scratch;
mod server;
mod sql;

pub use browser::Browser;
pub use cli::{Output, Running, Saasdb};
pub use database::{Db, OwnServer, TestDb};
pub use proxy::Proxy;
pub use redact::{bind_redactions, secret_in};
pub use scratch::{random_hex, scratch};
pub use server::{PASSWORD, psql};
pub use sql::Session;
