//! Rows that the application needs in every environment.

mod plans;
mod users;

pub(super) use plans::{Plan, RatePlans, plan};
pub(super) use users::SystemUsers;
