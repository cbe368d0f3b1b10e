//! Example tenants: a team with every role, and somebody who works alone.

mod accounts;
mod messaging;
mod organizations;
mod people;
mod profile;
mod profiles;

use crate::{SeedContext, SeedKind, SeedTable, Seeder};
use profiles::PROFILES;

/// Fills every table of the tenants, and the users' own.
pub(super) struct DemoOrganizations;

impl Seeder for DemoOrganizations {
    fn name(&self) -> &'static str {
        "demo-organizations"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Demo
    }

    fn description(&self) -> &'static str {
        "Two organizations with users of every role, contacts, messages, campaigns, usage and billing"
    }

    fn tables(&self, context: &SeedContext) -> Vec<SeedTable> {
        let anchor = context.anchor;
        let messaging = messaging::Messaging::of(&PROFILES, anchor);
        let usage = accounts::usage(&PROFILES, &messaging, anchor);
        let audit_logs = accounts::audit_logs(&PROFILES, anchor);
        let [contacts, messages, auto_replies, campaigns] = messaging.tables();
        vec![
            people::users(&PROFILES, anchor),
            organizations::organizations(&PROFILES, anchor),
            people::members(&PROFILES, anchor),
            people::invitations(&PROFILES, anchor),
            contacts,
            messages,
            auto_replies,
            campaigns,
            usage,
            organizations::billing_events(&PROFILES, anchor),
            audit_logs,
        ]
    }
}
