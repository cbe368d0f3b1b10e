//! The plans that an organization can subscribe to: definitions in code, as in the set's document.

/// The currency of every price.
pub const CURRENCY: &str = "USD";

/// A plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What `organizationSubscription.plan` holds.
    pub key: &'static str,
    /// Its name to customers.
    pub name: &'static str,
    /// Whole dollars for each interval.
    pub price: u32,
    /// How often it is paid; a free plan never is.
    pub interval: Option<Interval>,
    /// What it allows.
    pub limits: Limits,
    /// How it is advertised. The limits are what counts.
    pub features: &'static [&'static str],
}

/// How often a plan is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Every month.
    Month,
    /// Every year.
    Year,
}

impl Interval {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// What a plan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Modules enabled at the same time.
    pub modules: u32,
    /// Members of the organization.
    pub members: u32,
    /// Stored gigabytes.
    pub storage_gb: u32,
    /// Calls of the API in a month.
    pub api_calls_per_month: u32,
}

/// The plan of an organization that never chose one.
pub const FREE: &str = "free";

/// All plans, the smallest first.
pub const PLANS: &[Plan] = &[
    Plan {
        key: FREE,
        name: "Free",
        price: 0,
        interval: None,
        limits: Limits {
            modules: 2,
            members: 10,
            storage_gb: 1,
            api_calls_per_month: 1_000,
        },
        features: &["Basic visitor management", "Email support", "1GB storage"],
    },
    Plan {
        key: "monthly",
        name: "Professional",
        price: 29,
        interval: Some(Interval::Month),
        limits: Limits {
            modules: 5,
            members: 50,
            storage_gb: 50,
            api_calls_per_month: 50_000,
        },
        features: &[
            "All modules available",
            "Priority support",
            "50GB storage",
            "Advanced analytics",
            "Custom branding",
        ],
    },
    Plan {
        key: "yearly",
        name: "Enterprise",
        price: 290,
        interval: Some(Interval::Year),
        limits: Limits {
            modules: 999,
            members: 999,
            storage_gb: 500,
            api_calls_per_month: 999_999,
        },
        features: &[
            "Unlimited modules",
            "Unlimited members",
            "24/7 phone support",
            "500GB storage",
            "Dedicated account manager",
            "Custom integrations",
            "SLA guarantee",
        ],
    },
];

/// The plan of that key.
pub fn plan(key: &str) -> Option<&'static Plan> {
    PLANS.iter().find(|plan| plan.key == key)
}
