//! Statements on MySQL.

use super::{Harmful, Harmless};

/// What is found where the table holds 200,000 rows.
pub(super) const HARMFUL: Harmful = &[];

/// What hurts nobody whatever the table holds.
pub(super) const HARMLESS: Harmless = &[
    "ALTER TABLE t ADD COLUMN c int DEFAULT 0 AFTER id",
    "CREATE TRIGGER x BEFORE DELETE ON t FOR EACH ROW DELETE FROM p WHERE id = OLD.id",
];
