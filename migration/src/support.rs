//! Tables described once and rendered as SQL for each database.
//!
//! sea-query cannot express what the sets need on all three databases: it drops constraint names on
//! SQLite, panics on several ALTER options there, and has no ENUM life cycle on PostgreSQL. The sets need
//! only a small part of SQL, so this module writes that part itself.

mod alter;
mod column;
mod dialect;
mod index;
mod name;
mod rebuild;
mod recreate;
mod table;
mod touch;

pub use alter::AddColumns;
pub use column::{Column, OnDelete};
pub use dialect::Dialect;
pub use index::Where;
pub use name::{MAX_NAME_BYTES, name};
pub use rebuild::AddReference;
pub use recreate::Recreate;
pub use table::Table;
pub use touch::Touch;

use sea_orm_migration::prelude::*;

/// Executes each statement in a call of its own, so that each can be journalled and resumed by itself.
pub async fn execute(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
