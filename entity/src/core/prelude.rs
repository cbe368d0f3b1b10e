//! Every entity and enumeration of the set, under the name of its table.

pub use super::blast_messages::Entity as BlastMessages;
pub use super::blast_sessions::Entity as BlastSessions;
pub use super::campaigns::Entity as Campaigns;
pub use super::chats::Entity as Chats;
pub use super::enums::*;
pub use super::organizations::Entity as Organizations;
pub use super::quota_alerts::Entity as QuotaAlerts;
pub use super::sessions::Entity as Sessions;
pub use super::subscription_plans::Entity as SubscriptionPlans;
pub use super::subscriptions::Entity as Subscriptions;
pub use super::templates::Entity as Templates;
pub use super::usage_tracking::Entity as UsageTracking;
pub use super::users::Entity as Users;
