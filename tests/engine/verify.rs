//! `migrate verify` as a library: migrations of the test's own, with and without faults.

mod broken;
mod random;
mod sound;

use std::time::Duration;

use saasdb::dialect::{Backend, Target};
use saasdb::engine::apply::Observer;
use saasdb::engine::verify::{self, Request, Verified, What, When};
use saasdb::engine::{BOTH, Interrupt, Limits, Source};
use sea_orm_migration::prelude::*;

use crate::sets::tools::block_on;
use crate::support::{Db, TestDb};

/// A migration of plain SQL.
pub struct Sql {
    name: &'static str,
    up: Vec<String>,
    down: Vec<String>,
}

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &self.up).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &self.down).await
    }
}

async fn execute(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}

/// The first migration.
pub const ONE: &str = "m20300101_000001_one";
/// The second.
pub const TWO: &str = "m20300101_000002_two";
/// The third.
pub const THREE: &str = "m20300101_000003_three";

/// A migration of these statements.
pub fn sql(name: &'static str, up: &[&str], down: &[&str]) -> Sql {
    let own = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect();
    Sql {
        name,
        up: own(up),
        down: own(down),
    }
}

struct Silent;

impl Observer for Silent {}

/// These migrations, rendered for that kind of database.
#[track_caller]
pub fn source(kind: Db, migrations: Vec<Sql>) -> Source {
    let migrations: Vec<Box<dyn MigrationTrait>> = migrations
        .into_iter()
        .map(|m| Box::new(m) as Box<dyn MigrationTrait>)
        .collect();
    let backend = match kind {
        Db::Sqlite => Backend::Sqlite,
        Db::Postgres => Backend::Postgres,
        Db::Mysql => Backend::Mysql,
    };
    block_on(Source::render("own", backend, &migrations, &BOTH))
        .unwrap_or_else(|error| panic!("{kind:?}: {error}"))
}

/// Time limits that a busy machine keeps.
pub fn limits() -> Limits {
    Limits {
        wait: Duration::ZERO,
        connect_timeout: Duration::from_secs(20),
        network_timeout: Duration::from_secs(20),
        lock_timeout: Duration::from_secs(20),
        ddl_lock_timeout: Duration::from_secs(5),
        ddl_retry_for: Duration::from_secs(5),
    }
}

/// Verifies migrations on a scratch database of that kind.
#[track_caller]
pub fn verified(kind: Db, migrations: Vec<Sql>) -> Verified {
    let db = TestDb::missing(kind);
    let target = Target::parse(db.url()).expect("a URL");
    let source = source(kind, migrations);
    let limits = limits();
    let found = block_on(verify::run(&Request {
        source: &source,
        target: &target,
        scratch_url: None,
        keep: false,
        limits: &limits,
        interrupt: &Interrupt::default(),
        observer: &Silent,
    }))
    .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    assert!(!db.exists(), "the database itself is not made");
    assert!(!found.kept);
    found
}

/// What was found, without its details.
pub fn failures(found: &Verified) -> Vec<(&str, When, What, &str)> {
    found
        .failures
        .iter()
        .map(|f| (f.migration.as_str(), f.when, f.what, f.object.as_str()))
        .collect()
}

/// Fails the test if anything was found, or could not be tried.
#[track_caller]
pub fn assert_clean(found: &Verified) {
    assert!(found.is_clean(), "{:#?}", found.failures);
    assert_eq!(found.notes, []);
}
