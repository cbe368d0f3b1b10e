//! Invoices, what was paid for them, and how.

use super::profile::{Item, Method, Profile};
use super::timeline::{Period, Timeline};
use crate::support::{Rows, decimal, id, reference, values};
use crate::telecom::{SET, rupees};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Datelike, Days, TimeDelta, Utc};
use serde_json::{Value, json};

/// The goods and services tax, in percent.
const GST: i64 = 18;

/// How many days an invoice is open for.
const DUE_AFTER: u64 = 21;

/// How long it takes until an invoice is paid.
const PAID_AFTER: TimeDelta = TimeDelta::hours(53);

/// An invoice with its sums in paise.
struct Invoice {
    kind: &'static str,
    period: Option<Period>,
    issued: DateTime<Utc>,
    paid: Option<DateTime<Utc>>,
    items: Vec<(String, Item)>,
}

impl Invoice {
    fn due(&self) -> DateTime<Utc> {
        self.issued + Days::new(DUE_AFTER)
    }

    fn subtotal(&self) -> i64 {
        let amounts = self.items.iter();
        amounts
            .map(|(_, item)| item.quantity * item.unit_price)
            .sum()
    }

    /// The tax, rounded to the nearest paisa.
    fn tax(&self) -> i64 {
        (self.subtotal() * GST + 50) / 100
    }

    fn total(&self) -> i64 {
        self.subtotal() + self.tax()
    }

    fn line_items(&self) -> Value {
        let lines = self.items.iter().map(|(description, item)| {
            json!({
                "description": description,
                "quantity": item.quantity,
                "unit_price": decimal(item.unit_price, 2),
                "amount": decimal(item.quantity * item.unit_price, 2),
            })
        });
        lines.collect()
    }
}

/// A customer's invoices, oldest first: one for each period, on its first day or, where it pays
/// afterwards, on the day after; the latest of them is open. Somebody who pays for a year has paid;
/// there the open one is for something else.
fn invoices_of(profile: &Profile, timeline: &Timeline) -> Vec<Invoice> {
    let over = timeline.periods_over();
    let last = if profile.is_postpaid() {
        over - 1
    } else {
        over
    };
    let mut invoices: Vec<Invoice> = (0..=last)
        .map(|n| {
            let period = timeline.period(n);
            let issued = match profile.is_postpaid() {
                true => period.end,
                false => period.start,
            };
            let days = [period.start, period.end - TimeDelta::days(1)].map(|t| t.date_naive());
            let fee = Item {
                description: "fee",
                quantity: 1,
                unit_price: profile.price(),
            };
            Invoice {
                kind: match profile.is_postpaid() {
                    true => "postpaid",
                    false => "subscription",
                },
                period: Some(period),
                issued,
                paid: (n < last || profile.extra.is_some()).then(|| issued + PAID_AFTER),
                items: vec![(
                    format!("{} plan, {} to {}", profile.plan, days[0], days[1]),
                    fee,
                )],
            }
        })
        .collect();
    if let Some((day, items)) = profile.extra {
        invoices.push(Invoice {
            kind: "one_time",
            period: None,
            issued: day.of(timeline),
            paid: None,
            items: items
                .iter()
                .map(|item| (item.description.to_owned(), item.clone()))
                .collect(),
        });
    }
    invoices
}

/// Fills `invoices` and `payments`.
pub(super) fn tables(profiles: &[Profile], anchor: DateTime<Utc>) -> [SeedTable; 2] {
    let mut invoices = Rows::new(
        "invoices",
        &[
            "id",
            "customer_id",
            "account_id",
            "subscription_id",
            "invoice_number",
            "invoice_type",
            "status",
            "subtotal",
            "tax_amount",
            "total_amount",
            "paid_amount",
            "balance_amount",
            "currency",
            "billing_period_start",
            "billing_period_end",
            "issue_date",
            "due_date",
            "paid_date",
            "line_items",
            "metadata",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["invoice_number"]);
    let mut payments = Rows::new(
        "payments",
        &[
            "id",
            "customer_id",
            "account_id",
            "subscription_id",
            "invoice_id",
            "payment_number",
            "amount",
            "currency",
            "payment_method",
            "status",
            "gateway",
            "gateway_payment_id",
            "gateway_order_id",
            "description",
            "paid_at",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["payment_number"]);
    for profile in profiles {
        let timeline = profile.timeline(anchor);
        let mut paid: Vec<(DateTime<Utc>, i64, Option<String>)> = profile
            .top_ups
            .iter()
            .map(|(day, amount)| (day.of(&timeline), *amount, None))
            .collect();
        for (invoice, n) in invoices_of(profile, &timeline).iter().zip(1..) {
            let number = format!("INV-{}-{n:02}", profile.number);
            paid.extend(
                invoice
                    .paid
                    .map(|at| (at, invoice.total(), Some(number.clone()))),
            );
            push_invoice(&mut invoices, profile, &number, invoice);
        }
        paid.sort();
        for ((at, amount, invoice), n) in paid.into_iter().zip(1..) {
            push_payment(&mut payments, profile, n, (at, amount, invoice));
        }
    }
    [invoices.finish(), payments.finish()]
}

fn push_invoice(rows: &mut Rows, profile: &Profile, number: &str, invoice: &Invoice) {
    let total = invoice.total();
    let paid = if invoice.paid.is_some() { total } else { 0 };
    rows.push(
        number,
        values![
            id(SET, "invoices", number),
            reference("customers", profile.key),
            reference("accounts", profile.account_number()),
            reference("subscriptions", profile.subscription_number()),
            number,
            invoice.kind,
            if invoice.paid.is_some() {
                "paid"
            } else {
                "finalized"
            },
            rupees(invoice.subtotal()),
            rupees(invoice.tax()),
            rupees(total),
            rupees(paid),
            rupees(total - paid),
            "INR",
            invoice.period.map(|period| period.start),
            invoice.period.map(|period| period.end),
            invoice.issued,
            invoice.due(),
            invoice.paid,
            invoice.line_items(),
            json!({"tax": {"name": "GST", "percent": GST}}),
            invoice.issued,
            invoice.paid.unwrap_or(invoice.issued),
        ],
    );
}

fn push_payment(
    rows: &mut Rows,
    profile: &Profile,
    n: u32,
    (paid_at, amount, invoice): (DateTime<Utc>, i64, Option<String>),
) {
    let number = format!("PAY-{}-{n:02}", profile.number);
    let description = match &invoice {
        Some(invoice) => format!("Invoice {invoice}"),
        None => "Recharge of the account".to_owned(),
    };
    let at_gateway = number.to_lowercase().replace('-', "_");
    rows.push(
        number.as_str(),
        values![
            id(SET, "payments", &number),
            reference("customers", profile.key),
            reference("accounts", profile.account_number()),
            // A recharge is for the account as a whole.
            invoice
                .as_ref()
                .map(|_| reference("subscriptions", profile.subscription_number())),
            invoice.map(|invoice| reference("invoices", invoice)),
            number.as_str(),
            rupees(amount),
            "INR",
            profile.method.kind(),
            "completed",
            GATEWAY,
            format!("demo_{at_gateway}"),
            format!("demo_order_{at_gateway}"),
            description,
            paid_at,
            paid_at - TimeDelta::minutes(2),
            paid_at,
        ],
    );
}

/// The gateway that the demo's customers pay through.
const GATEWAY: &str = "razorpay";

impl Method {
    /// The value of `payment_methods.type` and `payments.payment_method`.
    fn kind(&self) -> &'static str {
        match self {
            Self::Upi { .. } => "upi",
            Self::Card { .. } => "credit_card",
            Self::NetBanking { .. } => "net_banking",
        }
    }
}

/// Fills `payment_methods`, one for each customer.
pub(super) fn methods(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "payment_methods",
        &[
            "id",
            "customer_id",
            "type",
            "gateway",
            "gateway_payment_method_id",
            "is_default",
            "is_active",
            "last4",
            "card_brand",
            "expiry_month",
            "expiry_year",
            "bank_name",
            "upi_id",
            "created_at",
            "updated_at",
        ],
    );
    for profile in profiles {
        let saved = profile.timeline(anchor).before_start(1);
        let (card, bank, upi) = match profile.method {
            Method::Card { brand, last4 } => (Some((brand, last4)), None, None),
            Method::NetBanking { bank } => (None, Some(bank), None),
            Method::Upi { id } => (None, None, Some(id)),
        };
        // Good for two more years.
        let year = i64::from(anchor.year()) + 2;
        rows.push(
            profile.key,
            values![
                id(SET, "payment_methods", profile.key),
                reference("customers", profile.key),
                profile.method.kind(),
                GATEWAY,
                format!("demo_method_{}", profile.number),
                true,
                true,
                card.map(|(_, last4)| last4),
                card.map(|(brand, _)| brand),
                card.map(|_| SeedValue::Int(11)),
                card.map(|_| SeedValue::Int(year)),
                bank,
                upi,
                saved,
                saved,
            ],
        );
    }
    rows.finish()
}
