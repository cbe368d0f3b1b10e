//! Organizations at work: their subscriptions, the modules that they switched on, their members.
//!
//! [`classify`] says for every table whether its rows are a tenant's at all.
//!
//! Nothing here knows a schema set by name. A set's catalogue entry says in a [`map`] what its tables
//! and columns are called and which plans and modules there are; the rest is the same for all.

pub mod classify;
pub mod find;
pub mod list;
pub mod map;
pub mod ready;
pub mod show;
mod sql;
pub mod sweep;
pub mod switch;
mod transaction;
pub mod way;

pub use sql::Moment;
