//! Example tenants: one organization on each plan, one of them with a subscription that ran out.

mod billing;
mod organizations;
mod people;
mod profile;
mod profiles;

use crate::{SeedContext, SeedKind, SeedTable, Seeder};
use profiles::PROFILES;

/// Fills all tables but `session` and `verification`: nobody is signed in, and no token that lets
/// somebody in is known to whoever reads this.
pub(super) struct DemoOrganizations;

impl Seeder for DemoOrganizations {
    fn name(&self) -> &'static str {
        "demo-organizations"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Demo
    }

    fn description(&self) -> &'static str {
        "Three organizations, one on each plan, with users, members, teams, invitations and modules"
    }

    fn tables(&self, context: &SeedContext) -> Vec<SeedTable> {
        let anchor = context.anchor;
        vec![
            people::users(&PROFILES, anchor),
            people::accounts(&PROFILES, anchor),
            organizations::organizations(&PROFILES, anchor),
            organizations::members(&PROFILES, anchor),
            organizations::teams(&PROFILES, anchor),
            organizations::team_members(&PROFILES, anchor),
            organizations::invitations(&PROFILES, anchor),
            billing::subscriptions(&PROFILES, anchor),
            billing::modules(&PROFILES, anchor),
        ]
    }
}
