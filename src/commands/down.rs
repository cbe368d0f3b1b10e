//! `saasdb migrate down` and `saasdb rollback`.

use super::{App, redo, span};
use crate::engine::apply::Span;
use crate::engine::operate::Again;
use crate::engine::plan::DownTarget;
use crate::engine::{Exit, Result};

/// Arguments of `migrate down`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("how far").required(true).args(["steps", "to", "all"]))]
pub struct Args {
    /// Revert so many
    #[arg(long, value_name = "N", value_parser = crate::cli::positive, allow_negative_numbers = true)]
    pub steps: Option<u32>,
    /// Revert everything after this version, which stays
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Revert everything
    #[arg(long)]
    pub all: bool,
    /// Print the SQL and what it would destroy; change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// One transaction for each migration, or for the whole run
    #[arg(long, value_name = "SPAN", value_parser = ["migration", "run"])]
    pub transaction: Option<String>,
}

/// Arguments of `rollback`.
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    /// Revert so many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = crate::cli::positive, allow_negative_numbers = true)]
    pub steps: u32,
    /// Print the SQL and what it would destroy; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Reverts migrations.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let target = match (args.steps, &args.to) {
        (Some(n), _) => DownTarget::Steps(n as usize),
        (None, Some(version)) => DownTarget::To(version.clone()),
        (None, None) => DownTarget::All,
    };
    let span = span(app, args.transaction.as_deref());
    revert("migrate down", app, &target, span, args.dry_run).await
}

/// Reverts the last migration.
pub async fn rollback(args: &RollbackArgs, app: &App) -> Result<Exit> {
    let target = DownTarget::Steps(args.steps as usize);
    revert(
        "rollback",
        app,
        &target,
        app.config.transaction,
        args.dry_run,
    )
    .await
}

/// Reverts, or shows what reverting would do.
pub async fn revert(
    verb: &'static str,
    app: &App,
    target: &DownTarget,
    span: Span,
    dry_run: bool,
) -> Result<Exit> {
    redo::again(verb, app, target, span, Again::No, dry_run).await
}
