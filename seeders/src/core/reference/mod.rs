//! Rows that the application needs in every environment.

mod plans;

pub(super) use plans::{Plan, SubscriptionPlans, plan};
