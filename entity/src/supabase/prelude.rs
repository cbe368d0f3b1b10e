//! Every entity and enumeration of the set, under the name of its table.

pub use super::audit_logs::Entity as AuditLogs;
pub use super::auto_replies::Entity as AutoReplies;
pub use super::billing_events::Entity as BillingEvents;
pub use super::campaigns::Entity as Campaigns;
pub use super::contacts::Entity as Contacts;
pub use super::enums::*;
pub use super::messages::Entity as Messages;
pub use super::organization_invitations::Entity as OrganizationInvitations;
pub use super::organization_members::Entity as OrganizationMembers;
pub use super::organization_usage::Entity as OrganizationUsage;
pub use super::organizations::Entity as Organizations;
pub use super::subscription_plans::Entity as SubscriptionPlans;
pub use super::users::Entity as Users;
