//! `lint` through the program, on databases that hold rows, and what it says of a statement against
//! what a server really does with it.

use std::collections::BTreeMap;

use saasdb::checks::lint::{Around, Size, Subject, lint};
use saasdb::checks::{Finding, Severity};
use saasdb::dialect::Backend;
use saasdb::schema::{Column, Schema, Table};

use crate::sets::tools::{CORE, assert_same, content, one, run, saasdb, sql, up};
use crate::support::{Db, Saasdb, TestDb};

/// A thousand and a half users, which is not few any more.
fn crowd(db: &TestDb) {
    for from in [1, 751] {
        sql(
            db,
            &format!(
                "INSERT INTO \"users\" (\"username\", \"password\") \
                 WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
                 SELECT CAST(i AS CHAR(10)), 'x' FROM n",
                from + 749
            ),
        );
    }
}

#[test]
fn pending_statements_are_weighed_against_what_the_tables_hold() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 5");
        let quiet = run(db, "check lint");
        assert!(quiet.stdout.contains("nothing found"), "{}", quiet.stdout);
        crowd(db);
        sql(
            db,
            "INSERT INTO \"sessions\" (\"userId\", \"name\") SELECT MIN(\"id\"), 's' FROM \"users\"",
        );
        // Whoever may only read sees the same, and leaves everything as it is.
        let reader = Saasdb::new().env("DATABASE_URL", db.read_only_url());
        let (rows, schema) = (content(db), db.schema_dump());
        let found = reader.call(["check", "lint"]).code(4);
        assert_same(&content(db), &rows, "after looking");
        assert_eq!(db.schema_dump(), schema);
        let name = format!("pending_{:?}", db.kind()).to_lowercase();
        insta::assert_snapshot!(name, found.snapshot_text());
        up(db, "core");
        let done = run(db, "check lint").stdout;
        assert!(done.contains("nothing is pending"), "{done}");
    });
}

#[test]
fn every_set_on_an_empty_database_hurts_nobody() {
    for set in saasdb::catalog::SETS {
        let db = TestDb::new(crate::sets::tools::kinds(set)[0]);
        let quiet = run(&db, &format!("check lint -v --set {}", set.name));
        assert!(quiet.stdout.contains("nothing found"), "{}", quiet.stdout);
    }
}

#[test]
fn tables_of_an_application_without_a_history_count_too() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --steps 1");
    db.sql("DROP TABLE seaql_migrations, saasdb_migrations, saasdb_meta CASCADE");
    crowd(&db);
    let found = saasdb(&db)
        .call(["check", "lint", "--format", "json"])
        .code(4)
        .json();
    let findings = found["checks"][0]["findings"].as_array().expect("findings");
    let on_users = findings.iter().filter(|f| f["migration"] == CORE[6]);
    assert!(on_users.count() >= 2, "{findings:?}");
}

#[test]
fn statements_are_read_without_a_database_where_rows_are_assumed() {
    let nowhere = Saasdb::new();
    let line = format!(
        "check lint --since {} --assume-rows 100000",
        &CORE[11][..17]
    );
    let found = nowhere.call(line.split_whitespace()).code(4);
    insta::assert_snapshot!(found.snapshot_text());
    assert!(!nowhere.dir().join("saasdb.db").exists());
    // Without rows to assume there must be a database that holds some.
    nowhere.call(["check", "lint"]).code(1);
    let few = format!("check lint --since {} --assume-rows 10", &CORE[11][..17]);
    nowhere.call(few.split_whitespace()).success();
    let unknown = nowhere.call(["check", "lint", "--since", "1999", "--assume-rows", "1"]);
    assert!(
        unknown.stdout.contains("no migration is called `1999`"),
        "{}",
        unknown.stdout
    );
}

#[test]
fn migrations_that_are_applied_are_looked_at_on_demand() {
    let db = TestDb::new(Db::Sqlite);
    up(&db, "core");
    crowd(&db);
    assert!(run(&db, "check lint").stdout.contains("nothing is pending"));
    let found = saasdb(&db)
        .call(["check", "lint", "--since", CORE[6]])
        .code(4);
    assert!(
        found.stdout.contains("users holds 1,500 rows"),
        "{}",
        found.stdout
    );
    let later = saasdb(&db)
        .call(["check", "lint", "--since", CORE[7]])
        .success();
    assert!(!later.stdout.contains("users holds"), "{}", later.stdout);
}

#[test]
fn severities_of_the_settings_go_before_those_by_size() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --steps 5");
    crowd(&db);
    let with = |settings: &str| saasdb(&db).file("saasdb.toml", settings);
    let off = "[checks]\n\"lint/index-built\" = \"off\"\n\"lint/check-constraint\" = \"note\"\n";
    let quiet = with(off).call(["check", "lint", "-v"]).success();
    assert!(
        !quiet.stdout.contains("lint/index-built"),
        "{}",
        quiet.stdout
    );
    assert!(quiet.stdout.contains("note: "), "{}", quiet.stdout);
}

fn findings(backend: Backend, version: &str, schema: &Schema, statement: &str) -> Vec<Finding> {
    let size = Size {
        rows: Some(200_000),
        ..Size::default()
    };
    let around = Around {
        backend,
        version,
        schema,
        homes: Vec::new(),
        sizes: BTreeMap::from([("t".to_owned(), size), ("p".to_owned(), size)]),
        assume_rows: None,
        before: &[],
    };
    let statements = [statement.to_owned()];
    let subject = Subject {
        name: "m20250101_000000_x",
        statements: &statements,
        in_transaction: false,
    };
    lint(&around, &[subject])
}

fn columns(all: &[(&str, &str, bool)]) -> Schema {
    let column = |(name, kind, nullable): &(&str, &str, bool)| Column {
        name: (*name).to_owned(),
        kind: (*kind).to_owned(),
        nullable: *nullable,
        ..Column::default()
    };
    let table = Table {
        columns: all.iter().map(column).collect(),
        ..Table::default()
    };
    Schema {
        tables: BTreeMap::from([("t".to_owned(), table)]),
        ..Schema::default()
    }
}

#[test]
fn postgresql_rewrites_a_table_exactly_where_it_is_said() {
    let db = TestDb::new(Db::Postgres);
    let version = one(&db, "SHOW server_version");
    db.sql("CREATE TABLE p (id int PRIMARY KEY)");
    let schema = columns(&[
        ("id", "integer", false),
        ("a", "character varying(100)", true),
        ("d", "numeric(10,2)", true),
    ]);
    for (i, action) in [
        "ADD COLUMN c text",
        "ADD COLUMN c text NOT NULL DEFAULT 'x'",
        "ADD COLUMN c timestamptz DEFAULT now()",
        "ADD COLUMN c int DEFAULT (-1)",
        "ADD COLUMN c numeric DEFAULT 1.5::numeric(4, 1)",
        "ADD COLUMN c uuid DEFAULT gen_random_uuid()",
        "ADD COLUMN c double precision DEFAULT random()",
        "ADD COLUMN c bigserial",
        "ADD COLUMN c int GENERATED BY DEFAULT AS IDENTITY",
        "ADD COLUMN c int GENERATED ALWAYS AS (id * 2) STORED",
        "ADD COLUMN c int REFERENCES p (id)",
        "ALTER COLUMN a TYPE text",
        "ALTER COLUMN a TYPE varchar(200)",
        "ALTER COLUMN a TYPE varchar(50)",
        "ALTER COLUMN d TYPE numeric(12, 2)",
        "ALTER COLUMN d TYPE numeric(12, 4)",
        "ALTER COLUMN id TYPE bigint",
        "ALTER COLUMN a SET DEFAULT random()::text",
        "SET UNLOGGED",
        "DROP COLUMN a",
    ]
    .into_iter()
    .enumerate()
    {
        // A table for each, so that none stands in another's way.
        let table = format!("t{i}");
        db.sql(&format!(
            "CREATE TABLE {table} (id int PRIMARY KEY, a varchar(100), d numeric(10, 2)); \
             INSERT INTO {table} VALUES (1, 'a', 1)"
        ));
        let file = || one(&db, &format!("SELECT pg_relation_filenode('{table}')"));
        let before = file();
        db.sql(&format!("ALTER TABLE {table} {action}"));
        let rewritten = file() != before;
        let all = findings(
            Backend::Postgres,
            &version,
            &schema,
            &format!("ALTER TABLE t {action}"),
        );
        let said = all
            .iter()
            .any(|f| ["lint/table-rewrite", "lint/type-changed"].contains(&f.rule.id));
        // A shorter length is checked row by row, which takes as long under the same lock.
        if action.ends_with("varchar(50)") {
            assert!(said, "{action}");
        } else {
            assert_eq!(said, rewritten, "{action}");
        }
    }
}

#[test]
fn mariadb_lets_everybody_go_on_exactly_where_it_is_said() {
    let db = TestDb::new(Db::Mysql);
    let version = one(&db, "SELECT VERSION()");
    let schema = columns(&[
        ("id", "int(11)", false),
        ("a", "varchar(100)", true),
        ("v", "varchar(20)", true),
        ("w", "varchar(40)", true),
        ("n", "int(11)", true),
        ("e", "enum('x','y')", true),
        ("f", "int(11)", false),
    ]);
    db.sql("CREATE TABLE p (id int PRIMARY KEY)");
    db.sql(
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(100), v varchar(20), w varchar(40), n int, \
         e enum('x','y'), f int NOT NULL) DEFAULT CHARSET utf8mb4",
    );
    db.sql("INSERT INTO t VALUES (1, 'a', 'v', 'w', 1, 'x', 1)");
    let (mut wrong, mut changed) = (Vec::new(), true);
    for action in [
        "ADD COLUMN c int",
        "ADD COLUMN c text FIRST",
        "ADD COLUMN c int NOT NULL DEFAULT 1 AFTER id",
        "ADD COLUMN c datetime DEFAULT CURRENT_TIMESTAMP",
        "ADD COLUMN c char(36) DEFAULT (uuid())",
        "ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED",
        "ADD COLUMN c int GENERATED ALWAYS AS (n * 2) VIRTUAL",
        "ADD COLUMN c int CHECK (c > 0)",
        "ADD KEY k (a)",
        "ADD UNIQUE KEY k (a)",
        "ADD FULLTEXT KEY k (a)",
        "ADD CONSTRAINT c CHECK (n > 0)",
        "ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id)",
        "MODIFY n bigint",
        "MODIFY n int NOT NULL",
        "MODIFY f int NULL",
        "MODIFY v varchar(60)",
        "MODIFY v varchar(100)",
        "MODIFY w varchar(100)",
        "MODIFY a varchar(200)",
        "MODIFY a varchar(50)",
        "MODIFY e enum('x', 'y', 'z')",
        "MODIFY e enum('y', 'x')",
        "CONVERT TO CHARACTER SET utf8mb3",
        "DROP PRIMARY KEY",
        "ENGINE=InnoDB",
        "DROP COLUMN a",
        "RENAME COLUMN a TO b",
        "COMMENT 'x'",
    ] {
        let mut accepts = |how: &str| {
            if std::mem::take(&mut changed) {
                db.sql("CREATE OR REPLACE TABLE tried LIKE t; INSERT INTO tried SELECT * FROM t");
            }
            changed = db
                .try_sql(&format!("ALTER TABLE tried {action}, {how}"))
                .is_ok();
            changed
        };
        // The copy for a foreign key is refused before anybody asks whether p has the row.
        let instant = accepts("ALGORITHM=INSTANT");
        let online = instant || accepts("ALGORITHM=INPLACE, LOCK=NONE");
        let all = findings(
            Backend::Mysql,
            &version,
            &schema,
            &format!("ALTER TABLE t {action}"),
        );
        // What breaks the application is another matter.
        let breaks = [
            "lint/column-dropped",
            "lint/column-renamed",
            "lint/column-required",
        ];
        let worst = all
            .iter()
            .filter(|f| !breaks.contains(&f.rule.id))
            .map(|f| f.severity)
            .max();
        let found = match (instant, online) {
            (true, _) => None,
            (false, true) => Some(Severity::Warning),
            (false, false) => Some(Severity::Error),
        };
        if worst != found {
            wrong.push(format!("{action}: says {worst:?}, is {found:?}"));
        }
    }
    assert_eq!(wrong, [""; 0], "on {version}");
}
