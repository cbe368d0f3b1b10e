//! The rules, one for each kind of harm.

use crate::checks::{Rule, Severity};
use crate::dialect::lint::Harm;

/// The rule for what the database could not be asked about.
pub(super) const NOT_UNDERSTOOD: Rule = Rule {
    id: "lint/not-understood",
    severity: Severity::Note,
    about: "a statement of which it could not be told what it does",
    help: "Read it with the tables in mind that it touches: does it scan, copy or lock one of them?",
};

const INDEX_BUILT: Rule = Rule {
    id: "lint/index-built",
    severity: Severity::Warning,
    about: "an index is built over a table that holds rows",
    help: "Build it beside the running system where the database can: CREATE INDEX CONCURRENTLY, or ALGORITHM=INPLACE, LOCK=NONE.",
};
const INDEX_DROPPED: Rule = Rule {
    id: "lint/index-dropped",
    severity: Severity::Note,
    about: "an index is dropped while the queries of its table wait",
    help: "DROP INDEX CONCURRENTLY waits for nobody's sake but its own.",
};
const CONCURRENTLY: Rule = Rule {
    id: "lint/concurrently-in-transaction",
    severity: Severity::Error,
    about: "CONCURRENTLY in a migration that runs in a transaction",
    help: "Give the statement a migration of its own whose `use_transaction` is `Some(false)`.",
};
const TABLE_REWRITE: Rule = Rule {
    id: "lint/table-rewrite",
    severity: Severity::Warning,
    about: "all rows of a table are written anew",
    help: "Add what is new beside what is there, fill it in portions, and exchange the two in a moment; or run it when the application is idle.",
};
const TYPE_CHANGED: Rule = Rule {
    id: "lint/type-changed",
    severity: Severity::Warning,
    about: "a column gets a type for which its rows are written anew",
    help: "Add a column of the new type, write both, fill it in portions, and exchange the names.",
};
const COLUMN_REQUIRED: Rule = Rule {
    id: "lint/column-required",
    severity: Severity::Error,
    about: "a column without NULL and without a default is added to a table that holds rows",
    help: "Give it a default, or add it without NOT NULL, fill it, and make it NOT NULL later.",
};
const NOT_NULL_SET: Rule = Rule {
    id: "lint/not-null-set",
    severity: Severity::Warning,
    about: "a column becomes NOT NULL, and every row is looked at",
    help: "Make sure that no row has a NULL there, and that every release that is running writes a value.",
};
const FOREIGN_KEY: Rule = Rule {
    id: "lint/foreign-key",
    severity: Severity::Warning,
    about: "a foreign key is added and every row is checked at once",
    help: "Add it without checking the rows that are there, and have them checked later.",
};
const CHECK: Rule = Rule {
    id: "lint/check-constraint",
    severity: Severity::Warning,
    about: "a CHECK is added and every row is checked at once",
    help: "Add it without checking the rows that are there, and have them checked later.",
};
const UNIQUE: Rule = Rule {
    id: "lint/unique-constraint",
    severity: Severity::Warning,
    about: "a unique or exclusion constraint builds its index over a table that holds rows",
    help: "Look for duplicates first: one is enough for the statement to fail after all the waiting. Build the index first, then make a constraint of it.",
};
const PRIMARY_KEY: Rule = Rule {
    id: "lint/primary-key",
    severity: Severity::Warning,
    about: "a primary key builds its index over a table that holds rows",
    help: "Build a unique index first, then make the primary key of it.",
};
const VALIDATED_AT_ONCE: Rule = Rule {
    id: "lint/validated-at-once",
    severity: Severity::Warning,
    about: "a constraint is added as NOT VALID and validated in one transaction",
    help: "Validate it in a later migration: only then is the lock of the first statement gone.",
};
const COLUMN_DROPPED: Rule = Rule {
    id: "lint/column-dropped",
    severity: Severity::Warning,
    about: "a column of a table that holds rows goes",
    help: "First release code that neither reads nor writes the column, and drop it with the release after that. If it is NOT NULL without a default, lift that first. Its values are gone for good: `saasdb down` brings back the column, not what was in it.",
};
const COLUMN_RENAMED: Rule = Rule {
    id: "lint/column-renamed",
    severity: Severity::Warning,
    about: "a column of a table that holds rows gets another name",
    help: "Code that is running asks for the old name until the new release is everywhere. Add a column of the new name, write both, fill it in portions, and drop the old one when nobody asks for it.",
};
const TABLE_RENAMED: Rule = Rule {
    id: "lint/table-renamed",
    severity: Severity::Warning,
    about: "a table that holds rows gets another name or schema",
    help: "Code that is running asks for the old name until the new release is everywhere. Let a view answer for it meanwhile.",
};
const TABLE_DROPPED: Rule = Rule {
    id: "lint/table-dropped",
    severity: Severity::Warning,
    about: "a table that holds rows goes",
    help: "First release code that does without it. Its rows are gone for good: take a backup.",
};
const CONSTRAINT_DROPPED: Rule = Rule {
    id: "lint/constraint-dropped",
    severity: Severity::Note,
    about: "a constraint of a table that holds rows goes",
    help: "Make sure that nothing relies on it. Whoever wants it back later has to check all rows that came in meanwhile.",
};
const ROWS_CHANGED: Rule = Rule {
    id: "lint/rows-changed",
    severity: Severity::Warning,
    about: "rows of a table are changed or deleted in one transaction",
    help: "Do it in portions of some thousand rows, each a transaction of its own, outside of the migration: the application's writes then wait for moments.",
};
const TABLE_EMPTIED: Rule = Rule {
    id: "lint/table-emptied",
    severity: Severity::Warning,
    about: "a table that holds rows is emptied",
    help: "The rows are gone for good: take a backup, and make sure that no release that is running needs them.",
};
const TABLE_LOCKED: Rule = Rule {
    id: "lint/table-locked",
    severity: Severity::Warning,
    about: "a table that holds rows is locked for as long as something takes",
    help: "Hold the lock for as little as can be: make it the last statement, with nothing long behind it.",
};
const TRANSACTION_CONTROL: Rule = Rule {
    id: "lint/transaction-control",
    severity: Severity::Error,
    about: "a statement begins or ends a transaction in a migration that runs in one",
    help: "saasdb begins and commits around each migration, with its history row. Take the statement out, or ask for no transaction: `use_transaction` is `Some(false)`.",
};

/// All of them, in the order in which they are shown.
pub(super) const RULES: &[Rule] = &[
    INDEX_BUILT,
    INDEX_DROPPED,
    CONCURRENTLY,
    TABLE_REWRITE,
    TYPE_CHANGED,
    COLUMN_REQUIRED,
    NOT_NULL_SET,
    FOREIGN_KEY,
    CHECK,
    UNIQUE,
    PRIMARY_KEY,
    VALIDATED_AT_ONCE,
    COLUMN_DROPPED,
    COLUMN_RENAMED,
    TABLE_RENAMED,
    TABLE_DROPPED,
    CONSTRAINT_DROPPED,
    ROWS_CHANGED,
    TABLE_EMPTIED,
    TABLE_LOCKED,
    TRANSACTION_CONTROL,
    NOT_UNDERSTOOD,
];

/// The rule that a harm breaks.
pub(super) fn rule(harm: Harm) -> &'static Rule {
    match harm {
        Harm::IndexBuilt => &INDEX_BUILT,
        Harm::IndexDropped => &INDEX_DROPPED,
        Harm::Concurrently => &CONCURRENTLY,
        Harm::TableRewritten => &TABLE_REWRITE,
        Harm::TypeChanged => &TYPE_CHANGED,
        Harm::ColumnRequired => &COLUMN_REQUIRED,
        Harm::NotNullSet => &NOT_NULL_SET,
        Harm::ForeignKey => &FOREIGN_KEY,
        Harm::Check => &CHECK,
        Harm::Unique => &UNIQUE,
        Harm::PrimaryKey => &PRIMARY_KEY,
        Harm::ValidatedAtOnce => &VALIDATED_AT_ONCE,
        Harm::ColumnDropped => &COLUMN_DROPPED,
        Harm::ColumnRenamed => &COLUMN_RENAMED,
        Harm::TableRenamed => &TABLE_RENAMED,
        Harm::TableDropped => &TABLE_DROPPED,
        Harm::ConstraintDropped => &CONSTRAINT_DROPPED,
        Harm::RowsChanged => &ROWS_CHANGED,
        Harm::TableEmptied => &TABLE_EMPTIED,
        Harm::TableLocked => &TABLE_LOCKED,
        Harm::TransactionControl => &TRANSACTION_CONTROL,
    }
}
