//! `saasdb schema docs`: pages about the schema, for people.

use std::path::PathBuf;

use super::{App, closing};
use crate::docs::{About, MARK, Page, html, markdown};
use crate::engine::operate::check_set;
use crate::engine::plan::Survey;
use crate::engine::{Database, Error, Exit, Open, Result, Source, rows};
use crate::files::{self, State, Wanted};
use crate::report::{self, docs::Documented, exports::ExportedFile};

/// Arguments of `schema docs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
index.html  one page with diagram and search; needs no network and no server\n\
schema.md   the same as Markdown with a Mermaid diagram, as GitHub shows it\n\
Only reads the database. With --no-counts equal schemas have equal pages, which\n\
can be committed. Pages of an earlier run are replaced, other files are not.")]
pub struct Args {
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Heading of the pages [default: the schema set]
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Leave the numbers of rows out
    #[arg(long)]
    pub no_counts: bool,
    /// Replace files that are no pages of an earlier run
    #[arg(long)]
    pub force: bool,
}

/// Writes the pages.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    if args.out.is_file() {
        return Err(Error::usage(format!(
            "{} is a file, not a folder",
            args.out.display()
        )));
    }
    let (source, mut db) = app.open_with_source(Open::Look, "schema docs").await?;
    let outcome = read(args, app, &mut db, &source).await;
    let page = closing(db, outcome).await?;
    let wanted: Vec<Wanted> = [("index.html", html(&page)), ("schema.md", markdown(&page))]
        .into_iter()
        .map(|(name, content)| Wanted {
            path: args.out.join(name),
            content,
        })
        .collect();
    let states = files::look(&wanted)?;
    if !args.force {
        spare(&wanted, &states)?;
    }
    files::write(&wanted, &states)?;
    let files = wanted.iter().zip(&states);
    report::emit(
        &app.ui,
        &Documented {
            from: app.database().to_string(),
            tables: page.tables.len(),
            files: files
                .map(|(file, state)| ExportedFile {
                    path: file.path.display().to_string(),
                    state: *state,
                    migration: None,
                })
                .collect(),
        },
    );
    Ok(Exit::Done)
}

/// Refuses to replace what no earlier run wrote.
fn spare(wanted: &[Wanted], states: &[State]) -> Result<()> {
    for (file, _) in wanted
        .iter()
        .zip(states)
        .filter(|(_, s)| **s == State::Replaced)
    {
        let there = std::fs::read(&file.path).unwrap_or_default();
        let beginning = String::from_utf8_lossy(&there[..there.len().min(2048)]).into_owned();
        if !beginning.contains(MARK) {
            return Err(Error::refused(format!(
                "{} is in the way; nothing was written",
                file.path.display()
            ))
            .because("it is no page of an earlier run")
            .hint("`--out` writes to another place, `--force` replaces it"));
        }
    }
    Ok(())
}

async fn read(args: &Args, app: &App, db: &mut Database, source: &Source) -> Result<Page> {
    check_set(db, source)?;
    let schema = db.schema().await?;
    if schema.tables.is_empty() {
        return Err(
            Error::new(Exit::Pending, "there is nothing to describe yet")
                .on(&db.target)
                .because("there are no tables that this role can see")
                .hint("`saasdb migrate up`, then run this again"),
        );
    }
    let rows = match args.no_counts {
        true => Default::default(),
        false => rows::count_all(db, &schema).await?,
    };
    let set = app.set()?;
    let ours = !db.history.applied.is_empty();
    let about = About {
        title: args.title.clone().unwrap_or_else(|| set.name.to_owned()),
        // A database without our history may be anything.
        about: ours.then(|| set.about.to_owned()),
        descriptions: if ours {
            set.descriptions()
        } else {
            Default::default()
        },
        set: set.name.to_owned(),
        kind: db.dialect().backend().label(),
        tenant_table: set.tenant_table.to_owned(),
        tenant_column: set.tenant_column.to_owned(),
        applied: db.history.applied.len(),
        pending: Survey::new(source, &db.history).pending().count(),
        latest: db.history.applied.keys().next_back().cloned(),
        counted: !args.no_counts,
    };
    Ok(Page::new(about, &schema, &rows))
}
