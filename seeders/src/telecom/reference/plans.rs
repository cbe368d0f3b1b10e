//! The rate plans that are on sale.

use crate::support::{Rows, decimal, id, values};
use crate::telecom::{RUPEE, SET, rupees};
use crate::{SeedContext, SeedKind, SeedTable, SeedValue, Seeder};
use serde_json::{Map, Value};

/// A plan, with the prices and limits of the set's source document. Prices are in paise.
pub(in crate::telecom) struct Plan {
    pub name: &'static str,
    description: &'static str,
    pub plan_type: &'static str,
    pub monthly_price: i64,
    pub annual_price: i64,
    /// Each month.
    pub included_minutes: i64,
    pub included_dids: i64,
    pub max_concurrent_calls: i64,
    /// Hundredths of a paisa for each minute beyond.
    pub overage_rate: i64,
    /// The first so many of [`FEATURES`].
    features: usize,
    support: &'static str,
}

/// What a plan can have; a larger plan has what the smaller ones have, and more.
const FEATURES: [&str; 8] = [
    "voicemail",
    "call_forwarding",
    "call_recording",
    "ivr",
    "api_access",
    "auto_dialer",
    "crm_integration",
    "dedicated_manager",
];

/// All plans, the smallest first.
static PLANS: [Plan; 3] = [
    Plan {
        name: "Starter",
        description: "For one person: a number, voicemail and call forwarding",
        plan_type: "prepaid",
        monthly_price: 349 * RUPEE,
        annual_price: 4_008 * RUPEE,
        included_minutes: 500,
        included_dids: 1,
        max_concurrent_calls: 2,
        overage_rate: 5_000,
        features: 2,
        support: "email",
    },
    Plan {
        name: "Professional",
        description: "For small businesses: recording, voice menus and an API",
        plan_type: "prepaid",
        monthly_price: 999 * RUPEE,
        annual_price: 11_508 * RUPEE,
        included_minutes: 2_000,
        included_dids: 3,
        max_concurrent_calls: 5,
        overage_rate: 4_000,
        features: 5,
        support: "email_chat",
    },
    Plan {
        name: "Call Center",
        description: "For call centres: automatic dialling, CRM and a manager of their own",
        plan_type: "postpaid",
        monthly_price: 4_999 * RUPEE,
        annual_price: 49_990 * RUPEE,
        included_minutes: 10_000,
        included_dids: 10,
        max_concurrent_calls: 25,
        overage_rate: 3_000,
        features: 8,
        support: "24x7",
    },
];

/// The plan of that name.
pub(in crate::telecom) fn plan(name: &str) -> &'static Plan {
    PLANS
        .iter()
        .find(|plan| plan.name == name)
        .unwrap_or_else(|| panic!("no plan {name}"))
}

impl Plan {
    fn features(&self) -> Value {
        let mut features: Map<String, Value> = FEATURES
            .iter()
            .enumerate()
            .map(|(position, name)| ((*name).to_owned(), (position < self.features).into()))
            .collect();
        features.insert("support".to_owned(), self.support.into());
        Value::Object(features)
    }
}

/// Fills `rate_plans`.
pub(in crate::telecom) struct RatePlans;

impl Seeder for RatePlans {
    fn name(&self) -> &'static str {
        "rate-plans"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Reference
    }

    fn description(&self) -> &'static str {
        "The plans Starter, Professional and Call Center with prices, minutes and features"
    }

    fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
        let mut rows = Rows::new(
            "rate_plans",
            &[
                "id",
                "name",
                "description",
                "plan_type",
                "monthly_price",
                "annual_price",
                "included_minutes",
                "included_dids",
                "max_concurrent_calls",
                "overage_rate_per_minute",
                "features",
                "is_active",
                "currency",
            ],
        )
        .natural_key(&["name"]);
        for plan in &PLANS {
            rows.push(
                plan.name,
                values![
                    id(SET, "rate_plans", plan.name),
                    plan.name,
                    plan.description,
                    plan.plan_type,
                    rupees(plan.monthly_price),
                    rupees(plan.annual_price),
                    plan.included_minutes,
                    plan.included_dids,
                    plan.max_concurrent_calls,
                    SeedValue::Decimal(decimal(plan.overage_rate, 4)),
                    plan.features(),
                    true,
                    "INR",
                ],
            );
        }
        vec![rows.finish()]
    }
}
