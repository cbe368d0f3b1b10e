//! The `better-auth` set after all of its migrations.
//!
//! Ids are text that the application makes up, so there is none by default. `organizationSubscription` and
//! `organizationModule` have times without a zone, as Prisma makes them; they are UTC.
#![allow(
    missing_docs,
    reason = "fields are the columns of the schema; their names say it all"
)]

pub mod account;
pub mod invitation;
pub mod member;
pub mod organization;
pub mod organization_module;
pub mod organization_subscription;
pub mod prelude;
pub mod session;
pub mod team;
pub mod team_member;
pub mod user;
pub mod verification;

crate::models![
    Account,
    Invitation,
    Member,
    Organization,
    OrganizationModule,
    OrganizationSubscription,
    Session,
    Team,
    TeamMember,
    User,
    Verification,
];
