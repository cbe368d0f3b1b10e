//! Seeders that want rows for each row of a table, on tables that no set has: keys that are numbers,
//! definitions that change, two such seeders and the rows that they refer to.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use saasdb::dialect::Target;
use saasdb::engine::seed::{self, Hashing, Outcome};
use saasdb::engine::{Database, Interrupt, Limits, Open};
use seeders::{ForEach, SeedContext, SeedKind, SeedRow, SeedTable, SeedValue, Seeder};

use crate::sets::tools::{block_on, column, one, rows, run, sql};
use crate::support::TestDb;

/// A seeder with the rows that it is given.
struct Given {
    name: &'static str,
    tables: fn() -> Vec<SeedTable>,
    each: Option<ForEach>,
}

impl Seeder for Given {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Reference
    }

    fn description(&self) -> &'static str {
        "For a test"
    }

    fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
        (self.tables)()
    }

    fn for_each(&self) -> Option<ForEach> {
        self.each
    }
}

fn table(name: &'static str, columns: &[&'static str], rows: Vec<SeedRow>) -> SeedTable {
    SeedTable {
        zoned: false,
        table: name,
        primary_key: columns[0],
        natural_key: &[],
        columns: columns.to_vec(),
        deferred: &[],
        rows,
    }
}

fn text(value: impl Into<String>) -> SeedValue {
    SeedValue::Text(value.into())
}

/// A room for each house, labelled so.
fn rooms(houses: &[String], label: &str) -> Vec<SeedTable> {
    let rows = houses.iter().map(|house| SeedRow {
        key: house.clone(),
        values: vec![
            text(format!("room {house}")),
            text(house.as_str()),
            text(label),
            SeedValue::Ref {
                table: "owners",
                key: "first".into(),
            },
            SeedValue::FromNow(TimeDelta::days(1)),
        ],
    });
    let columns = ["id", "house", "label", "owner", "made"];
    vec![table("rooms", &columns, rows.collect())]
}

/// Who owns all rooms, and a room for each house.
fn seeders(label: fn(&SeedContext, &[String]) -> Vec<SeedTable>) -> Vec<Box<dyn Seeder>> {
    let owners = || {
        let row = SeedRow {
            key: "first".into(),
            values: vec![SeedValue::Serial(1), text("O")],
        };
        vec![table("owners", &["id", "name"], vec![row])]
    };
    let each = ForEach {
        table: "houses",
        column: "id",
        tables: label,
    };
    vec![
        Box::new(Given {
            name: "rooms",
            tables: Vec::new,
            each: Some(each),
        }),
        Box::new(Given {
            name: "owners",
            tables: owners,
            each: None,
        }),
    ]
}

const OLD: fn(&SeedContext, &[String]) -> Vec<SeedTable> = |_, ids| rooms(ids, "old");
const NEW: fn(&SeedContext, &[String]) -> Vec<SeedTable> = |_, ids| rooms(ids, "new");

fn bring(db: &TestDb, seeders: &[Box<dyn Seeder>]) -> Vec<Outcome> {
    let second = Duration::from_secs(5);
    let limits = Limits {
        wait: second,
        connect_timeout: second,
        network_timeout: second,
        lock_timeout: second,
        ddl_lock_timeout: second,
        ddl_retry_for: second,
    };
    block_on(async {
        let target = Target::parse(db.url()).unwrap();
        let interrupt = Interrupt::default();
        let mut open = Database::open(&target, Open::Existing, "test", &limits, &interrupt)
            .await
            .unwrap();
        let prepared = seed::prepare(seeders, DateTime::<Utc>::UNIX_EPOCH);
        let mut hashing = Hashing::documented();
        let outcome = seed::run(
            &mut open,
            &prepared,
            DateTime::<Utc>::UNIX_EPOCH,
            &mut hashing,
        )
        .await;
        open.close().await;
        outcome.unwrap_or_else(|error| panic!("{error:?}"))
    })
}

/// Houses with the numbers from 1.
fn town(db: &TestDb, houses: usize) {
    run(db, "migrate up --steps 1");
    sql(
        db,
        r#"CREATE TABLE "houses" ("id" integer PRIMARY KEY);
           CREATE TABLE "owners" ("id" integer PRIMARY KEY, "name" varchar(9));
           CREATE TABLE "rooms" ("id" varchar(40) PRIMARY KEY, "house" integer NOT NULL REFERENCES "houses" ("id"),
             "label" varchar(9) NOT NULL, "owner" integer REFERENCES "owners" ("id"), "made" timestamp NULL);"#,
    );
    build(db, 1, houses);
}

fn build(db: &TestDb, from: usize, to: usize) {
    let values: Vec<String> = (from..=to).map(|n| format!("({n})")).collect();
    sql(
        db,
        &format!(
            "INSERT INTO \"houses\" (\"id\") VALUES {}",
            values.join(", ")
        ),
    );
}

#[test]
fn keys_that_are_numbers_are_gone_through_in_their_order() {
    TestDb::on_all(|db| {
        // 1001 comes before 101 as text.
        town(db, 2_100);
        let done = bring(db, &seeders(OLD));
        assert_eq!((done[0].inserted, done[1].inserted), (2_100, 1));
        assert_eq!(
            one(
                db,
                r#"SELECT count(DISTINCT "house") FROM "rooms" WHERE "owner" = 1"#
            ),
            "2100",
            "the owner is there before the rooms, whoever comes first"
        );
        let again = bring(db, &seeders(OLD));
        assert_eq!((again[0].inserted, again[0].unchanged), (0, 2_100));
        // Alone, it finds the owner in the ledger.
        build(db, 2_101, 2_101);
        let mut alone = seeders(OLD);
        alone.truncate(1);
        assert_eq!(bring(db, &alone)[0].inserted, 1);
    });
}

#[test]
fn a_changed_definition_is_written_but_not_the_time_of_insertion() {
    TestDb::on_all(|db| {
        town(db, 3);
        let before = Utc::now();
        bring(db, &seeders(OLD));
        let made = column(db, r#"SELECT "made" FROM "rooms" ORDER BY "id""#);
        let tomorrow = before + TimeDelta::days(1);
        let day = |at: DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        let next = tomorrow + TimeDelta::hours(1);
        assert!(
            made[0].starts_with(&day(tomorrow)) || made[0].starts_with(&day(next)),
            "{made:?}"
        );
        sql(
            db,
            r#"UPDATE "rooms" SET "made" = '2020-01-01 00:00:00' WHERE "house" = 3"#,
        );
        let done = bring(db, &seeders(NEW));
        assert_eq!((done[0].updated, done[0].kept), (2, 1));
        assert_eq!(
            rows(db, r#"SELECT "house", "label" FROM "rooms" ORDER BY 1"#),
            [["1", "new"], ["2", "new"], ["3", "old"]]
        );
        let now = column(db, r#"SELECT "made" FROM "rooms" ORDER BY "id""#);
        assert_eq!(now[..2], made[..2]);
        assert!(now[2].starts_with("2020"), "{now:?}");
        assert_eq!(bring(db, &seeders(NEW))[0].updated, 0);
    });
}

#[test]
fn a_page_that_fails_leaves_nothing_of_the_others() {
    TestDb::on_all(|db| {
        town(db, 1_500);
        // Somebody's own row has the id that one of the last is to get, and the database says no.
        sql(
            db,
            r#"CREATE UNIQUE INDEX "one_room" ON "rooms" ("house");
               INSERT INTO "rooms" ("id", "house", "label") VALUES ('mine', 1499, 'mine')"#,
        );
        let outcome = std::panic::catch_unwind(|| bring(db, &seeders(OLD)));
        assert!(outcome.is_err());
        assert_eq!(column(db, r#"SELECT "id" FROM "rooms""#), ["mine"]);
        assert_eq!(one(db, r#"SELECT count(*) FROM "owners""#), "0");
        assert_eq!(one(db, "SELECT count(*) FROM saasdb_seeds"), "0");
        sql(db, r#"DELETE FROM "rooms""#);
        assert_eq!(bring(db, &seeders(OLD))[0].inserted, 1_500);
    });
}

/// The ledger is read in portions of 5,000: whole ones, part of one, and several tables in one.
#[test]
fn every_entry_of_a_long_ledger_is_seen_once() {
    TestDb::on_all(|db| {
        run(db, "migrate up --set better-auth");
        run(db, "seed --set better-auth --env dev");
        let known = one(db, "SELECT count(*) FROM saasdb_seeds");
        let known: usize = known.parse().unwrap();
        let counts = [
            ("organizationModule", 10_000),
            ("organizationSubscription", 12_345),
            ("member", 4_000),
        ];
        for (table, count) in counts {
            let rows: Vec<String> = (0..count)
                .map(|n| format!("('org-defaults', 'reference', '{table}', 'k{n}', 'id', 'r{n}', '{{\"id\":\"null\"}}', '{{\"id\":\"null\"}}', '')"))
                .collect();
            for some in rows.chunks(2_000) {
                db.sql(&format!(
                    "INSERT INTO saasdb_seeds VALUES {}",
                    some.join(", ")
                ));
            }
        }
        let undone = run(db, "seed undo --set better-auth --format json").json();
        let tables = undone["tables"].as_array().expect("tables");
        let sum = |word: &str| -> u64 { tables.iter().filter_map(|t| t[word].as_u64()).sum() };
        assert_eq!(sum("deleted"), known as u64, "{undone}");
        for (table, count) in counts {
            let found = tables.iter().find(|t| t["table"] == table).unwrap();
            assert_eq!(found["gone"], count, "{table}");
        }
        assert_eq!(one(db, "SELECT count(*) FROM saasdb_seeds"), "0");
    });
}
