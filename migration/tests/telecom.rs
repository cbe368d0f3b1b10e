//! What holds for the `telecom` set without any database: names, order, and rendering.

mod common;

use common::{BACKENDS, Way, assert_names, assert_rules, mysql_counts, render};
use migration::telecom::Migrator;
use sea_orm::DbBackend;

/// The document's files, in its order.
const NAMES: [&str; 13] = [
    "m20241001_000000_create_users",
    "m20241001_000001_create_customers",
    "m20241001_000002_create_rate_plans",
    "m20241001_000003_create_accounts",
    "m20241001_000004_create_subscriptions",
    "m20241001_000005_create_cdrs",
    "m20241001_000006_create_payments",
    "m20241001_000007_create_invoices",
    "m20241001_000008_add_invoice_payment_fkey",
    "m20241001_000009_create_dids",
    "m20241001_000010_create_refresh_tokens",
    "m20241001_000011_create_payment_methods",
    "m20241001_000012_create_subscription_usage",
];

#[test]
fn the_thirteen_migrations_are_the_documents_in_its_order() {
    assert_names::<Migrator>(&NAMES);
}

#[tokio::test]
async fn rendering_keeps_the_rules() {
    assert_eq!(
        assert_rules::<Migrator>().await,
        [
            "accounts_account_type_enum",
            "accounts_billing_cycle_enum",
            "accounts_status_enum",
            "cdrs_call_direction_enum",
            "cdrs_call_status_enum",
            "cdrs_call_type_enum",
            "cdrs_processing_status_enum",
            "customers_business_type_enum",
            "customers_kyc_status_enum",
            "customers_status_enum",
            "dids_did_type_enum",
            "dids_status_enum",
            "invoices_invoice_type_enum",
            "invoices_status_enum",
            "payment_methods_gateway_enum",
            "payment_methods_type_enum",
            "payments_gateway_enum",
            "payments_payment_method_enum",
            "payments_status_enum",
            "rate_plans_plan_type_enum",
            "subscriptions_billing_cycle_enum",
            "subscriptions_status_enum",
            "users_role_enum",
        ]
    );
}

/// One object, one statement, so that a crash leaves whole objects only.
#[tokio::test]
async fn mysql_needs_one_statement_for_each_migration() {
    for way in [Way::Up, Way::Down] {
        assert_eq!(mysql_counts::<Migrator>(way).await, [1; 13]);
    }
}

#[tokio::test]
async fn payments_refer_to_invoices_from_migration_eight_on() {
    for backend in BACKENDS {
        let up = render::<Migrator>(backend, Way::Up).await;
        let refers = |n: &usize| {
            let mut statements = up[*n].iter();
            statements.any(|sql| sql.contains("payments_invoice_id_fkey"))
        };
        let found: Vec<usize> = (0..up.len()).filter(refers).collect();
        assert_eq!(found, [8], "{backend:?}");
        let rebuilt = up[8].iter().any(|sql| sql.starts_with("DROP TABLE"));
        assert_eq!(rebuilt, backend == DbBackend::Sqlite);
    }
}
