//! The program: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use saasdb::cli::Cli;
use saasdb::dialect::url::redact_all;
use saasdb::engine::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            // clap repeats what was typed, and that may be a URL in the wrong place.
            eprint!("{}", redact_all(&error.render().to_string()));
            return ExitCode::from(Exit::Usage as u8);
        }
        // Help and version.
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let exit = runtime.block_on(saasdb::run(cli));
    // A hash that nobody waits for any more must not hold the program up.
    runtime.shutdown_background();
    ExitCode::from(exit as u8)
}
