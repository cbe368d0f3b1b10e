//! `saasdb drill`: commands are killed at every statement, run again, and compared.

use super::App;
use crate::engine::{Exit, Result};

/// Arguments of `drill`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "It works on scratch databases on the server of --database-url, and removes them.\n\
                  All sets that run there are drilled, or some of them: --set core,telecom.\n\
                  Only a build with fault points has it: cargo run --features faults -- drill"
)]
pub struct Args {
    /// About how many crashes of each command; all without it
    #[arg(long, value_name = "N", value_parser = crate::cli::positive, allow_negative_numbers = true)]
    pub sample: Option<u32>,
    /// Only these commands: up, seed, down, setup
    #[arg(long, value_name = "COMMAND", value_delimiter = ',', value_parser = ["up", "seed", "down", "setup"], hide_possible_values = true)]
    pub what: Vec<String>,
    /// Only this crash, as a finding names it: up:57
    #[arg(long, value_name = "STEP:POINT", conflicts_with_all = ["sample", "what"])]
    pub at: Option<String>,
    /// How many commands run at once [default: one for each core]
    #[arg(long, value_name = "N", value_parser = crate::cli::positive, allow_negative_numbers = true)]
    pub jobs: Option<u32>,
    /// Leave out statements that begin so: break it, and see that it is found
    #[arg(long, value_name = "SQL")]
    pub skip: Vec<String>,
}

/// Says that this build has no fault points.
///
/// # Errors
/// Exit code 2, with the command that makes one that has.
#[cfg(not(feature = "faults"))]
pub async fn run(_args: &Args, _sets: Option<&str>, _app: &App) -> Result<Exit> {
    Err(
        crate::engine::Error::usage("this build of saasdb has no fault points to drill")
            .because("they are for tests, and no release has them")
            .hint("in its sources: `cargo run --release --features faults -- drill`"),
    )
}

/// Drills.
///
/// # Errors
/// When it cannot be done.
#[cfg(feature = "faults")]
pub async fn run(args: &Args, sets: Option<&str>, app: &App) -> Result<Exit> {
    use std::time::Instant;

    use super::millis;
    use crate::catalog;
    use crate::engine::Error;
    use crate::engine::drill::{self, Request, What};
    use crate::report::{self, drill::Report};

    let start = Instant::now();
    let target = &app.config.target;
    let runs_there = |set: &&catalog::SchemaSet| set.backends.contains(&target.backend);
    let sets: Vec<&'static str> = match sets {
        None => catalog::SETS
            .iter()
            .filter(runs_there)
            .map(|s| s.name)
            .collect(),
        Some(names) => names
            .split(',')
            .map(|name| catalog::find(name.trim(), target.backend).map(|set| set.name))
            .collect::<Result<_>>()?,
    };
    let what: Vec<What> = What::ALL
        .into_iter()
        .filter(|w| args.what.is_empty() || args.what.iter().any(|name| name == w.as_str()))
        .collect();
    let at = args.at.as_deref().map(|text| {
        let pair = text.split_once(':');
        pair.and_then(|(step, point)| Some((step, point.parse().ok()?)))
            .ok_or_else(|| {
                Error::usage(format!("`{text}` is no step and point"))
                    .hint("a finding says what to give: `--at up:57`")
            })
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let drilled = drill::run(&Request {
        sets: &sets,
        target,
        what: &what,
        sample: args.sample.map(|n| n as usize),
        at: at.transpose()?,
        jobs: args.jobs.map_or(cores, |n| n as usize),
        skip: &args.skip,
        limits: &app.config.limits,
        interrupt: &app.interrupt,
        observer: &app.ui,
    })
    .await?;
    let exit = match drilled.is_clean() {
        true => Exit::Done,
        false => Exit::Findings,
    };
    let report = Report {
        backend: target.backend.label(),
        server: target.to_string(),
        drilled,
        duration_ms: millis(start),
    };
    report::emit(&app.ui, &report);
    Ok(exit)
}
