//! The columns of an enumerated type: ENUM on PostgreSQL and MySQL, checked text on SQLite.
//!
//! Each column has a type of its own on PostgreSQL, also where the values are the same.

use sea_orm::entity::prelude::*;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "users_role_enum",
    rename_all = "snake_case"
)]
pub enum UserRole {
    Admin,
    Support,
    Customer,
}

/// What kind of customer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "customers_business_type_enum",
    rename_all = "snake_case"
)]
pub enum BusinessType {
    Individual,
    SmallBusiness,
    Enterprise,
}

/// Where a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "customers_status_enum",
    rename_all = "snake_case"
)]
pub enum CustomerStatus {
    Active,
    Suspended,
    Pending,
    Cancelled,
}

/// How far a customer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "customers_kyc_status_enum",
    rename_all = "snake_case"
)]
pub enum KycStatus {
    Pending,
    Submitted,
    Verified,
    Rejected,
}

/// Whether a plan is paid before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "rate_plans_plan_type_enum",
    rename_all = "snake_case"
)]
pub enum PlanType {
    Prepaid,
    Postpaid,
}

/// Whether an account is paid before or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "accounts_account_type_enum",
    rename_all = "snake_case"
)]
pub enum AccountType {
    Prepaid,
    Postpaid,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "accounts_status_enum",
    rename_all = "snake_case"
)]
pub enum AccountStatus {
    Active,
    Suspended,
    Closed,
}

/// How often an account is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "accounts_billing_cycle_enum",
    rename_all = "snake_case"
)]
pub enum AccountBillingCycle {
    Monthly,
    Quarterly,
    Annual,
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
    Suspended,
    Cancelled,
    Expired,
    Trial,
}

/// How often a subscription is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "subscriptions_billing_cycle_enum",
    rename_all = "snake_case"
)]
pub enum SubscriptionBillingCycle {
    Monthly,
    Annual,
}

/// Who called whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "cdrs_call_direction_enum",
    rename_all = "snake_case"
)]
pub enum CallDirection {
    Inbound,
    Outbound,
}

/// How far a call goes: in town, in the country (STD), abroad (ISD).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "cdrs_call_type_enum",
    rename_all = "snake_case"
)]
pub enum CallType {
    Local,
    Std,
    Isd,
    Mobile,
    TollFree,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "cdrs_call_status_enum",
    rename_all = "snake_case"
)]
pub enum CallStatus {
    Answered,
    NoAnswer,
    Busy,
    Failed,
    Cancelled,
}

/// Whether a call is charged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "cdrs_processing_status_enum",
    rename_all = "snake_case"
)]
pub enum ProcessingStatus {
    Pending,
    Processed,
    Failed,
    Retrying,
}

/// How a payment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payments_payment_method_enum",
    rename_all = "snake_case"
)]
pub enum PaymentMethod {
    CreditCard,
    DebitCard,
    NetBanking,
    Upi,
    Wallet,
    BankTransfer,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payments_status_enum",
    rename_all = "snake_case"
)]
pub enum PaymentStatus {
    Pending,
    Processing,
    Completed,
    Failed,
    Refunded,
    PartiallyRefunded,
}

/// Through whom a payment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payments_gateway_enum",
    rename_all = "snake_case"
)]
pub enum PaymentGateway {
    Razorpay,
    Stripe,
    Manual,
}

/// What an invoice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "invoices_invoice_type_enum",
    rename_all = "snake_case"
)]
pub enum InvoiceType {
    Subscription,
    Postpaid,
    OneTime,
    CreditNote,
}

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "invoices_status_enum",
    rename_all = "snake_case"
)]
pub enum InvoiceStatus {
    Draft,
    Finalized,
    Paid,
    PartiallyPaid,
    Overdue,
    Void,
    Cancelled,
}

/// What kind of telephone number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "dids_did_type_enum",
    rename_all = "snake_case"
)]
pub enum DidType {
    Local,
    TollFree,
    Mobile,
    National,
}

/// Whether a telephone number can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "dids_status_enum",
    rename_all = "snake_case"
)]
pub enum DidStatus {
    Available,
    Assigned,
    Reserved,
    Suspended,
    PortedOut,
}

/// How a saved method pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payment_methods_type_enum",
    rename_all = "snake_case"
)]
pub enum SavedMethodType {
    CreditCard,
    DebitCard,
    NetBanking,
    Upi,
    Wallet,
}

/// Where a method is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payment_methods_gateway_enum",
    rename_all = "snake_case"
)]
pub enum SavedMethodGateway {
    Razorpay,
    Stripe,
}
