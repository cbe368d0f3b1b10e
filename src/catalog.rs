//! The schema sets. The only place that knows them: what the crates `migration` and `seeders`
//! have to offer, and what the engine needs to know beyond that.

mod better_auth;

use sea_orm_migration::{MigrationTrait, MigratorTrait};
use seeders::Seeder;

use crate::dialect::Backend;
use crate::engine::error::{Error, Result};
use crate::tenancy::map::Map;

/// A schema set.
pub struct SchemaSet {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// The databases that it runs on.
    pub backends: &'static [Backend],
    /// The table with a row for each tenant.
    pub tenant_table: &'static str,
    /// The column that says to which tenant a row belongs.
    pub tenant_column: &'static str,
    /// Its organizations with subscriptions and modules, where it has them.
    pub organizations: Option<&'static Map>,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
    seeders: fn() -> Vec<Box<dyn Seeder>>,
}

impl SchemaSet {
    /// Its migrations in order.
    pub fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.migrations)()
    }

    /// Its seeders in order.
    pub fn seeders(&self) -> Vec<Box<dyn Seeder>> {
        (self.seeders)()
    }
}

const ANYWHERE: &[Backend] = &[Backend::Sqlite, Backend::Postgres, Backend::Mysql];

/// All sets.
pub const SETS: &[SchemaSet] = &[
    SchemaSet {
        name: "core",
        about: "WhatsApp messaging SaaS: organizations, plans, subscriptions, usage, quota alerts",
        backends: ANYWHERE,
        tenant_table: "organizations",
        tenant_column: "organizationId",
        organizations: None,
        migrations: migration::core::Migrator::migrations,
        seeders: seeders::core::seeders,
    },
    SchemaSet {
        name: "better-auth",
        about: "Better Auth with organizations: subscriptions and modules",
        backends: ANYWHERE,
        tenant_table: "organization",
        tenant_column: "organizationId",
        organizations: Some(&better_auth::MAP),
        migrations: migration::better_auth::Migrator::migrations,
        seeders: seeders::better_auth::seeders,
    },
];

/// The set of that name, if it runs on that database.
///
/// # Errors
/// Exit code 2 with the names or databases that there are.
pub fn find(name: &str, backend: Backend) -> Result<&'static SchemaSet> {
    let Some(set) = SETS.iter().find(|s| s.name == name) else {
        let known: Vec<&str> = SETS.iter().map(|s| s.name).collect();
        return Err(Error::usage(format!("no schema set is called `{name}`"))
            .hint(format!("there are: {}", known.join(", "))));
    };
    if !set.backends.contains(&backend) {
        let known: Vec<&str> = set.backends.iter().map(|b| b.label()).collect();
        return Err(Error::usage(format!(
            "the schema set {name} does not run on {}",
            backend.label()
        ))
        .hint(format!("it runs on {}", known.join(", "))));
    }
    Ok(set)
}
