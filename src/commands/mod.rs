//! One file for each verb: its arguments, the call into the engine, the report. No SQL.

pub mod baseline;
pub mod check;
mod demo;
pub mod diff;
pub mod docs;
pub mod down;
pub mod drill;
pub mod dump;
pub mod export;
pub mod fresh;
pub mod module;
pub mod organization;
mod organizations;
pub mod plan;
pub mod redo;
pub mod repair;
pub mod seed;
pub mod sets;
pub mod setup;
pub mod status;
pub mod subscription;
pub mod up;
pub mod verify;
pub mod versions;

use std::env::VarError;
use std::time::Instant;

use sea_orm_migration::async_trait::async_trait;

use crate::catalog::{self, SchemaSet};
use crate::cli::{Cli, Command, Migrate, Schema, Set};
use crate::config::Config;
use crate::dialect::Target;
use crate::engine::apply::{Done, Span};
use crate::engine::guard::{self, Consent, Environment};
use crate::engine::losses::Loss;
use crate::engine::operate::{self, Context};
use crate::engine::plan::{Step, UpTarget};
use crate::engine::script;
use crate::engine::seed::{Account, Giver, Hashing};
use crate::engine::{BOTH, Database, Direction, Error, Exit, Interrupt, Open, Result, Source};
use crate::report::Place;
use crate::report::migrations::{Planned, PlannedMigration, Ran};
use crate::schema::Difference;
use crate::ui::Ui;

/// What every verb gets.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The terminal.
    pub ui: Ui,
    /// Whether the user asked to stop.
    pub interrupt: Interrupt,
    /// What the user agreed to beforehand.
    pub consent: Consent,
}

impl App {
    /// The schema set.
    pub fn set(&self) -> Result<&'static SchemaSet> {
        catalog::find(&self.config.set, self.config.target.backend)
    }

    /// The set's migrations for this database, to be applied.
    pub async fn source(&self) -> Result<Source> {
        self.render(&[Direction::Up]).await
    }

    /// The set's migrations for this database, to be applied and reverted.
    pub async fn both_ways(&self) -> Result<Source> {
        self.render(&BOTH).await
    }

    async fn render(&self, directions: &[Direction]) -> Result<Source> {
        let set = self.set()?;
        Source::render(
            set.name,
            self.config.target.backend,
            &set.migrations(),
            directions,
        )
        .await
    }

    /// Opens the database and renders the set's migrations while the server is answering.
    pub async fn open_with_source(&self, mode: Open, command: &str) -> Result<(Source, Database)> {
        // A set that does not exist must not leave a new file behind.
        self.set()?;
        let (db, source) = tokio::join!(self.open(mode, command), self.source());
        match (db, source) {
            (Ok(db), Ok(source)) => Ok((source, db)),
            (Ok(db), Err(error)) => closing(db, Err(error)).await,
            (Err(error), _) => Err(error),
        }
    }

    /// The database, with the tables that the set has there.
    pub fn target(&self) -> Target {
        let mut target = self.config.target.clone();
        if let Ok(set) = self.set() {
            target.tables = set.table_names().map(str::to_owned).collect();
        }
        target
    }

    /// Opens the database.
    pub async fn open(&self, mode: Open, command: &str) -> Result<Database> {
        let db = Database::open(
            &self.target(),
            mode,
            command,
            &self.config.limits,
            &self.interrupt,
        )
        .await?;
        match &self.consent.confirm {
            Some(given) if *given != db.target.name => {
                let error = guard::other_name(given).on(&db.target);
                closing(db, Err(error)).await
            }
            _ => Ok(db),
        }
    }

    /// What operations need.
    pub fn context<'a>(&'a self, source: &'a Source, span: Span) -> Context<'a> {
        Context {
            source,
            environment: self.config.environment,
            span,
            consent: &self.consent,
            asker: &self.ui,
            observer: &self.ui,
        }
    }

    /// The database as results name it.
    pub fn database(&self) -> Place {
        Place::from(&self.config.target)
    }

    /// How seeding comes by passwords in that environment.
    fn hashing(&self, environment: Environment) -> Hashing<'_> {
        if environment.is_disposable() {
            Hashing::documented()
        } else {
            Hashing::given_by(self)
        }
    }

    fn ran(
        &self,
        verb: &'static str,
        migrations: Vec<Done>,
        drift: Vec<Difference>,
        start: Instant,
    ) -> Ran {
        Ran {
            verb,
            database: self.database(),
            migrations,
            drift,
            duration_ms: millis(start),
        }
    }

    /// The report of what steps would do.
    fn planned(
        &self,
        verb: &'static str,
        db: &Database,
        cx: &Context<'_>,
        steps: &[Step],
        losses: Vec<Loss>,
    ) -> Planned {
        let run = cx.run(db, steps);
        Planned {
            verb,
            database: self.database(),
            migrations: steps
                .iter()
                .map(|s| {
                    let migration = &cx.source.migrations[s.index];
                    PlannedMigration {
                        name: migration.name.clone(),
                        direction: s.direction,
                        statements: migration.statements(s.direction).to_vec(),
                    }
                })
                .collect(),
            losses,
            before: Vec::new(),
            script: script::script(db, &run),
        }
    }
}

#[async_trait]
impl Giver for App {
    fn variable(&self, name: &str) -> Result<Option<String>> {
        match std::env::var(name) {
            Ok(password) => Ok(Some(password)),
            Err(VarError::NotPresent) => Ok(self.config.passwords.get(name).map(str::to_owned)),
            Err(VarError::NotUnicode(_)) => {
                Err(Error::usage(format!("the password in {name} is not UTF-8")))
            }
        }
    }

    async fn ask(&self, account: &Account) -> Result<Option<String>> {
        if !self.consent.interactive || self.consent.yes {
            return Ok(None);
        }
        tokio::select! {
            answer = self.ui.ask_password(account) => Ok(answer),
            error = self.interrupt.heard() => {
                // What comes next is not to stand behind the question.
                self.ui.message("");
                Err(error)
            }
        }
    }
}

/// Milliseconds since `start`.
fn millis(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// How far `up` goes, from `--steps` and `--to`.
fn up_target(steps: Option<u32>, to: Option<&str>) -> UpTarget {
    match (steps, to) {
        (Some(n), _) => UpTarget::Steps(n as usize),
        (None, Some(version)) => UpTarget::To(version.to_owned()),
        (None, None) => UpTarget::All,
    }
}

/// What a transaction spans, from `--transaction` and the settings.
fn span(app: &App, flag: Option<&str>) -> Span {
    match flag {
        Some("run") => Span::Run,
        Some(_) => Span::Migration,
        None => app.config.transaction,
    }
}

/// Closes the database and passes the outcome on, so that the lock is given back on every path.
async fn closing<T>(db: Database, outcome: Result<T>) -> Result<T> {
    db.close().await;
    outcome
}

/// Before a missing SQLite file is made: whether what was asked for can be done at all. On an empty
/// database only a version can be wrong.
async fn precheck(app: &App, target: &UpTarget, span: Span) -> Result<()> {
    let there = &app.config.target;
    if !matches!(target, UpTarget::To(_)) || there.backend.dialect().exists(there) != Some(false) {
        return Ok(());
    }
    let (source, mut db) = app.open_with_source(Open::Look, "migrate up").await?;
    let cx = app.context(&source, span);
    let outcome = operate::preview_up(&mut db, &cx, target, false).await;
    closing(db, outcome).await.map(drop)
}

/// A missing SQLite file where there must be something to work on.
fn must_exist(app: &App) -> Result<()> {
    let target = &app.config.target;
    if target.backend.dialect().exists(target) == Some(false) {
        return Err(Error::failed("the database does not exist")
            .on(target)
            .because("there is no such file")
            .hint("make it with `saasdb setup` or `saasdb migrate up`"));
    }
    Ok(())
}

/// A missing schema where there must be something to work on.
fn schema_must_exist(db: &Database) -> Result<()> {
    if db.schema_missing() {
        return Err(Error::failed("the schema does not exist")
            .on(&db.target)
            .hint("make it with `saasdb setup` or `saasdb migrate up`"));
    }
    Ok(())
}

/// Runs the verb.
///
/// # Errors
/// Whatever it finds.
pub async fn run(cli: &Cli, app: &App) -> Result<Exit> {
    match &cli.command {
        Command::Setup(args) => setup::run(args, app).await,
        Command::Status(args) => status::run(args, app).await,
        Command::Rollback(args) => down::rollback(args, app).await,
        Command::Check(args) => check::run(args, app).await,
        Command::Seed(args) => seed::run(args, app).await,
        Command::Module(verb) => module::run(verb, app).await,
        Command::Subscription(verb) => subscription::run(verb, app).await,
        Command::Organization(verb) => organization::run(verb, app).await,
        Command::Schema(Schema::Export(args)) => export::run(args, app).await,
        Command::Schema(Schema::Docs(args)) => docs::run(args, app).await,
        Command::Schema(Schema::Dump(args)) => dump::run(args, app).await,
        Command::Schema(Schema::Diff(args)) => diff::run(args, app).await,
        Command::Set(Set::List(args)) => sets::list(args, app).await,
        Command::Set(Set::Show(args)) => sets::show(args, app).await,
        Command::Drill(args) => drill::run(args, cli.global.set.as_deref(), app).await,
        Command::Migrate(verb) => match verb {
            Migrate::Up(args) => up::run(args, app).await,
            Migrate::Down(args) => down::run(args, app).await,
            Migrate::Status(args) => versions::run(args, app).await,
            Migrate::Plan(args) => plan::run(args, app).await,
            Migrate::Redo(args) => redo::run(args, app).await,
            Migrate::Fresh(args) => fresh::fresh(args, app).await,
            Migrate::Reset(args) => fresh::reset(args, app).await,
            Migrate::Refresh(args) => fresh::refresh(args, app).await,
            Migrate::Baseline(args) => baseline::run(args, app).await,
            Migrate::Repair(args) => repair::run(args, app).await,
            Migrate::Verify(args) => verify::run(args, app).await,
        },
    }
}
