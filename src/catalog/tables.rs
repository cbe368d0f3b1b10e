//! To whom the rows of each table of a set belong, by the set's documents.
//!
//! What is live tells the same, as long as nobody took a column or a key away by hand: that is found by
//! comparing with these lists, and a test compares the lists with the migrations.

/// The tables of a set.
#[derive(Debug)]
pub struct Tables {
    /// The tables with the tenant column, all of which refer with it to the tenant table.
    pub owned: &'static [&'static str],
    /// Those of them whose tenant column takes NULL by the documents.
    pub nullable: &'static [&'static str],
    /// The tables whose rows belong to whom a parent's belong: table, column that refers, parent.
    pub derived: &'static [(&'static str, &'static str, &'static str)],
    /// The tables whose rows are no tenant's.
    pub global: &'static [&'static str],
}

impl Tables {
    /// Whether it is one of the set's tables, the tenant table aside.
    pub fn holds(&self, table: &str) -> bool {
        self.owned.contains(&table)
            || self.global.contains(&table)
            || self.derived.iter().any(|(name, _, _)| *name == table)
    }
}

pub(super) const CORE: Tables = Tables {
    owned: &[
        "blast_messages",
        "blast_sessions",
        "campaigns",
        "chats",
        "quota_alerts",
        "sessions",
        "subscriptions",
        "templates",
        "usage_tracking",
        "users",
    ],
    // Rows that the application had before it had tenants.
    nullable: &[
        "blast_messages",
        "blast_sessions",
        "campaigns",
        "chats",
        "sessions",
        "templates",
        "users",
    ],
    derived: &[],
    global: &["subscription_plans"],
};

pub(super) const BETTER_AUTH: Tables = Tables {
    owned: &[
        "invitation",
        "member",
        "organizationModule",
        "organizationSubscription",
        "team",
    ],
    nullable: &[],
    derived: &[("teamMember", "teamId", "team")],
    global: &["account", "session", "user", "verification"],
};

pub(super) const SUPABASE: Tables = Tables {
    owned: &[
        "audit_logs",
        "auto_replies",
        "billing_events",
        "campaigns",
        "contacts",
        "messages",
        "organization_invitations",
        "organization_members",
        "organization_usage",
    ],
    nullable: &[],
    derived: &[],
    global: &["subscription_plans"],
};

pub(super) const TELECOM: Tables = Tables {
    owned: &[
        "accounts",
        "invoices",
        "payment_methods",
        "payments",
        "subscriptions",
    ],
    nullable: &[],
    derived: &[
        ("cdrs", "account_id", "accounts"),
        ("dids", "subscription_id", "subscriptions"),
        ("subscription_usage", "subscription_id", "subscriptions"),
    ],
    global: &["rate_plans", "refresh_tokens", "users"],
};

pub(super) const CLOUDWA: Tables = Tables {
    owned: &[
        "ai_providers",
        "campaigns",
        "contacts",
        "devices",
        "knowledge_docs",
        "users",
    ],
    nullable: &[],
    derived: &[
        ("campaign_items", "campaign_id", "campaigns"),
        ("document_chunks", "doc_id", "knowledge_docs"),
        ("flow_sessions", "device_id", "devices"),
        ("flows", "device_id", "devices"),
        ("messages", "device_id", "devices"),
    ],
    global: &["super_admins"],
};
