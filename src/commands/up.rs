//! `saasdb migrate up`.

use std::time::Instant;

use super::{App, closing, plan, span, up_target};
use crate::engine::{Exit, Open, Result, operate};
use crate::report;

/// Arguments of `migrate up`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Apply at most so many
    #[arg(long, value_name = "N", value_parser = crate::cli::positive, allow_negative_numbers = true, conflicts_with = "to")]
    pub steps: Option<u32>,
    /// Apply up to and including this version
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// Print the SQL and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// One transaction for each migration, or for the whole run
    #[arg(long, value_name = "SPAN", value_parser = ["migration", "run"])]
    pub transaction: Option<String>,
    /// Apply pending migrations that are older than applied ones
    #[arg(long)]
    pub allow_out_of_order: bool,
}

/// Applies pending migrations.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let start = Instant::now();
    let target = up_target(args.steps, args.to.as_deref());
    let span = span(app, args.transaction.as_deref());
    if args.dry_run {
        return plan::show(
            "migrate up --dry-run",
            app,
            &target,
            span,
            args.allow_out_of_order,
        )
        .await;
    }
    super::precheck(app, &target, span).await?;
    let (source, mut db) = app.open_with_source(Open::Create, "migrate up").await?;
    if db.created {
        app.ui
            .message(&format!("created {}", app.config.target.name));
    }
    let cx = app.context(&source, span);
    let outcome = operate::up(&mut db, &cx, &target, args.allow_out_of_order).await;
    let drift = db.drift_found();
    let done = closing(db, outcome).await?;
    report::emit(&app.ui, &app.ran("migrate up", done, drift, start));
    Ok(Exit::Done)
}
