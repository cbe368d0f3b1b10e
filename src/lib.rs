//! saasdb as a library: the engine behind the command line, and the command line itself.

pub mod catalog;
pub mod checks;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dialect;
pub mod docs;
pub mod engine;
pub mod files;
pub mod report;
pub mod schema;
pub mod tenancy;
pub mod ui;

use std::io::Write;
use std::path::Path;

use cli::Cli;
use commands::App;
use config::{Color, Format, Surroundings};
use engine::guard::Consent;
use engine::{Error, Exit, Interrupt};
use ui::{Ui, Verbosity};

/// Runs a parsed command line and prints what there is to print.
pub async fn run(cli: Cli) -> Exit {
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let around = Surroundings {
        folder: Path::new("."),
        variable: &|name| std::env::var(name).ok(),
    };
    let load = if cli.command.needs_database() {
        config::load
    } else {
        config::load_without_database
    };
    let config = match load(&around, cli.global.config.as_deref(), &cli.settings()) {
        Ok(config) => config,
        Err(error) => {
            let format = match cli.global.format.as_deref() {
                Some("json") => Format::Json,
                _ => Format::Text,
            };
            Ui::new(format, Color::Auto, verbosity).error(&error);
            return error.exit;
        }
    };
    let ui = Ui::new(config.format, config.color, verbosity);
    if let Some(given) = &cli.global.confirm
        && cli.command.needs_database()
        && !config.target.may_be_called(given)
    {
        let error = engine::guard::other_name(given).on(&config.target);
        ui.error(&error);
        return error.exit;
    }
    let app = App {
        consent: Consent {
            yes: cli.global.yes,
            confirm: cli.global.confirm.clone(),
            interactive: ui.interactive() && config.format == Format::Text,
        },
        ui,
        interrupt: Interrupt::default(),
        config,
    };
    listen(&app.interrupt);
    app.ui.watch();
    // Work that may be cut anywhere is dropped at once; what is critical stops by itself, and until
    // then the user should know that the signal was heard.
    let work = commands::run(&cli, &app);
    tokio::pin!(work);
    let mut told = false;
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut work => break outcome,
            error = app.interrupt.wait() => break Err(interrupted(error)),
            _ = app.interrupt.heard(), if !told => {
                told = true;
                app.ui.message(
                    "stopping: what is in hand is finished or rolled back; again stops at once",
                );
            }
        }
    };
    match outcome {
        Ok(_) if app.ui.lost_output() => Exit::Failed,
        Ok(exit) => exit,
        Err(error) => {
            app.ui.error(&error);
            error.exit
        }
    }
}

fn interrupted(error: Error) -> Error {
    error
        .because("nothing is half done and the lock is released")
        .hint("`saasdb status` shows where things stand")
}

/// Turns signals into an interrupt; the second one ends the process at once.
fn listen(interrupt: &Interrupt) {
    let interrupt = interrupt.clone();
    let mut signals = Signals::new();
    tokio::spawn(async move {
        loop {
            let signal = signals.next().await;
            if interrupt.raised() {
                let where_to_look =
                    "stopped at once: `saasdb migrate status` shows where things stand";
                let _ = writeln!(std::io::stderr(), "{where_to_look}");
                std::process::exit(128 + signal);
            }
            interrupt.raise(signal);
        }
    });
}

/// SIGINT and SIGTERM, from here on: none is missed between two.
#[cfg(unix)]
struct Signals(Option<[tokio::signal::unix::Signal; 2]>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let both = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        match both {
            [Ok(int), Ok(term)] => Self(Some([int, term])),
            _ => Self(None),
        }
    }

    async fn next(&mut self) -> i32 {
        let Some([int, term]) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = int.recv() => 2,
            _ = term.recv() => 15,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) -> i32 {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}
