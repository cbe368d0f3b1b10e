//! `saasdb schema export`: the schema for other programs.

use std::path::{Path, PathBuf};

use super::{App, closing};
use crate::catalog;
use crate::dialect::Backend;
use crate::engine::operate::check_set;
use crate::engine::{Database, Direction, Error, Exit, Open, Result, Source, export};
use crate::files::{self, State, Wanted};
use crate::report::{
    self,
    exports::{Exported, ExportedFile},
    plural,
};
use crate::schema::mermaid;

/// Arguments of `schema export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
d1       SQL files of the schema set for `wrangler d1 migrations apply`\n\
mermaid  entity relationship diagram of the database, on stdout or in a file\n\
With SAASDB_FORMAT=json the list of written files is JSON.")]
pub struct Args {
    /// What to write: d1 or mermaid
    // Takes the place of the global option, which has the same name.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Folder (d1) [default: migrations] or file (mermaid) to write
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Replace files that have other contents
    #[arg(long)]
    pub force: bool,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    D1,
    Mermaid,
}

const KINDS: [(&str, Kind); 2] = [("d1", Kind::D1), ("mermaid", Kind::Mermaid)];

/// Where D1's files go: wrangler's own default.
const D1_FOLDER: &str = "migrations";

impl Args {
    fn kind(&self) -> Result<Kind> {
        let format = self.format.as_deref();
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| Some(*name) == format) {
            return Ok(*kind);
        }
        let message = match format {
            Some(other) => format!("`{other}` is no format of `schema export`"),
            None => "`schema export` needs to know the format".to_owned(),
        };
        let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        Err(Error::usage(message).hint(format!("known for `--format`: {}", known.join(", "))))
    }

    /// Whether a database is looked at.
    pub fn needs_database(&self) -> bool {
        matches!(self.kind(), Ok(Kind::Mermaid))
    }
}

/// Writes the schema.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    match args.kind()? {
        Kind::D1 => d1(args, app).await,
        Kind::Mermaid => diagram(args, app).await,
    }
}

async fn d1(args: &Args, app: &App) -> Result<Exit> {
    let set = catalog::find(&app.config.set, Backend::Sqlite)?;
    let source = Source::render(
        set.name,
        Backend::Sqlite,
        &set.migrations(),
        &[Direction::Up],
    )
    .await?;
    let folder = args.out.as_deref().unwrap_or(Path::new(D1_FOLDER));
    if folder.is_file() {
        return Err(Error::usage(format!(
            "{} is a file, not a folder",
            folder.display()
        )));
    }
    let migrations = export::d1(&source);
    let wanted: Vec<Wanted> = migrations
        .iter()
        .map(|m| Wanted {
            path: folder.join(&m.name),
            content: m.content.clone(),
        })
        .collect();
    let clashing = clashing(folder, &migrations)?;
    let states = write(&wanted, &clashing, args.force)?;
    for path in &clashing {
        app.ui.message(&format!(
            "note: {} stands beside a file of the same number; wrangler applies both",
            path.display()
        ));
    }
    let files = wanted.iter().zip(&states).zip(&migrations);
    report::emit(
        &app.ui,
        &Exported {
            command: "schema export",
            format: "d1",
            from: set.name.to_owned(),
            files: files
                .map(|((file, state), m)| ExportedFile {
                    path: file.path.display().to_string(),
                    state: *state,
                    migration: Some(m.migration.clone()),
                })
                .collect(),
            next: Some("Apply them with `wrangler d1 migrations apply DATABASE`."),
        },
    );
    Ok(Exit::Done)
}

/// SQL files of others in the folder that have the number of one of ours.
fn clashing(folder: &Path, ours: &[export::MigrationFile]) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => {
            return Err(
                Error::failed(format!("cannot read the folder {}", folder.display()))
                    .because(e.to_string())
                    .hint("choose another place with `--out`"),
            );
        }
    };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = export::d1_number(&name);
            let is_ours = ours.iter().any(|m| m.name == name);
            let taken = ours.iter().any(|m| export::d1_number(&m.name) == number);
            name.ends_with(".sql") && number.is_some() && !is_ours && taken
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    Ok(found)
}

/// Writes the files unless something is in the way that the user did not say may go.
fn write(wanted: &[Wanted], clashing: &[PathBuf], force: bool) -> Result<Vec<State>> {
    let states = files::look(wanted)?;
    let mut why = Vec::new();
    let others = wanted.iter().zip(&states);
    let others = others.filter(|(_, state)| **state == State::Replaced);
    let others: Vec<&Path> = others.map(|(file, _)| file.path.as_path()).collect();
    if !others.is_empty() {
        why.push(format!("other contents: {}", first_few(&others)));
    }
    if !clashing.is_empty() {
        let clashing: Vec<&Path> = clashing.iter().map(PathBuf::as_path).collect();
        why.push(format!("the same number: {}", first_few(&clashing)));
    }
    if !force && !why.is_empty() {
        let mut error = Error::refused("files are in the way; nothing was written")
            .hint("`--out` writes to another place, `--force` replaces files of the same name");
        error.why = why;
        return Err(error);
    }
    files::write(wanted, &states)?;
    Ok(states)
}

fn first_few(paths: &[&Path]) -> String {
    let names: Vec<String> = paths
        .iter()
        .take(3)
        .map(|p| p.display().to_string())
        .collect();
    match paths.len().saturating_sub(3) {
        0 => names.join(", "),
        more => format!("{} and {}", names.join(", "), plural(more, "more file")),
    }
}

async fn diagram(args: &Args, app: &App) -> Result<Exit> {
    let (source, mut db) = app.open_with_source(Open::Look, "schema export").await?;
    let outcome = read_diagram(&mut db, &source).await;
    let diagram = closing(db, outcome).await?;
    let Some(path) = &args.out else {
        // Asked for by name: SAASDB_FORMAT=json does not change what goes into a pipe.
        app.ui.out(&diagram);
        return Ok(Exit::Done);
    };
    let wanted = [Wanted {
        path: path.clone(),
        content: diagram,
    }];
    let states = write(&wanted, &[], args.force)?;
    report::emit(
        &app.ui,
        &Exported {
            command: "schema export",
            format: "mermaid",
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

async fn read_diagram(db: &mut Database, source: &Source) -> Result<String> {
    check_set(db, source)?;
    if db.history.applied.is_empty() {
        return Err(Error::new(Exit::Pending, "there is no schema to draw yet")
            .on(&db.target)
            .because("no migration is applied")
            .hint("`saasdb migrate up`, then run this again"));
    }
    Ok(mermaid(&db.schema().await?))
}
