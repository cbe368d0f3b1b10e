//! The schema of `telecom` against its specification, column by column, on every database.

use super::catalogue::Catalogue;
use super::expected::{assert_columns, assert_indexes, assert_keys};
use super::tools::up;
use crate::support::{Db, TestDb};

/// Every table and its columns.
const TABLES: [(&str, &[&str]); 12] = [
    (
        "users",
        &[
            "id uuid ! = random",
            "username varchar(50) !",
            "email varchar(255) !",
            "password varchar(255) !",
            "first_name varchar(100)",
            "last_name varchar(100)",
            "phone_number varchar(20)",
            "role enum(admin,support,customer) ! = customer",
            "is_active bool ! = true",
            "is_email_verified bool ! = false",
            "is_phone_verified bool ! = false",
            "mfa_enabled bool ! = false",
            "mfa_secret varchar(255)",
            "last_login_at time",
            "last_login_ip varchar(45)",
            "password_changed_at time",
            "failed_login_attempts int ! = 0",
            "locked_until time",
            "email_verification_token varchar(255)",
            "password_reset_token varchar(255)",
            "password_reset_expires_at time",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "customers",
        &[
            "id uuid ! = random",
            "user_id uuid !",
            "company_name varchar(255)",
            "business_type enum(individual,small_business,enterprise) ! = individual",
            "gstin varchar(15)",
            "pan varchar(10)",
            "billing_address text",
            "billing_city varchar(100)",
            "billing_state varchar(100)",
            "billing_country varchar(100) ! = India",
            "billing_pincode varchar(10)",
            "status enum(active,suspended,pending,cancelled) ! = active",
            "credit_limit decimal(10,2) ! = 0",
            "kyc_status enum(pending,submitted,verified,rejected) ! = pending",
            "kyc_documents json",
            "tax_exempt bool ! = false",
            "notes text",
            "contact_email varchar(255)",
            "contact_phone varchar(20)",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "rate_plans",
        &[
            "id uuid ! = random",
            "name varchar(100) !",
            "description text",
            "plan_type enum(prepaid,postpaid) ! = prepaid",
            "monthly_price decimal(10,2) !",
            "annual_price decimal(10,2)",
            "setup_fee decimal(10,2) ! = 0",
            "included_minutes int ! = 0",
            "included_dids int ! = 0",
            "max_concurrent_calls int ! = 1",
            "overage_rate_per_minute decimal(10,4) ! = 0",
            "did_monthly_rate decimal(10,2) ! = 0",
            "features json",
            "is_active bool ! = true",
            "currency varchar(3) ! = INR",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "accounts",
        &[
            "id uuid ! = random",
            "customer_id uuid !",
            "account_number varchar(20) !",
            "account_type enum(prepaid,postpaid) ! = prepaid",
            "balance decimal(10,2) ! = 0",
            "credit_limit decimal(10,2) ! = 0",
            "status enum(active,suspended,closed) ! = active",
            "currency varchar(3) ! = INR",
            "billing_cycle enum(monthly,quarterly,annual) ! = monthly",
            "billing_day int ! = 1",
            "auto_recharge bool ! = false",
            "auto_recharge_amount decimal(10,2)",
            "auto_recharge_threshold decimal(10,2)",
            "low_balance_alert bool ! = true",
            "low_balance_threshold decimal(10,2) ! = 100",
            "last_billing_date time",
            "next_billing_date time",
            "suspended_at time",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "subscriptions",
        &[
            "id uuid ! = random",
            "customer_id uuid !",
            "account_id uuid !",
            "rate_plan_id uuid !",
            "subscription_number varchar(20) !",
            "status enum(active,suspended,cancelled,expired,trial) ! = active",
            "billing_cycle enum(monthly,annual) ! = monthly",
            "start_date time !",
            "end_date time",
            "trial_end_date time",
            "next_billing_date time",
            "last_billing_date time",
            "current_period_start time",
            "current_period_end time",
            "auto_renew bool ! = true",
            "cancel_at_period_end bool ! = false",
            "cancelled_at time",
            "cancellation_reason text",
            "metadata json",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "cdrs",
        &[
            "id uuid ! = random",
            "uuid varchar(100) !",
            "subscription_id uuid",
            "account_id uuid",
            "caller_id varchar(50) !",
            "destination varchar(50) !",
            "start_time time !",
            "end_time time",
            "duration int ! = 0",
            "billable_seconds int ! = 0",
            "call_direction enum(inbound,outbound) !",
            "call_type enum(local,std,isd,mobile,toll_free) !",
            "call_status enum(answered,no_answer,busy,failed,cancelled) !",
            "hangup_cause varchar(100)",
            "cost decimal(10,4) ! = 0",
            "processing_status enum(pending,processed,failed,retrying) ! = pending",
            "processing_error text",
            "retry_count int ! = 0",
            "raw_cdr json",
            "metadata json",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "payments",
        &[
            "id uuid ! = random",
            "customer_id uuid !",
            "account_id uuid",
            "subscription_id uuid",
            "invoice_id uuid",
            "payment_number varchar(20) !",
            "amount decimal(10,2) !",
            "currency varchar(3) ! = INR",
            "payment_method enum(credit_card,debit_card,net_banking,upi,wallet,bank_transfer) !",
            "status enum(pending,processing,completed,failed,refunded,partially_refunded) ! = pending",
            "gateway enum(razorpay,stripe,manual) !",
            "gateway_payment_id varchar(100)",
            "gateway_order_id varchar(100)",
            "description text",
            "failure_reason text",
            "refunded_amount decimal(10,2) ! = 0",
            "refund_reason text",
            "paid_at time",
            "retry_count int ! = 0",
            "last_retry_at time",
            "metadata json",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "invoices",
        &[
            "id uuid ! = random",
            "customer_id uuid !",
            "account_id uuid",
            "subscription_id uuid",
            "invoice_number varchar(20) !",
            "invoice_type enum(subscription,postpaid,one_time,credit_note) ! = subscription",
            "status enum(draft,finalized,paid,partially_paid,overdue,void,cancelled) ! = draft",
            "subtotal decimal(10,2) ! = 0",
            "tax_amount decimal(10,2) ! = 0",
            "total_amount decimal(10,2) ! = 0",
            "paid_amount decimal(10,2) ! = 0",
            "balance_amount decimal(10,2) ! = 0",
            "currency varchar(3) ! = INR",
            "billing_period_start time",
            "billing_period_end time",
            "issue_date time !",
            "due_date time !",
            "paid_date time",
            "line_items json",
            "notes text",
            "metadata json",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "dids",
        &[
            "id uuid ! = random",
            "subscription_id uuid",
            "did_number varchar(20) !",
            "country varchar(2) !",
            "country_code varchar(5) !",
            "did_type enum(local,toll_free,mobile,national) ! = local",
            "status enum(available,assigned,reserved,suspended,ported_out) ! = available",
            "monthly_rate decimal(10,2) ! = 0",
            "setup_fee decimal(10,2) ! = 0",
            "assigned_at time",
            "released_at time",
            "forwarding_number varchar(20)",
            "features json",
            "metadata json",
            "provider varchar(100)",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "refresh_tokens",
        &[
            "id uuid ! = random",
            "user_id uuid !",
            "token varchar(500) !",
            "expires_at time !",
            "is_revoked bool ! = false",
            "ip_address varchar(45)",
            "user_agent text",
            "revoked_at time",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "payment_methods",
        &[
            "id uuid ! = random",
            "customer_id uuid !",
            "type enum(credit_card,debit_card,net_banking,upi,wallet) !",
            "gateway enum(razorpay,stripe) !",
            "gateway_payment_method_id varchar(100) !",
            "is_default bool ! = false",
            "is_active bool ! = true",
            "last4 varchar(4)",
            "card_brand varchar(20)",
            "expiry_month int",
            "expiry_year int",
            "bank_name varchar(100)",
            "upi_id varchar(100)",
            "metadata json",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
    (
        "subscription_usage",
        &[
            "id uuid ! = random",
            "subscription_id uuid !",
            "billing_period_start time !",
            "billing_period_end time !",
            "minutes_included int ! = 0",
            "minutes_used int ! = 0",
            "minutes_overage int ! = 0",
            "overage_cost decimal(10,2) ! = 0",
            "local_calls int ! = 0",
            "std_calls int ! = 0",
            "isd_calls int ! = 0",
            "mobile_calls int ! = 0",
            "created_at time ! = now",
            "updated_at time ! = now",
        ],
    ),
];

/// Every index: table, columns; the unique ones with `!`.
const INDEXES: [(&str, &str); 54] = [
    ("users", "email!"),
    ("users", "username!"),
    ("users", "role"),
    ("customers", "gstin!"),
    ("customers", "status"),
    ("customers", "user_id"),
    ("rate_plans", "name!"),
    ("rate_plans", "is_active"),
    ("accounts", "account_number!"),
    ("accounts", "account_type"),
    ("accounts", "customer_id"),
    ("accounts", "status"),
    ("subscriptions", "subscription_number!"),
    ("subscriptions", "account_id"),
    ("subscriptions", "customer_id"),
    ("subscriptions", "next_billing_date"),
    ("subscriptions", "rate_plan_id"),
    ("subscriptions", "status"),
    ("cdrs", "uuid!"),
    ("cdrs", "account_id"),
    ("cdrs", "call_type"),
    ("cdrs", "caller_id"),
    ("cdrs", "destination"),
    ("cdrs", "processing_status"),
    ("cdrs", "start_time"),
    ("cdrs", "subscription_id"),
    ("payments", "payment_number!"),
    ("payments", "account_id"),
    ("payments", "customer_id"),
    ("payments", "gateway"),
    ("payments", "gateway_payment_id"),
    ("payments", "invoice_id"),
    ("payments", "status"),
    ("payments", "subscription_id"),
    ("invoices", "invoice_number!"),
    ("invoices", "account_id"),
    ("invoices", "customer_id"),
    ("invoices", "due_date"),
    ("invoices", "issue_date"),
    ("invoices", "status"),
    ("invoices", "subscription_id"),
    ("dids", "did_number!"),
    ("dids", "country"),
    ("dids", "status"),
    ("dids", "subscription_id"),
    ("refresh_tokens", "token!"),
    ("refresh_tokens", "expires_at"),
    ("refresh_tokens", "user_id"),
    ("payment_methods", "customer_id"),
    ("payment_methods", "gateway_payment_method_id"),
    ("payment_methods", "is_default"),
    (
        "subscription_usage",
        "subscription_id,billing_period_start!",
    ),
    (
        "subscription_usage",
        "billing_period_start,billing_period_end",
    ),
    ("subscription_usage", "subscription_id"),
];

/// Every foreign key: table, column, parent, what deleting the parent does.
const KEYS: [(&str, &str, &str, &str); 18] = [
    ("customers", "user_id", "users", "RESTRICT"),
    ("accounts", "customer_id", "customers", "RESTRICT"),
    ("subscriptions", "account_id", "accounts", "RESTRICT"),
    ("subscriptions", "customer_id", "customers", "RESTRICT"),
    ("subscriptions", "rate_plan_id", "rate_plans", "RESTRICT"),
    ("cdrs", "account_id", "accounts", "SET NULL"),
    ("cdrs", "subscription_id", "subscriptions", "SET NULL"),
    ("payments", "account_id", "accounts", "SET NULL"),
    ("payments", "customer_id", "customers", "RESTRICT"),
    ("payments", "invoice_id", "invoices", "SET NULL"),
    ("payments", "subscription_id", "subscriptions", "SET NULL"),
    ("invoices", "account_id", "accounts", "SET NULL"),
    ("invoices", "customer_id", "customers", "RESTRICT"),
    ("invoices", "subscription_id", "subscriptions", "SET NULL"),
    ("dids", "subscription_id", "subscriptions", "SET NULL"),
    ("refresh_tokens", "user_id", "users", "CASCADE"),
    ("payment_methods", "customer_id", "customers", "CASCADE"),
    (
        "subscription_usage",
        "subscription_id",
        "subscriptions",
        "CASCADE",
    ),
];

#[test]
fn every_column_is_as_the_specification_has_it() {
    TestDb::on_all(|db| {
        up(db, "telecom");
        assert_columns(db, &TABLES);
        // What the document counts, table by table.
        let counts: Vec<usize> = TABLES.iter().map(|(_, columns)| columns.len()).collect();
        assert_eq!(counts, [23, 21, 17, 20, 21, 22, 23, 23, 17, 10, 16, 14]);
        assert_eq!(Catalogue::read(db).columns.len(), 227);
    });
}

#[test]
fn every_index_and_reference_is_as_the_specification_has_it() {
    TestDb::on_all(|db| {
        up(db, "telecom");
        assert_indexes(db, &INDEXES);
        assert_keys(db, &KEYS, "CASCADE");
    });
}

#[test]
fn postgres_has_an_enumerated_type_for_each_such_column_and_no_other() {
    let db = TestDb::new(Db::Postgres);
    up(&db, "telecom");
    let catalogue = Catalogue::read(&db);
    let mut expected: Vec<String> = TABLES
        .iter()
        .flat_map(|(table, columns)| columns.iter().map(move |line| (table, line)))
        .filter_map(|(table, line)| {
            let (column, kind) = line.split_once(' ')?;
            let enumerated = kind.starts_with("enum(");
            enumerated.then(|| format!("{table}_{column}_enum"))
        })
        .collect();
    expected.sort();
    assert_eq!(expected.len(), 23);
    let found: Vec<&String> = catalogue.enums.keys().collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());
}
