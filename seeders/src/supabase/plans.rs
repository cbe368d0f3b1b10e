//! The subscription plans that are on sale.

use crate::support::{Rows, values};
use crate::{SeedContext, SeedKind, SeedTable, Seeder};
use serde_json::{Map, Value, json};

/// A plan. Prices are euros; the table has cents.
pub(super) struct Plan {
    pub id: &'static str,
    name: &'static str,
    description: &'static str,
    euros_a_month: i64,
    pub limits: Limits,
    features: &'static [&'static str],
}

/// What a plan allows; below zero is without limit.
pub(super) struct Limits {
    pub monthly_messages: i64,
    pub whatsapp_accounts: i64,
    pub team_members: i64,
    pub auto_replies: i64,
    pub campaigns: i64,
}

const UNLIMITED: i64 = -1;

/// All features, in the order in which they are listed.
const FEATURES: [&str; 7] = [
    "shared_inbox",
    "scheduled_campaigns",
    "contact_import",
    "delivery_reports",
    "rest_api",
    "data_residency",
    "named_contact",
];

/// All plans, in the order in which they are shown.
static PLANS: [Plan; 4] = [
    Plan {
        id: "starter",
        name: "Starter",
        description: "One person answers customers from one number",
        euros_a_month: 29,
        limits: Limits {
            monthly_messages: 1_000,
            whatsapp_accounts: 1,
            team_members: 1,
            auto_replies: 5,
            campaigns: 0,
        },
        features: &["contact_import"],
    },
    Plan {
        id: "professional",
        name: "Professional",
        description: "A small team with a shared inbox and its first campaigns",
        euros_a_month: 99,
        limits: Limits {
            monthly_messages: 10_000,
            whatsapp_accounts: 3,
            team_members: 5,
            auto_replies: 50,
            campaigns: 10,
        },
        features: &[
            "contact_import",
            "shared_inbox",
            "scheduled_campaigns",
            "delivery_reports",
        ],
    },
    Plan {
        id: "business",
        name: "Business",
        description: "Several departments, many campaigns and an interface for programs",
        euros_a_month: 299,
        limits: Limits {
            monthly_messages: 50_000,
            whatsapp_accounts: 10,
            team_members: 20,
            auto_replies: 200,
            campaigns: 50,
        },
        features: &[
            "contact_import",
            "shared_inbox",
            "scheduled_campaigns",
            "delivery_reports",
            "rest_api",
        ],
    },
    Plan {
        id: "enterprise",
        name: "Enterprise",
        description: "No limits, and somebody at our end who knows the account",
        euros_a_month: 999,
        limits: Limits {
            monthly_messages: UNLIMITED,
            whatsapp_accounts: UNLIMITED,
            team_members: UNLIMITED,
            auto_replies: UNLIMITED,
            campaigns: UNLIMITED,
        },
        features: &FEATURES,
    },
];

/// The plan of that id.
///
/// # Panics
///
/// Where there is none.
pub(super) fn plan(id: &str) -> &'static Plan {
    let found = PLANS.iter().find(|plan| plan.id == id);
    found.expect("a plan of the list")
}

impl Plan {
    /// What a month costs, in cents.
    pub fn price(&self) -> i64 {
        self.euros_a_month * 100
    }

    fn features(&self) -> Value {
        let named = FEATURES
            .iter()
            .map(|name| ((*name).to_owned(), self.features.contains(name).into()));
        Value::Object(named.collect::<Map<_, _>>())
    }
}

impl Limits {
    fn json(&self) -> Value {
        json!({
            "monthly_messages": self.monthly_messages,
            "whatsapp_accounts": self.whatsapp_accounts,
            "team_members": self.team_members,
            "auto_replies": self.auto_replies,
            "campaigns": self.campaigns,
        })
    }
}

/// Fills `subscription_plans`. The ids that the payment provider knows the prices by are each
/// application's own, so they stay empty.
pub(super) struct SubscriptionPlans;

impl Seeder for SubscriptionPlans {
    fn name(&self) -> &'static str {
        "subscription-plans"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Reference
    }

    fn description(&self) -> &'static str {
        "The plans starter, professional, business and enterprise: prices in cents, limits, features"
    }

    fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
        let mut rows = Rows::new(
            "subscription_plans",
            &[
                "id",
                "name",
                "description",
                "price_monthly",
                "price_yearly",
                "features",
                "limits",
                "is_active",
                "sort_order",
            ],
        );
        for (plan, position) in PLANS.iter().zip(1_i64..) {
            rows.push(
                plan.id,
                values![
                    plan.id,
                    plan.name,
                    plan.description,
                    plan.price(),
                    plan.price() * 10,
                    plan.features(),
                    plan.limits.json(),
                    true,
                    position,
                ],
            );
        }
        vec![rows.finish()]
    }
}
