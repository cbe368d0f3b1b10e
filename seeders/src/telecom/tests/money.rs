//! Invoices agree with their items and the plans, payments with the invoices, balances with both.

use super::{data, of, paise, the};
use crate::SeedValue;
use crate::testing::{Data, Row, anchors};
use serde_json::Value;

fn amount(item: &Value, field: &str) -> i64 {
    let text = item[field].as_str().expect("an amount is text");
    let (whole, part) = text.split_once('.').expect("paise");
    assert_eq!(part.len(), 2, "{text}");
    format!("{whole}{part}").parse().expect("digits")
}

#[test]
fn an_invoice_adds_up() {
    for anchor in anchors() {
        let data = data(anchor);
        for invoice in data.rows("invoices") {
            let name = &invoice.name;
            let items = invoice.json("line_items").as_array().expect("items");
            assert!(!items.is_empty(), "{name}");
            let mut sum = 0;
            for item in items {
                let quantity = item["quantity"].as_i64().expect("a number");
                assert_eq!(
                    amount(item, "amount"),
                    quantity * amount(item, "unit_price")
                );
                sum += amount(item, "amount");
            }
            let [subtotal, tax, total, paid, balance] = [
                "subtotal",
                "tax_amount",
                "total_amount",
                "paid_amount",
                "balance_amount",
            ]
            .map(|column| paise(&invoice, column));
            assert_eq!(subtotal, sum, "{name}");
            assert_eq!(tax * 100, subtotal * 18, "{name}: 18 % to the paisa");
            assert_eq!(total, subtotal + tax, "{name}");
            assert_eq!(balance, total - paid, "{name}");
        }
    }
}

#[test]
fn payments_agree_with_invoices() {
    for anchor in anchors() {
        let data = data(anchor);
        for invoice in data.rows("invoices") {
            let name = &invoice.name;
            let payments = of(
                &data,
                "payments",
                "invoice_id",
                invoice.text("invoice_number"),
            );
            let sum: i64 = payments.iter().map(|p| paise(p, "amount")).sum();
            assert_eq!(sum, paise(&invoice, "paid_amount"), "{name}");
            let due = invoice.time("due_date").unwrap();
            match invoice.text("status") {
                "paid" => {
                    assert_eq!(paise(&invoice, "balance_amount"), 0, "{name}");
                    assert_eq!(payments[0].time("paid_at"), invoice.time("paid_date"));
                    assert!(invoice.time("paid_date") <= Some(due), "{name}: paid late");
                }
                "finalized" => {
                    assert_eq!(sum, 0, "{name}");
                    assert_eq!(invoice.time("paid_date"), None, "{name}");
                    assert!(anchor < due, "{name} is overdue");
                }
                other => panic!("{name} is {other}"),
            }
            for payment in payments {
                for column in ["customer_id", "account_id", "subscription_id"] {
                    assert_eq!(payment.key(column), invoice.key(column), "{name}");
                }
                assert_eq!(payment.text("status"), "completed");
            }
        }
    }
}

#[test]
fn every_customer_has_paid_invoices_and_an_open_one() {
    for anchor in anchors() {
        let data = data(anchor);
        for (customer, paid) in [("john-doe", 6), ("jane-smith", 1), ("acme", 3)] {
            let invoices = of(&data, "invoices", "customer_id", customer);
            let count = |status: &str| {
                let rows = invoices.iter();
                rows.filter(|row| row.text("status") == status).count()
            };
            assert_eq!((count("paid"), count("finalized")), (paid, 1), "{customer}");
            let methods = of(&data, "payment_methods", "customer_id", customer);
            let [method] = methods.as_slice() else {
                panic!("{customer} has {} payment methods", methods.len());
            };
            for payment in of(&data, "payments", "customer_id", customer) {
                assert_eq!(payment.text("payment_method"), method.text("type"));
                assert_eq!(payment.text("gateway"), method.text("gateway"));
            }
        }
    }
}

/// What a customer pays for a period, by its plan.
fn price(data: &Data, subscription: &Row<'_>) -> i64 {
    let plan = the(data, "rate_plans", "name", subscription.key("rate_plan_id"));
    match subscription.text("billing_cycle") {
        "annual" => paise(&plan, "annual_price"),
        _ => paise(&plan, "monthly_price"),
    }
}

#[test]
fn every_period_is_invoiced_once_at_the_plans_price() {
    for anchor in anchors() {
        let data = data(anchor);
        for subscription in data.rows("subscriptions") {
            let name = &subscription.name;
            let number = subscription.text("subscription_number");
            let invoices: Vec<Row<'_>> = of(&data, "invoices", "subscription_id", number)
                .into_iter()
                .filter(|invoice| invoice.time("billing_period_start").is_some())
                .collect();
            let mut next = subscription.time("start_date");
            for invoice in &invoices {
                let postpaid = invoice.text("invoice_type") == "postpaid";
                assert_eq!(postpaid, number == "SUB-10003");
                assert_eq!(invoice.time("billing_period_start"), next, "{name}");
                next = invoice.time("billing_period_end");
                assert_eq!(paise(invoice, "subtotal"), price(&data, &subscription));
                let issued = match postpaid {
                    true => next,
                    false => invoice.time("billing_period_start"),
                };
                assert_eq!(invoice.time("issue_date"), issued, "{name}");
            }
            // Who pays afterwards has not been asked for the current period yet.
            let last = match number {
                "SUB-10003" => "current_period_start",
                _ => "current_period_end",
            };
            assert_eq!(next, subscription.time(last), "{name}");
        }
    }
}

#[test]
fn balances_are_what_was_paid_in_less_the_minutes_beyond_the_plan() {
    for anchor in anchors() {
        let data = data(anchor);
        for account in data.rows("accounts") {
            let number = account.text("account_number");
            let payments = of(&data, "payments", "account_id", number);
            let recharges = payments
                .iter()
                .filter(|payment| *payment.get("invoice_id") == SeedValue::Null);
            let paid_in: i64 = recharges.map(|payment| paise(payment, "amount")).sum();
            let subscription = number.replace("ACC", "SUB");
            let usage = of(
                &data,
                "subscription_usage",
                "subscription_id",
                &subscription,
            );
            let used: i64 = usage.iter().map(|row| paise(row, "overage_cost")).sum();
            assert_eq!(paise(&account, "balance"), paid_in - used, "{number}");
        }
    }
}

#[test]
fn payments_are_numbered_as_they_came() {
    for anchor in anchors() {
        let data = data(anchor);
        for number in ["10001", "10002", "10003"] {
            let all = data.rows("payments");
            let own: Vec<&Row<'_>> = all
                .iter()
                .filter(|row| row.text("payment_number").contains(number))
                .collect();
            assert!(own.is_sorted_by_key(|row| row.text("payment_number").to_owned()));
            assert!(own.is_sorted_by_key(|row| row.time("paid_at")), "{anchor}");
        }
    }
}
