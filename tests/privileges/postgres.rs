//! The roles of the page on PostgreSQL, for the sets that run there without Supabase's roles.

use super::{Cast, LOOKS, assert_clear, privileges};
use crate::commands::unchanged;
use crate::sets::tools::{column, one};
use crate::support::{Db, TestDb};

const SETS: [&str; 4] = ["core", "better-auth", "telecom", "cloudwa"];

/// The tables that only the migrator writes, as far as a database has them.
pub(super) fn books(db: &TestDb) -> Vec<String> {
    column(
        db,
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
         AND (relname = 'seaql_migrations' OR relname LIKE 'saasdb\\_%') ORDER BY 1",
    )
}

/// The tables of the set.
fn tables(db: &TestDb) -> Vec<String> {
    column(
        db,
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
         AND relname <> 'seaql_migrations' AND relname NOT LIKE 'saasdb\\_%' ORDER BY 1",
    )
}

/// Fails the test unless the application's role reads and writes all tables of the set, and reads the
/// books at most.
#[track_caller]
fn assert_application(cast: &Cast, set: &str) {
    let mut session =
        crate::support::Session::open(&cast.db.url_of(cast.name("shop_app"))).expect("it connects");
    let tables = tables(&cast.db);
    assert!(!tables.is_empty());
    for table in &tables {
        let names = column(
            &cast.db,
            &format!(
                "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '{table}'::regclass
                 AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'"
            ),
        );
        let first = &names[0];
        for statement in [
            format!("SELECT * FROM {table} LIMIT 1"),
            format!("UPDATE {table} SET {first} = {first} WHERE false"),
            format!("DELETE FROM {table} WHERE false"),
            format!("INSERT INTO {table} ({first}) SELECT {first} FROM {table} WHERE false"),
        ] {
            let done = session.try_sql(&statement);
            assert!(done.is_ok(), "{set}: {statement}: {done:?}");
        }
    }
    let books = books(&cast.db);
    assert_eq!(
        books,
        [
            "saasdb_meta",
            "saasdb_migrations",
            "saasdb_seeds",
            "seaql_migrations"
        ]
        .map(str::to_owned),
        "a new one belongs into docs/privileges.md"
    );
    for book in books {
        let key = match book.as_str() {
            "saasdb_meta" => "name",
            "saasdb_seeds" => "seeder",
            _ => "version",
        };
        for statement in [
            format!("INSERT INTO {book} ({key}) VALUES ('x')"),
            format!("UPDATE {book} SET {key} = 'x'"),
            format!("DELETE FROM {book}"),
            format!("TRUNCATE {book}"),
            format!("DROP TABLE {book}"),
            format!("ALTER TABLE {book} ADD COLUMN x text"),
        ] {
            let error = session
                .try_sql(&statement)
                .expect_err(&statement)
                .to_string();
            let refused = error.contains("permission denied") || error.contains("must be owner");
            assert!(refused, "{set}: {statement}: {error}");
        }
    }
    session.close();
}

#[test]
fn every_set_is_migrated_read_and_used_by_these_roles() {
    for set in SETS {
        let cast = Cast::of(TestDb::new(Db::Postgres));
        cast.work("postgres", &["closed", "migrator", "reader", "app"], set);
        assert_eq!(
            one(
                &cast.db,
                "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = (SELECT relowner::regrole::text FROM pg_class WHERE relname = 'seaql_migrations')"
            ),
            "f"
        );
        // Guards Dialect::keep_from_others: without it the default privileges let it write the books.
        assert_application(&cast, set);
        unchanged(&cast.db, || {
            for line in LOOKS {
                cast.call("shop_reader", set, line).success();
            }
        });
    }
}

#[test]
fn a_reader_with_one_privilege_less_is_told_which() {
    // Guards Database::check_withheld: without it a database whose schema may not be used looks empty.
    let cast = Cast::of(TestDb::new(Db::Postgres));
    for mark in ["closed", "migrator"] {
        cast.grant(&format!("postgres {mark}"));
    }
    cast.call("shop_migrator", "core", "setup").success();
    cast.grant("postgres reader");
    for privilege in privileges(&cast.statements("postgres reader")) {
        cast.db.sql(&privilege.revoke);
        unchanged(&cast.db, || {
            for line in LOOKS {
                // The catalogue is open to everybody who may connect and use the schema.
                let open = ["schema d", "migrate fresh --dry"]
                    .iter()
                    .any(|w| line.starts_with(w));
                if privilege.name == "SELECT" && open {
                    continue;
                }
                let refused = cast.call("shop_reader", "core", line);
                assert_clear(&refused, &format!("{line} without {}", privilege.name));
            }
        });
        cast.db.sql(&privilege.grant);
    }
    for line in LOOKS {
        cast.call("shop_reader", "core", line).success();
    }
}

#[test]
fn a_migrator_with_one_privilege_less_is_told_which() {
    let cast = Cast::of(TestDb::new(Db::Postgres));
    for mark in ["closed", "migrator"] {
        cast.grant(&format!("postgres {mark}"));
    }
    for privilege in privileges(&cast.statements("postgres migrator")) {
        cast.db.sql(&privilege.revoke);
        for line in ["migrate up", "setup"] {
            let refused = unchanged(&cast.db, || cast.call("shop_migrator", "core", line));
            assert_clear(&refused, &format!("{line} without {}", privilege.name));
        }
        cast.db.sql(&privilege.grant);
    }
    cast.call("shop_migrator", "core", "setup").success();
}

#[test]
fn a_role_that_owns_nothing_changes_nothing() {
    let cast = Cast::of(TestDb::new(Db::Postgres));
    for mark in ["closed", "migrator", "reader", "app"] {
        cast.grant(&format!("postgres {mark}"));
    }
    cast.call("shop_migrator", "core", "setup").success();
    cast.call("shop_migrator", "core", "migrate down --steps 1")
        .success();
    for role in ["shop_reader", "shop_app"] {
        unchanged(&cast.db, || {
            for line in [
                "migrate up",
                "migrate down --steps 1",
                "migrate fresh --yes",
                "seed undo",
                "migrate repair",
                "migrate baseline --to 20251010100011",
            ] {
                let refused = cast.call(role, "core", line);
                // There may be nothing to repair; and what a baseline finds missing it says first.
                if line.contains("repair") && refused.code == 0
                    || line.contains("baseline") && refused.code == 6
                {
                    continue;
                }
                assert_clear(&refused, &format!("{line} as {role}"));
            }
        });
    }
}

#[test]
fn the_application_is_let_in_later_without_the_books() {
    let cast = Cast::of(TestDb::new(Db::Postgres));
    for mark in ["closed", "migrator"] {
        cast.grant(&format!("postgres {mark}"));
    }
    cast.call("shop_migrator", "core", "setup").success();
    let before: Vec<String> = cast.statements("postgres app");
    for statement in before.iter().filter(|s| !s.starts_with("ALTER DEFAULT")) {
        cast.db.sql(statement);
    }
    cast.grant("postgres app later");
    assert_application(&cast, "core");
}

#[test]
fn schemas_and_databases_are_made_by_who_may() {
    let cast = Cast::of(TestDb::new(Db::Postgres));
    for mark in ["closed", "migrator"] {
        cast.grant(&format!("postgres {mark}"));
    }
    let within = |line: &str| {
        let words = line.split(' ').chain(["--schema", "blue"]);
        cast.program("shop_migrator", "core").call(words)
    };
    for line in ["setup", "migrate up"] {
        let refused = unchanged(&cast.db, || within(line));
        assert_clear(&refused, line);
        assert!(
            refused.stderr.contains("GRANT CREATE ON DATABASE"),
            "{refused:?}"
        );
    }
    cast.grant("postgres schema");
    within("setup").success();

    let missing = TestDb::missing(Db::Postgres);
    let url = cast.db.url_of(cast.name("shop_migrator"));
    let url = url.replace(cast.db.name(), missing.name());
    let program = cast
        .program("shop_migrator", "telecom")
        .env("DATABASE_URL", url);
    let verify = cast.program("shop_migrator", "telecom");
    let refused = program.call(["setup"]);
    assert_clear(&refused, "setup");
    assert!(!missing.exists());
    let refused = unchanged(&cast.db, || verify.call(["migrate", "verify"]));
    assert_clear(&refused, "verify");
    assert!(refused.stderr.contains("CREATEDB"), "{refused:?}");
    cast.grant("postgres setup");
    program.call(["setup"]).success();
    verify.call(["migrate", "verify"]).success();
}
