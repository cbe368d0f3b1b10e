//! What holds for the `core` set without any database: names, order, and rendering.

use migration::core::Migrator;
use migration::support::MAX_NAME_BYTES;
use sea_orm::{DbBackend, MockDatabase, MockExecResult};
use sea_orm_migration::{MigratorTrait, SchemaManager};

const BACKENDS: [DbBackend; 3] = [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite];

const NAMES: [&str; 13] = [
    "m20251010_095900_create_app_tables",
    "m20251010_100000_create_organizations",
    "m20251010_100001_create_subscription_plans",
    "m20251010_100002_create_subscriptions",
    "m20251010_100003_create_usage_tracking",
    "m20251010_100004_create_quota_alerts",
    "m20251010_100005_add_organization_to_users",
    "m20251010_100006_add_organization_to_sessions",
    "m20251010_100007_add_organization_to_blast_sessions",
    "m20251010_100008_add_organization_to_blast_messages",
    "m20251010_100009_add_organization_to_templates",
    "m20251010_100010_add_organization_to_chats",
    "m20251010_100011_add_organization_to_campaigns",
];

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

/// What each migration executes, rendered through a connection that answers no query.
async fn render(backend: DbBackend, way: Way) -> Vec<Vec<String>> {
    let mut rendered = Vec::new();
    for migration in Migrator::migrations() {
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
fn identifiers(statement: &str) -> Vec<&str> {
    let quote = if statement.contains('`') { '`' } else { '"' };
    statement.split(quote).skip(1).step_by(2).collect()
}

#[test]
fn the_thirteen_migrations_are_in_order() {
    let migrations = Migrator::migrations();
    let names: Vec<&str> = migrations
        .iter()
        .map(|migration| migration.name())
        .collect();
    assert_eq!(names, NAMES);
    assert!(names.is_sorted());
}

#[test]
fn every_migration_runs_in_a_transaction() {
    for migration in Migrator::migrations() {
        assert_eq!(
            migration.use_transaction(),
            Some(true),
            "{}",
            migration.name()
        );
    }
}

#[tokio::test]
async fn rendering_is_pure_and_never_empty() {
    for backend in BACKENDS {
        for way in [Way::Up, Way::Down] {
            let first = render(backend, way).await;
            assert_eq!(first, render(backend, way).await);
            assert!(first.iter().all(|statements| !statements.is_empty()));
        }
    }
}

#[tokio::test]
async fn an_object_that_should_not_be_there_is_an_error() {
    for backend in BACKENDS {
        for way in [Way::Up, Way::Down] {
            for statement in render(backend, way).await.concat() {
                assert!(!statement.contains("EXISTS"), "{statement}");
                assert!(!statement.contains(';'), "one at a time: {statement}");
            }
        }
    }
}

#[tokio::test]
async fn names_fit_everywhere() {
    for backend in BACKENDS {
        for statement in render(backend, Way::Up).await.concat() {
            for identifier in identifiers(&statement) {
                // Between the quotes of a JSON default there is also punctuation.
                if identifier.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    assert!(identifier.len() <= MAX_NAME_BYTES, "{identifier}");
                }
            }
        }
    }
}

#[tokio::test]
async fn postgres_enum_types_come_and_go_together() {
    let created = |statements: &[Vec<String>], verb: &str| -> Vec<String> {
        let mut types: Vec<String> = statements
            .concat()
            .iter()
            .filter(|statement| statement.starts_with(verb))
            .map(|statement| identifiers(statement)[0].to_owned())
            .collect();
        types.sort();
        types
    };
    let up = created(&render(DbBackend::Postgres, Way::Up).await, "CREATE TYPE");
    let down = created(&render(DbBackend::Postgres, Way::Down).await, "DROP TYPE");
    assert_eq!(up, down);
    assert_eq!(
        up,
        [
            "organizations_subscriptionPlan_enum",
            "organizations_subscriptionStatus_enum",
            "quota_alerts_alertLevel_enum",
            "subscriptions_billingCycle_enum",
            "subscriptions_status_enum",
            "usage_tracking_periodType_enum",
            "users_roleInOrg_enum",
        ]
    );
}

/// On MySQL each DDL statement commits by itself: one object, one statement, so that a crash leaves whole
/// objects only.
#[tokio::test]
async fn mysql_needs_one_statement_for_each_table() {
    for way in [Way::Up, Way::Down] {
        let counts: Vec<usize> = render(DbBackend::MySql, way)
            .await
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(counts, [7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
    }
}
