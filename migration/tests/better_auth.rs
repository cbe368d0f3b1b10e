//! What holds for the `better-auth` set without any database: names, order, and rendering.

mod common;

use common::{BACKENDS, Way, assert_names, assert_rules, identifiers, mysql_counts, render};
use migration::better_auth::Migrator;
use sea_orm::DbBackend;

#[test]
fn the_new_tables_come_after_better_auths_own() {
    assert_names::<Migrator>(&[
        "m20251013_145558_create_better_auth_tables",
        "m20251017_000000_add_subscriptions_and_modules",
        "m20251018_000000_write_times_with_zone",
        "m20251122_000000_better_auth_1_4",
        "m20260818_000000_better_auth_1_7",
    ]);
}

#[tokio::test]
async fn rendering_keeps_the_rules_and_makes_no_type() {
    assert!(assert_rules::<Migrator>().await.is_empty());
}

/// `user` is a reserved word of PostgreSQL.
#[tokio::test]
async fn every_table_is_named_in_quotes() {
    for backend in BACKENDS {
        for way in [Way::Up, Way::Down] {
            for statement in render::<Migrator>(backend, way).await.concat() {
                let verb = statement.split(['"', '`']).next().unwrap();
                assert!(
                    [
                        "CREATE TABLE ",
                        "CREATE INDEX ",
                        "CREATE UNIQUE INDEX ",
                        "DROP TABLE ",
                        "DROP INDEX ",
                        "ALTER TABLE ",
                        "UPDATE ",
                        "PRAGMA ",
                    ]
                    .iter()
                    .any(|known| verb.starts_with(known)),
                    "{statement}"
                );
                let references = statement.matches("REFERENCES").count();
                let quoted = statement.matches("REFERENCES \"").count()
                    + statement.matches("REFERENCES `").count();
                assert_eq!(references, quoted, "{statement}");
                assert!(identifiers(&statement).iter().all(|name| !name.is_empty()));
            }
        }
    }
}

#[tokio::test]
async fn mysql_needs_one_statement_for_each_table() {
    for way in [Way::Up, Way::Down] {
        let later = match way {
            Way::Up => [0, 4, 8],
            Way::Down => [0, 3, 5],
        };
        let counts = mysql_counts::<Migrator>(way).await;
        assert_eq!((&counts[..2], &counts[2..]), (&[9, 2][..], &later[..]));
    }
}

/// On PostgreSQL the table is Prisma's, where its client sets the column.
#[tokio::test]
async fn updated_at_has_a_default_everywhere_but_where_prisma_has_none() {
    for backend in BACKENDS {
        let statements = render::<Migrator>(backend, Way::Up).await;
        let table = statements[1]
            .iter()
            .find(|statement| statement.contains("currentPeriodStart"))
            .unwrap();
        let line = table.lines().find(|line| line.contains("updatedAt"));
        assert_eq!(
            line.unwrap().contains("DEFAULT"),
            backend != DbBackend::Postgres,
            "{line:?}"
        );
    }
}
