//! What a schema set calls the tables and columns of its organizations, and what it sells them.

use serde_json::Value;

/// The organizations of a set.
#[derive(Debug)]
pub struct Map {
    /// Who is a tenant.
    pub organizations: Organizations,
    /// What it subscribed to: at most one row for each.
    pub subscriptions: Subscriptions,
    /// What it switched on or off: at most one row for each module.
    pub modules: Modules,
    /// Who belongs to it.
    pub members: Members,
    /// Who that is.
    pub users: Users,
    /// The plans, the smallest first.
    pub plans: fn() -> Vec<Plan>,
    /// The modules, in the order in which they are listed.
    pub available: fn() -> Vec<Module>,
}

/// The columns of the organizations' table.
#[derive(Debug)]
pub struct Organizations {
    /// The table.
    pub table: &'static str,
    /// Its key, as text.
    pub id: &'static str,
    /// Unique; what the command line takes.
    pub slug: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// Since when.
    pub created_at: &'static str,
}

/// The columns of the subscriptions' table.
#[derive(Debug)]
pub struct Subscriptions {
    /// The table.
    pub table: &'static str,
    /// Its key, as text.
    pub id: &'static str,
    /// Whose it is; unique.
    pub organization: &'static str,
    /// The key of a [`Plan`].
    pub plan: &'static str,
    /// One of [`ACTIVE`], [`TRIAL`], [`EXPIRED`], or another word that allows nothing.
    pub status: &'static str,
    /// When the period began.
    pub period_start: &'static str,
    /// When it ends.
    pub period_end: &'static str,
    /// When a trial ends.
    pub trial_ends_at: &'static str,
    /// When it was canceled.
    pub canceled_at: &'static str,
    /// Whether it is not renewed.
    pub cancel_at_period_end: &'static str,
    /// When the row was last written.
    pub updated_at: &'static str,
}

/// The status of a subscription that is paid for until its period ends.
pub const ACTIVE: &str = "active";
/// The status of a subscription that costs nothing until its trial ends.
pub const TRIAL: &str = "trial";
/// The status of a subscription that ran out.
pub const EXPIRED: &str = "expired";

/// The columns of the modules' table.
#[derive(Debug)]
pub struct Modules {
    /// The table.
    pub table: &'static str,
    /// Its key, as text.
    pub id: &'static str,
    /// Whose it is; unique together with `key`.
    pub organization: &'static str,
    /// The key of a [`Module`].
    pub key: &'static str,
    /// Whether it is on.
    pub enabled: &'static str,
    /// Its settings, JSON.
    pub settings: &'static str,
    /// Since when it is on, or was last on.
    pub enabled_at: &'static str,
    /// The id of the user who switched it on.
    pub enabled_by: &'static str,
    /// Since when it is off.
    pub disabled_at: &'static str,
    /// The id of the user who switched it off.
    pub disabled_by: &'static str,
}

/// The columns of the members' table.
#[derive(Debug)]
pub struct Members {
    /// The table.
    pub table: &'static str,
    /// Its key.
    pub id: &'static str,
    /// Of which organization.
    pub organization: &'static str,
    /// Which user.
    pub user: &'static str,
    /// What that user may do there.
    pub role: &'static str,
    /// Since when.
    pub created_at: &'static str,
}

/// The columns of the users' table.
#[derive(Debug)]
pub struct Users {
    /// The table.
    pub table: &'static str,
    /// Its key, as text.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// Unique, in lower case.
    pub email: &'static str,
}

/// A plan, as far as it limits anything here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What a subscription's row holds.
    pub key: &'static str,
    /// Its name to customers.
    pub name: &'static str,
    /// Modules enabled at the same time.
    pub modules: u32,
    /// Members of the organization.
    pub members: u32,
}

/// A module.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// What a module's row holds.
    pub key: &'static str,
    /// Its name to users.
    pub name: &'static str,
    /// Where it is listed.
    pub category: &'static str,
    /// One line about it.
    pub description: &'static str,
    /// The settings that it starts with.
    pub settings: Option<Value>,
}

impl Map {
    /// The plan of that key.
    pub fn plan(&self, key: &str) -> Option<Plan> {
        (self.plans)().into_iter().find(|plan| plan.key == key)
    }

    /// The module of that key.
    pub fn module(&self, key: &str) -> Option<Module> {
        (self.available)().into_iter().find(|m| m.key == key)
    }

    /// The tables that the operations read and write.
    pub fn tables(&self) -> [&'static str; 5] {
        [
            self.organizations.table,
            self.subscriptions.table,
            self.modules.table,
            self.members.table,
            self.users.table,
        ]
    }
}
