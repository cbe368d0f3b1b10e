//! `saasdb migrate fresh`, `reset` and `refresh`.

use std::time::Instant;

use super::{App, closing, down, redo};
use crate::engine::operate::Again;
use crate::engine::plan::DownTarget;
use crate::engine::{Exit, Open, Result, fresh};
use crate::report;

/// Arguments of `migrate fresh`.
#[derive(Debug, clap::Args)]
pub struct FreshArgs {
    /// Print the SQL and what it would destroy; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `migrate reset`.
#[derive(Debug, clap::Args)]
pub struct ResetArgs {
    /// Print the SQL and what it would destroy; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `migrate refresh`.
#[derive(Debug, clap::Args)]
pub struct RefreshArgs {
    /// Print the SQL and what it would destroy; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Drops everything that the set made, then applies all migrations.
pub async fn fresh(args: &FreshArgs, app: &App) -> Result<Exit> {
    let start = Instant::now();
    let source = app.both_ways().await?;
    if args.dry_run {
        let mut db = app.open(Open::Look, "migrate fresh").await?;
        let cx = app.context(&source, app.config.transaction);
        let outcome = fresh::plan_fresh(&mut db, &cx).await.map(|plan| {
            let before = fresh::enclosed(&db, &plan);
            let mut planned = app.planned("migrate fresh", &db, &cx, &plan.steps, plan.losses);
            planned.before = before;
            planned
        });
        let planned = closing(db, outcome).await?;
        report::emit(&app.ui, &planned);
        return Ok(Exit::Done);
    }
    let mut db = app.open(Open::Create, "migrate fresh").await?;
    let cx = app.context(&source, app.config.transaction);
    let outcome = fresh::fresh(&mut db, &cx).await;
    let drift = db.drift_found();
    let done = closing(db, outcome).await?;
    report::emit(&app.ui, &app.ran("migrate fresh", done, drift, start));
    Ok(Exit::Done)
}

/// Reverts all migrations.
pub async fn reset(args: &ResetArgs, app: &App) -> Result<Exit> {
    down::revert(
        "migrate reset",
        app,
        &DownTarget::All,
        app.config.transaction,
        args.dry_run,
    )
    .await
}

/// Reverts all migrations and applies them again.
pub async fn refresh(args: &RefreshArgs, app: &App) -> Result<Exit> {
    redo::again(
        "migrate refresh",
        app,
        &DownTarget::All,
        app.config.transaction,
        Again::All,
        args.dry_run,
    )
    .await
}
