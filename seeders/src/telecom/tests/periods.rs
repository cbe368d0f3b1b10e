//! Subscriptions and accounts: the document's customers, and periods that are as long as they are paid.

use super::{data, paise, the};
use crate::support::add_months;
use crate::testing::{anchors, day};
use chrono::Datelike;

#[test]
fn the_accounts_are_the_documents() {
    let data = data(day(2026, 3, 31));
    assert_eq!(data.rows("accounts").len(), 3);
    for (number, kind, customer, balance, credit, recharge, cycle) in [
        ("ACC-10001", "prepaid", "john-doe", 500, 0, false, "monthly"),
        (
            "ACC-10002",
            "prepaid",
            "jane-smith",
            2_000,
            0,
            true,
            "annual",
        ),
        ("ACC-10003", "postpaid", "acme", 0, 50_000, false, "monthly"),
    ] {
        let account = the(&data, "accounts", "account_number", number);
        assert_eq!(account.text("account_type"), kind);
        assert_eq!(account.key("customer_id"), customer);
        assert_eq!(paise(&account, "balance"), balance * 100);
        assert_eq!(paise(&account, "credit_limit"), credit * 100);
        assert_eq!(account.bool("auto_recharge"), recharge);
        assert_eq!(account.text("billing_cycle"), cycle);
    }
    for (email, business_type, company) in [
        ("john.doe@example.com", "individual", None),
        (
            "jane.smith@example.com",
            "small_business",
            Some("Smith Consulting"),
        ),
        ("admin@acmecorp.com", "enterprise", Some("Acme Corporation")),
    ] {
        let customer = the(&data, "customers", "contact_email", email);
        assert_eq!(customer.key("user_id"), email);
        assert_eq!(customer.text("business_type"), business_type);
        assert_eq!(*customer.get("company_name"), company.into());
    }
}

#[test]
fn a_period_is_a_month_or_a_year_and_the_current_one_runs() {
    for anchor in anchors() {
        let data = data(anchor);
        for (number, plan, cycle, months) in [
            ("SUB-10001", "Starter", "monthly", 1),
            ("SUB-10002", "Professional", "annual", 12),
            ("SUB-10003", "Call Center", "monthly", 1),
        ] {
            let subscription = the(&data, "subscriptions", "subscription_number", number);
            let name = &subscription.name;
            assert_eq!(subscription.text("status"), "active", "{name}");
            assert_eq!(subscription.key("rate_plan_id"), plan, "{name}");
            assert_eq!(subscription.text("billing_cycle"), cycle, "{name}");
            let time = |column| subscription.time(column).unwrap();
            let began = time("start_date").date_naive();
            let [start, end] = ["current_period_start", "current_period_end"].map(time);
            assert!(start < anchor && anchor < end, "{name}: {start} to {end}");
            // Counted from the first day, as many whole periods as it took.
            let periods = (0..)
                .find(|n| add_months(began, n * months) == start.date_naive())
                .expect("the period begins where one before it ended");
            assert_eq!(add_months(began, (periods + 1) * months), end.date_naive());
            let length = (end - start).num_days();
            let expected = if months == 12 { 365..=366 } else { 28..=31 };
            assert!(expected.contains(&length), "{name}: {length} days");

            assert_eq!(time("next_billing_date"), end, "{name}");
            assert_eq!(time("last_billing_date"), start, "{name}");
            let account = the(
                &data,
                "accounts",
                "account_number",
                subscription.key("account_id"),
            );
            assert_eq!(account.key("customer_id"), subscription.key("customer_id"));
            assert_eq!(account.text("billing_cycle"), cycle);
            assert_eq!(account.int("billing_day"), i64::from(began.day()));
            assert_eq!(account.time("next_billing_date"), Some(end));
            assert_eq!(account.time("last_billing_date"), Some(start));
        }
    }
}
