//! `saasdb set list` and `saasdb set show`: what sets there are. No database is looked at.

use super::App;
use crate::catalog::{self, SETS, SchemaSet};
use crate::engine::effects::{Effect, standing_tables};
use crate::engine::makes::makes;
use crate::engine::version::digits;
use crate::engine::{Direction, Error, Exit, Result, Source};
use crate::report::{
    self,
    sets::{SetDetails, SetList, SetMigration, SetOverview, SetSeeder},
};

/// Arguments of `set list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {}

/// Arguments of `set show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The schema set's name
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// Lists all sets.
pub async fn list(_args: &ListArgs, app: &App) -> Result<Exit> {
    let mut sets = Vec::new();
    for set in SETS {
        sets.push(overview(set, &render(set).await?));
    }
    report::emit(&app.ui, &SetList { sets });
    Ok(Exit::Done)
}

/// Shows one set.
pub async fn show(args: &ShowArgs, app: &App) -> Result<Exit> {
    let set = catalog::named(&args.name)?;
    let source = render(set).await?;
    let details = SetDetails {
        overview: overview(set, &source),
        migrations: source
            .migrations
            .iter()
            .map(|m| SetMigration {
                name: m.name.clone(),
                version: digits(&m.name),
                makes: makes(&m.up),
            })
            .collect(),
        seeders: set
            .seeders()
            .iter()
            .map(|s| SetSeeder {
                name: s.name(),
                kind: s.kind().as_str(),
                description: s.description(),
            })
            .collect(),
    };
    report::emit(&app.ui, &details);
    Ok(Exit::Done)
}

/// The set's migrations as they are on the first database that it runs on.
async fn render(set: &SchemaSet) -> Result<Source> {
    let backend = *set
        .backends
        .first()
        .ok_or_else(|| Error::failed(format!("the schema set {} runs on no database", set.name)))?;
    Source::render(set.name, backend, &set.migrations(), &[Direction::Up]).await
}

fn overview(set: &SchemaSet, source: &Source) -> SetOverview {
    let effects: Vec<Effect> = source
        .migrations
        .iter()
        .flat_map(|m| m.effects(Direction::Up))
        .cloned()
        .collect();
    // A table of that kind only helps the set's functions: nothing else shows or compares it either.
    let mut tables = standing_tables(&effects);
    tables.retain(|table| !table.starts_with("saasdb_"));
    SetOverview {
        name: set.name,
        about: set.about,
        databases: set.backends.iter().map(|b| b.label()).collect(),
        tenant_table: set.tenant_table,
        tenant_column: set.tenant_column,
        tables,
    }
}
