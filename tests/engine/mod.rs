//! Tests of the engine: what it promises when things go wrong, overlap, or were done by others.

mod atomic;
mod concurrency;
mod dependents;
mod drift;
mod journal;
pub(crate) mod late_rows;
mod locks;
mod one_file;
pub mod pooler;
mod pooler_locks;
mod resume;
mod row_security;
mod schemas;
mod seaorm;
mod seed_and_up;
mod seeding;
mod seeding_clashes;
mod seeding_each;
mod trust;
mod undo_spares;
mod verify;
