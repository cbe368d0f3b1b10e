//! `saasdb migrate status`.

use super::{App, closing};
use crate::engine::operate::check_set;
use crate::engine::plan::{State, Survey};
use crate::engine::{Exit, Open, Result};
use crate::report::{self, migrations::Versions};

/// Arguments of `migrate status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Exit with 3 when migrations are pending, with 4 when one is dirty, edited or missing
    #[arg(long)]
    pub exit_code: bool,
}

/// Shows where every version stands.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let (source, db) = app.open_with_source(Open::Look, "migrate status").await?;
    let outcome = check_set(&db, &source).map(|()| Survey::new(&source, &db.history));
    let survey = closing(db, outcome).await?;
    report::emit(&app.ui, &Versions::new(app.database(), source.set, &survey));
    let wrong = survey
        .entries
        .iter()
        .any(|e| e.mismatch || matches!(e.state, State::Dirty | State::Missing));
    Ok(match args.exit_code {
        true if wrong => Exit::Findings,
        true if survey.pending().next().is_some() => Exit::Pending,
        _ => Exit::Done,
    })
}
