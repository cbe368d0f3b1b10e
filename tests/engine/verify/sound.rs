//! What is as it should be, however odd, is not found fault with.

use super::{ONE, THREE, TWO, assert_clean, sql, verified};
use crate::support::Db;

#[test]
fn hostile_names() {
    for kind in Db::ALL {
        let quote = if kind == Db::Mysql { '`' } else { '"' };
        let q = |name: &str| {
            let quote = quote.to_string();
            format!("{quote}{}{quote}", name.replace(&quote, &quote.repeat(2)))
        };
        let table = q("it's; \"a\" `b`, (ü) -- select");
        let id = q("order,by");
        let name = q("Grün'");
        let create = format!(
            "CREATE TABLE {table} ({id} integer NOT NULL PRIMARY KEY, {name} varchar(20) UNIQUE, up integer REFERENCES {table} ({id}))"
        );
        let found = verified(
            kind,
            vec![
                sql(ONE, &[&create], &[&format!("DROP TABLE {table}")]),
                sql(TWO, &["SELECT 1"], &["SELECT 1"]),
            ],
        );
        assert_clean(&found);
        assert_eq!(found.migrations[1].rows, 3);
    }
}

#[test]
fn conversions_renames_and_columns_that_come_and_go() {
    for kind in [Db::Postgres, Db::Mysql] {
        let convert = |to: &str| match kind {
            Db::Mysql => format!("ALTER TABLE people MODIFY age {to}"),
            _ => format!("ALTER TABLE people ALTER age TYPE {to}"),
        };
        let found = verified(
            kind,
            vec![
                sql(
                    ONE,
                    &["CREATE TABLE users (id integer NOT NULL PRIMARY KEY, age integer)"],
                    &["DROP TABLE users"],
                ),
                sql(
                    TWO,
                    &[
                        "ALTER TABLE users RENAME TO people",
                        "ALTER TABLE people ADD COLUMN city varchar(30)",
                    ],
                    &[
                        "ALTER TABLE people DROP COLUMN city",
                        "ALTER TABLE people RENAME TO users",
                    ],
                ),
                sql(THREE, &[&convert("numeric(12,2)")], &[&convert("integer")]),
            ],
        );
        assert_clean(&found);
        let rows: Vec<usize> = found.migrations.iter().map(|m| m.rows).collect();
        assert_eq!(rows, [0, 3, 3], "{kind:?}");
    }
}

#[test]
fn types_and_constraints_of_postgresql() {
    let create = [
        "CREATE TYPE mood AS ENUM ('it''s, fine', 'B')",
        "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%')",
        "CREATE DOMAIN percent AS integer CHECK (VALUE >= 0) CHECK (VALUE <= 100)",
        "CREATE TABLE a (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, big bigserial,
           u uuid NOT NULL, m mood NOT NULL, mm mood[] NOT NULL, e email NOT NULL, p percent NOT NULL,
           n numeric(6,3) NOT NULL, f real NOT NULL, d double precision NOT NULL, b boolean NOT NULL,
           j json NOT NULL, jb jsonb NOT NULL, t timestamptz NOT NULL, ts timestamp(3) NOT NULL, dt date NOT NULL,
           tm time NOT NULL, iv interval NOT NULL, by bytea NOT NULL, i inet NOT NULL, c cidr NOT NULL, ma macaddr NOT NULL,
           c1 char(1) NOT NULL, v3 varchar(3) NOT NULL, ta text[] NOT NULL, ia integer[] NOT NULL, r int4range NOT NULL,
           tr tstzrange NOT NULL, bt bit(3) NOT NULL, x xml NOT NULL, tv tsvector NOT NULL, pt point NOT NULL, mo money NOT NULL,
           twice numeric GENERATED ALWAYS AS (n * 2) STORED,
           CHECK (ts > '2020-01-01'), CHECK (f >= 0 AND f < 1000), CHECK (v3 ~ '^[A-Z]{3}$'), CHECK (jsonb_typeof(jb) = 'object'))",
        // Each needs the other one first.
        "CREATE TABLE hen (id integer PRIMARY KEY, egg integer NOT NULL)",
        "CREATE TABLE egg (id integer PRIMARY KEY, hen integer NOT NULL REFERENCES hen (id) DEFERRABLE)",
        "ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg (id) DEFERRABLE",
        "CREATE TABLE parts (id integer NOT NULL, at date NOT NULL) PARTITION BY RANGE (at)",
        "CREATE TABLE parts_all PARTITION OF parts DEFAULT",
    ];
    let drop = [
        "DROP TABLE parts",
        "ALTER TABLE hen DROP COLUMN egg",
        "DROP TABLE egg",
        "DROP TABLE hen",
        "DROP TABLE a",
        "DROP DOMAIN percent",
        "DROP DOMAIN email",
        "DROP TYPE mood",
    ];
    let found = verified(
        Db::Postgres,
        vec![
            sql(ONE, &create, &drop),
            sql(TWO, &["SELECT 1"], &["SELECT 1"]),
        ],
    );
    assert_clean(&found);
    assert_eq!(found.migrations[1].rows, 12);
}

#[test]
fn types_and_constraints_of_mysql_and_sqlite() {
    let mysql = [
        "CREATE TABLE a (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, e enum('it''s','b') NOT NULL, s set('x','y') NOT NULL,
           t tinyint NOT NULL, y year NOT NULL, d datetime(3) NOT NULL, ts timestamp NOT NULL, bl blob NOT NULL,
           bi binary(16) NOT NULL, bt bit(3) NOT NULL, j json NOT NULL, de decimal(3,3) NOT NULL, f double NOT NULL,
           c char(2) NOT NULL, x mediumtext NOT NULL, l varchar(9) CHARACTER SET latin1 NOT NULL, tm time NOT NULL,
           g integer GENERATED ALWAYS AS (t + 1) STORED, CHECK (t BETWEEN 5 AND 9), CHECK (c <> 'no'))",
        "CREATE TABLE egg (id integer PRIMARY KEY, hen integer NOT NULL)",
        "CREATE TABLE hen (id integer PRIMARY KEY, egg integer NOT NULL, FOREIGN KEY (egg) REFERENCES egg (id))",
        "ALTER TABLE egg ADD CONSTRAINT egg_fk FOREIGN KEY (hen) REFERENCES hen (id)",
    ];
    let mysql_down = [
        "ALTER TABLE egg DROP FOREIGN KEY egg_fk",
        "DROP TABLE hen",
        "DROP TABLE egg",
        "DROP TABLE a",
    ];
    let sqlite = [
        "CREATE TABLE a (id integer PRIMARY KEY AUTOINCREMENT, b blob NOT NULL, any, r real NOT NULL,
           k text NOT NULL CHECK (k IN ('x', 'y')), l text NOT NULL CHECK (length(l) = 36), j text CHECK (j IS NULL OR json_valid(j)),
           n integer NOT NULL CHECK (n > 100 AND n < 200), low integer, high integer, g integer AS (n + 1) STORED,
           day text NOT NULL CHECK (day LIKE '2025-%'), CHECK (low IS NULL OR high > low), CHECK ((low IS NULL) = (high IS NULL)))",
        "CREATE TABLE s (k text, v text, PRIMARY KEY (k, v)) STRICT, WITHOUT ROWID",
        "CREATE TABLE egg (id integer PRIMARY KEY, hen integer NOT NULL REFERENCES hen)",
        "CREATE TABLE hen (id integer PRIMARY KEY, egg integer NOT NULL REFERENCES EGG (id))",
        "CREATE TABLE member (org integer NOT NULL, id integer NOT NULL, boss integer, PRIMARY KEY (org, id),
           FOREIGN KEY (org, boss) REFERENCES member (org, id), FOREIGN KEY (org) REFERENCES hen (id))",
        "CREATE UNIQUE INDEX one_boss ON member (org) WHERE boss IS NULL",
    ];
    let sqlite_down = [
        "DROP TABLE member",
        "DROP TABLE hen",
        "DROP TABLE egg",
        "DROP TABLE s",
        "DROP TABLE a",
    ];
    for (kind, up, down, rows) in [
        (Db::Mysql, mysql.as_slice(), mysql_down.as_slice(), 9),
        (Db::Sqlite, sqlite.as_slice(), sqlite_down.as_slice(), 15),
    ] {
        let found = verified(
            kind,
            vec![sql(ONE, up, down), sql(TWO, &["SELECT 1"], &["SELECT 1"])],
        );
        assert_clean(&found);
        assert_eq!(found.migrations[1].rows, rows, "{kind:?}");
    }
}
