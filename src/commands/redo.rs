//! `saasdb migrate redo`.

use std::time::Instant;

use super::{App, closing, must_exist};
use crate::engine::operate::Again;
use crate::engine::plan::DownTarget;
use crate::engine::{Exit, Open, Result, operate};
use crate::report;

/// Arguments of `migrate redo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Redo so many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub steps: u32,
}

/// Reverts the last migrations and applies them again.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let target = DownTarget::Steps(args.steps as usize);
    again("migrate redo", app, &target, Again::Reverted).await
}

/// Reverts and applies again, under one lock.
pub async fn again(verb: &'static str, app: &App, down: &DownTarget, again: Again) -> Result<Exit> {
    let start = Instant::now();
    must_exist(app)?;
    let source = app.both_ways().await?;
    let mut db = app.open(Open::Existing, verb).await?;
    let cx = app.context(&source, app.config.transaction);
    let outcome = operate::down(&mut db, &cx, verb, down, again).await;
    let done = closing(db, outcome).await?;
    report::emit(&app.ui, &app.ran(verb, done, start));
    Ok(Exit::Done)
}
