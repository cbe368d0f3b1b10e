//! `saasdb migrate repair`.

use super::{App, closing, must_exist};
use crate::engine::guard::Environment;
use crate::engine::repair::InFlight;
use crate::engine::{Exit, Open, Result, repair};
use crate::report::{self, migrations::RepairReport};

/// Arguments of `migrate repair`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Accept the schema as it is now
    #[arg(long)]
    pub accept_drift: bool,
    /// Record what this database is for from now on
    #[arg(long, value_name = "ENV")]
    pub record_env: Option<Environment>,
    /// Take a version out of the history whose release is gone for good (may be repeated)
    #[arg(long, value_name = "VERSION")]
    pub forget: Vec<String>,
    /// Say whether the statement in flight of an interrupted migration took effect
    #[arg(long, value_name = "FOUND", value_parser = ["done", "not-done"])]
    pub in_flight: Option<String>,
}

/// Accepts what the checks complain about.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    must_exist(app)?;
    let source = app.source().await?;
    let mut db = app.open(Open::Existing, "migrate repair").await?;
    let cx = app.context(&source, app.config.transaction);
    let options = repair::Options {
        accept_drift: args.accept_drift,
        record_environment: args.record_env,
        forget: args.forget.clone(),
        in_flight: args.in_flight.as_deref().map(|found| match found {
            "done" => InFlight::Done,
            _ => InFlight::NotDone,
        }),
    };
    let outcome = repair::run(&mut db, &cx, &options).await;
    let repaired = closing(db, outcome).await?;
    let database = app.database();
    report::emit(&app.ui, &RepairReport { database, repaired });
    Ok(Exit::Done)
}
