//! What the verbs of `module`, `subscription` and `organization` have in common.

use super::{App, closing, must_exist, schema_must_exist};
use crate::catalog::{self, SETS};
use crate::engine::{Database, Error, Open, Result};
use crate::tenancy::{map::Map, ready};

/// The organizations of the schema set.
///
/// # Errors
/// Exit code 2 where it says nothing about them, with the sets that do.
pub fn map(app: &App, command: &str) -> Result<&'static Map> {
    let set = catalog::named(&app.config.set)?;
    if let Some(map) = set.organizations {
        return Ok(map);
    }
    let message = match command.split_once(' ') {
        Some(("module", _)) => format!("the schema set {} has no modules", set.name),
        _ => format!("`{command}` does not work on the schema set {}", set.name),
    };
    let others: Vec<String> = SETS
        .iter()
        .filter(|s| s.organizations.is_some())
        .map(|s| format!("`--set {}`", s.name))
        .collect();
    Err(Error::usage(message).hint(format!("it works with {}", others.join(", "))))
}

/// Opens the database and makes sure that it is ready.
pub async fn open(app: &App, command: &str, writes: bool) -> Result<(&'static Map, Database)> {
    let map = map(app, command)?;
    must_exist(app)?;
    let mode = if writes { Open::Existing } else { Open::Look };
    let (source, db) = app.open_with_source(mode, command).await?;
    let asked = app.config.environment;
    let fit = schema_must_exist(&db)
        .and_then(|()| ready::check(&db, &source, map, asked, command, writes));
    match fit {
        Ok(()) => Ok((map, db)),
        Err(error) => closing(db, Err(error)).await,
    }
}
