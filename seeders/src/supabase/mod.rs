//! Seeders of the `supabase` set, a WhatsApp bot platform whose tenants row level security keeps
//! apart.
//!
//! Users live in `auth.users`, a table of another schema which on Supabase is not ours: the seed
//! writes only `id`, `email` and `created_at`, which are there on plain PostgreSQL too. An insert
//! there is a sign-up, and a trigger of the set answers it with an organization of its own. The
//! demo brings its organizations and memberships itself, so the engine announces a seeding
//! transaction by the setting `saasdb.seeding` (`on`, local to the transaction), and the trigger
//! stands back where `current_setting('saasdb.seeding', true)` is `on`. Whoever may insert into
//! `auth.users` could as well delete the organization that the trigger made, so the setting gives
//! nobody a right.

mod demo;
mod plans;
#[cfg(test)]
mod tests;

use crate::Seeder;

/// The set's name; ids of its rows follow from it.
const SET: &str = "supabase";

/// The set's seeders, in the order in which they run.
pub fn seeders() -> Vec<Box<dyn Seeder>> {
    vec![
        Box::new(plans::SubscriptionPlans),
        Box::new(demo::DemoOrganizations),
    ]
}
