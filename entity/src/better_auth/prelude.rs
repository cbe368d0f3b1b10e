//! Every entity of the set, under the name of its table.

pub use super::account::Entity as Account;
pub use super::invitation::Entity as Invitation;
pub use super::member::Entity as Member;
pub use super::organization::Entity as Organization;
pub use super::organization_module::Entity as OrganizationModule;
pub use super::organization_subscription::Entity as OrganizationSubscription;
pub use super::session::Entity as Session;
pub use super::team::Entity as Team;
pub use super::team_member::Entity as TeamMember;
pub use super::user::Entity as User;
pub use super::verification::Entity as Verification;
