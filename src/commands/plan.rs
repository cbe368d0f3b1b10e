//! `saasdb migrate plan`: the SQL that `up` would run, for review or for `psql -f`.

use super::{App, closing, span, up_target};
use crate::engine::apply::Span;
use crate::engine::plan::UpTarget;
use crate::engine::{Exit, Open, Result, operate};
use crate::report;

/// Arguments of `migrate plan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Plan at most so many
    #[arg(long, value_name = "N", value_parser = crate::cli::positive, allow_negative_numbers = true, conflicts_with = "to")]
    pub steps: Option<u32>,
    /// Plan up to and including this version
    #[arg(long, value_name = "VERSION")]
    pub to: Option<String>,
    /// One transaction for each migration, or for the whole run
    #[arg(long, value_name = "SPAN", value_parser = ["migration", "run"])]
    pub transaction: Option<String>,
    /// Plan pending migrations that are older than applied ones too
    #[arg(long)]
    pub allow_out_of_order: bool,
}

/// Prints the plan.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let target = up_target(args.steps, args.to.as_deref());
    let span = span(app, args.transaction.as_deref());
    show("migrate plan", app, &target, span, args.allow_out_of_order).await
}

/// Prints what `up` would do.
pub async fn show(
    verb: &'static str,
    app: &App,
    target: &UpTarget,
    span: Span,
    out_of_order: bool,
) -> Result<Exit> {
    let source = app.source().await?;
    let mut db = app.open(Open::Look, "migrate plan").await?;
    let cx = app.context(&source, span);
    let outcome = operate::preview_up(&mut db, &cx, target, out_of_order)
        .await
        .map(|steps| app.planned(verb, &db, &cx, &steps, Vec::new()));
    let planned = closing(db, outcome).await?;
    report::emit(&app.ui, &planned);
    Ok(Exit::Done)
}
