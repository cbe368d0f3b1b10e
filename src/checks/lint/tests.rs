//! Every rule on every database where it applies: found where a table holds rows, silent where it is
//! empty or new, silent for the form that is safe.

use super::*;
use crate::checks::Severity;
use crate::schema::{Column, Index, Table};
use proptest::prelude::*;

const SQLITE: (Backend, &str) = (Backend::Sqlite, "3.46.0");
const POSTGRES: (Backend, &str) = (Backend::Postgres, "15.8 (Debian 15.8-0+deb12u1)");
const MYSQL: (Backend, &str) = (Backend::Mysql, "8.0.36");
const MARIADB: (Backend, &str) = (Backend::Mysql, "10.11.6-MariaDB-0+deb12u1");

/// A table `t` as the databases print it.
fn schema() -> Schema {
    let column = |name: &str, kind: &str, nullable| Column {
        name: name.to_owned(),
        kind: kind.to_owned(),
        nullable,
        ..Column::default()
    };
    let index = Index {
        kind: "index".to_owned(),
        columns: "a".to_owned(),
        ..Index::default()
    };
    let table = Table {
        columns: vec![
            column("id", "integer", false),
            column("a", "character varying(100)", true),
            column("n", "int(11)", true),
            column("v", "varchar(20)", true),
            column("must", "text", false),
            column("sure", "text", true),
        ],
        indexes: BTreeMap::from([("t_a_idx".to_owned(), index)]),
        checks: BTreeMap::from([(
            "sure_check".to_owned(),
            "CHECK ((sure IS NOT NULL))".to_owned(),
        )]),
        ..Table::default()
    };
    Schema {
        tables: BTreeMap::from([
            ("t".to_owned(), table.clone()),
            (
                "p".to_owned(),
                Table {
                    indexes: BTreeMap::new(),
                    ..table
                },
            ),
        ]),
        ..Schema::default()
    }
}

struct Case {
    on: (Backend, &'static str),
    statements: Vec<String>,
    in_transaction: bool,
    rows: u64,
}

impl Case {
    fn new(on: (Backend, &'static str), sql: &str) -> Self {
        let statements = sql.split(";;").map(|s| s.trim().to_owned()).collect();
        Self {
            on,
            statements,
            in_transaction: on.0.dialect().ddl_in_transactions(),
            rows: 200_000,
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let schema = schema();
        let size = Size {
            rows: Some(self.rows),
            ..Size::default()
        };
        let around = Around {
            backend: self.on.0,
            version: self.on.1,
            schema: &schema,
            homes: vec!["public".to_owned()],
            sizes: BTreeMap::from([("t".to_owned(), size), ("p".to_owned(), size)]),
            assume_rows: None,
            before: &[],
        };
        let subject = Subject {
            name: "m20250101_000000_x",
            statements: &self.statements,
            in_transaction: self.in_transaction,
        };
        lint(&around, &[subject])
    }

    fn found(&self) -> Vec<(&'static str, Severity)> {
        let all = self.findings().into_iter();
        all.map(|f| (f.rule.id.trim_start_matches("lint/"), f.severity))
            .collect()
    }
}

use Severity::{Error, Note, Warning};

/// Statements and what is found where their table holds 200,000 rows.
const HARMFUL: &[((Backend, &str), &str, &[(&str, Severity)])] = &[
    // PostgreSQL
    (
        POSTGRES,
        "CREATE UNIQUE INDEX i ON t (a) WHERE a > ''",
        &[("index-built", Error)],
    ),
    (POSTGRES, "REINDEX INDEX t_a_idx", &[("index-built", Error)]),
    (
        POSTGRES,
        "DROP INDEX t_a_idx",
        &[("index-dropped", Warning)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()",
        &[("table-rewrite", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c bigserial",
        &[("table-rewrite", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY",
        &[("table-rewrite", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED",
        &[("table-rewrite", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t SET UNLOGGED",
        &[("table-rewrite", Error)],
    ),
    (
        POSTGRES,
        "CLUSTER t USING t_a_idx",
        &[("table-rewrite", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ALTER COLUMN id TYPE bigint",
        &[("type-changed", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ALTER COLUMN a TYPE text USING lower(a)",
        &[("type-changed", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c text NOT NULL",
        &[("column-required", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        &[("not-null-set", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id)",
        &[("foreign-key", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c int DEFAULT 1 REFERENCES p (id)",
        &[("foreign-key", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        &[("check-constraint", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c int CHECK (c > 0)",
        &[("check-constraint", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        &[("unique-constraint", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c text UNIQUE",
        &[("unique-constraint", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (a WITH =)",
        &[("unique-constraint", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD PRIMARY KEY (id)",
        &[("primary-key", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;;ALTER TABLE t VALIDATE CONSTRAINT c",
        &[("validated-at-once", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t DROP COLUMN a",
        &[("column-dropped", Warning)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t RENAME COLUMN a TO b",
        &[("column-renamed", Warning)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t RENAME TO s",
        &[("table-renamed", Warning)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t SET SCHEMA other",
        &[("table-renamed", Warning)],
    ),
    (
        POSTGRES,
        "DROP TABLE IF EXISTS t, missing",
        &[("table-dropped", Warning)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t DROP CONSTRAINT sure_check",
        &[("constraint-dropped", Note)],
    ),
    (POSTGRES, "UPDATE t SET a = 'x'", &[("rows-changed", Error)]),
    (
        POSTGRES,
        "DELETE FROM t WHERE n = 1",
        &[("rows-changed", Warning)],
    ),
    (
        POSTGRES,
        "TRUNCATE t CASCADE",
        &[("table-emptied", Warning)],
    ),
    (
        POSTGRES,
        "LOCK TABLE t IN SHARE MODE",
        &[("table-locked", Error)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t RENAME TO s;;CREATE INDEX i ON s (a)",
        &[("table-renamed", Warning), ("index-built", Error)],
    ),
    (
        POSTGRES,
        "DO $x$ BEGIN IF true THEN ALTER TABLE t DROP COLUMN a; END IF; END $x$",
        &[("column-dropped", Warning)],
    ),
    (
        POSTGRES,
        "DO $x$ BEGIN EXECUTE format('DROP TABLE %I', 'a'); END $x$",
        &[("not-understood", Note)],
    ),
    (POSTGRES, "CALL clean()", &[("not-understood", Note)]),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN",
        &[("not-understood", Note)],
    ),
    (
        POSTGRES,
        "ALTER TABLE t -- squawk-ignore ban-drop-column\n DROP COLUMN a",
        &[("column-dropped", Warning)],
    ),
    // SQLite
    (
        SQLITE,
        "CREATE UNIQUE INDEX i ON t (a)",
        &[("index-built", Error)],
    ),
    (SQLITE, "REINDEX t_a_idx", &[("index-built", Error)]),
    (
        SQLITE,
        "ALTER TABLE t ADD COLUMN c text NOT NULL",
        &[("column-required", Error)],
    ),
    (
        SQLITE,
        "ALTER TABLE t ADD COLUMN c int DEFAULT 1 CHECK (c > 0)",
        &[("check-constraint", Error)],
    ),
    (
        SQLITE,
        "ALTER TABLE t DROP COLUMN a",
        &[("column-dropped", Warning), ("table-rewrite", Error)],
    ),
    (
        SQLITE,
        "ALTER TABLE t RENAME COLUMN a TO b",
        &[("column-renamed", Warning)],
    ),
    (
        SQLITE,
        "ALTER TABLE t RENAME TO s",
        &[("table-renamed", Warning)],
    ),
    (SQLITE, "DROP TABLE t", &[("table-dropped", Warning)]),
    (
        SQLITE,
        "CREATE TABLE t_new (id int);;INSERT INTO t_new (id) SELECT id FROM t;;DROP TABLE t;;ALTER TABLE t_new RENAME TO t;;CREATE INDEX i ON t (id)",
        &[("table-rewrite", Error)],
    ),
    (SQLITE, "UPDATE t SET a = 'x'", &[("rows-changed", Error)]),
    (
        SQLITE,
        "DELETE FROM t WHERE n = 1",
        &[("rows-changed", Warning)],
    ),
    (SQLITE, "ALTER TABLE t FROB x", &[("not-understood", Note)]),
    // MySQL and MariaDB
    (
        MARIADB,
        "CREATE INDEX i ON t (a)",
        &[("index-built", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD KEY i (a)",
        &[("index-built", Warning)],
    ),
    (
        MARIADB,
        "CREATE FULLTEXT INDEX i ON t (a)",
        &[("index-built", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD FULLTEXT KEY i (a)",
        &[("index-built", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
        &[("table-rewrite", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ENGINE=InnoDB",
        &[("table-rewrite", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t DROP PRIMARY KEY",
        &[("table-rewrite", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED",
        &[("table-rewrite", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD COLUMN c int NOT NULL",
        &[("column-required", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t MODIFY COLUMN n bigint",
        &[("type-changed", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t MODIFY n int NOT NULL",
        &[("not-null-set", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t CHANGE n m int",
        &[("column-renamed", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id)",
        &[("foreign-key", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        &[("check-constraint", Error)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        &[("unique-constraint", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t ADD PRIMARY KEY (id)",
        &[("primary-key", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t DROP COLUMN a",
        &[("column-dropped", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t RENAME COLUMN a TO b",
        &[("column-renamed", Warning)],
    ),
    (
        MARIADB,
        "RENAME TABLE t TO s",
        &[("table-renamed", Warning)],
    ),
    (
        MARIADB,
        "ALTER TABLE t RENAME TO s",
        &[("table-renamed", Warning)],
    ),
    (MARIADB, "DROP TABLE t", &[("table-dropped", Warning)]),
    (
        MARIADB,
        "ALTER TABLE t DROP FOREIGN KEY f",
        &[("constraint-dropped", Note)],
    ),
    (MARIADB, "UPDATE t SET a = 'x'", &[("rows-changed", Error)]),
    (
        MARIADB,
        "DELETE FROM t WHERE n = 1",
        &[("rows-changed", Warning)],
    ),
    (MARIADB, "TRUNCATE TABLE t", &[("table-emptied", Warning)]),
    (MARIADB, "LOCK TABLES t WRITE", &[("table-locked", Error)]),
    (MARIADB, "CALL clean()", &[("not-understood", Note)]),
    (MARIADB, "ALTER TABLE t FROB x", &[("not-understood", Note)]),
    (
        MARIADB,
        "ALTER TABLE t MODIFY id int NULL",
        &[("table-rewrite", Warning)],
    ),
];

/// Statements that hurt nobody whatever the table holds.
const HARMLESS: &[((Backend, &str), &str)] = &[
    (POSTGRES, "ALTER TABLE t ADD COLUMN c text DEFAULT 'x'"),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c timestamptz NOT NULL DEFAULT now()",
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT (-1)",
    ),
    (POSTGRES, "ALTER TABLE t ADD COLUMN c int REFERENCES p (id)"),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id) NOT VALID",
    ),
    (POSTGRES, "ALTER TABLE t VALIDATE CONSTRAINT f"),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID",
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i",
    ),
    (
        POSTGRES,
        "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i",
    ),
    (POSTGRES, "ALTER TABLE t ALTER COLUMN a TYPE text"),
    (POSTGRES, "ALTER TABLE t ALTER COLUMN a TYPE varchar(200)"),
    (POSTGRES, "ALTER TABLE t ALTER COLUMN sure SET NOT NULL"),
    (POSTGRES, "ALTER TABLE t ALTER COLUMN must SET NOT NULL"),
    (
        POSTGRES,
        "ALTER TABLE t ALTER COLUMN a SET DEFAULT gen_random_uuid()::text",
    ),
    (POSTGRES, "CREATE VIEW v AS SELECT * FROM t"),
    (
        POSTGRES,
        "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    (
        POSTGRES,
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $b$ BEGIN DELETE FROM t; RETURN NEW; END $b$",
    ),
    (POSTGRES, "INSERT INTO t (a) VALUES ('x')"),
    (POSTGRES, "DROP INDEX somewhere_else"),
    (
        SQLITE,
        "ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT ''",
    ),
    (SQLITE, "ALTER TABLE t ADD COLUMN c int REFERENCES p (id)"),
    (
        SQLITE,
        "CREATE TRIGGER x AFTER UPDATE ON t BEGIN UPDATE t SET a = 1; END",
    ),
    (MARIADB, "ALTER TABLE t ADD COLUMN c text"),
    (
        MARIADB,
        "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0 AFTER id",
    ),
    (MARIADB, "ALTER TABLE t MODIFY v varchar(60)"),
    (
        MARIADB,
        "ALTER TABLE t ADD KEY i (a), ALGORITHM=INPLACE, LOCK=NONE",
    ),
    (
        MARIADB,
        "CREATE INDEX i ON t (a) ALGORITHM=INPLACE LOCK=NONE",
    ),
    (MARIADB, "ALTER TABLE t DROP KEY t_a_idx, COMMENT 'x'"),
    (MARIADB, "DELETE FROM t WHERE n = 1 LIMIT 1000"),
    (MYSQL, "ALTER TABLE t ADD COLUMN c int DEFAULT 0 AFTER id"),
    (
        MYSQL,
        "CREATE TRIGGER x BEFORE DELETE ON t FOR EACH ROW DELETE FROM p WHERE id = OLD.id",
    ),
];

/// What is wrong whatever there is in a table.
const ALWAYS: &[((Backend, &str), &str, &[(&str, Severity)])] = &[
    (
        POSTGRES,
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        &[("concurrently-in-transaction", Error)],
    ),
    (
        POSTGRES,
        "DROP INDEX CONCURRENTLY t_a_idx",
        &[("concurrently-in-transaction", Error)],
    ),
    (POSTGRES, "COMMIT", &[("transaction-control", Error)]),
    (SQLITE, "COMMIT", &[("transaction-control", Error)]),
    (SQLITE, "VACUUM", &[("table-rewrite", Error)]),
];

#[test]
fn what_hurts_is_found_where_a_table_holds_rows() {
    for (on, sql, found) in HARMFUL.iter().chain(ALWAYS) {
        assert_eq!(Case::new(*on, sql).found(), *found, "{on:?} {sql}");
    }
}

#[test]
fn nobody_is_hurt_where_tables_are_empty() {
    for (on, sql, _) in HARMFUL {
        let case = Case {
            rows: 0,
            ..Case::new(*on, sql)
        };
        assert_eq!(case.found(), [], "{on:?} {sql}");
    }
    for (on, sql, found) in ALWAYS {
        let case = Case {
            rows: 0,
            ..Case::new(*on, sql)
        };
        assert_eq!(case.found(), *found, "{on:?} {sql}");
    }
}

#[test]
fn nobody_is_hurt_on_a_table_that_the_same_run_makes() {
    // A table that is dropped and made anew by hand counts as rebuilt as a whole.
    for (on, sql, found) in HARMFUL.iter().filter(|(_, sql, _)| !sql.contains("t_new")) {
        // A table of the name is there already: it has to go first.
        let fresh = format!("DROP TABLE t;;CREATE TABLE t (id int);;{sql}");
        let case = Case::new(*on, &fresh);
        let mut all = case.found();
        assert_eq!(all.remove(0), ("table-dropped", Warning), "{on:?} {sql}");
        // What could not be told may be about another table.
        let left = found
            .iter()
            .filter(|(rule, _)| *rule == "not-understood")
            .count();
        assert_eq!(all.len(), left, "{on:?} {sql}: {all:?}");
    }
}

#[test]
fn what_is_safe_is_let_alone() {
    for (on, sql) in HARMLESS {
        assert_eq!(Case::new(*on, sql).found(), [], "{on:?} {sql}");
    }
    let outside = |sql| Case {
        in_transaction: false,
        ..Case::new(POSTGRES, sql)
    };
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        "DROP INDEX CONCURRENTLY t_a_idx",
        "COMMIT",
    ] {
        assert_eq!(outside(sql).found(), [], "{sql}");
    }
}

#[test]
fn the_safe_rewrite_of_a_statement_is_safe() {
    for (on, sql, found) in HARMFUL {
        for finding in Case::new(*on, sql).findings() {
            // Filling in portions is not for migrations, and names that change hurt for a moment.
            let breaks = [
                "table-dropped",
                "table-renamed",
                "column-renamed",
                "column-dropped",
                "table-emptied",
                "type-changed",
                "rows-changed",
            ];
            let id = finding.rule.id.trim_start_matches("lint/");
            if breaks.contains(&id) {
                continue;
            }
            for safe in finding.sql.iter().filter(|s| !s.starts_with("UPDATE")) {
                let case = Case {
                    in_transaction: false,
                    ..Case::new(*on, safe)
                };
                let left: Vec<_> = case.found().into_iter().filter(|f| f.1 > Note).collect();
                // In its place: after the CHECK that proves it.
                if !safe.ends_with("SET NOT NULL") {
                    assert_eq!(left, [], "{found:?} {sql}: {safe}");
                }
            }
        }
    }
}

#[test]
fn rewrites_have_the_names_of_their_statement() {
    let sql = |on, sql: &str| Case::new(on, sql).findings().swap_remove(0).sql;
    assert_eq!(
        sql(
            POSTGRES,
            "CREATE UNIQUE INDEX IF NOT EXISTS \"i\" ON t\n (a)"
        ),
        ["CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"i\" ON t (a)"]
    );
    assert_eq!(
        sql(
            POSTGRES,
            "ALTER TABLE public.t ADD CONSTRAINT \"F\" FOREIGN KEY (n) REFERENCES p"
        ),
        [
            "ALTER TABLE public.t ADD CONSTRAINT \"F\" FOREIGN KEY (n) REFERENCES p NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT \"F\"",
        ]
    );
    assert_eq!(
        sql(POSTGRES, "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, n)"),
        [
            "CREATE UNIQUE INDEX CONCURRENTLY \"u\" ON t (a, n)",
            "ALTER TABLE t ADD CONSTRAINT \"u\" UNIQUE USING INDEX \"u\"",
        ]
    );
    assert_eq!(
        sql(POSTGRES, "DELETE FROM t WHERE n = 1 RETURNING id"),
        [
            "DELETE FROM t WHERE ctid = ANY (ARRAY(SELECT ctid FROM t WHERE n = 1 LIMIT 1000)) RETURNING id"
        ]
    );
    assert_eq!(
        sql(
            POSTGRES,
            "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT f()"
        )[..2],
        [
            "ALTER TABLE t ADD COLUMN c int",
            "ALTER TABLE t ALTER COLUMN c SET DEFAULT f()"
        ]
    );
    assert_eq!(
        sql(MARIADB, "ALTER TABLE `t` ADD KEY `i` (`a`)"),
        ["ALTER TABLE `t` ADD KEY `i` (`a`), ALGORITHM=INPLACE, LOCK=NONE"]
    );
    assert_eq!(
        sql(SQLITE, "UPDATE \"t\" SET a = 'x' WHERE n > 1"),
        [
            "UPDATE \"t\" SET a = 'x' WHERE rowid IN (SELECT rowid FROM \"t\" WHERE n > 1 LIMIT 1000)"
        ]
    );
}

#[test]
fn actions_of_one_statement_go_the_way_of_the_slowest() {
    let sql = "ALTER TABLE t ADD COLUMN c int, ADD KEY k (c), ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES p (id)";
    let all = Case::new(MARIADB, sql).findings();
    assert_eq!(all.len(), 1);
    assert_eq!(
        all[0].sql,
        [
            "ALTER TABLE t ADD COLUMN c int, ALGORITHM=INSTANT",
            "ALTER TABLE t ADD KEY k (c), ALGORITHM=INPLACE, LOCK=NONE",
            "SET SESSION foreign_key_checks = 0",
            "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES p (id), ALGORITHM=INPLACE, LOCK=NONE",
            "SET SESSION foreign_key_checks = 1",
        ]
    );
}

#[test]
fn a_table_that_an_earlier_statement_locked_is_named() {
    let case = Case::new(
        POSTGRES,
        "ALTER TABLE t ADD COLUMN c text;;CREATE INDEX i ON p (a)",
    );
    let all = case.findings();
    assert_eq!(
        all[0].details,
        [
            "statement 2: CREATE INDEX i ON p (a)",
            "p holds about 200,000 rows",
            "nobody can even read t meanwhile: statement 1 of the same transaction locked it",
        ]
    );
    let apart = Case {
        in_transaction: false,
        ..case
    };
    assert_eq!(apart.findings()[0].details.len(), 2);
}

#[test]
fn severity_follows_the_rows() {
    let found = |rows| {
        Case {
            rows,
            ..Case::new(POSTGRES, "CREATE INDEX i ON t (a)")
        }
        .found()
    };
    assert_eq!(found(10), [("index-built", Note)]);
    assert_eq!(found(FEW_ROWS), [("index-built", Warning)]);
    assert_eq!(found(MANY_ROWS), [("index-built", Error)]);
}

#[test]
fn only_what_holds_for_the_version_is_said() {
    let found = |version, sql| Case::new((Backend::Mysql, version), sql).found();
    let drop = "ALTER TABLE t DROP COLUMN a";
    assert_eq!(found("8.0.20", drop).len(), 2);
    assert_eq!(found("8.0.36", drop).len(), 1);
    let change = "ALTER TABLE t MODIFY n bigint";
    assert_eq!(found("10.11.6-MariaDB", change), [("type-changed", Error)]);
    assert_eq!(found("11.4.2-MariaDB", change), [("type-changed", Warning)]);
    let view = |version| {
        Case::new((Backend::Postgres, version), "ALTER TABLE t RENAME TO s").findings()[0].sql[1]
            .clone()
    };
    assert_eq!(view("14.1"), "CREATE VIEW t AS SELECT * FROM s");
    assert_eq!(
        view("15.1"),
        "CREATE VIEW t WITH (security_invoker = true) AS SELECT * FROM s"
    );
}

#[test]
fn hostile_names_stay_inside_their_quotes() {
    let hostile = "x\"; DROP TABLE t; --";
    let quoted = format!("\"{}\"", hostile.replace('"', "\"\""));
    let sql = format!("ALTER TABLE t ADD CONSTRAINT {quoted} UNIQUE (a)");
    let finding = Case::new(POSTGRES, &sql).findings().swap_remove(0);
    assert_eq!(finding.near[0], hostile);
    for safe in finding.sql {
        let steps = linter(Backend::Postgres).steps(
            &[safe.clone()],
            false,
            Server {
                version: "15",
                schema: &Schema::default(),
            },
        );
        assert_eq!(steps[0].unclear, None, "{safe}");
        assert!(
            !Case::new(POSTGRES, &safe)
                .found()
                .iter()
                .any(|(rule, _)| *rule == "table-dropped"),
            "{safe}"
        );
    }
}

#[tokio::test]
async fn every_set_from_scratch_hurts_nobody_and_nothing_panics() {
    for set in crate::catalog::SETS {
        for backend in set.backends {
            let all = set.migrations();
            let source =
                crate::engine::Source::render(set.name, *backend, &all, &crate::engine::BOTH).await;
            let source = source.expect("renders");
            let subjects: Vec<Subject<'_>> = source
                .migrations
                .iter()
                .map(|m| Subject::of(m, *backend))
                .collect();
            let version = match backend {
                Backend::Mysql => MARIADB.1,
                _ => POSTGRES.1,
            };
            let empty = Schema::default();
            let mut around = Around {
                backend: *backend,
                version,
                schema: &empty,
                homes: Vec::new(),
                sizes: BTreeMap::new(),
                assume_rows: None,
                before: &[],
            };
            assert_eq!(lint(&around, &subjects), [], "{} {backend:?}", set.name);
            // With rows everywhere the statements are read too, both ways.
            around.assume_rows = Some(MANY_ROWS);
            let up = lint(&around, &subjects);
            let unclear: Vec<&Finding> = up
                .iter()
                .filter(|f| f.rule.id == "lint/not-understood")
                .collect();
            for finding in &unclear {
                assert!(
                    finding.details[1].contains("executes text that it puts together"),
                    "{finding:?}"
                );
            }
            let down: Vec<Subject<'_>> = source
                .migrations
                .iter()
                .map(|m| Subject {
                    statements: &m.down,
                    ..Subject::of(m, *backend)
                })
                .collect();
            assert!(
                lint(&around, &down)
                    .iter()
                    .any(|f| f.rule.id == "lint/table-dropped")
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_text_is_read_without_panic(
        start in "(ALTER TABLE t (ADD|DROP|ALTER|MODIFY|RENAME)|CREATE (UNIQUE )?INDEX|DROP INDEX|UPDATE|DELETE FROM|DO \\$\\$|LOCK|REINDEX|TRUNCATE|)",
        text in "[ -~äß\n]{0,80}",
    ) {
        let sql = format!("{start} {text}");
        for on in [SQLITE, POSTGRES, MYSQL, MARIADB] {
            let _ = Case::new(on, &sql).findings();
        }
    }
}
