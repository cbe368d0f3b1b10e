//! What holds for the `supabase` set without any database: names, order, and rendering.

use migration::supabase::Migrator;
use sea_orm::{DbBackend, MockDatabase, MockExecResult};
use sea_orm_migration::{MigratorTrait, SchemaManager};

const NAMES: [&str; 7] = [
    "m20240101_000000_add_multi_tenancy",
    "m20240102_000000_create_base_tables",
    "m20240103_000000_enable_row_level_security",
    "m20240104_000000_create_usage_functions",
    "m20240105_000000_create_signup_trigger",
    "m20240106_000000_let_users_go",
    "m20240107_000000_harden_functions",
];

#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// What each migration executes, rendered through a connection that answers no query. The rules for
/// sets of several databases (`common`) do not fit blocks of code.
async fn statements(way: Way) -> Vec<Vec<String>> {
    let mut rendered = Vec::new();
    for migration in Migrator::migrations() {
        let done = vec![MockExecResult::default(); 100];
        let db = MockDatabase::new(DbBackend::Postgres)
            .append_exec_results(done)
            .into_connection();
        let manager = SchemaManager::new(&db);
        match way {
            Way::Up => migration.up(&manager).await.unwrap(),
            Way::Down => migration.down(&manager).await.unwrap(),
        }
        drop(manager);
        let log = db.into_transaction_log();
        let executed = log.iter().flat_map(|transaction| transaction.statements());
        rendered.push(executed.map(|statement| statement.sql.clone()).collect());
    }
    rendered
}

#[test]
fn the_migrations_are_in_order_and_each_is_a_transaction() {
    let migrations = Migrator::migrations();
    let names: Vec<&str> = migrations.iter().map(|m| m.name()).collect();
    assert_eq!(names, NAMES);
    for migration in &migrations {
        assert_eq!(migration.use_transaction(), Some(true));
    }
}

#[tokio::test]
async fn rendering_is_pure_and_never_empty() {
    for way in [Way::Up, Way::Down] {
        let first = statements(way).await;
        assert_eq!(first, statements(way).await);
        assert!(first.iter().all(|statements| !statements.is_empty()));
    }
}

/// Where the set lives is found out when the statements run; and nothing that is in the way is skipped.
#[tokio::test]
async fn no_statement_names_a_schema_of_its_own() {
    for statement in [statements(Way::Up).await, statements(Way::Down).await]
        .concat()
        .concat()
    {
        assert!(!statement.contains("public."), "{statement}");
        for kind in ["TABLE", "FUNCTION", "ROLE", "SCHEMA", "POLICY", "TRIGGER"] {
            assert!(!statement.contains(&format!("{kind} IF ")), "{statement}");
        }
    }
}

/// Text that is put together may do anything, so the engine would ask for consent each time.
#[tokio::test]
async fn nothing_on_the_way_down_is_put_together_when_it_runs() {
    for statement in statements(Way::Down).await.concat() {
        for word in statement.split(|c: char| !c.is_alphanumeric()) {
            let hides = ["EXECUTE", "PERFORM", "CALL", "DELETE", "UPDATE", "TRUNCATE"];
            let in_block = statement.starts_with("DO ") && hides.contains(&word);
            assert!(!in_block, "{word} in {statement}");
        }
    }
}

/// PostgreSQL cuts longer names off without an error.
#[tokio::test]
async fn names_are_short_enough() {
    for statement in statements(Way::Up).await.concat() {
        for word in statement.split(|c: char| !c.is_alphanumeric() && c != '_') {
            assert!(word.len() <= 63, "{word}");
        }
    }
}
