//! The program: parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use saasdb::cli::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
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
