//! `saasdb schema dump`: the schema as a file to be committed and reviewed.

use std::path::PathBuf;

use super::{App, closing, must_exist, schema_must_exist};
use crate::engine::{Database, Error, Exit, Open, Result};
use crate::files::{self, State, Wanted};
use crate::report::{
    self,
    exports::{Exported, ExportedFile},
};
use crate::schema::{Schema, dump};

/// Arguments of `schema dump`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
sql   statements that make an empty database into this one\n\
json  the same for programs, and for `schema diff` on any database\n\
Both are the same for the same schema: no times, owners or versions.")]
pub struct Args {
    /// What to write: sql or json [default: sql]
    // Takes the place of the global option, which has the same name.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// File to write instead of stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace a file that is no dump
    #[arg(long)]
    pub force: bool,
}

/// Writes the schema.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let format = match args.format.as_deref() {
        None | Some("sql") => "sql",
        Some("json") => "json",
        Some(other) => {
            let message = format!("`{other}` is no format of `schema dump`");
            return Err(Error::usage(message).hint("known for `--format`: sql, json"));
        }
    };
    must_exist(app)?;
    let mut db = app.open(Open::Look, "schema dump").await?;
    let outcome = read(&mut db).await;
    let (schema, unseen) = closing(db, outcome).await?;
    for kind in unseen {
        app.ui.message(&format!(
            "warning: {kind}s are left out, because this role is not shown them; docs/privileges.md says what it needs"
        ));
    }
    let content = match format {
        "json" => dump::json(&schema),
        _ => dump::sql(&schema, app.config.target.backend.dialect().ddl()),
    };
    let Some(path) = &args.out else {
        // Asked for by name: SAASDB_FORMAT=json does not change what goes into a pipe.
        app.ui.out(content.trim_end());
        return Ok(Exit::Done);
    };
    let wanted = [Wanted {
        path: path.clone(),
        content,
    }];
    let states = files::look(&wanted)?;
    let other = || std::fs::read_to_string(path).map_or(true, |text| dump::read(&text).is_err());
    if states[0] == State::Replaced && !args.force && other() {
        return Err(Error::refused("a file is in the way; nothing was written")
            .because(format!("{} is no dump of a schema", path.display()))
            .hint("`--out` writes to another place, `--force` replaces the file"));
    }
    files::write(&wanted, &states)?;
    report::emit(
        &app.ui,
        &Exported {
            command: "schema dump",
            format,
            from: app.database().to_string(),
            files: vec![ExportedFile {
                path: path.display().to_string(),
                state: states[0],
                migration: None,
            }],
            next: None,
        },
    );
    Ok(Exit::Done)
}

/// The schema, and the kinds of objects that this role is not shown.
async fn read(db: &mut Database) -> Result<(Schema, Vec<String>)> {
    schema_must_exist(db)?;
    Ok((db.schema().await?, db.unseen().await?))
}
