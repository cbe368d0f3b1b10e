//! `saasdb migrate baseline`.

use super::{App, closing, must_exist};
use crate::engine::{Exit, Open, Result, baseline};
use crate::report::{self, migrations::Adopted};

/// Arguments of `migrate baseline`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Adopt everything up to and including this version
    #[arg(long, value_name = "VERSION")]
    pub to: String,
}

/// Adopts what is there.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    must_exist(app)?;
    let source = app.source().await?;
    let mut db = app.open(Open::Existing, "migrate baseline").await?;
    let cx = app.context(&source, app.config.transaction);
    let outcome = baseline::run(&mut db, &cx, &args.to).await;
    let baseline::Adoption { adopted, restored } = closing(db, outcome).await?;
    let database = app.database();
    report::emit(
        &app.ui,
        &Adopted {
            database,
            migrations: adopted,
            restored,
        },
    );
    Ok(Exit::Done)
}
