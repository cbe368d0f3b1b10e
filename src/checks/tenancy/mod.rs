//! `tenancy`: whether the schema tells whose each row is, and whether the rows agree.
//!
//! What is live is compared with what the set's documents say, not with itself: a table whose tenant
//! column somebody dropped is no longer a tenant's to look at.

mod catalogue;
mod protection;
mod questions;
mod rows;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sea_orm_migration::async_trait::async_trait;

use super::{Check, Finding, Look, Rule, Settings};
use crate::catalog::SchemaSet;
use crate::dialect::{Dialect, Guard};
use crate::engine::effects::Effect;
use crate::engine::{Direction, Result};
use crate::schema::Schema;
use crate::tenancy::classify::{Tenancy, classify};
use crate::tenancy::way::Ways;

/// The check.
pub struct TenancyCheck;

#[async_trait(?Send)]
impl Check for TenancyCheck {
    fn name(&self) -> &'static str {
        "tenancy"
    }

    fn about(&self) -> &'static str {
        "whose each row is, by keys, policies and rows"
    }

    fn rules(&self) -> &'static [Rule] {
        rules::ALL
    }

    async fn not_for(&self, look: &mut Look<'_>) -> Result<Option<String>> {
        Ok((!look.is_migrated()).then(|| "nothing is applied yet".to_owned()))
    }

    async fn find(&self, look: &mut Look<'_>) -> Result<Vec<Finding>> {
        let scene = Scene::read(look).await?;
        let mut found = Vec::new();
        catalogue::look(&scene, &mut found);
        if let Some(guard) = &scene.guard {
            protection::look(&scene, guard, &mut found);
        }
        rows::look(look, &scene, &mut found).await?;
        Ok(found)
    }
}

/// The schema with everything that is known of its tenants.
pub(super) struct Scene<'a> {
    pub(super) d: &'static dyn Dialect,
    pub(super) schema: Arc<Schema>,
    pub(super) known: BTreeMap<String, Tenancy>,
    pub(super) set: &'static SchemaSet,
    pub(super) settings: &'a Settings,
    /// The database's own protection, where it has any.
    pub(super) guard: Option<Guard>,
    /// The application's role, by its name.
    pub(super) role: Option<String>,
    /// Tables that pending migrations make or give keys: nothing is expected of them yet.
    unfinished: BTreeSet<String>,
    /// Whether row level security is part of what is still pending.
    protection_pending: bool,
}

impl<'a> Scene<'a> {
    /// Reads catalogue and protection.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn read(look: &mut Look<'a>) -> Result<Self> {
        let schema = look.schema().await?;
        let (set, settings, d) = (look.set, look.settings, look.db.dialect());
        let known = classify(&schema, set.tenant_table, set.tenant_column);
        let role = settings.role.clone();
        let role = role.or_else(|| set.claims().map(|claims| claims.role));
        let guard = match d.tenancy().guards() {
            Some(guards) => {
                let script = guards.script(role.as_deref());
                let what = "the protection of the tables cannot be read";
                Some(Guard::read(&look.db.query(what, &script).await?))
            }
            None => None,
        };
        let mut unfinished = BTreeSet::new();
        let mut protection_pending = false;
        for entry in look.survey().pending() {
            let Some(migration) = look.source.get(&entry.name) else {
                continue;
            };
            let up = migration.statements(Direction::Up);
            protection_pending |= up.iter().any(|s| s.contains("ROW LEVEL SECURITY"));
            for effect in migration.effects(Direction::Up) {
                match effect {
                    Effect::CreateTable(t)
                    | Effect::RebuildTable(t)
                    | Effect::AddForeignKey(t, _) => drop(unfinished.insert(t.clone())),
                    Effect::AddColumn(t, c) if c == set.tenant_column => {
                        unfinished.insert(t.clone());
                    }
                    _ => {}
                }
            }
        }
        Ok(Self {
            d,
            schema,
            known,
            set,
            settings,
            guard,
            role,
            unfinished,
            protection_pending,
        })
    }

    /// How rows lead to their tenants.
    pub(super) fn ways(&self) -> Ways<'_> {
        let (table, column) = (self.set.tenant_table, self.set.tenant_column);
        Ways::new(self.d, &self.schema, &self.known, table, column)
    }

    /// Whether the team listed the table as its own. A table of the set is never the team's.
    pub(super) fn is_left_alone(&self, table: &str) -> bool {
        let of_the_set = table == self.set.tenant_table || self.set.tables.holds(table);
        !of_the_set && self.settings.knows(table)
    }

    /// Whether the set's documents say something of a table that holds already.
    fn is_finished(&self, table: &str) -> bool {
        self.schema.tables.contains_key(table) && !self.unfinished.contains(table)
    }

    /// The tables with rows of tenants, by what is live and by the documents.
    pub(super) fn tenants_tables(&self) -> BTreeSet<&str> {
        let live = self.known.iter();
        let live = live.filter(|(_, tenancy)| **tenancy != Tenancy::Global);
        let live = live.map(|(name, _)| name.as_str());
        let written = self.set.tables.owned.iter().copied();
        let derived = self.set.tables.derived.iter().map(|(table, _, _)| *table);
        live.chain(written)
            .chain(derived)
            .filter(|table| self.schema.tables.contains_key(*table) && !self.is_left_alone(table))
            .collect()
    }

    /// Whether row level security is to keep the tenants apart here: the set has it so, or somebody
    /// began with it.
    pub(super) fn is_protected(&self) -> bool {
        let begun = || {
            let mut tables = self.tenants_tables().into_iter();
            tables.any(|t| self.schema.tables[t].is_guarded())
        };
        self.guard.is_some() && (self.set.claims().is_some() && !self.protection_pending || begun())
    }
}
