//! Statements on MariaDB.

use super::{Harmful, Harmless};
use crate::checks::Severity::{Error, Note, Warning};

/// What is found where the table holds 200,000 rows.
pub(super) const HARMFUL: Harmful = &[
    ("CREATE INDEX i ON t (a)", &[("index-built", Warning)]),
    ("ALTER TABLE t ADD KEY i (a)", &[("index-built", Warning)]),
    (
        "CREATE FULLTEXT INDEX i ON t (a)",
        &[("index-built", Error)],
    ),
    (
        "ALTER TABLE t ADD FULLTEXT KEY i (a)",
        &[("index-built", Error)],
    ),
    (
        "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
        &[("table-rewrite", Error)],
    ),
    ("ALTER TABLE t ENGINE=InnoDB", &[("table-rewrite", Warning)]),
    (
        "ALTER TABLE t DROP PRIMARY KEY",
        &[("table-rewrite", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (n * 2) STORED",
        &[("table-rewrite", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int NOT NULL",
        &[("column-required", Warning)],
    ),
    (
        "ALTER TABLE t MODIFY COLUMN n bigint",
        &[("type-changed", Error)],
    ),
    (
        "ALTER TABLE t MODIFY n int NOT NULL",
        &[("not-null-set", Warning)],
    ),
    (
        "ALTER TABLE t CHANGE n m int",
        &[("column-renamed", Warning)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES p (id)",
        &[("foreign-key", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n > 0)",
        &[("check-constraint", Error)],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
        &[("unique-constraint", Warning)],
    ),
    (
        "ALTER TABLE t ADD PRIMARY KEY (id)",
        &[("primary-key", Warning)],
    ),
    (
        "ALTER TABLE t DROP COLUMN a",
        &[("column-dropped", Warning)],
    ),
    (
        "ALTER TABLE t RENAME COLUMN a TO b",
        &[("column-renamed", Warning)],
    ),
    ("RENAME TABLE t TO s", &[("table-renamed", Warning)]),
    ("ALTER TABLE t RENAME TO s", &[("table-renamed", Warning)]),
    ("DROP TABLE t", &[("table-dropped", Warning)]),
    (
        "ALTER TABLE t DROP FOREIGN KEY f",
        &[("constraint-dropped", Note)],
    ),
    ("UPDATE t SET a = 'x'", &[("rows-changed", Error)]),
    ("DELETE FROM t WHERE n = 1", &[("rows-changed", Warning)]),
    ("TRUNCATE TABLE t", &[("table-emptied", Warning)]),
    ("LOCK TABLES t WRITE", &[("table-locked", Error)]),
    ("CALL clean()", &[("not-understood", Note)]),
    ("ALTER TABLE t FROB x", &[("not-understood", Note)]),
    (
        "ALTER TABLE t MODIFY id int NULL",
        &[("table-rewrite", Warning)],
    ),
];

/// What hurts nobody whatever the table holds.
pub(super) const HARMLESS: Harmless = &[
    "ALTER TABLE t ADD COLUMN c text",
    "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0 AFTER id",
    "ALTER TABLE t MODIFY v varchar(60)",
    "ALTER TABLE t ADD KEY i (a), ALGORITHM=INPLACE, LOCK=NONE",
    "CREATE INDEX i ON t (a) ALGORITHM=INPLACE LOCK=NONE",
    "ALTER TABLE t DROP KEY t_a_idx, COMMENT 'x'",
    "DELETE FROM t WHERE n = 1 LIMIT 1000",
];
