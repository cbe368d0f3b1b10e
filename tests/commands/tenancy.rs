//! What all verbs of `module`, `subscription` and `organization` need: a set that has organizations,
//! its tables, the rights; and what they make of names and interrupts.

use super::tenants::{
    FUTURE, SET, enabled, hold, json, migrated, module, on, on_all, quoted, run, sql, subscriber,
    subscription,
};
use super::{error, fits, hint, shown, unchanged};
use crate::support::{Db, Saasdb, TestDb};

/// Every command of these nouns that opens a database.
const ALL: [&str; 7] = [
    "module list nike",
    "module enable nike crm",
    "module disable nike crm",
    "module stats",
    "subscription sweep",
    "subscription sweep --dry-run",
    "organization show nike",
];

#[test]
fn sets_without_organizations_say_so() {
    let db = TestDb::new(Db::Sqlite);
    super::run(&db, "migrate up").success();
    for line in ALL.into_iter().chain(["module list"]) {
        let output = unchanged(&db, || super::run(&db, line).code(2));
        assert!(hint(&output).contains(SET), "{output:?}");
        assert!(error(&output).contains("core"), "{output:?}");
    }
    insta::assert_snapshot!("no_modules", shown(&super::run(&db, "module list")));
    insta::assert_snapshot!("no_sweep", shown(&super::run(&db, "subscription sweep")));
}

#[test]
fn another_set_in_the_database_is_refused() {
    let db = TestDb::new(Db::Sqlite);
    super::run(&db, "migrate up").success();
    for line in ALL {
        let output = unchanged(&db, || run(&db, line).code(6));
        assert!(hint(&output).contains("--set core"), "{output:?}");
    }
}

#[test]
fn the_tables_have_to_be_there() {
    TestDb::on_all(|db| {
        for steps in 0..2 {
            unchanged(db, || {
                for line in ALL {
                    let output = run(db, line).code(3);
                    assert!(hint(&output).contains("migrate up"), "{output:?}");
                    let command = line.trim_end_matches(" --dry-run").replace(" nike", "");
                    let command = command.trim_end_matches(" crm");
                    let wanted = match steps {
                        0 => format!("`{command}` needs 2 migrations first"),
                        _ => format!("`{command}` needs 1 migration first"),
                    };
                    assert_eq!(error(&output), wanted);
                }
            });
            run(db, "migrate up --steps 1").success();
        }
        run(db, "module stats").success();
    });
    let missing = TestDb::missing(Db::Sqlite);
    for line in ALL {
        let output = run(&missing, line).code(1);
        assert!(hint(&output).contains("saasdb setup"), "{output:?}");
        assert!(!missing.exists(), "{line}");
    }
}

#[test]
fn a_history_that_is_not_ours_stops_writing_only() {
    let db = migrated(Db::Sqlite);
    subscriber(&db, "nike", "free");
    db.sql(
        "INSERT INTO seaql_migrations VALUES ('m20990101_000000_new', 1);
         INSERT INTO saasdb_migrations (version, kind, state, direction, started_at)
         VALUES ('m20990101_000000_new', 'applied', 'applied', 'up', '2099-01-01T00:00:00Z');",
    );
    for line in ["module list nike", "module stats", "organization show nike"] {
        run(&db, line).success();
    }
    for line in ["module enable nike crm", "subscription sweep"] {
        unchanged(&db, || run(&db, line).code(4));
    }
}

#[test]
fn reading_needs_no_rights_to_write() {
    on_all(|db| {
        subscriber(db, "nike", "free");
        module(db, "nike", "inventory");
        let reader = Saasdb::new()
            .env("DATABASE_URL", db.read_only_url())
            .env("SAASDB_SET", SET);
        for line in ["module list nike", "module stats", "organization show nike"] {
            unchanged(db, || reader.call(line.split_whitespace()).success());
        }
        for (line, what) in [
            (
                "module enable nike crm",
                "crm could not be enabled for nike",
            ),
            (
                "module disable nike inventory",
                "inventory could not be disabled for nike",
            ),
        ] {
            let output = unchanged(db, || reader.call(line.split_whitespace()).code(1));
            assert_eq!(error(&output), what);
            hint(&output);
        }
    });
}

#[test]
fn names_with_quotes_and_other_letters() {
    on_all(|db| {
        let slug = r"o'neil-東京-\x";
        let name = r#"O'Neil "& Söhne" 東京"#;
        let literal = |text: &str| match db.kind() {
            Db::Mysql => text.replace('\\', r"\\").replace('\'', "''"),
            _ => text.replace('\'', "''"),
        };
        let insert = quoted(
            db,
            r#"INSERT INTO "organization" ("id", "name", "slug", "createdAt")
               VALUES ('org-1', ':name', ':slug', '2025-10-01 09:00:00')"#,
        );
        db.sql(
            &insert
                .replace(":name", &literal(name))
                .replace(":slug", &literal(slug)),
        );
        subscription(db, "1", "free", "active", FUTURE);
        let call = on(db);
        call.call(["module", "enable", slug, "crm"]).success();
        let list = call.call(["module", "list", slug]).success();
        assert!(list.stdout.contains(slug), "{}", list.stdout);
        fits(&list);
        let shown = call.call(["organization", "show", slug]).success();
        assert!(shown.stdout.contains("Söhne"), "{}", shown.stdout);
        call.call(["module", "disable", slug, "crm"]).success();
        // Nothing that is typed gets out of its quotes.
        unchanged(db, || {
            for hostile in [
                "x' OR '1'='1",
                r"\' OR 1=1 -- ",
                "'; DROP TABLE member; --",
                "",
            ] {
                let output = call.call(["module", "enable", hostile, "crm"]).code(1);
                assert!(error(&output).contains("no organization"), "{output:?}");
                let words = ["module", "enable", slug, "crm", "--by", hostile];
                let output = call.call(words).code(1);
                assert!(error(&output).contains("no user"), "{output:?}");
                call.call(["module", "disable", slug, hostile]).code(2);
            }
        });
    });
}

#[test]
fn what_users_wrote_cannot_play_with_the_terminal() {
    let db = migrated(Db::Sqlite);
    sql(
        &db,
        r#"INSERT INTO "organization" ("id", "name", "slug", "createdAt")
           VALUES ('o', 'a' || char(27) || '[2Jb', 'evil', '2025-10-01 09:00:00')"#,
    );
    sql(
        &db,
        r#"INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
             "currentPeriodStart", "currentPeriodEnd", "updatedAt")
           VALUES ('s', 'o', 'free' || char(27) || '[2J', 'active', '2020-01-01', '2990-01-01', '2020-01-01')"#,
    );
    for line in [
        "module list evil",
        "organization show evil",
        "module enable evil crm",
    ] {
        let output = run(&db, line);
        let text = format!("{}{}", output.stdout, output.stderr);
        assert!(text.contains("\u{fffd}[2J"), "{line}: {text}");
        assert!(!text.contains('\u{1b}'), "{line}: {text:?}");
    }
}

#[test]
fn quiet_runs_print_answers_only() {
    let db = migrated(Db::Sqlite);
    subscriber(&db, "nike", "free");
    for line in ["module enable nike crm -q", "module disable nike crm -q"] {
        let output = run(&db, line).success();
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    }
    for line in ["module list -q", "module list nike -q", "module stats -q"] {
        assert!(run(&db, line).success().stdout.contains("crm"), "{line}");
    }
}

#[test]
fn production_is_no_obstacle_but_another_environment_is() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env production").success();
    subscriber(&db, "nike", "free");
    run(&db, "module enable nike crm").success();
    run(&db, "module disable nike crm --env production").success();
    unchanged(&db, || run(&db, "module enable nike crm --env dev").code(6));
}

#[test]
fn a_row_that_stays_held_is_an_error_and_an_interrupt_ends_the_waiting() {
    on_all(|db| {
        subscriber(db, "nike", "free");
        let holder = hold(db, "nike");
        let call = on(db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
            .env("SAASDB_DDL_RETRY_FOR", "1s");
        let held = call.call(["module", "enable", "nike", "crm"]).code(1);
        assert_eq!(error(&held), "crm could not be enabled for nike");
        assert!(held.stderr.contains("nothing was changed"), "{held:?}");
        hint(&held);
        if db.kind() == Db::Postgres {
            assert!(held.stderr.contains("blocked by session"), "{held:?}");
        }
        for (signal, code) in [("INT", 130), ("TERM", 143)] {
            let mut waiting = on(db).args(["module", "enable", "nike", "crm"]).spawn();
            waiting.wait_for("enabling crm for nike");
            waiting.signal(signal);
            let ended = waiting.wait().code(code);
            assert!(error(&ended).contains("interrupted"), "{ended:?}");
        }
        holder.close();
        assert_eq!(enabled(db, "nike"), [""; 0]);
        run(db, "module enable nike crm").success();
    });
}

#[test]
fn two_schemas_of_one_database_are_two_places() {
    let db = TestDb::new(Db::Postgres);
    for schema in ["one", "two"] {
        run(&db, &format!("migrate up --schema {schema}")).success();
        db.sql(&format!(
            r#"SET search_path TO {schema};
               INSERT INTO "organization" ("id", "name", "slug", "createdAt")
               VALUES ('o', 'In {schema}', 'nike', now());
               INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
                 "currentPeriodStart", "currentPeriodEnd", "updatedAt")
               VALUES ('s', 'o', 'free', 'active', now(), '{FUTURE}', now())"#
        ));
    }
    let enabled = json(&db, "module enable nike crm --schema one");
    assert_eq!(enabled["schema"], "one");
    assert_eq!(json(&db, "module list nike --schema one")["used"], 1);
    assert_eq!(json(&db, "module list nike --schema two")["used"], 0);
    let shown = run(&db, "organization show nike --schema two").success();
    assert!(shown.stdout.contains("In two"), "{shown:?}");
    for line in ALL {
        let missing = run(&db, &format!("{line} --schema three")).code(1);
        assert!(
            error(&missing).contains("schema does not exist"),
            "{missing:?}"
        );
    }
}
