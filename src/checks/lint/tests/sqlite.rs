//! Statements on SQLite.

use super::{Harmful, Harmless};
use crate::checks::Severity::{Error, Note, Warning};

/// What is found where the table holds 200,000 rows.
pub(super) const HARMFUL: Harmful = &[
    ("CREATE UNIQUE INDEX i ON t (a)", &[("index-built", Error)]),
    ("REINDEX t_a_idx", &[("index-built", Error)]),
    (
        "ALTER TABLE t ADD COLUMN c text NOT NULL",
        &[("column-required", Error)],
    ),
    (
        "ALTER TABLE t ADD COLUMN c int DEFAULT 1 CHECK (c > 0)",
        &[("check-constraint", Error)],
    ),
    (
        "ALTER TABLE t DROP COLUMN a",
        &[("column-dropped", Warning), ("table-rewrite", Error)],
    ),
    (
        "ALTER TABLE t RENAME COLUMN a TO b",
        &[("column-renamed", Warning)],
    ),
    ("ALTER TABLE t RENAME TO s", &[("table-renamed", Warning)]),
    ("DROP TABLE t", &[("table-dropped", Warning)]),
    (
        "CREATE TABLE t_new (id int);;INSERT INTO t_new (id) SELECT id FROM t;;DROP TABLE t;;ALTER TABLE t_new RENAME TO t;;CREATE INDEX i ON t (id)",
        &[("table-rewrite", Error)],
    ),
    ("UPDATE t SET a = 'x'", &[("rows-changed", Error)]),
    ("DELETE FROM t WHERE n = 1", &[("rows-changed", Warning)]),
    ("ALTER TABLE t FROB x", &[("not-understood", Note)]),
];

/// What hurts nobody whatever the table holds.
pub(super) const HARMLESS: Harmless = &[
    "ALTER TABLE t ADD COLUMN c text NOT NULL DEFAULT ''",
    "ALTER TABLE t ADD COLUMN c int REFERENCES p (id)",
    "CREATE TRIGGER x AFTER UPDATE ON t BEGIN UPDATE t SET a = 1; END",
];

/// What is wrong whatever there is in a table.
pub(super) const ALWAYS: Harmful = &[
    ("COMMIT", &[("transaction-control", Error)]),
    ("VACUUM", &[("table-rewrite", Error)]),
];
