//! `saasdb subscription sweep`.

use clap::Subcommand;

use super::{App, closing, organizations};
use crate::engine::apply::Observer;
use crate::engine::{Exit, Result};
use crate::report::{self, organizations::Swept};
use crate::tenancy::sweep;

/// The verbs of `subscription`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Verb {
    /// Give subscriptions that ran out the status `expired`
    #[command(after_help = SWEEP_HELP)]
    Sweep(SweepArgs),
}

const SWEEP_HELP: &str = "\
Those are the active ones whose period has ended, also where they were to be \
canceled at its end, and trials past their last day, by the server's clock. \
Modules stay as they are: an expired organization keeps its own and can enable \
no more. An end that is no point in time is shown and left alone. It asks \
nothing, not in production either, and may run as often as you like.";

/// Arguments of `subscription sweep`.
#[derive(Debug, clap::Args)]
pub struct SweepArgs {
    /// Show which ran out; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the verb.
pub async fn run(verb: &Verb, app: &App) -> Result<Exit> {
    let Verb::Sweep(args) = verb;
    let dry_run = args.dry_run;
    let (map, mut db) = organizations::open(app, "subscription sweep", !dry_run).await?;
    app.ui.working(Some("sweeping subscriptions".to_owned()));
    let outcome = if dry_run {
        sweep::due(&mut db, map).await.map(|(_, due)| (due, None))
    } else {
        match sweep::sweep(&mut db, map).await {
            Ok(done) => Ok((done, None)),
            // What is done is told before why there is no more.
            Err(stopped) if !stopped.done.is_empty() => Ok((stopped.done, Some(stopped.error))),
            Err(stopped) => Err(stopped.error),
        }
    };
    app.ui.working(None);
    let unreadable = match &outcome {
        Ok((_, None)) => sweep::unreadable(&mut db, map).await,
        _ => Ok(Vec::new()),
    };
    let outcome = outcome.and_then(|(expired, error)| Ok((expired, error, unreadable?)));
    let (expired, error, unreadable) = closing(db, outcome).await?;
    let swept = Swept {
        database: app.database(),
        dry_run,
        expired,
        unreadable,
    };
    match error {
        None => {
            report::emit(&app.ui, &swept);
            Ok(Exit::Done)
        }
        Some(error) => {
            // JSON has room for one document, and that is the error.
            if app.config.format == crate::config::Format::Text {
                report::emit(&app.ui, &swept);
            }
            Err(error)
        }
    }
}
