//! The schema sets. The only place that knows them: what the crates `migration`, `seeders` and
//! `entity` have to offer, and what the engine needs to know beyond that.

mod better_auth;
mod sessions;
mod tables;

use std::collections::BTreeMap;

use entity::Model;
pub use migration::Source;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use seeders::Seeder;

use crate::dialect::Backend;
use crate::dialect::url::redact;
use crate::engine::error::{Error, Result};
use crate::engine::words::closest;
use crate::tenancy::map::Map;

pub use sessions::Claims;
pub use tables::Tables;

/// A schema set.
pub struct SchemaSet {
    /// Its name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Its page in `docs/sets`.
    page: &'static str,
    /// The databases that it runs on.
    pub backends: &'static [Backend],
    /// Why it runs on no other.
    pub needs: Option<&'static str>,
    /// The table with a row for each tenant.
    pub tenant_table: &'static str,
    /// The column that says to which tenant a row belongs.
    pub tenant_column: &'static str,
    /// To whom the rows of its tables belong, by its documents.
    pub tables: &'static Tables,
    /// How its sessions say who they are, where row level security keeps its tenants apart.
    claims: Option<fn() -> Claims>,
    /// Its organizations with subscriptions and modules, where it has them.
    pub organizations: Option<&'static Map>,
    /// The migration at which an application may stay; what comes later is for newer releases of what it
    /// is built on. Without one, its seeders want them all.
    pub enough: Option<&'static str>,
    /// The folder of its migrations in the crate `migration`.
    folder: &'static str,
    migrations: fn() -> Vec<Box<dyn MigrationTrait>>,
    seeders: fn() -> Vec<Box<dyn Seeder>>,
    models: fn() -> Vec<Model>,
}

impl SchemaSet {
    /// The names of its tables, as its migrations write them.
    pub fn table_names(&self) -> impl Iterator<Item = &'static str> {
        let derived = self.tables.derived.iter().map(|(name, _, _)| *name);
        let listed = self.tables.owned.iter().chain(self.tables.global).copied();
        std::iter::once(self.tenant_table)
            .chain(listed)
            .chain(derived)
    }

    /// Its migrations in order.
    pub fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        (self.migrations)()
    }

    /// The sources of its migrations, in order.
    pub fn sources(&self) -> impl Iterator<Item = &'static Source> {
        let sources = migration::SOURCES.iter();
        sources.filter(|source| source.set == self.folder)
    }

    /// Its entities, as an application works with them.
    pub fn models(&self) -> Vec<Model> {
        (self.models)()
    }

    /// What a row of each of its tables is, in a few words, by table: from its page.
    pub fn descriptions(&self) -> BTreeMap<String, String> {
        let cells = |line: &'static str| {
            let (table, text) = line.strip_prefix("| `")?.split_once("` | ")?;
            // Tables about something else have more columns.
            let text = text.strip_suffix(" |").filter(|t| !t.contains(" | "))?;
            Some((table.to_owned(), text.replace('`', "")))
        };
        self.page.lines().filter_map(cells).collect()
    }

    /// How its sessions say who they are, where row level security keeps its tenants apart.
    pub fn claims(&self) -> Option<Claims> {
        self.claims.map(|claims| claims())
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
        page: include_str!("../docs/sets/core.md"),
        backends: ANYWHERE,
        needs: None,
        tenant_table: "organizations",
        tenant_column: "organizationId",
        tables: &tables::CORE,
        claims: None,
        organizations: None,
        enough: None,
        folder: "core",
        migrations: migration::core::Migrator::migrations,
        seeders: seeders::core::seeders,
        models: entity::core::models,
    },
    SchemaSet {
        name: "better-auth",
        about: "Better Auth with organizations: subscriptions and modules",
        page: include_str!("../docs/sets/better-auth.md"),
        backends: ANYWHERE,
        needs: None,
        tenant_table: "organization",
        tenant_column: "organizationId",
        tables: &tables::BETTER_AUTH,
        claims: None,
        organizations: Some(&better_auth::MAP),
        enough: Some("m20251017_000000_add_subscriptions_and_modules"),
        folder: "better_auth",
        migrations: migration::better_auth::Migrator::migrations,
        seeders: seeders::better_auth::seeders,
        models: entity::better_auth::models,
    },
    SchemaSet {
        name: "supabase",
        about: "Supabase application: row level security, usage limits, organizations from sign-ups",
        page: include_str!("../docs/sets/supabase.md"),
        backends: &[Backend::Postgres],
        needs: Some("it keeps tenants apart with row level security, which only PostgreSQL has"),
        tenant_table: "organizations",
        tenant_column: "organization_id",
        tables: &tables::SUPABASE,
        claims: Some(sessions::supabase),
        organizations: None,
        enough: None,
        folder: "supabase",
        migrations: migration::supabase::Migrator::migrations,
        seeders: seeders::supabase::seeders,
        models: entity::supabase::models,
    },
    SchemaSet {
        name: "telecom",
        about: "Telecom billing: customers, accounts, rate plans, subscriptions, calls, invoices",
        page: include_str!("../docs/sets/telecom.md"),
        backends: ANYWHERE,
        needs: None,
        tenant_table: "customers",
        tenant_column: "customer_id",
        tables: &tables::TELECOM,
        claims: None,
        organizations: None,
        enough: None,
        folder: "telecom",
        migrations: migration::telecom::Migrator::migrations,
        seeders: seeders::telecom::seeders,
        models: entity::telecom::models,
    },
    SchemaSet {
        name: "cloudwa",
        about: "WhatsApp chat bots and broadcasts on Cloudflare D1: flows, campaigns, AI",
        page: include_str!("../docs/sets/cloudwa.md"),
        backends: ANYWHERE,
        needs: None,
        tenant_table: "tenants",
        tenant_column: "tenant_id",
        tables: &tables::CLOUDWA,
        claims: None,
        organizations: None,
        enough: None,
        folder: "cloudwa",
        migrations: migration::cloudwa::Migrator::migrations,
        seeders: seeders::cloudwa::seeders,
        models: entity::cloudwa::models,
    },
];

/// The set of that name.
///
/// # Errors
/// Exit code 2 with the names that there are.
pub fn named(name: &str) -> Result<&'static SchemaSet> {
    if let Some(set) = SETS.iter().find(|s| s.name == name) {
        return Ok(set);
    }
    let known: Vec<&str> = SETS.iter().map(|s| s.name).collect();
    let there = format!("there are: {}", known.join(", "));
    let hint = match closest(name, &known) {
        Some(close) => format!("did you mean `{close}`? {there}"),
        None => there,
    };
    // It may be a URL in the wrong place.
    let name = redact(name);
    Err(Error::usage(format!("no schema set is called `{name}`")).hint(hint))
}

/// The set of that name, if it runs on that database.
///
/// # Errors
/// Exit code 2 with the names or databases that there are.
pub fn find(name: &str, backend: Backend) -> Result<&'static SchemaSet> {
    let set = named(name)?;
    if !set.backends.contains(&backend) {
        let known: Vec<&str> = set.backends.iter().map(|b| b.label()).collect();
        let mut error = Error::usage(format!(
            "the schema set {name} does not run on {}",
            backend.label()
        ));
        if let Some(needs) = set.needs {
            error = error.because(needs);
        }
        return Err(error.hint(format!("it runs on {}", known.join(", "))));
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_set_says_what_its_tables_hold() {
        let core = named("core").expect("core").descriptions();
        assert!(core["organizations"].starts_with("a tenant: "), "{core:?}");
        assert_eq!(core["campaigns"], "a campaign of a user");
        for set in SETS {
            assert!(set.descriptions().len() > 10, "{}", set.name);
        }
    }

    #[test]
    fn a_set_is_found_for_the_databases_that_it_runs_on() {
        for set in SETS {
            for backend in [Backend::Sqlite, Backend::Postgres, Backend::Mysql] {
                let found = find(set.name, backend).map(|s| s.name).ok();
                let runs = set.backends.contains(&backend);
                assert_eq!(found, runs.then_some(set.name), "{backend:?}");
            }
        }
        assert!(find("nothing", Backend::Sqlite).is_err());
    }
}
