//! Example tenants: one organization on each plan, with three months behind it.

mod messaging;
mod organizations;
mod people;
mod profile;
mod profiles;
mod timeline;
mod usage;

use crate::{SeedContext, SeedKind, SeedTable, Seeder};
use profiles::PROFILES;

/// Fills the organizations' tables. `campaigns` stays empty.
pub(super) struct DemoOrganizations;

impl Seeder for DemoOrganizations {
    fn name(&self) -> &'static str {
        "demo-organizations"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Demo
    }

    fn description(&self) -> &'static str {
        "Four organizations, one on each plan, with users, blasts, chats, usage and quota alerts"
    }

    fn tables(&self, context: &SeedContext) -> Vec<SeedTable> {
        let anchor = context.anchor;
        let mut tables = vec![
            organizations::organizations(&PROFILES, anchor),
            people::users(&PROFILES, anchor),
            organizations::subscriptions(&PROFILES, anchor),
        ];
        tables.extend(messaging::tables(&PROFILES, anchor));
        // What was used follows from the rows above, and the alerts from what was used.
        let usage = usage::Usage::measure(&PROFILES, &tables, anchor);
        tables.push(usage.records());
        tables.push(usage.alerts());
        tables
    }
}
