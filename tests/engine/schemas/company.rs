//! A set in a schema beside others: another set, tables that refer to it, a pooler, an application
//! with sea-orm.

use std::time::Duration;

use migration::core::Migrator;
use saasdb::config::{Color, Format};
use saasdb::dialect::{Backend, Target};
use saasdb::engine::apply::Span;
use saasdb::engine::guard::Consent;
use saasdb::engine::operate::{self, Context};
use saasdb::engine::plan::UpTarget;
use saasdb::engine::{self, BOTH, Exit, Interrupt, Limits, Open, Source, script};
use saasdb::ui::{Ui, Verbosity};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbErr};
use sea_orm_migration::async_trait::async_trait;
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

use super::{LOOKS, applied, relations, schemas, status, within, work};
use crate::commands::shown;
use crate::engine::pooler::{KINDS, pooler};
use crate::sets::tools::{CORE, block_on, eventually, one, run, saasdb};
use crate::support::{Db, Running, Saasdb, TestDb};

#[test]
fn a_second_set_is_refused_schema_by_schema() {
    let db = TestDb::new(Db::Postgres);
    for name in ["public", "blue", "green"] {
        work(&db, name, "migrate up");
    }
    for name in ["public", "blue"] {
        db.sql(&format!(
            "UPDATE {name}.saasdb_meta SET value = 'telecom' WHERE name = 'schema_set';
             DELETE FROM {name}.seaql_migrations;
             INSERT INTO {name}.seaql_migrations VALUES ('m20241001_000000_create_users', 1)"
        ));
    }
    for command in [
        "migrate up",
        "status",
        "migrate status",
        "migrate down --all --yes",
        "seed",
        "setup",
        "migrate baseline --to 20251010095900",
    ] {
        let words = || command.split_whitespace();
        for (call, name) in [(within(&db, "blue"), "blue"), (saasdb(&db), "public")] {
            let refused = call.call(words()).code(6);
            for word in ["telecom", "core", "--schema", &format!("`{name}`")] {
                assert!(refused.stderr.contains(word), "{word}: {refused:?}");
            }
        }
    }
    let refused = within(&db, "blue").call(["migrate", "up"]);
    insta::assert_snapshot!("schema_other_set", shown(&refused));
    work(&db, "green", "migrate redo");
}

#[test]
fn two_sets_at_once_in_one_place_end_with_one_of_them() {
    let db = TestDb::new(Db::Postgres);
    // The other set's first run, as far as it is before its first COMMIT.
    let mut other = db.session();
    db.sql("CREATE SCHEMA blue");
    other.sql(
        "BEGIN; CREATE TABLE blue.seaql_migrations (version varchar PRIMARY KEY, applied_at bigint); \
         CREATE TABLE blue.saasdb_meta (name varchar PRIMARY KEY, value text, updated_at text); \
         INSERT INTO blue.seaql_migrations VALUES ('m20241001_000000_create_users', 0); \
         INSERT INTO blue.saasdb_meta VALUES ('schema_set', 'telecom', '')",
    );
    let up = within(&db, "blue").args(["migrate", "up"]).spawn();
    eventually(Duration::from_secs(20), "it waits for the other", || {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock'";
        one(&db, waiting) != "0"
    });
    other.sql("COMMIT");
    let refused = up.wait().code(6);
    assert!(refused.stderr.contains("telecom"), "{refused:?}");
    assert_eq!(relations(&db, "blue"), ["saasdb_meta", "seaql_migrations"]);
}

#[test]
fn foreign_keys_between_schemas_stop_what_they_would_break_and_nothing_else() {
    let db = TestDb::new(Db::Postgres);
    for name in ["public", "blue"] {
        work(&db, name, "migrate up");
    }
    // A table beside the set that refers to the other schema's table of the same name.
    db.sql("CREATE TABLE blue.mine (id uuid REFERENCES public.organizations (id))");
    let before = status(&db, "blue");
    assert_eq!(
        before["drift"]["differences"][0]["object"], "table mine",
        "{before}"
    );
    let stopped = saasdb(&db).call(["migrate", "down", "--all"]).code(6);
    assert!(
        stopped.stderr.contains("blue.mine refers to organizations"),
        "{stopped:?}"
    );
    saasdb(&db).call(["migrate", "fresh"]).code(6);
    work(&db, "blue", "migrate fresh");
    work(&db, "blue", "migrate down --all");
    db.sql("DROP TABLE blue.mine");
    run(&db, "migrate down --all");
}

#[test]
fn behind_a_pooler_everything_is_in_the_schema_too() {
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        let pooler = pooler(&db, extra);
        let through = |name: &str| within(&db, name).env("DATABASE_URL", &pooler.url);
        let call = |name: &str, words: &str| through(name).call(words.split_whitespace()).success();
        let blue = "blue \\ \"one\"";
        let names = [blue, "green"];
        for name in names {
            for command in LOOKS {
                call(name, command);
            }
        }
        assert_eq!(schemas(&db), [""; 0], "{extra}");
        for (times, command) in [(3, "migrate up"), (2, "migrate refresh"), (2, "setup")] {
            let start = |name: &&str| {
                let call = through(name).args(command.split(' '));
                (0..times).map(|_| call.spawn()).collect::<Vec<Running>>()
            };
            let runs: Vec<Running> = names.iter().flat_map(start).collect();
            for run in runs {
                run.wait().success();
            }
        }
        for name in names {
            for command in LOOKS {
                call(name, command);
            }
            call(name, "seed");
            call(name, "seed undo");
            call(name, "migrate fresh");
            call(name, "migrate down --all");
            call(name, "migrate up --transaction run");
            call(name, "migrate repair --accept-drift");
            let status = call(name, "status --format json").json();
            assert_eq!(
                status["drift"]["state"], "none",
                "{extra}, {name}: {status}"
            );
            assert_eq!(status["applied"], 13);
            assert!(applied(&db, name).iter().eq(CORE), "{extra}, {name}");
        }
        assert_eq!(schemas(&db), names, "{extra}");
        assert_eq!(relations(&db, "public"), [""; 0], "{extra}");
        // No session of the pool keeps the choice.
        for _ in 0..5 {
            let plain = Saasdb::new().env("DATABASE_URL", &pooler.url);
            let status = plain.call(["status", "--format", "json"]).success().json();
            assert_eq!(status["applied"], 0, "{extra}");
        }
    }
}

#[test]
fn an_application_with_sea_orm_sees_the_same_history() {
    /// What sea-orm takes for applied and for pending, and whether it can go on from there.
    fn start_up(options: ConnectOptions, steps: Option<u32>) -> (usize, usize) {
        block_on(async {
            let connection = Database::connect(options).await.expect("sea-orm connects");
            Migrator::up(&connection, steps)
                .await
                .expect("sea-orm migrates");
            let applied = Migrator::get_applied_migrations(&connection).await.unwrap();
            let pending = Migrator::get_pending_migrations(&connection).await.unwrap();
            connection.close().await.unwrap();
            (applied.len(), pending.len())
        })
    }
    let db = TestDb::new(Db::Postgres);
    let by_url = |name: &str| {
        let mut options =
            ConnectOptions::new(format!("{}?options=-csearch_path%3D{name}", db.url()));
        options.sqlx_logging(false).max_connections(2);
        options
    };
    let by_option = |name: &str| {
        let mut options = ConnectOptions::new(db.url());
        options
            .sqlx_logging(false)
            .max_connections(2)
            .set_schema_search_path(name);
        options
    };
    work(&db, "blue", "migrate up --steps 9");
    assert_eq!(start_up(by_url("blue"), Some(2)), (11, 2));
    assert_eq!(start_up(by_option("blue"), Some(1)), (12, 1));
    assert_eq!(status(&db, "blue")["applied"], 12);
    work(&db, "blue", "migrate up");
    assert_eq!(start_up(by_option("blue"), None), (13, 0));

    // The other way round: the application made everything.
    db.sql("CREATE SCHEMA green");
    assert_eq!(start_up(by_url("green"), None), (13, 0));
    let versions = work(&db, "green", "migrate status --format json").json();
    assert_eq!(versions["schema"], "green");
    for migration in versions["migrations"].as_array().unwrap() {
        assert_eq!(
            (&migration["state"], &migration["checksum"]),
            (&"applied".into(), &"unknown".into())
        );
    }
    work(&db, "green", "migrate repair");
    work(&db, "green", "migrate redo");
    assert_eq!(relations(&db, "public"), [""; 0]);
}

/// A migration that PostgreSQL runs in no transaction.
struct Concurrent;

impl MigrationName for Concurrent {
    fn name(&self) -> &str {
        "m20260101_000000_concurrent"
    }
}

#[async_trait]
impl MigrationTrait for Concurrent {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            "CREATE TABLE things (id integer PRIMARY KEY, name text)",
            "CREATE INDEX CONCURRENTLY things_name_idx ON things (name)",
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP TABLE things").await?;
        Ok(())
    }
}

/// Applies it to the schema `blue` as a program that embeds saasdb would, and says what it
/// would print.
fn apply(url: &str) -> engine::Result<String> {
    block_on(async {
        let all: [Box<dyn MigrationTrait>; 1] = [Box::new(Concurrent)];
        let source = Source::render("things", Backend::Postgres, &all, &BOTH)
            .await
            .unwrap();
        let target = Target::parse(url).unwrap().in_schema("blue").unwrap();
        let time = Duration::from_secs(5);
        let limits = Limits {
            wait: time,
            connect_timeout: time,
            network_timeout: time,
            lock_timeout: time,
            ddl_lock_timeout: time,
            ddl_retry_for: time,
        };
        let mut db = engine::Database::open(
            &target,
            Open::Existing,
            "test",
            &limits,
            &Interrupt::default(),
        )
        .await
        .unwrap();
        let ui = Ui::new(Format::Text, Color::Never, Verbosity::Quiet);
        let cx = Context {
            source: &source,
            environment: None,
            span: Span::Migration,
            consent: &Consent::default(),
            asker: &ui,
            observer: &ui,
        };
        let script = operate::preview_up(&mut db, &cx, &UpTarget::All, false)
            .await
            .map(|steps| {
                script::script(&db, &cx.run(&db, &steps))
                    .concat()
                    .join("\n")
            });
        let done = operate::up(&mut db, &cx, &UpTarget::All, false).await;
        db.close().await;
        done.and(script)
    })
}

#[test]
fn a_migration_outside_a_transaction_is_in_the_schema_or_refused() {
    let direct = TestDb::new(Db::Postgres);
    let script = apply(direct.url()).unwrap();
    assert!(
        script.starts_with("CREATE SCHEMA \"blue\"\nSET search_path TO \"blue\"\n"),
        "{script}"
    );
    assert_eq!(relations(&direct, "public"), [""; 0]);
    assert!(relations(&direct, "blue").contains(&"things".to_owned()));
    for extra in KINDS {
        let db = TestDb::new(Db::Postgres);
        let pooler = pooler(&db, extra);
        let refused = apply(&pooler.url).unwrap_err();
        assert_eq!(refused.exit, Exit::Refused, "{refused}");
        assert_eq!(relations(&db, "public"), [""; 0]);
        assert_eq!(schemas(&db), [""; 0], "{extra}");
    }
}
