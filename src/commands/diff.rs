//! `saasdb schema diff`: what leads from one schema to another.

use super::App;
use crate::dialect::Backend;
use crate::engine::sides::{Opener, SNAPSHOT, Side};
use crate::engine::{Error, Exit, Result};
use crate::report::{self, diff::Diff};
use crate::schema::compare;

/// Arguments of `schema diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A side is a database's URL, a file that `schema dump` wrote (SQL of SQLite,\n\
JSON of any), or `snapshot`: the schema as the last run left it.\n\
With --format sql: the statements that lead from A to B.")]
pub struct Args {
    /// What to begin with
    pub a: String,
    /// What to end with
    pub b: String,
    /// text, json or sql
    // Takes the place of the global option, which has the same name.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// End with 4 if they differ
    #[arg(long)]
    pub exit_code: bool,
}

impl Args {
    /// Whether the settings have to name a database.
    pub fn needs_database(&self) -> bool {
        [&self.a, &self.b].iter().any(|side| *side == SNAPSHOT)
    }
}

/// Compares.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let opener = Opener {
        target: &app.config.target,
        limits: &app.config.limits,
        interrupt: &app.interrupt,
    };
    let a = opener.read(&args.a).await?;
    let b = opener.read(&args.b).await?;
    let (kind, other) = (&a.schema.product, &b.schema.product);
    if kind != other {
        return Err(Error::usage("the two are of different kinds of databases")
            .because(format!("A is {kind}, B is {other}"))
            .hint("types and statements of one mean nothing to the other"));
    }
    let differences = compare(&a.schema, &b.schema);
    let differ = !differences.is_empty();
    if args.format.as_deref() == Some("sql") {
        write_sql(app, &a, &b)?;
    } else {
        report::emit(
            &app.ui,
            &Diff {
                from: a.name,
                to: b.name,
                differences,
            },
        );
    }
    Ok(match args.exit_code && differ {
        true => Exit::Findings,
        false => Exit::Done,
    })
}

fn write_sql(app: &App, a: &Side, b: &Side) -> Result<()> {
    let product = &a.schema.product;
    let Some(backend) = Backend::of_product(product) else {
        return Err(Error::usage(format!("`{product}` is no kind of database")));
    };
    let ddl = backend.dialect().ddl();
    let statements = ddl.statements(&a.schema, &b.schema);
    if !statements.is_empty() {
        app.ui.out(ddl.script(&statements).trim_end());
    }
    Ok(())
}
