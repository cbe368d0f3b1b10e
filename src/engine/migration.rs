//! Migrations as the engine sees them: names and rendered statements.

use std::sync::{OnceLock, PoisonError};

use sea_orm_migration::{MigrationTrait, SchemaManager};
use sha2::{Digest, Sha256};

use super::effects::{Effect, effects};
use super::error::{Error, Result};
use super::recorder::recorder;
use crate::dialect::{Atomicity, Backend};
use crate::schema::hex;

/// Which way a migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Apply.
    Up,
    /// Revert.
    Down,
}

impl Direction {
    /// The word for it: `up` or `down`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// Up and down.
pub const BOTH: [Direction; 2] = [Direction::Up, Direction::Down];

/// One migration, rendered for one kind of database.
#[derive(Debug, Clone)]
pub struct Migration {
    /// sea-orm's name: `m20251010_100000_create_organizations`.
    pub name: String,
    /// The statements of `up`.
    pub up: Vec<String>,
    /// The statements of `down`.
    pub down: Vec<String>,
    /// Whether it asked to run outside a transaction.
    pub outside_transaction: bool,
    /// SHA-256 of the `up` statements.
    pub checksum: String,
    /// The effects of `up` and `down`, read off once.
    pub known_effects: [OnceLock<Vec<Effect>>; 2],
}

impl Migration {
    /// The statements of one direction.
    pub fn statements(&self, direction: Direction) -> &[String] {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    /// What one direction does to the schema and its data.
    pub fn effects(&self, direction: Direction) -> &[Effect] {
        self.known_effects[direction as usize].get_or_init(|| effects(self.statements(direction)))
    }

    /// How its statements are carried out on that database.
    pub fn atomicity(&self, backend: Backend) -> Atomicity {
        let d = backend.dialect();
        // On SQLite nothing has to run outside a transaction, and dropping tables there without
        // our precautions would take the rows that refer to them along.
        let must_be_whole = d.around_drops().is_some();
        if d.ddl_in_transactions() && (must_be_whole || !self.outside_transaction) {
            Atomicity::Whole
        } else {
            Atomicity::Stepwise
        }
    }
}

/// The migrations of one schema set in order, rendered for one kind of database.
#[derive(Debug, Clone)]
pub struct Source {
    /// The set's name.
    pub set: &'static str,
    /// The kind of database.
    pub backend: Backend,
    /// The migrations, oldest first.
    pub migrations: Vec<Migration>,
}

impl Source {
    /// Renders all migrations of a set; `down` only where `directions` has it, because half of
    /// the commands never need it.
    ///
    /// # Errors
    /// When a migration fails to render, reads the database while it does, or when two have the
    /// same name (sea-orm would run both) or are not in order.
    pub async fn render(
        set: &'static str,
        backend: Backend,
        migrations: &[Box<dyn MigrationTrait>],
        directions: &[Direction],
    ) -> Result<Self> {
        let mut rendered: Vec<Migration> = Vec::with_capacity(migrations.len());
        for migration in migrations {
            let name = migration.name().to_owned();
            if let Some(last) = rendered.last()
                && last.name >= name
            {
                return Err(Error::failed(format!(
                    "the schema set {set} lists {name} after {}",
                    last.name
                )));
            }
            let up = render(migration.as_ref(), backend, Direction::Up).await?;
            // What can be left half reverted may have to be finished by `up`.
            let outside_transaction = migration.use_transaction() == Some(false);
            let can_be_torn = outside_transaction || !backend.dialect().ddl_in_transactions();
            let down = if can_be_torn || directions.contains(&Direction::Down) {
                render(migration.as_ref(), backend, Direction::Down).await?
            } else {
                Vec::new()
            };
            rendered.push(Migration {
                checksum: checksum(&up),
                outside_transaction,
                known_effects: Default::default(),
                name,
                up,
                down,
            });
        }
        Ok(Self {
            set,
            backend,
            migrations: rendered,
        })
    }

    /// The position of a migration by its exact name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.migrations.iter().position(|m| m.name == name)
    }

    /// The migration of that exact name.
    pub fn get(&self, name: &str) -> Option<&Migration> {
        self.position(name).map(|i| &self.migrations[i])
    }
}

async fn render(
    migration: &dyn MigrationTrait,
    backend: Backend,
    direction: Direction,
) -> Result<Vec<String>> {
    let (connection, recording) = recorder(backend.sea_orm());
    let manager = SchemaManager::new(&connection);
    let outcome = match direction {
        Direction::Up => migration.up(&manager).await,
        Direction::Down => migration.down(&manager).await,
    };
    let mut recording = recording.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(query) = recording.query.take() {
        return Err(
            Error::failed("a migration reads the database while it renders")
                .migration(migration.name())
                .statement(&query)
                .because(
                    "its statements must be known before it runs: put the condition into the SQL",
                ),
        );
    }
    if let Err(error) = outcome {
        return Err(Error::failed("a migration could not be rendered")
            .migration(migration.name())
            .because(error.to_string()));
    }
    Ok(std::mem::take(&mut recording.statements))
}

/// The checksum of statements: line ends are normalized, so that a checkout with CRLF is the same.
pub fn checksum(statements: &[String]) -> String {
    let mut hash = Sha256::new();
    for statement in statements {
        hash.update(statement.replace("\r\n", "\n").trim().as_bytes());
        hash.update(b"\n;\n");
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm_migration::prelude::*;

    #[test]
    fn checksum_ignores_line_ends_and_sees_everything_else() {
        let one = checksum(&["CREATE TABLE a (\n id int)".to_owned()]);
        assert_eq!(
            one,
            checksum(&["CREATE TABLE a (\r\n id int)\r\n".to_owned()])
        );
        assert_ne!(one, checksum(&["CREATE TABLE a (\n id bigint)".to_owned()]));
        // Moving the border between two statements is a change.
        assert_ne!(
            checksum(&["a".to_owned(), "b".to_owned()]),
            checksum(&["a b".to_owned()])
        );
    }

    struct Reads;
    impl MigrationName for Reads {
        fn name(&self) -> &str {
            "m20250101_000000_reads"
        }
    }
    #[sea_orm_migration::async_trait::async_trait]
    impl MigrationTrait for Reads {
        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            manager.has_table("users").await.map(drop)
        }
        async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_migration_that_reads_is_refused_by_name() {
        let error = Source::render("x", Backend::Postgres, &[Box::new(Reads)], &BOTH)
            .await
            .expect_err("reads");
        assert_eq!(error.migration.as_deref(), Some("m20250101_000000_reads"));
        let twice: [Box<dyn MigrationTrait>; 2] = [Box::new(Reads), Box::new(Reads)];
        assert!(
            Source::render("x", Backend::Sqlite, &twice, &BOTH)
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn the_core_set_renders_alike_every_time() {
        for backend in [Backend::Sqlite, Backend::Postgres, Backend::Mysql] {
            let all = migration::core::Migrator::migrations();
            let once = Source::render("core", backend, &all, &BOTH)
                .await
                .expect("renders");
            let again = Source::render("core", backend, &all, &BOTH)
                .await
                .expect("renders");
            assert_eq!(once.migrations.len(), 13);
            for (a, b) in once.migrations.iter().zip(&again.migrations) {
                assert_eq!((&a.up, &a.down, &a.checksum), (&b.up, &b.down, &b.checksum));
                assert!(!a.up.is_empty() && !a.down.is_empty(), "{}", a.name);
            }
        }
    }
}
