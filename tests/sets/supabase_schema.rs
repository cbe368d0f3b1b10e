//! The schema of `supabase` against its specification, column by column.

use super::catalogue::{Catalogue, Column};
use super::supabase_world::run;
use super::tools::column;
use crate::support::{Db, TestDb};

/// Every table: its columns as `name type [!] [= default]`, where `!` refuses NULL.
const TABLES: [(&str, &[&str]); 11] = [
    (
        "organizations",
        &[
            "id uuid ! = random",
            "name varchar(255) !",
            "slug varchar(100) !",
            "subscription_plan enum(starter,professional,business,enterprise) = starter",
            "subscription_status enum(active,canceled,past_due,trialing) = active",
            "stripe_customer_id text",
            "stripe_subscription_id text",
            "trial_ends_at timestamp",
            "billing_email text",
            "settings json = {}",
            "created_at timestamp = now",
            "updated_at timestamp = now",
        ],
    ),
    (
        "organization_members",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "user_id uuid !",
            "role enum(owner,admin,member,viewer) = member",
            "permissions json = {}",
            "invited_by uuid",
            "invited_at timestamp = now",
            "joined_at timestamp",
            "is_active boolean = true",
            "created_at timestamp = now",
            "updated_at timestamp = now",
        ],
    ),
    (
        "organization_usage",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "metric_name text !",
            "metric_value integer ! = 0",
            "period_start timestamp !",
            "period_end timestamp !",
            "created_at timestamp = now",
        ],
    ),
    (
        "subscription_plans",
        &[
            "id text !",
            "name varchar(255) !",
            "description text",
            "price_monthly integer !",
            "price_yearly integer",
            "features json ! = {}",
            "limits json ! = {}",
            "stripe_price_id_monthly text",
            "stripe_price_id_yearly text",
            "is_active boolean = true",
            "sort_order integer = 0",
            "created_at timestamp = now",
        ],
    ),
    (
        "billing_events",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "event_type text !",
            "event_data json = {}",
            "stripe_event_id text",
            "processed_at timestamp = now",
            "created_at timestamp = now",
        ],
    ),
    (
        "audit_logs",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "user_id uuid",
            "action text !",
            "details json = {}",
            "ip_address text",
            "user_agent text",
            "created_at timestamp = now",
        ],
    ),
    (
        "organization_invitations",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "email text !",
            "role enum(viewer,member,admin) !",
            "invited_by uuid",
            "token text !",
            "accepted_at timestamp",
            "expires_at timestamp !",
            "created_at timestamp = now",
        ],
    ),
    (
        "messages",
        &[
            "id uuid ! = random",
            "user_id uuid",
            "contact_id uuid",
            "phone_number text !",
            "content text !",
            "type enum(text,image,document,audio,video,location) = text",
            "direction enum(inbound,outbound) !",
            "status enum(sent,delivered,read,failed) = sent",
            "external_id text",
            "sent_at timestamp = now",
            "delivered_at timestamp",
            "read_at timestamp",
            "created_at timestamp = now",
            "updated_at timestamp = now",
            "organization_id uuid !",
        ],
    ),
    (
        "contacts",
        &[
            "id uuid ! = random",
            "user_id uuid",
            "phone_number text !",
            "name text",
            "avatar_url text",
            "last_message_at timestamp",
            "is_blocked boolean = false",
            "tags text[] = {}",
            "notes text",
            "created_at timestamp = now",
            "updated_at timestamp = now",
            "organization_id uuid !",
        ],
    ),
    (
        "auto_replies",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "name varchar(255) !",
            "trigger_keywords text[] = {}",
            "response_message text !",
            "is_active boolean = true",
            "created_by uuid",
            "created_at timestamp = now",
            "updated_at timestamp = now",
        ],
    ),
    (
        "campaigns",
        &[
            "id uuid ! = random",
            "organization_id uuid !",
            "name varchar(255) !",
            "message_template text !",
            "target_contacts text[] = {}",
            "status enum(draft,scheduled,sending,completed,paused) = draft",
            "scheduled_at timestamp",
            "sent_count integer = 0",
            "created_by uuid",
            "created_at timestamp = now",
            "updated_at timestamp = now",
        ],
    ),
];

/// Indexes and unique constraints; `!` is unique.
const INDEXES: [(&str, &str); 29] = [
    ("organizations", "slug!"),
    ("organizations", "stripe_customer_id!"),
    ("organizations", "stripe_subscription_id!"),
    ("organization_members", "organization_id,user_id!"),
    ("organization_members", "organization_id"),
    ("organization_members", "user_id"),
    (
        "organization_usage",
        "organization_id,metric_name,period_start!",
    ),
    ("organization_usage", "organization_id,metric_name"),
    ("organization_usage", "period_start,period_end"),
    ("billing_events", "created_at"),
    ("billing_events", "event_type"),
    ("billing_events", "organization_id"),
    ("audit_logs", "action"),
    ("audit_logs", "created_at"),
    ("audit_logs", "organization_id"),
    ("audit_logs", "user_id"),
    ("organization_invitations", "token!"),
    ("organization_invitations", "email"),
    ("organization_invitations", "organization_id"),
    ("messages", "organization_id"),
    ("messages", "phone_number"),
    ("messages", "sent_at"),
    ("messages", "user_id"),
    ("contacts", "organization_id,user_id,phone_number!"),
    ("contacts", "organization_id"),
    ("contacts", "phone_number"),
    ("contacts", "user_id"),
    ("auto_replies", "organization_id"),
    ("campaigns", "organization_id"),
];

/// Indexes that the specification does not list, but its rule asks for: every foreign key column leads one.
const MORE_INDEXES: [(&str, &str); 4] = [
    ("organization_members", "invited_by"),
    ("organization_invitations", "invited_by"),
    ("auto_replies", "created_by"),
    ("campaigns", "created_by"),
];

/// Table, column, parent, what happens when the parent is deleted.
const KEYS: [(&str, &str, &str, &str); 17] = [
    (
        "organization_members",
        "invited_by",
        "auth.users",
        "SET NULL",
    ),
    (
        "organization_members",
        "organization_id",
        "organizations",
        "CASCADE",
    ),
    ("organization_members", "user_id", "auth.users", "CASCADE"),
    (
        "organization_usage",
        "organization_id",
        "organizations",
        "CASCADE",
    ),
    (
        "billing_events",
        "organization_id",
        "organizations",
        "CASCADE",
    ),
    ("audit_logs", "organization_id", "organizations", "CASCADE"),
    ("audit_logs", "user_id", "auth.users", "SET NULL"),
    (
        "organization_invitations",
        "invited_by",
        "auth.users",
        "SET NULL",
    ),
    (
        "organization_invitations",
        "organization_id",
        "organizations",
        "CASCADE",
    ),
    ("messages", "organization_id", "organizations", "CASCADE"),
    ("messages", "user_id", "auth.users", "CASCADE"),
    ("contacts", "organization_id", "organizations", "CASCADE"),
    ("contacts", "user_id", "auth.users", "CASCADE"),
    ("auto_replies", "created_by", "auth.users", "SET NULL"),
    (
        "auto_replies",
        "organization_id",
        "organizations",
        "CASCADE",
    ),
    ("campaigns", "created_by", "auth.users", "SET NULL"),
    ("campaigns", "organization_id", "organizations", "CASCADE"),
];
/// How PostgreSQL prints a type of the specification.
fn spelled(kind: &str) -> String {
    if let Some(length) = kind.strip_prefix("varchar") {
        return format!("character varying{length}");
    }
    match kind {
        "timestamp" => "timestamp with time zone".to_owned(),
        "json" => "jsonb".to_owned(),
        kind if kind.starts_with("enum(") => "text".to_owned(),
        kind => kind.to_owned(),
    }
}

/// A default as the specification writes it.
fn plain_default(column: &Column) -> Option<String> {
    Some(match column.default.as_deref()? {
        "gen_random_uuid()" => "random".to_owned(),
        "CURRENT_TIMESTAMP" => "now".to_owned(),
        text => text.split("::").next()?.trim_matches('\'').to_owned(),
    })
}

#[test]
fn every_column_is_as_the_specification_has_it() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    let catalogue = Catalogue::read(&db);
    let mut names = TABLES.map(|(name, _)| name);
    names.sort_unstable();
    assert_eq!(catalogue.tables, names);
    assert_eq!(catalogue.outside, ["auth.users"]);
    for (table, lines) in TABLES {
        let columns: Vec<&Column> = catalogue.columns_of(table).collect();
        assert_eq!(columns.len(), lines.len(), "columns of {table}");
        for (column, line) in columns.iter().zip(lines) {
            let what = format!("{table}.{}", column.name);
            let (line, default) = match line.split_once(" = ") {
                Some((line, default)) => (line, Some(default)),
                None => (*line, None),
            };
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(column.name, words[0], "{table}");
            assert_eq!(column.kind, spelled(words[1]), "type of {what}");
            assert_eq!(column.nullable, words.len() == 2, "nullability of {what}");
            assert_eq!(
                plain_default(column).as_deref(),
                default,
                "default of {what}"
            );
            let found = catalogue.values_of(column).unwrap_or_default();
            let values = words[1].strip_prefix("enum(").map_or(Vec::new(), |values| {
                values.trim_end_matches(')').split(',').collect()
            });
            assert_eq!(found, values, "values of {what}");
        }
        assert_eq!(catalogue.primary_key(table), ["id"], "key of {table}");
    }
    // Enumerated columns are text with a CHECK, and there is no other CHECK.
    assert!(catalogue.enums.is_empty());
    let enumerated = TABLES
        .iter()
        .flat_map(|(_, lines)| *lines)
        .filter(|l| l.contains("enum("));
    assert_eq!(catalogue.checks.len(), enumerated.count());
}

#[test]
fn every_index_and_reference_is_as_the_specification_has_it() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    let catalogue = Catalogue::read(&db);
    let mut found: Vec<(String, String)> = catalogue
        .indexes
        .iter()
        .filter(|index| !index.primary && !index.table.contains('.'))
        .map(|index| {
            let mark = if index.unique { "!" } else { "" };
            (index.table.clone(), index.columns.join(",") + mark)
        })
        .collect();
    let mut expected: Vec<(String, String)> = INDEXES
        .iter()
        .chain(&MORE_INDEXES)
        .map(|(table, columns)| ((*table).to_owned(), (*columns).to_owned()))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let mut found: Vec<[String; 4]> = catalogue
        .keys
        .iter()
        .map(|key| {
            assert_eq!(key.parent_columns, ["id"]);
            [
                key.table.clone(),
                key.columns.join(","),
                key.parent.clone(),
                key.on_delete.clone(),
            ]
        })
        .collect();
    let mut expected: Vec<[String; 4]> = KEYS
        .iter()
        .map(|(a, b, c, d)| [a, b, c, d].map(|word| (*word).to_owned()))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let follows = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND confupdtype <> 'a'";
    assert!(column(&db, follows).is_empty());
}
