//! Every entity and enumeration of the set, under the name of its table.

pub use super::accounts::Entity as Accounts;
pub use super::cdrs::Entity as Cdrs;
pub use super::customers::Entity as Customers;
pub use super::dids::Entity as Dids;
pub use super::enums::*;
pub use super::invoices::Entity as Invoices;
pub use super::payment_methods::Entity as PaymentMethods;
pub use super::payments::Entity as Payments;
pub use super::rate_plans::Entity as RatePlans;
pub use super::refresh_tokens::Entity as RefreshTokens;
pub use super::subscription_usage::Entity as SubscriptionUsage;
pub use super::subscriptions::Entity as Subscriptions;
pub use super::users::Entity as Users;
