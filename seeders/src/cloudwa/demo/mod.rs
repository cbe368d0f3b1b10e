//! Example tenants with a few weeks behind them: a workshop on the free plan, a school on `pro`.

mod accounts;
mod campaign;
mod flow;
mod knowledge;
mod profile;
mod profiles;
mod traffic;

use crate::{SeedContext, SeedKind, SeedTable, Seeder};
use profiles::PROFILES;
use traffic::Traffic;

/// Fills every table of the set.
pub(super) struct DemoTenants;

impl Seeder for DemoTenants {
    fn name(&self) -> &'static str {
        "demo-tenants"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Demo
    }

    fn description(&self) -> &'static str {
        "A super admin and two tenants with devices, flows, contacts, a campaign and a knowledge base"
    }

    fn tables(&self, context: &SeedContext) -> Vec<SeedTable> {
        let anchor = context.anchor;
        // What contacts, sessions and providers say about the past follows from the messages.
        let traffic = Traffic::new(&PROFILES, anchor);
        let [campaigns, items] = campaign::tables(&PROFILES, anchor);
        let [documents, chunks] = knowledge::documents(&PROFILES, anchor);
        vec![
            accounts::super_admins(anchor),
            accounts::tenants(&PROFILES, anchor),
            accounts::users(&PROFILES, anchor),
            accounts::devices(&PROFILES, anchor),
            flow::flows(&PROFILES, anchor),
            traffic.sessions(),
            traffic.contacts(),
            campaigns,
            items,
            traffic.messages(),
            documents,
            chunks,
            knowledge::providers(&PROFILES, &traffic, anchor),
        ]
    }
}
