//! `saasdb seed`, `seed status` and `seed undo`.

use std::time::Instant;

use clap::Subcommand;
use seeders::{SeedKind, Seeder};

use super::{App, closing, demo, millis, must_exist, schema_must_exist};
use crate::engine::apply::Observer;
use crate::engine::guard::{self, Environment};
use crate::engine::losses::Loss;
use crate::engine::operate::{self, check_set};
use crate::engine::plan::Survey;
use crate::engine::seed::undo::{self, Within};
use crate::engine::seed::{self, Hashing, Outcome, take_out};
use crate::engine::{Database, Error, Exit, Open, Result, Source};
use crate::report::{
    self,
    seeds::{Seeded, Standings, UndoReport},
};

/// Arguments of `seed`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Demo data is for dev and test. Where no environment is recorded or named and the\n\
                  database holds rows of yours, it is left out, or asked for on a terminal.\n\
                  In staging and production each account that is made gets a password of its\n\
                  own: the one in SAASDB_PASSWORD_ and the account's name in capitals, with _ for\n\
                  all that is no letter or digit (SAASDB_PASSWORD_ADMIN_EXAMPLE_COM); else the\n\
                  one typed on the terminal; else one that is generated and shown once."
)]
pub struct Args {
    #[command(flatten)]
    run: RunArgs,
    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Arguments of `seed run`.
#[derive(Debug, Clone, clap::Args)]
pub struct RunArgs {
    /// Only this seeder (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
}

/// The verbs of `seed`.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring the rows in (the same as `seed`)
    Run(RunArgs),
    /// Show how the rows of each seeder stand
    Status,
    /// Take out the rows that seeding made and nobody changed
    Undo(UndoArgs),
}

/// Arguments of `seed undo`.
#[derive(Debug, Clone, clap::Args)]
pub struct UndoArgs {
    /// Only what this seeder made (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Show what would go; change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the verb.
pub async fn run(args: &Args, app: &App) -> Result<Exit> {
    match &args.verb {
        None => bring_in(&args.run, app).await,
        Some(Verb::Run(run)) => bring_in(run, app).await,
        Some(Verb::Status) => show(app).await,
        Some(Verb::Undo(undo)) => take_out(undo, app).await,
    }
}

/// The seeders that an environment gets, and the names of those that it does not.
pub fn for_environment(
    all: Vec<Box<dyn Seeder>>,
    environment: Environment,
) -> (Vec<Box<dyn Seeder>>, Vec<String>) {
    let (allowed, skipped): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|s| s.kind() == SeedKind::Reference || environment.is_disposable());
    (
        allowed,
        skipped.iter().map(|s| s.name().to_owned()).collect(),
    )
}

async fn bring_in(args: &RunArgs, app: &App) -> Result<Exit> {
    let start = Instant::now();
    let all = seed::pick(app.set()?.seeders(), &args.only)?;
    must_exist(app)?;
    let source = app.source().await?;
    let mut db = app.open(Open::Existing, "seed").await?;
    let outcome = async {
        schema_must_exist(&db)?;
        let environment = guard::environment(&db, app.config.environment)?;
        let (mut seeders, skipped) = for_environment(all, environment);
        // Who names a demo seeder has asked for it.
        let left_out = if args.only.is_empty()
            && check_applied(app, &db, &source).is_ok()
            && !demo::allowed(app, &mut db, &seeders).await?
        {
            demo::leave_out(&mut seeders)
        } else {
            Vec::new()
        };
        if !left_out.is_empty() {
            demo::say_left_out(app, &left_out);
        }
        if !args.only.is_empty() && !skipped.is_empty() {
            return Err(Error::refused(format!(
                "{} brings demo data, which is not for {environment}",
                skipped.join(", ")
            ))
            .on(&db.target)
            .because("demo seeders run in dev and test only")
            .hint("`saasdb seed` without `--only` brings in what this environment gets"));
        }
        let mut hashing = app.hashing(environment);
        let outcomes = write(app, &mut db, &source, &seeders, environment, &mut hashing).await?;
        let skipped = skipped.into_iter().chain(left_out).collect::<Vec<_>>();
        Ok((environment, outcomes, skipped, hashing.given()))
    }
    .await;
    let (environment, seeders, skipped, passwords) = closing(db, outcome).await?;
    let seeded = Seeded {
        database: app.database(),
        environment: environment.as_str(),
        disposable: environment.is_disposable(),
        seeders,
        skipped,
        passwords,
        duration_ms: millis(start),
    };
    report::emit(&app.ui, &seeded);
    Ok(Exit::Done)
}

/// Locks and writes, after making sure that the migrations are applied. Seeders and passwords are
/// those of that environment.
pub async fn write(
    app: &App,
    db: &mut Database,
    source: &Source,
    seeders: &[Box<dyn Seeder>],
    environment: Environment,
    hashing: &mut Hashing<'_>,
) -> Result<Vec<Outcome>> {
    let cx = app.context(source, app.config.transaction);
    let (anchor, known) = seed::anchor(db);
    let prepared = seed::prepare_so_far(seeders, anchor, source, db);
    // Whoever is asked may take a while: not under the lock.
    if hashing.needs_passwords() && check_applied(app, db, source).is_ok() {
        hashing
            .choose(&seed::accounts(db, &prepared).await?)
            .await?;
    }
    if !known {
        hashing.start(prepared.iter().flat_map(|p| &p.tables));
    }
    cx.lock(db).await?;
    check_applied(app, db, source)?;
    check_environment(db, app, environment)?;
    operate::record_environment(db, &cx).await?;
    // Another run may have seeded first; then its day counts.
    let (now, _) = seed::anchor(db);
    let prepared = if now == anchor {
        prepared
    } else {
        seed::prepare_so_far(seeders, now, source, db)
    };
    app.interrupt.check()?;
    app.ui.working(Some("seeding".to_owned()));
    let outcomes = seed::run(db, &prepared, now, hashing).await;
    app.ui.working(None);
    let outcomes = outcomes?;
    db.unlock().await;
    Ok(outcomes)
}

/// Refuses to go on for an environment that another run has made a stricter one meanwhile: which
/// seeders run and which passwords are right depends on it.
fn check_environment(db: &Database, app: &App, before: Environment) -> Result<()> {
    let now = guard::environment(db, app.config.environment)?;
    if now == before {
        return Ok(());
    }
    Err(Error::refused(format!(
        "another run recorded this database as {now}, not {before}"
    ))
    .on(&db.target)
    .hint("run the same command again"))
}

/// Refuses to seed a schema that is not complete, or where an application may stay at an earlier version,
/// not that far.
fn check_applied(app: &App, db: &Database, source: &Source) -> Result<()> {
    check_set(db, source)?;
    let survey = Survey::new(source, &db.history);
    survey.verify().map_err(|e| e.on(&db.target))?;
    let mut missing: Vec<&str> = survey.pending().map(|e| e.name.as_str()).collect();
    if let Some(enough) = app.set()?.enough {
        missing.retain(|name| *name <= enough);
    }
    missing.extend(survey.dirty().map(|e| e.name.as_str()));
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::pending("seeding", &missing)
        .on(&db.target)
        .hint("`saasdb migrate up`, then `saasdb seed`"))
}

async fn show(app: &App) -> Result<Exit> {
    let source = app.source().await?;
    let mut db = app.open(Open::Look, "seed status").await?;
    let outcome = async {
        check_set(&db, &source)?;
        let (now, _) = seed::anchor(&db);
        let prepared = seed::prepare_so_far(&app.set()?.seeders(), now, &source, &db);
        seed::status(&mut db, &prepared).await
    }
    .await;
    let seeders = closing(db, outcome).await?;
    let database = app.database();
    report::emit(&app.ui, &Standings { database, seeders });
    Ok(Exit::Done)
}

async fn take_out(args: &UndoArgs, app: &App) -> Result<Exit> {
    seed::pick(app.set()?.seeders(), &args.only)?;
    must_exist(app)?;
    let source = app.source().await?;
    let mode = if args.dry_run {
        Open::Look
    } else {
        Open::Existing
    };
    let mut db = app.open(mode, "seed undo").await?;
    let outcome = undo_locked(args, app, &mut db, &source).await;
    let tables = closing(db, outcome).await?;
    let database = app.database();
    let dry_run = args.dry_run;
    report::emit(
        &app.ui,
        &UndoReport {
            database,
            dry_run,
            tables,
        },
    );
    Ok(Exit::Done)
}

async fn undo_locked(
    args: &UndoArgs,
    app: &App,
    db: &mut Database,
    source: &Source,
) -> Result<Vec<undo::Undone>> {
    if !args.dry_run {
        schema_must_exist(db)?;
    }
    check_set(db, source)?;
    let first = undo::plan(db, &args.only, &Within::default()).await?;
    // All of it is the seeders' own by construction; production still wants its name.
    let losses: Vec<Loss> = first
        .tables
        .iter()
        .filter(|t| t.deleted > 0)
        .map(|t| Loss {
            table: t.table.clone(),
            column: None,
            rows: t.deleted as u64,
            seeded: t.deleted as u64,
            unknown: false,
        })
        .collect();
    let cx = app.context(source, app.config.transaction);
    if losses.is_empty() || args.dry_run {
        return Ok(first.tables);
    }
    operate::consent(db, &cx, "seed undo", &losses).await?;
    cx.lock(db).await?;
    // Another run may have seeded in the meantime.
    let now = undo::plan(db, &args.only, &Within::default()).await?;
    let tables = take_out::run(db, &args.only, now).await?;
    db.unlock().await;
    Ok(tables)
}
