//! Statements on PostgreSQL.

use super::{Harmful, Harmless};
use crate::checks::Severity::{Error, Note, Warning};

/// What is found where the table holds 200,000 rows.
pub(super) const HARMFUL: Harmful = &[
    (
        "CREATE UNIQUE INDEX i ON t (a) WHERE a > ''",
        &[("index-built", Error)],
    ),
    ("REINDEX INDEX t_a_idx", &[("index-built", Error)]),
    ("DROP INDEX t_a_idx", &[("index-dropped", Warning)]),
    (
        "ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()",
        &[("table-rewrite", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c bigserial",
        &[("table-rewrite", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY",
        &[("table-rewrite", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED",
        &[("table-rewrite", Error)],
    ),
    ("ALTER TABLE t SET UNLOGGED", &[("table-rewrite", Error)]),
    ("CLUSTER t USING t_a_idx", &[("table-rewrite", Error)]),
    (
        "ALTER TABLE t ALTER COLUMN id TYPE bigint",
        &[("type-changed", Error)],
    ),
    (
        "ALTER TABLE t ALTER COLUMN a TYPE text USING lower(a)",
        &[("type-changed", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c text NOT NULL",
        &[("column-required", Error)],
    ),
    (
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        &[("not-null-set", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id)",
        &[("foreign-key", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int DEFAULT 1 REFERENCES p (id)",
        &[("foreign-key", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        &[("check-constraint", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int CHECK (c > 0)",
        &[("check-constraint", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        &[("unique-constraint", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c text UNIQUE",
        &[("unique-constraint", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (a WITH =)",
        &[("unique-constraint", Error)],
    ),
    (
        "ALTER TABLE t ADD PRIMARY KEY (id)",
        &[("primary-key", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID;;ALTER TABLE t VALIDATE CONSTRAINT c",
        &[("validated-at-once", Error)],
    ),
    (
        "ALTER TABLE t DROP COLUMN a",
        &[("column-dropped", Warning)],
    ),
    (
        "ALTER TABLE t RENAME COLUMN a TO b",
        &[("column-renamed", Warning)],
    ),
    ("ALTER TABLE t RENAME TO s", &[("table-renamed", Warning)]),
    (
        "ALTER TABLE t SET SCHEMA other",
        &[("table-renamed", Warning)],
    ),
    (
        "DROP TABLE IF EXISTS t, missing",
        &[("table-dropped", Warning)],
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT sure_check",
        &[("constraint-dropped", Note)],
    ),
    ("UPDATE t SET a = 'x'", &[("rows-changed", Error)]),
    ("DELETE FROM t WHERE n = 1", &[("rows-changed", Warning)]),
    ("TRUNCATE t CASCADE", &[("table-emptied", Warning)]),
    ("LOCK TABLE t IN SHARE MODE", &[("table-locked", Error)]),
    (
        "ALTER TABLE t RENAME TO s;;CREATE INDEX i ON s (a)",
        &[("table-renamed", Warning), ("index-built", Error)],
    ),
    (
        "DO $x$ BEGIN IF true THEN ALTER TABLE t DROP COLUMN a; END IF; END $x$",
        &[("column-dropped", Warning)],
    ),
    (
        "DO $x$ BEGIN EXECUTE format('DROP TABLE %I', 'a'); END $x$",
        &[("not-understood", Note)],
    ),
    ("CALL clean()", &[("not-understood", Note)]),
    ("ALTER TABLE t ADD COLUMN", &[("not-understood", Note)]),
    (
        "ALTER TABLE t -- squawk-ignore ban-drop-column\n DROP COLUMN a",
        &[("column-dropped", Warning)],
    ),
];

/// What hurts nobody whatever the table holds.
pub(super) const HARMLESS: Harmless = &[
    "ALTER TABLE t ADD COLUMN c text DEFAULT 'x'",
    "ALTER TABLE t ADD COLUMN c timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT (-1)",
    "ALTER TABLE t ADD COLUMN c int REFERENCES p (id)",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id) NOT VALID",
    "ALTER TABLE t VALIDATE CONSTRAINT f",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i",
    "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i",
    "ALTER TABLE t ALTER COLUMN a TYPE text",
    "ALTER TABLE t ALTER COLUMN a TYPE varchar(200)",
    "ALTER TABLE t ALTER COLUMN sure SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN must SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT gen_random_uuid()::text",
    "CREATE VIEW v AS SELECT * FROM t",
    "CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $b$ BEGIN DELETE FROM t; RETURN NEW; END $b$",
    "INSERT INTO t (a) VALUES ('x')",
    "DROP INDEX somewhere_else",
];

/// What is wrong whatever there is in a table.
pub(super) const ALWAYS: Harmful = &[
    (
        "CREATE INDEX CONCURRENTLY i ON t (a)",
        &[("concurrently-in-transaction", Error)],
    ),
    (
        "DROP INDEX CONCURRENTLY t_a_idx",
        &[("concurrently-in-transaction", Error)],
    ),
    ("COMMIT", &[("transaction-control", Error)]),
];
