//! What holds for the `supabase` set without any database: names, order, and rendering.

mod common;

use common::{Way, assert_names, render};
use migration::supabase::Migrator;
use sea_orm::DbBackend;

const NAMES: [&str; 5] = [
    "m20240101_000000_add_multi_tenancy",
    "m20240102_000000_create_base_tables",
    "m20240103_000000_enable_row_level_security",
    "m20240104_000000_create_usage_functions",
    "m20240105_000000_create_signup_trigger",
];

#[test]
fn the_five_migrations_are_in_order_and_each_is_a_transaction() {
    assert_names::<Migrator>(&NAMES);
}

async fn statements(way: Way) -> Vec<Vec<String>> {
    render::<Migrator>(DbBackend::Postgres, way).await
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
