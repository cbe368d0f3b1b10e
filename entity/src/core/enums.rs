//! The columns of an enumerated type: ENUM on PostgreSQL and MySQL, checked text on SQLite.

use sea_orm::entity::prelude::*;

/// The plan of an organization, copied here from its subscription for quick access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "organizations_subscriptionPlan_enum",
    rename_all = "snake_case"
)]
pub enum OrganizationPlan {
    Free,
    Starter,
    Pro,
    Enterprise,
}

/// Where an organization stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "organizations_subscriptionStatus_enum",
    rename_all = "snake_case"
)]
pub enum OrganizationStatus {
    Active,
    Suspended,
    Cancelled,
    Trial,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "subscriptions_status_enum",
    rename_all = "snake_case"
)]
pub enum SubscriptionStatus {
    Active,
    Cancelled,
    Expired,
    Trial,
}

/// How often a subscription is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "subscriptions_billingCycle_enum",
    rename_all = "snake_case"
)]
pub enum BillingCycle {
    Monthly,
    Yearly,
    Lifetime,
}

/// How long a period of usage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "usage_tracking_periodType_enum",
    rename_all = "snake_case"
)]
pub enum PeriodType {
    Daily,
    Monthly,
    Yearly,
}

/// How near a limit is: 80 %, 95 %, 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "quota_alerts_alertLevel_enum",
    rename_all = "snake_case"
)]
pub enum AlertLevel {
    Warning,
    Critical,
    Exceeded,
}

/// What a user may do in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "users_roleInOrg_enum",
    rename_all = "snake_case"
)]
pub enum RoleInOrg {
    Owner,
    Admin,
    Member,
}
