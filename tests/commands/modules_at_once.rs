//! Several who switch modules at the same time: real processes, on real servers.

use super::tenants::{
    enabled, hold, migrated, module, module_sql, on, on_all, quoted, rows, sql, subscriber,
    wait_for_waiting,
};
use super::{error, unchanged};
use crate::support::{Db, Output, Running, TestDb};

/// Starts that many runs of `module enable` for the organization, each for another module.
fn enables(db: &TestDb, slug: &str, keys: &[&str]) -> Vec<Running> {
    keys.iter()
        .map(|key| on(db).args(["module", "enable", slug, key]).spawn())
        .collect()
}

/// Waits for all of them; the outcomes of those that won and of those that found the limit reached.
#[track_caller]
fn outcomes(runs: Vec<Running>) -> (Vec<Output>, Vec<Output>) {
    let (won, lost): (Vec<Output>, Vec<Output>) = runs
        .into_iter()
        .map(Running::wait)
        .partition(|o| o.code == 0);
    for output in &lost {
        assert_eq!(output.code, 6, "{output:?}");
        assert!(
            error(output).starts_with("plan limit reached: "),
            "{output:?}"
        );
    }
    (won, lost)
}

#[test]
fn two_for_the_last_slot() {
    on_all(|db| {
        for round in 0..10 {
            let slug = format!("org{round}");
            subscriber(db, &slug, "free");
            module(db, &slug, "inventory");
            let runs = enables(db, &slug, &["crm", "invoicing"]);
            let (won, lost) = outcomes(runs);
            assert_eq!((won.len(), lost.len()), (1, 1), "round {round}");
            assert_eq!(enabled(db, &slug).len(), 2, "round {round}");
        }
    });
}

#[test]
fn two_for_the_last_slot_that_was_used_before() {
    // Then both want to update a row that is there.
    on_all(|db| {
        for round in 0..3 {
            let slug = format!("org{round}");
            subscriber(db, &slug, "free");
            for key in ["inventory", "crm", "invoicing"] {
                module(db, &slug, key);
            }
            sql(
                db,
                r#"UPDATE "organizationModule" SET "isEnabled" = false WHERE "moduleKey" <> 'inventory'"#,
            );
            let (won, lost) = outcomes(enables(db, &slug, &["crm", "invoicing"]));
            assert_eq!((won.len(), lost.len()), (1, 1), "round {round}");
            assert_eq!(enabled(db, &slug).len(), 2, "round {round}");
        }
    });
}

#[test]
fn eight_for_the_last_slot() {
    let keys = [
        "visitor_management",
        "ticket_management",
        "inventory",
        "crm",
        "invoicing",
    ];
    on_all(|db| {
        for round in 0..3 {
            let slug = format!("org{round}");
            subscriber(db, &slug, "free");
            module(db, &slug, "fax");
            let eight: Vec<&str> = keys.into_iter().cycle().take(8).collect();
            let runs: Vec<Running> = enables(db, &slug, &eight);
            let outputs: Vec<Output> = runs.into_iter().map(Running::wait).collect();
            let won = outputs.iter().filter(|o| o.code == 0).count();
            // Three modules are wanted twice: the second one may find it done instead.
            for output in outputs.iter().filter(|o| o.code != 0) {
                let why = error(output);
                assert!(
                    why.starts_with("plan limit reached: ") || why.contains("already enabled"),
                    "{output:?}"
                );
            }
            assert_eq!(won, 1, "round {round}: {outputs:#?}");
            assert_eq!(enabled(db, &slug).len(), 2, "round {round}");
        }
    });
}

#[test]
fn all_find_out_after_the_one_they_waited_for() {
    // All of them read before any of them writes: the row is held until all of them wait for it.
    for (kind, isolation) in [
        (Db::Postgres, None),
        (Db::Postgres, Some("repeatable read")),
        (Db::Postgres, Some("serializable")),
        (Db::Mysql, None),
    ] {
        let db = migrated(kind);
        if let Some(isolation) = isolation {
            db.sql(&format!(
                "ALTER DATABASE {} SET default_transaction_isolation = '{isolation}'",
                db.name()
            ));
        }
        subscriber(&db, "nike", "free");
        module(&db, "nike", "inventory");
        let holder = hold(&db, "nike");
        let runs = enables(&db, "nike", &["crm", "invoicing", "ticket_management"]);
        wait_for_waiting(&db, 3);
        holder.close();
        let (won, lost) = outcomes(runs);
        assert_eq!((won.len(), lost.len()), (1, 2), "{kind:?} {isolation:?}");
        assert_eq!(enabled(&db, "nike").len(), 2, "{kind:?} {isolation:?}");
    }
}

#[test]
fn enable_against_disable() {
    on_all(|db| {
        for round in 0..5 {
            let slug = format!("org{round}");
            subscriber(db, &slug, "free");
            module(db, &slug, "inventory");
            module(db, &slug, "crm");
            let enable = enables(db, &slug, &["invoicing"]).remove(0);
            let disable = on(db).args(["module", "disable", &slug, "crm"]).spawn();
            disable.wait().success();
            let enable = enable.wait();
            let now = enabled(db, &slug);
            if enable.code == 0 {
                assert_eq!(now, ["inventory", "invoicing"], "round {round}");
            } else {
                assert!(
                    error(&enable).starts_with("plan limit reached"),
                    "{enable:?}"
                );
                assert_eq!(now, ["inventory"], "round {round}");
            }
        }
    });
}

#[test]
fn the_same_module_by_several() {
    on_all(|db| {
        subscriber(db, "nike", "monthly");
        let outputs: Vec<Output> = enables(db, "nike", &["crm"; 4])
            .into_iter()
            .map(Running::wait)
            .collect();
        let won = outputs.iter().filter(|o| o.code == 0).count();
        assert_eq!(won, 1, "{outputs:#?}");
        for output in outputs.iter().filter(|o| o.code != 0) {
            assert_eq!(output.code, 1, "{output:?}");
            assert!(error(output).contains("already enabled"), "{output:?}");
        }
        assert_eq!(enabled(db, "nike"), ["crm"]);
        let all = rows(db, r#"SELECT "id" FROM "organizationModule""#);
        assert_eq!(all.len(), 1);
    });
}

#[test]
fn organizations_do_not_wait_for_each_other() {
    // Their first modules, side by side in the same index: on MySQL a place for deadlocks.
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        let slugs: Vec<String> = (0..6).map(|i| format!("org{i}")).collect();
        for slug in slugs.iter().map(String::as_str).chain(["held"]) {
            subscriber(&db, slug, "free");
        }
        let holder = hold(&db, "held");
        let runs: Vec<Running> = slugs
            .iter()
            .map(|slug| {
                on(&db)
                    .args(["module", "enable", slug, "crm"])
                    // What has to wait, or meets another one, fails.
                    .env("SAASDB_DDL_LOCK_TIMEOUT", "5s")
                    .env("SAASDB_DDL_RETRY_FOR", "0s")
                    .spawn()
            })
            .collect();
        for run in runs {
            run.wait().success();
        }
        holder.close();
    }
}

#[test]
fn an_application_that_holds_nothing_is_noticed() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        for (slug, before) in [("new", false), ("again", true)] {
            subscriber(&db, slug, "free");
            if before {
                module(&db, slug, "crm");
                sql(
                    &db,
                    r#"UPDATE "organizationModule" SET "isEnabled" = false"#,
                );
            }
            // The application is about to enable the same module, and has not committed yet.
            let mut application = db.session();
            application.sql("BEGIN");
            application.sql(&quoted(
                &db,
                &match before {
                    false => module_sql(slug, "crm"),
                    true => format!(
                        r#"UPDATE "organizationModule" SET "isEnabled" = true
                           WHERE "organizationId" = 'org-{slug}'"#
                    ),
                },
            ));
            let run = enables(&db, slug, &["crm"]).remove(0);
            wait_for_waiting(&db, 1);
            application.sql("COMMIT");
            application.close();
            let output = run.wait().code(1);
            assert!(error(&output).contains("already enabled"), "{output:?}");
            assert_eq!(enabled(&db, slug), ["crm"]);
        }
    }
}

#[test]
fn an_application_can_add_members_meanwhile() {
    // On PostgreSQL a held organization lets others refer to it.
    let db = migrated(Db::Postgres);
    subscriber(&db, "nike", "free");
    super::tenants::user(&db, "Ann", "ann@nike.example");
    let mut application = db.session();
    application.sql("BEGIN");
    application.sql(
        r#"INSERT INTO "member" ("id", "organizationId", "userId", "role", "createdAt")
           VALUES ('m', 'org-nike', 'user-ann', 'owner', now())"#,
    );
    // It does not wait for the application either.
    on(&db)
        .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
        .env("SAASDB_DDL_RETRY_FOR", "0s")
        .call(["module", "enable", "nike", "crm"])
        .success();
    application.sql("COMMIT");
    application.close();
}

#[test]
fn a_deadlock_with_the_application_is_got_over() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        subscriber(&db, "nike", "free");
        module(&db, "nike", "crm");
        sql(
            &db,
            r#"UPDATE "organizationModule" SET "isEnabled" = false"#,
        );
        // The application holds the module's row, and then wants the organization's.
        let mut application = db.session();
        application.sql("BEGIN");
        application.sql(&quoted(
            &db,
            r#"UPDATE "organizationModule" SET "settings" = '{}' WHERE "moduleKey" = 'crm'"#,
        ));
        let run = enables(&db, "nike", &["crm"]).remove(0);
        wait_for_waiting(&db, 1);
        // One of the two is sacrificed; if it is the application, it tries no more.
        let renamed = application.try_sql(&quoted(
            &db,
            r#"UPDATE "organization" SET "name" = 'Nike 2' WHERE "slug" = 'nike'"#,
        ));
        let _ = application.try_sql(if renamed.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        });
        application.close();
        run.wait().success();
        assert_eq!(enabled(&db, "nike"), ["crm"], "{kind:?}");
    }
}

#[test]
fn a_killed_run_leaves_nothing() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        subscriber(&db, "nike", "free");
        module(&db, "nike", "crm");
        sql(
            &db,
            r#"UPDATE "organizationModule" SET "isEnabled" = false"#,
        );
        let mut application = db.session();
        application.sql("BEGIN");
        application.rows(&quoted(
            &db,
            r#"SELECT "id" FROM "organizationModule" FOR UPDATE"#,
        ));
        unchanged(&db, || {
            let run = enables(&db, "nike", &["crm"]).remove(0);
            wait_for_waiting(&db, 1);
            run.signal("KILL");
            run.wait().code(137);
        });
        application.close();
        super::tenants::run(&db, "module enable nike inventory").success();
        super::tenants::run(&db, "module enable nike crm").success();
    }
}
