//! `saasdb organization show`.

use clap::Subcommand;

use super::{App, closing, organizations};
use crate::engine::{Exit, Result};
use crate::report::{self, organizations::Shown};
use crate::tenancy::show;

/// The verbs of `organization`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Verb {
    /// Show an organization's subscription, enabled modules and members
    Show(ShowArgs),
}

/// Arguments of `organization show`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The slug of the organization
    #[arg(value_name = "SLUG")]
    pub slug: String,
}

/// Runs the verb.
pub async fn run(verb: &Verb, app: &App) -> Result<Exit> {
    let Verb::Show(args) = verb;
    let (map, mut db) = organizations::open(app, "organization show", false).await?;
    let outcome = show::organization(&mut db, map, &args.slug).await;
    let whole = closing(db, outcome).await?;
    let database = app.database();
    report::emit(&app.ui, &Shown { database, whole });
    Ok(Exit::Done)
}
