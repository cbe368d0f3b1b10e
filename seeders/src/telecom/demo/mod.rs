//! Example tenants: the document's three customers, each with an account and a subscription.

mod billing;
mod calls;
mod customers;
mod numbers;
mod profile;
mod profiles;
mod subscriptions;
mod timeline;

use crate::{SeedContext, SeedKind, SeedTable, Seeder};
use profiles::PROFILES;

/// Fills the customers' tables. `refresh_tokens` stays empty: nobody is logged in.
pub(super) struct DemoCustomers;

impl Seeder for DemoCustomers {
    fn name(&self) -> &'static str {
        "demo-customers"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Demo
    }

    fn description(&self) -> &'static str {
        "Three customers, one on each plan, with calls, usage, invoices, payments and numbers"
    }

    fn tables(&self, context: &SeedContext) -> Vec<SeedTable> {
        let anchor = context.anchor;
        let [cdrs, usage] = calls::tables(&PROFILES, anchor);
        let [invoices, payments] = billing::tables(&PROFILES, anchor);
        vec![
            customers::users(&PROFILES, anchor),
            customers::customers(&PROFILES, anchor),
            subscriptions::accounts(&PROFILES, anchor),
            subscriptions::subscriptions(&PROFILES, anchor),
            numbers::dids(&PROFILES, anchor),
            cdrs,
            usage,
            invoices,
            payments,
            billing::methods(&PROFILES, anchor),
        ]
    }
}
