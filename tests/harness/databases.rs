//! Databases are fresh, isolated and gone afterwards.

use url::Url;

use crate::support::{Db, PASSWORD, Session, TestDb};

#[test]
fn a_round_trip_through_every_database() {
    TestDb::on_all(|db| {
        db.sql(
            "CREATE TABLE plan (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC(10, 2));
             INSERT INTO plan VALUES (1, 'free', 0.5), (2, NULL, NULL), (3, 'größer', 12.25);",
        );
        assert_eq!(
            db.rows("SELECT id, name, price * 2 = 1 FROM plan ORDER BY id")[1],
            ["2", "NULL", "NULL"],
        );
        assert_eq!(
            db.rows("SELECT name FROM plan WHERE price > 1"),
            [["größer"]],
        );
    });
}

#[test]
fn values_that_are_no_text_are_shown_in_hexadecimal() {
    for (kind, query) in [
        (Db::Sqlite, "SELECT x'ff00'"),
        (Db::Mysql, "SELECT x'ff00'"),
    ] {
        assert_eq!(TestDb::new(kind).rows(query), [["0xff00"]]);
    }
    assert_eq!(
        TestDb::new(Db::Postgres)
            .rows(r"SELECT '\xff00'::bytea, true, '{1,2}'::int[], '2026-11-21 10:33'::timestamp"),
        [["\\xff00", "t", "{1,2}", "2026-11-21 10:33:00"]],
    );
}

#[test]
fn two_databases_know_nothing_of_each_other() {
    TestDb::on_all(|one| {
        let two = TestDb::new(one.kind());
        assert_ne!(one.name(), two.name());
        one.sql("CREATE TABLE only_here (id INTEGER)");
        assert!(two.try_sql("SELECT * FROM only_here").is_err());
        two.sql("CREATE TABLE only_here (id INTEGER)");
    });
}

#[test]
fn the_name_is_in_the_url_and_the_password_is_escaped() {
    TestDb::on_all(|db| {
        let url = Url::parse(db.url()).unwrap();
        assert!(url.path().ends_with(db.name()), "{url}");
        if std::env::var("SAASDB_TEST_POSTGRES_URL").is_err() && db.kind() == Db::Postgres {
            assert_eq!(url.password(), Some("s3cret-P%40w"));
            assert_eq!(PASSWORD, "s3cret-P@w");
        }
    });
}

#[test]
fn a_missing_database_can_be_made_and_is_dropped_then() {
    for kind in Db::ALL {
        let db = TestDb::missing(kind);
        assert!(!db.exists());
        assert!(Session::open(db.url()).is_err());
        match kind {
            Db::Sqlite => Session::open(&format!("{}?mode=rwc", db.url()))
                .unwrap()
                .close(),
            _ => {
                // A neighbour has the right to make it.
                let neighbour = TestDb::new(kind);
                neighbour.sql(&format!("CREATE DATABASE {}", db.name()));
            }
        }
        assert!(db.exists());
        let name = db.name().to_owned();
        drop(db);
        assert!(!exists(kind, &name));
    }
}

#[test]
fn a_session_left_open_does_not_keep_a_database_alive() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = TestDb::new(kind);
        db.sql("CREATE TABLE held (id INTEGER)");
        let mut session = db.session();
        session.sql("BEGIN");
        session.sql("INSERT INTO held VALUES (1)");
        let name = db.name().to_owned();
        drop(db);
        assert!(!exists(kind, &name));
    }
}

#[test]
fn a_failing_test_leaves_no_database() {
    for kind in [Db::Postgres, Db::Mysql] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let failing = std::thread::spawn(move || {
            let db = TestDb::new(kind);
            sender.send(db.name().to_owned()).unwrap();
            db.sql("SELECT * FROM nowhere");
        });
        assert!(failing.join().is_err());
        assert!(!exists(kind, &receiver.recv().unwrap()));
    }
}

#[test]
fn the_read_only_account_reads_what_is_and_what_comes_but_writes_nothing() {
    TestDb::on_all(|db| {
        db.sql("CREATE TABLE early (id INTEGER); INSERT INTO early VALUES (7);");
        let url = db.read_only_url();
        db.sql("CREATE TABLE late (id INTEGER); INSERT INTO late VALUES (8);");
        let mut reader = Session::open(&url).unwrap();
        assert_eq!(reader.rows("SELECT id FROM early"), [["7"]]);
        assert_eq!(reader.rows("SELECT id FROM late"), [["8"]]);
        for change in [
            "INSERT INTO early VALUES (9)",
            "DELETE FROM early",
            "UPDATE late SET id = 1",
            "CREATE TABLE mine (id INTEGER)",
            "ALTER TABLE early ADD COLUMN more INTEGER",
            "DROP TABLE late",
        ] {
            assert!(reader.try_sql(change).is_err(), "{:?}: {change}", db.kind());
        }
        if db.kind() != Db::Sqlite {
            assert!(
                reader
                    .try_sql("CREATE TEMPORARY TABLE t (id INTEGER)")
                    .is_err()
            );
        }
        reader.close();
    });
}

#[test]
fn sessions_see_each_others_locks() {
    let db = TestDb::new(Db::Postgres);
    db.sql("CREATE TABLE held (id INTEGER)");
    let mut holder = db.session();
    holder.sql("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE");
    let refused = db.try_sql("SET lock_timeout = '50ms'; SELECT * FROM held");
    assert!(refused.unwrap_err().to_string().contains("lock timeout"));
    holder.sql("ROLLBACK");
    db.sql("SELECT * FROM held");
}

fn exists(kind: Db, name: &str) -> bool {
    let neighbour = TestDb::new(kind);
    let catalogue = match kind {
        Db::Sqlite => return false,
        Db::Postgres => "SELECT 1 FROM pg_database WHERE datname",
        Db::Mysql => "SELECT 1 FROM information_schema.schemata WHERE schema_name",
    };
    !neighbour
        .rows(&format!("{catalogue} = '{name}'"))
        .is_empty()
}
