//! The subscription plans that are on sale.

use crate::support::{Rows, values};
use crate::{SeedContext, SeedKind, SeedTable, SeedValue, Seeder};
use serde_json::{Value, json};

/// A plan, with the prices and limits of the set's source document. Prices are whole rupiah.
pub(in crate::core) struct Plan {
    pub name: &'static str,
    display_name: &'static str,
    description: &'static str,
    price_monthly: u32,
    price_yearly: u32,
    pub quotas: Quotas,
    features: &'static [&'static str],
    is_popular: bool,
}

/// What a plan allows.
pub(in crate::core) struct Quotas {
    pub whatsapp_accounts: i64,
    pub messages_per_month: i64,
    campaigns_per_month: i64,
    contacts: i64,
    pub templates: i64,
    pub users: i64,
    pub storage_mb: i64,
    daily_messages: i64,
    concurrent_blasts: i64,
}

/// What the application takes for "no limit".
const UNLIMITED: i64 = 999_999;

const FEATURES: [&str; 8] = [
    "spinText",
    "advancedAnalytics",
    "apiAccess",
    "customBranding",
    "prioritySupport",
    "webhookIntegration",
    "teamCollaboration",
    "advancedScheduling",
];

/// All plans, in the order in which they are shown.
static PLANS: [Plan; 4] = [
    Plan {
        name: "free",
        display_name: "Free Plan",
        description: "Perfect for getting started",
        price_monthly: 0,
        price_yearly: 0,
        quotas: Quotas {
            whatsapp_accounts: 1,
            messages_per_month: 500,
            campaigns_per_month: 5,
            contacts: 500,
            templates: 3,
            users: 1,
            storage_mb: 50,
            daily_messages: 50,
            concurrent_blasts: 1,
        },
        features: &[],
        is_popular: false,
    },
    Plan {
        name: "starter",
        display_name: "Starter Plan",
        description: "Great for small businesses",
        price_monthly: 200_000,
        price_yearly: 2_000_000,
        quotas: Quotas {
            whatsapp_accounts: 3,
            messages_per_month: 5_000,
            campaigns_per_month: 50,
            contacts: 5_000,
            templates: 20,
            users: 3,
            storage_mb: 500,
            daily_messages: 500,
            concurrent_blasts: 2,
        },
        features: &["spinText", "teamCollaboration", "advancedScheduling"],
        is_popular: true,
    },
    Plan {
        name: "pro",
        display_name: "Pro Plan",
        description: "For growing businesses",
        price_monthly: 500_000,
        price_yearly: 5_000_000,
        quotas: Quotas {
            whatsapp_accounts: 10,
            messages_per_month: 20_000,
            campaigns_per_month: 200,
            contacts: 20_000,
            templates: 100,
            users: 10,
            storage_mb: 2_000,
            daily_messages: 2_000,
            concurrent_blasts: 5,
        },
        features: &[
            "spinText",
            "advancedAnalytics",
            "apiAccess",
            "prioritySupport",
            "webhookIntegration",
            "teamCollaboration",
            "advancedScheduling",
        ],
        is_popular: false,
    },
    // Its price is agreed with each customer.
    Plan {
        name: "enterprise",
        display_name: "Enterprise Plan",
        description: "Custom solutions for large organizations",
        price_monthly: 0,
        price_yearly: 0,
        quotas: Quotas {
            whatsapp_accounts: UNLIMITED,
            messages_per_month: UNLIMITED,
            campaigns_per_month: UNLIMITED,
            contacts: UNLIMITED,
            templates: UNLIMITED,
            users: UNLIMITED,
            storage_mb: UNLIMITED,
            daily_messages: UNLIMITED,
            concurrent_blasts: UNLIMITED,
        },
        features: &FEATURES,
        is_popular: false,
    },
];

/// The plan of that name.
pub(in crate::core) fn plan(name: &str) -> &'static Plan {
    PLANS
        .iter()
        .find(|plan| plan.name == name)
        .unwrap_or_else(|| panic!("no plan {name}"))
}

impl Plan {
    /// Whether the plan includes a feature.
    pub fn has(&self, feature: &str) -> bool {
        self.features.contains(&feature)
    }
}

impl Quotas {
    fn json(&self) -> Value {
        json!({
            "maxWhatsappAccounts": self.whatsapp_accounts,
            "maxMessagesPerMonth": self.messages_per_month,
            "maxCampaignsPerMonth": self.campaigns_per_month,
            "maxContacts": self.contacts,
            "maxTemplates": self.templates,
            "maxUsers": self.users,
            "maxStorageMb": self.storage_mb,
            "dailyMessageLimit": self.daily_messages,
            "concurrentBlasts": self.concurrent_blasts,
        })
    }
}

/// Fills `subscription_plans`.
pub(in crate::core) struct SubscriptionPlans;

impl Seeder for SubscriptionPlans {
    fn name(&self) -> &'static str {
        "subscription-plans"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Reference
    }

    fn description(&self) -> &'static str {
        "The plans free, starter, pro and enterprise with their prices, quotas and features"
    }

    fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
        let mut rows = Rows::new(
            "subscription_plans",
            &[
                "id",
                "name",
                "displayName",
                "description",
                "priceMonthly",
                "priceYearly",
                "currency",
                "quotas",
                "features",
                "sortOrder",
                "isVisible",
                "isPopular",
            ],
        )
        .natural_key(&["name"]);
        for (plan, position) in PLANS.iter().zip(1_i64..) {
            let features: serde_json::Map<_, _> = FEATURES
                .iter()
                .map(|feature| ((*feature).to_owned(), plan.has(feature).into()))
                .collect();
            rows.push_numbered(
                plan.name,
                values![
                    plan.name,
                    plan.display_name,
                    plan.description,
                    rupiah(plan.price_monthly),
                    rupiah(plan.price_yearly),
                    "IDR",
                    plan.quotas.json(),
                    Value::Object(features),
                    position,
                    true,
                    plan.is_popular,
                ],
            );
        }
        vec![rows.finish()]
    }
}

fn rupiah(amount: u32) -> SeedValue {
    SeedValue::Decimal(format!("{amount}.00"))
}
