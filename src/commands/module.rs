//! `saasdb module list`, `enable`, `disable` and `stats`.

use clap::Subcommand;

use super::{App, closing, organizations};
use crate::engine::apply::Observer;
use crate::engine::{Exit, Result};
use crate::report::{
    self,
    modules::{Modules, Offer, StatsReport, SwitchReport},
};
use crate::tenancy::list;
use crate::tenancy::switch::{self, Wish};

/// The verbs of `module`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Verb {
    /// Show the modules that there are, or how they stand for an organization
    List(ListArgs),
    /// Switch a module on for an organization, if its plan has room
    #[command(after_help = ENABLE_HELP)]
    Enable(SwitchArgs),
    /// Switch a module off for an organization; its settings are kept
    Disable(SwitchArgs),
    /// Count the organizations that have each module on
    Stats,
}

const ENABLE_HELP: &str = "\
The organization needs a subscription that is active or a trial, has not ended, \
and whose plan allows more modules than are on: otherwise exit code 6. Two runs \
at once cannot both take the last slot. A module that was on before gets its \
old settings back.";

/// Arguments of `module list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The slug of an organization
    #[arg(value_name = "ORG")]
    pub organization: Option<String>,
}

/// Arguments of `module enable` and `disable`.
#[derive(Debug, clap::Args)]
pub struct SwitchArgs {
    /// The slug of the organization
    #[arg(value_name = "ORG")]
    pub organization: String,
    /// The key of the module, as `module list` shows it
    #[arg(value_name = "MODULE")]
    pub module: String,
    /// Note down that user, by id or e-mail, as the one who did it
    #[arg(long, value_name = "USER")]
    pub by: Option<String>,
}

/// Runs the verb.
pub async fn run(verb: &Verb, app: &App) -> Result<Exit> {
    match verb {
        Verb::List(ListArgs { organization: None }) => offer(app),
        Verb::List(ListArgs {
            organization: Some(slug),
        }) => list(slug, app).await,
        Verb::Enable(args) => switch(args, true, app).await,
        Verb::Disable(args) => switch(args, false, app).await,
        Verb::Stats => stats(app).await,
    }
}

fn offer(app: &App) -> Result<Exit> {
    let map = organizations::map(app, "module list")?;
    report::emit(&app.ui, &Offer::new(&app.config.set, map));
    Ok(Exit::Done)
}

async fn list(slug: &str, app: &App) -> Result<Exit> {
    let (map, mut db) = organizations::open(app, "module list", false).await?;
    let outcome = list::overview(&mut db, map, slug).await;
    let overview = closing(db, outcome).await?;
    let database = app.database();
    report::emit(&app.ui, &Modules { database, overview });
    Ok(Exit::Done)
}

async fn stats(app: &App) -> Result<Exit> {
    let (map, mut db) = organizations::open(app, "module stats", false).await?;
    let outcome = list::stats(&mut db, map).await;
    let stats = closing(db, outcome).await?;
    let database = app.database();
    report::emit(&app.ui, &StatsReport { database, stats });
    Ok(Exit::Done)
}

async fn switch(args: &SwitchArgs, on: bool, app: &App) -> Result<Exit> {
    let (verb, doing) = match on {
        true => ("module enable", "enabling"),
        false => ("module disable", "disabling"),
    };
    if on {
        // What is not defined needs no database to be refused.
        switch::definition(organizations::map(app, verb)?, &args.module)?;
    }
    let (map, mut db) = organizations::open(app, verb, true).await?;
    let (organization, module) = (args.organization.as_str(), args.module.as_str());
    let wish = Wish {
        organization,
        module,
        on,
        by: args.by.as_deref(),
    };
    app.ui
        .working(Some(format!("{doing} {module} for {organization}")));
    let outcome = switch::switch(&mut db, map, wish).await;
    app.ui.working(None);
    let switched = closing(db, outcome).await?;
    let database = app.database();
    report::emit(
        &app.ui,
        &SwitchReport {
            verb,
            database,
            switched,
        },
    );
    Ok(Exit::Done)
}
