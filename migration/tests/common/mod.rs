//! What must hold for the migrations of any set without a database, for the tests of each.
#![allow(dead_code, reason = "no set's test needs all of it")]

use migration::support::MAX_NAME_BYTES;
use sea_orm::{DbBackend, MockDatabase, MockExecResult};
use sea_orm_migration::{MigratorTrait, SchemaManager};

pub const BACKENDS: [DbBackend; 3] = [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite];

#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Up,
    Down,
}

/// What each migration executes, rendered through a connection that answers no query.
pub async fn render<M: MigratorTrait>(backend: DbBackend, way: Way) -> Vec<Vec<String>> {
    let mut rendered = Vec::new();
    for migration in M::migrations() {
        let done = vec![MockExecResult::default(); 100];
        let db = MockDatabase::new(backend)
            .append_exec_results(done)
            .into_connection();
        let manager = SchemaManager::new(&db);
        match way {
            Way::Up => migration.up(&manager).await.unwrap(),
            Way::Down => migration.down(&manager).await.unwrap(),
        }
        drop(manager);
        let statements = db
            .into_transaction_log()
            .iter()
            .flat_map(|transaction| transaction.statements())
            .map(|statement| statement.sql.clone())
            .collect();
        rendered.push(statements);
    }
    rendered
}

/// Everything between double quotes or backticks.
pub fn identifiers(statement: &str) -> Vec<&str> {
    let quote = if statement.contains('`') { '`' } else { '"' };
    statement.split(quote).skip(1).step_by(2).collect()
}

/// The migrations are those, in that order, each in a transaction.
#[track_caller]
pub fn assert_names<M: MigratorTrait>(expected: &[&str]) {
    let migrations = M::migrations();
    let names: Vec<&str> = migrations.iter().map(|m| m.name()).collect();
    assert_eq!(names, expected);
    assert!(names.is_sorted());
    for migration in &migrations {
        let own = migration.use_transaction();
        assert_eq!(own, Some(true), "{}", migration.name());
    }
}

/// Rendering is pure and never empty, takes one statement at a time, and skips nothing that should not
/// be there; names fit everywhere; what PostgreSQL's `up` makes of types, its `down` drops. Returns the
/// names of these types.
pub async fn assert_rules<M: MigratorTrait>() -> Vec<String> {
    for backend in BACKENDS {
        for way in [Way::Up, Way::Down] {
            let first = render::<M>(backend, way).await;
            assert_eq!(first, render::<M>(backend, way).await);
            for (i, statements) in first.iter().enumerate() {
                // What concerns one database alone has nothing to do on the others.
                let mut others = Vec::new();
                for other in BACKENDS {
                    others.push(render::<M>(other, way).await[i].len());
                }
                assert!(
                    !statements.is_empty() || others.iter().any(|n| *n > 0),
                    "{i}"
                );
            }
            for statement in first.concat() {
                assert!(!statement.contains("EXISTS"), "{statement}");
                assert!(!statement.contains(';'), "one at a time: {statement}");
                for identifier in identifiers(&statement) {
                    // Between the quotes of a JSON default there is also punctuation.
                    if identifier.chars().all(|c| c.is_alphanumeric() || c == '_') {
                        assert!(identifier.len() <= MAX_NAME_BYTES, "{identifier}");
                    }
                }
            }
        }
    }
    let up = types::<M>(Way::Up, "CREATE TYPE").await;
    assert_eq!(up, types::<M>(Way::Down, "DROP TYPE").await);
    up
}

/// The types that PostgreSQL's statements of that verb name.
async fn types<M: MigratorTrait>(way: Way, verb: &str) -> Vec<String> {
    let mut types: Vec<String> = render::<M>(DbBackend::Postgres, way)
        .await
        .concat()
        .iter()
        .filter(|statement| statement.starts_with(verb))
        .map(|statement| identifiers(statement)[0].to_owned())
        .collect();
    types.sort();
    types
}

/// How many statements each migration has on MySQL, where each DDL statement commits by itself.
pub async fn mysql_counts<M: MigratorTrait>(way: Way) -> Vec<usize> {
    let rendered = render::<M>(DbBackend::MySql, way).await;
    rendered.iter().map(Vec::len).collect()
}
