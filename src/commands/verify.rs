//! `saasdb migrate verify`.

use std::time::Instant;

use super::{App, millis};
use crate::dialect::Target;
use crate::engine::verify::{self, Request};
use crate::engine::{Error, Exit, Result};
use crate::report;
use crate::report::verify::Report;

/// Arguments of `migrate verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Leave the scratch database there, to look at
    #[arg(long)]
    pub keep: bool,
    /// Make it elsewhere: on that server, or as that new SQLite file
    #[arg(long, value_name = "URL")]
    pub scratch_url: Option<String>,
}

/// Tries all migrations up, down and up again on a scratch database.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let start = Instant::now();
    let scratch_url = args.scratch_url.as_deref().map(Target::parse).transpose();
    let scratch_url = scratch_url.map_err(|e| {
        Error::usage(e.to_string()).hint("`--scratch-url` takes a URL like DATABASE_URL does")
    })?;
    let source = app.both_ways().await?;
    let verified = verify::run(&Request {
        source: &source,
        target: &app.target(),
        scratch_url: scratch_url.as_ref(),
        keep: args.keep,
        limits: &app.config.limits,
        interrupt: &app.interrupt,
        observer: &app.ui,
    })
    .await?;
    let exit = match verified.is_clean() {
        true => Exit::Done,
        false => Exit::Findings,
    };
    report::emit(
        &app.ui,
        &Report {
            set: source.set,
            backend: source.backend.label(),
            verified,
            duration_ms: millis(start),
        },
    );
    Ok(exit)
}
