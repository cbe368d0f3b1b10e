//! The accounts of the page on MariaDB.

use super::{Cast, LOOKS, WORKS, assert_clear, privileges};
use crate::commands::unchanged;
use crate::sets::tools::column;
use crate::support::{Db, Session, TestDb};

const SETS: [&str; 4] = ["core", "better-auth", "telecom", "cloudwa"];

#[test]
fn every_set_is_migrated_read_and_used_by_these_accounts() {
    for set in SETS {
        let cast = Cast::of(TestDb::new(Db::Mysql));
        cast.work("mysql", &["migrator", "references", "reader", "app"], set);
        unchanged(&cast.db, || {
            for line in LOOKS {
                let seen = cast.call("shop_reader", set, line).success();
                let whole = !seen.stderr.contains("triggers are left out");
                assert_eq!(
                    whole,
                    line != "schema dump",
                    "{set}: {line}: {}",
                    seen.stderr
                );
            }
        });
        let query = cast.statements("mysql app tables").concat();
        let grants = column(&cast.db, &query);
        assert!(!grants.is_empty());
        for grant in &grants {
            cast.db.sql(grant);
        }
        let mut session =
            Session::open(&cast.db.url_of(cast.name("shop_app"))).expect("it connects");
        let tables = column(
            &cast.db,
            "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1",
        );
        for table in tables {
            let book = table == "seaql_migrations" || table.starts_with("saasdb_");
            for statement in [
                format!("SELECT * FROM `{table}` LIMIT 1"),
                format!("DELETE FROM `{table}` WHERE 1 = 0"),
                format!("INSERT INTO `{table}` SELECT * FROM `{table}` WHERE 1 = 0"),
            ] {
                let done = session.try_sql(&statement);
                assert_eq!(done.is_err(), book, "{set}: {statement}: {done:?}");
            }
        }
        session.close();
    }
}

/// The first command that misses a privilege, and what it said.
fn missed(cast: &Cast, set: &str) -> Option<(&'static str, crate::support::Output)> {
    WORKS
        .into_iter()
        .map(|line| (line, cast.call("shop_migrator", set, line)))
        .find(|(_, output)| output.code != 0)
}

#[test]
fn a_migrator_with_one_privilege_less_is_told_which_and_goes_on_when_it_has_it() {
    let example = Cast::of(TestDb::new(Db::Mysql));
    let count = privileges(&example.statements("mysql migrator")).len();
    for i in 0..count {
        let mut found = None;
        for set in ["core", "telecom", "cloudwa", "better-auth"] {
            let cast = Cast::of(TestDb::new(Db::Mysql));
            cast.grant("mysql migrator");
            let privilege = privileges(&cast.statements("mysql migrator")).swap_remove(i);
            cast.db.sql(&privilege.revoke);
            let Some((line, refused)) = missed(&cast, set) else {
                continue;
            };
            let what = format!("{set}: {line} without {}", privilege.name);
            assert_clear(&refused, &what);
            assert!(
                refused
                    .stderr
                    .contains(&format!("{} command denied", privilege.name)),
                "{what}: {refused:?}"
            );
            // Nothing of it is lost: with the privilege it goes on to its end.
            cast.db.sql(&privilege.grant);
            cast.call("shop_migrator", set, line).success();
            found = Some(what);
            break;
        }
        assert!(found.is_some(), "nobody needs privilege {i}");
    }
}

#[test]
fn a_reader_changes_nothing_and_is_told_why() {
    // Guards Database::check_shown: without it `check` takes all foreign keys for removed.
    let cast = Cast::of(TestDb::new(Db::Mysql));
    for mark in ["migrator", "reader"] {
        cast.grant(&format!("mysql {mark}"));
    }
    cast.call("shop_migrator", "core", "setup").success();
    cast.call("shop_migrator", "core", "migrate down --steps 1")
        .success();
    unchanged(&cast.db, || {
        for line in [
            "migrate up",
            "migrate down --steps 1",
            "migrate fresh --yes",
            "seed undo",
        ] {
            let refused = cast.call("shop_reader", "core", line);
            assert_clear(&refused, line);
        }
    });
    for privilege in privileges(&cast.statements("mysql reader")) {
        cast.db.sql(&privilege.revoke);
        for line in LOOKS {
            // The books alone are read with SELECT.
            let books = [
                "migrate status",
                "migrate plan",
                "migrate up --dry",
                "migrate fresh",
            ];
            if privilege.name == "SHOW VIEW" && books.iter().any(|book| line.starts_with(book)) {
                continue;
            }
            let what = format!("{line} without {}", privilege.name);
            assert_clear(&cast.call("shop_reader", "core", line), &what);
        }
        cast.db.sql(&privilege.grant);
    }
}

#[test]
fn databases_are_made_by_who_may() {
    let cast = Cast::of(TestDb::missing(Db::Mysql));
    let admin = TestDb::new(Db::Mysql);
    for statement in cast.statements("mysql migrator") {
        admin.sql(&statement);
    }
    cast.call("shop_migrator", "core", "setup").success();
    let verify = || cast.call("shop_migrator", "core", "migrate verify");
    let refused = unchanged(&cast.db, verify);
    assert_clear(&refused, "verify");
    assert!(
        refused.stderr.contains("saasdb\\_verify\\_%"),
        "{refused:?}"
    );
    cast.grant("mysql verify");
    verify().success();
}
