//! `saasdb check`: what a pipeline runs before a deployment and against a live database.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{App, closing, millis, must_exist, schema_must_exist};
use crate::checks::{self, CHECKS, LintScope, Look, Settings};
use crate::config::{Color, Format};
use crate::engine::apply::Observer;
use crate::engine::operate::check_set;
use crate::engine::words::closest;
use crate::engine::{BOTH, Database, Error, Exit, Open, Result, Source};
use crate::files::{self, Wanted};
use crate::report::checks::{CheckReport, Form, List};
use crate::report::{self, Place};
use crate::ui::{Ui, Verbosity};

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 nothing found, 3 only pending migrations, 4 findings, 1 could not check.\n\
Severities, known objects and the application's role: section [checks] of saasdb.toml.\n\
A finding in a migration is excused in its source: // saasdb:allow RULE: reason\n\
Before a commit: saasdb check lint --since VERSION --assume-rows 100000")]
pub struct Args {
    /// Checks to run [default: all that --list shows without a remark]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// text, json, junit, sarif or github
    // Takes the place of the global option, which has the same name.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Write the result to a file too, in that form; may be given several times
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<String>,
    /// lint: look at all migrations from this one on, applied or not
    #[arg(long, value_name = "VERSION")]
    pub since: Option<String>,
    /// lint: as if every table that a migration finds held so many rows
    #[arg(long, value_name = "N")]
    pub assume_rows: Option<u64>,
    /// Show all checks and rules
    #[arg(long, conflicts_with_all = ["names", "report", "since", "assume_rows"])]
    pub list: bool,
}

impl Args {
    /// Whether a database is looked at.
    pub fn needs_database(&self) -> bool {
        !self.list
    }

    fn names(&self) -> Result<Vec<&'static str>> {
        let known: Vec<&'static str> = CHECKS.iter().map(|c| c.name()).collect();
        let one = |name: &String| {
            known.iter().copied().find(|k| k == name).ok_or_else(|| {
                let there = format!("there are: {}", known.join(", "));
                Error::usage(format!("no check is called `{name}`")).hint(
                    match closest(name, &known) {
                        Some(close) => format!("did you mean `{close}`? {there}"),
                        None => there,
                    },
                )
            })
        };
        self.names.iter().map(one).collect()
    }

    fn form(&self, app: &App) -> Result<Form> {
        match (&self.format, app.config.format) {
            (Some(name), _) => form(name),
            (None, Format::Json) => Ok(Form::Json),
            (None, Format::Text) => Ok(Form::Text),
        }
    }

    fn reports(&self) -> Result<Vec<(Form, PathBuf)>> {
        let one = |text: &String| match text.split_once('=') {
            Some((name, file)) if !file.is_empty() => Ok((form(name)?, PathBuf::from(file))),
            _ => Err(Error::usage(format!("`--report {text}` names no file"))
                .hint("for example `--report sarif=saasdb.sarif`")),
        };
        self.report.iter().map(one).collect()
    }
}

fn form(name: &str) -> Result<Form> {
    Form::named(name).ok_or_else(|| {
        let known: Vec<&str> = Form::ALL.iter().map(|(name, _)| *name).collect();
        Error::usage(format!("`{name}` is no form of a result"))
            .hint(format!("known: {}", known.join(", ")))
    })
}

/// The file, however its folder is spelled.
fn place(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    folder.join(path.file_name().unwrap_or_default())
}

/// Refuses to write a report over a file that is none: pipelines write theirs again and again, and
/// nothing else may be lost to a slip in the command line.
fn may_write(form: Form, path: &Path) -> Result<()> {
    let there = match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => Err(e),
        Ok(meta) if meta.is_file() => fs::read(path).map(Some),
        // A link would be replaced, and a folder or device is no report.
        Ok(_) => Ok(None),
    };
    let there = there.map_err(|e| {
        Error::usage(format!("cannot read {}", path.display())).because(e.to_string())
    })?;
    let is_report = there.is_some_and(|bytes| {
        bytes.is_empty() || std::str::from_utf8(&bytes).is_ok_and(|text| form.wrote(text))
    });
    if is_report {
        return Ok(());
    }
    let (name, _) = Form::ALL[form as usize];
    Err(Error::refused(format!(
        "{} is not a {name} report of saasdb",
        path.display()
    ))
    .because("`--report` replaces earlier reports only; nothing was written")
    .hint("choose another file, or delete this one first"))
}

/// Checks.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    let mut settings = Settings::read(&app.config.checks)?;
    settings.lint = LintScope {
        since: args.since.clone(),
        assume_rows: args.assume_rows,
    };
    if args.list {
        args.form(app)?;
        report::emit(&app.ui, &List::new(&settings));
        return Ok(Exit::Done);
    }
    let (names, form, reports) = (args.names()?, args.form(app)?, args.reports()?);
    for (i, (form, path)) in reports.iter().enumerate() {
        if reports[..i]
            .iter()
            .any(|(_, other)| place(other) == place(path))
        {
            return Err(Error::usage(format!(
                "two reports are to be written to {}",
                path.display()
            )));
        }
        may_write(*form, path)?;
    }
    // Statements can be read without a database; then nothing is known of it but its kind.
    let only_reads_statements = names == ["lint"] && args.assume_rows.is_some();
    if !only_reads_statements {
        must_exist(app)?;
    }
    let start = Instant::now();
    let source = app.render(&BOTH).await?;
    let mut db = app.open(Open::Look, "check").await?;
    let outcome = check(app, &mut db, &source, &settings, &names).await;
    let checks = closing(db, outcome).await?;
    let verbose = app.ui.verbosity == Verbosity::Verbose;
    let report = CheckReport {
        place: Place::from(&app.config.target),
        set: source.set,
        checks,
        duration_ms: millis(start),
        // Who names a check wants all that it has to say.
        with_notes: verbose || !names.is_empty(),
    };
    let plain = Ui::new(app.config.format, Color::Never, app.ui.verbosity);
    for (form, path) in reports {
        let mut text = report.render(form, &plain, verbose);
        text.push('\n');
        let file = [Wanted {
            path,
            content: text,
        }];
        let states = files::look(&file)?;
        files::write(&file, &states)?;
    }
    let quiet = form == Form::Text && app.ui.verbosity == Verbosity::Quiet;
    if !(quiet && report.exit() == Exit::Done) {
        app.ui.out(&report.render(form, &app.ui, verbose));
    }
    Ok(report.exit())
}

async fn check(
    app: &App,
    db: &mut Database,
    source: &Source,
    settings: &Settings,
    names: &[&'static str],
) -> Result<Vec<checks::Checked>> {
    schema_must_exist(db)?;
    check_set(db, source)?;
    let mut look = Look::new(db, source, app.set()?, settings);
    look.environment = app.config.environment;
    let started = |name: &'static str| app.ui.working(Some(format!("checking {name}")));
    let outcome = checks::run(&mut look, names, &started).await;
    app.ui.working(None);
    outcome
}
