//! Users and plans against the document.

use super::{data, paise, the, units};
use crate::SeedValue;
use crate::testing::day;
use serde_json::json;

#[test]
fn the_plans_have_the_documents_numbers() {
    let data = data(day(2026, 3, 31));
    assert_eq!(data.rows("rate_plans").len(), 3);
    for (name, kind, prices, limits, overage) in [
        ("Starter", "prepaid", [349, 4_008], [500, 1, 2], 5_000),
        (
            "Professional",
            "prepaid",
            [999, 11_508],
            [2_000, 3, 5],
            4_000,
        ),
        (
            "Call Center",
            "postpaid",
            [4_999, 49_990],
            [10_000, 10, 25],
            3_000,
        ),
    ] {
        let plan = the(&data, "rate_plans", "name", name);
        assert_eq!(plan.text("plan_type"), kind);
        assert_eq!(plan.text("currency"), "INR");
        for (column, rupees) in ["monthly_price", "annual_price"].iter().zip(prices) {
            assert_eq!(paise(&plan, column), rupees * 100, "{name} {column}");
        }
        let columns = ["included_minutes", "included_dids", "max_concurrent_calls"];
        assert_eq!(columns.map(|column| plan.int(column)), limits, "{name}");
        assert_eq!(
            units(&plan, "overage_rate_per_minute", 4),
            overage,
            "{name}"
        );
    }
}

#[test]
fn a_larger_plan_has_the_documents_features_and_those_of_the_smaller() {
    let data = data(day(2026, 3, 31));
    let features = |name| {
        the(&data, "rate_plans", "name", name)
            .json("features")
            .clone()
    };
    assert_eq!(
        features("Starter"),
        json!({
            "voicemail": true, "call_forwarding": true, "call_recording": false, "ivr": false,
            "api_access": false, "auto_dialer": false, "crm_integration": false,
            "dedicated_manager": false, "support": "email",
        })
    );
    assert_eq!(
        features("Professional"),
        json!({
            "voicemail": true, "call_forwarding": true, "call_recording": true, "ivr": true,
            "api_access": true, "auto_dialer": false, "crm_integration": false,
            "dedicated_manager": false, "support": "email_chat",
        })
    );
    assert_eq!(
        features("Call Center"),
        json!({
            "voicemail": true, "call_forwarding": true, "call_recording": true, "ivr": true,
            "api_access": true, "auto_dialer": true, "crm_integration": true,
            "dedicated_manager": true, "support": "24x7",
        })
    );
}

#[test]
fn users_have_the_documents_addresses_roles_and_passwords() {
    let data = data(day(2026, 3, 31));
    let users: Vec<(String, String, SeedValue)> = data
        .rows("users")
        .iter()
        .map(|user| {
            let text = |column| user.text(column).to_owned();
            (text("email"), text("role"), user.get("password").clone())
        })
        .collect();
    let expected = [
        ("admin@balatrix.com", "admin", "Admin@123"),
        ("support@balatrix.com", "support", "Admin@123"),
        ("john.doe@example.com", "customer", "Demo@123"),
        ("jane.smith@example.com", "customer", "Demo@123"),
        ("admin@acmecorp.com", "customer", "Demo@123"),
    ];
    assert_eq!(
        users,
        expected.map(|(email, role, password)| (
            email.to_owned(),
            role.to_owned(),
            SeedValue::Password(password.to_owned())
        ))
    );
}

#[test]
fn the_variables_of_the_system_users_are_the_documented_ones() {
    let data = data(day(2026, 3, 31));
    let variables: Vec<String> = data.tables[0]
        .rows
        .iter()
        .map(|row| row.password_variable())
        .collect();
    assert_eq!(
        variables,
        [
            "SAASDB_PASSWORD_ADMIN_BALATRIX_COM",
            "SAASDB_PASSWORD_SUPPORT_BALATRIX_COM"
        ]
    );
}
