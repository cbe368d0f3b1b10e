//! The `telecom` set after all of its migrations.
#![allow(
    missing_docs,
    reason = "fields and variants are the columns and values of the schema; their names say it all"
)]

pub mod accounts;
pub mod cdrs;
pub mod customers;
pub mod dids;
pub mod enums;
pub mod invoices;
pub mod payment_methods;
pub mod payments;
pub mod prelude;
pub mod rate_plans;
pub mod refresh_tokens;
pub mod subscription_usage;
pub mod subscriptions;
pub mod users;

crate::models![
    Accounts,
    Cdrs,
    Customers,
    Dids,
    Invoices,
    PaymentMethods,
    Payments,
    RatePlans,
    RefreshTokens,
    SubscriptionUsage,
    Subscriptions,
    Users,
];
