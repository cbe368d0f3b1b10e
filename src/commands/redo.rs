//! `saasdb migrate redo`.

use std::time::Instant;

use super::{App, closing, must_exist, schema_must_exist};
use crate::engine::apply::Span;
use crate::engine::operate::Again;
use crate::engine::plan::DownTarget;
use crate::engine::{Exit, Open, Result, operate};
use crate::report;

/// Arguments of `migrate redo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Redo so many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = crate::cli::positive, allow_negative_numbers = true)]
    pub steps: u32,
    /// Print the SQL and what it would destroy; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Reverts the last migrations and applies them again.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let target = DownTarget::Steps(args.steps as usize);
    again(
        "migrate redo",
        app,
        &target,
        app.config.transaction,
        Again::Reverted,
        args.dry_run,
    )
    .await
}

/// Reverts and applies again, under one lock, or shows what that would do.
pub async fn again(
    verb: &'static str,
    app: &App,
    down: &DownTarget,
    span: Span,
    again: Again,
    dry_run: bool,
) -> Result<Exit> {
    let start = Instant::now();
    must_exist(app)?;
    let source = app.both_ways().await?;
    let mode = if dry_run { Open::Look } else { Open::Existing };
    let mut db = app.open(mode, verb).await?;
    let cx = app.context(&source, span);
    if dry_run {
        let outcome = async {
            let steps = operate::preview_down(&mut db, &cx, down, again).await?;
            let losses = operate::losses_of(&mut db, &source, &steps).await?;
            Ok(app.planned(verb, &db, &cx, &steps, losses))
        }
        .await;
        let planned = closing(db, outcome).await?;
        report::emit(&app.ui, &planned);
        return Ok(Exit::Done);
    }
    let outcome = match schema_must_exist(&db) {
        Ok(()) => operate::down(&mut db, &cx, verb, down, again).await,
        Err(error) => Err(error),
    };
    let drift = db.drift_found();
    let done = closing(db, outcome).await?;
    report::emit(&app.ui, &app.ran(verb, done, drift, start));
    Ok(Exit::Done)
}
