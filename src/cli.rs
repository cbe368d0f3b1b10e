//! The command line: its words and global options. What each verb does is in `commands`.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};

use crate::commands::{
    baseline, check, diff, docs, down, drill, dump, export, fresh, module, organization, plan,
    redo, repair, seed, sets, setup, status, subscription, up, verify, versions,
};

/// Migrations and seeds for multi-tenant SaaS databases.
#[derive(Debug, Parser)]
#[command(
    name = "saasdb",
    version,
    about = "Migrations and seeds for multi-tenant SaaS databases",
    after_help = "Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 pending migrations,\n\
                  4 findings, 5 lock held by another run, 6 refused (safety, plan),\n\
                  130/143 interrupted.\n\
                  With nothing configured: set core, environment dev, SQLite file saasdb.db here.",
    disable_help_subcommand = true,
    max_term_width = 80
)]
pub struct Cli {
    /// Global options.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every verb takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Database: sqlite:FILE, postgres://…, mysql://… [env: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Schema set [env: SAASDB_SET]
    #[arg(long, global = true, value_name = "NAME")]
    pub set: Option<String>,
    /// PostgreSQL schema for the set [env: SAASDB_SCHEMA]
    #[arg(long, global = true, value_name = "NAME")]
    pub schema: Option<String>,
    /// dev, test, staging or production [env: SAASDB_ENV]
    #[arg(long, global = true, value_name = "ENV")]
    pub env: Option<String>,
    /// Settings file [default: saasdb.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<String>,
    /// auto, always or never
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<String>,
    /// Keep trying to connect for so long, e.g. 30s
    #[arg(long, global = true, value_name = "TIME")]
    pub wait: Option<String>,
    /// Wait for another run for so long
    #[arg(long, global = true, value_name = "TIME")]
    pub lock_timeout: Option<String>,
    /// Try again for so long while a table is locked
    #[arg(long, global = true, value_name = "TIME")]
    pub ddl_retry_for: Option<String>,
    /// Give up when nothing was heard for so long
    #[arg(long, global = true, value_name = "TIME")]
    pub network_timeout: Option<String>,
    /// Go ahead without asking
    #[arg(long, global = true)]
    pub yes: bool,
    /// Confirm on a production database by its name
    #[arg(long, global = true, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Each migration as it happens
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create the database if missing, migrate, seed, show the status
    Setup(setup::Args),
    /// Show set, database, migrations, seeds and drift at a glance
    Status(status::Args),
    /// Apply, revert and inspect migrations
    #[command(subcommand)]
    Migrate(Migrate),
    /// Revert the last migration (= migrate down --steps 1)
    Rollback(down::RollbackArgs),
    /// Bring seed rows in, take them out, show how they stand
    Seed(seed::Args),
    /// Check the schema and its history, before a deployment and in between
    Check(check::Args),
    /// Switch the modules of organizations on and off, within their plans
    #[command(subcommand)]
    Module(module::Verb),
    /// Look after the subscriptions of organizations
    #[command(subcommand)]
    Subscription(subscription::Verb),
    /// Look at an organization
    #[command(subcommand)]
    Organization(organization::Verb),
    /// Dump, compare and export the schema
    #[command(subcommand)]
    Schema(Schema),
    /// Show the schema sets that there are
    #[command(subcommand)]
    Set(Set),
    /// Kill commands at every statement and see that they recover
    #[command(hide = true)]
    Drill(drill::Args),
}

impl Command {
    /// Whether it works on a database, so that the settings have to name one.
    pub fn needs_database(&self) -> bool {
        match self {
            Self::Set(_) => false,
            Self::Check(args) => args.needs_database(),
            Self::Module(module::Verb::List(args)) => args.organization.is_some(),
            Self::Schema(Schema::Export(args)) => args.needs_database(),
            Self::Schema(Schema::Diff(args)) => args.needs_database(),
            _ => true,
        }
    }
}

/// The verbs of `schema`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Schema {
    /// Write the schema as Cloudflare D1 migrations or as a Mermaid diagram
    Export(export::Args),
    /// Write pages about the schema: HTML with diagram and search, and Markdown
    Docs(docs::Args),
    /// Write the schema as SQL or JSON, to be committed and reviewed
    Dump(dump::Args),
    /// Compare two schemas: databases, dumps or the stored snapshot
    Diff(diff::Args),
}

/// The verbs of `set`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Set {
    /// List all schema sets with their databases, tenants and tables
    List(sets::ListArgs),
    /// Show one schema set with its migrations and seeders
    Show(sets::ShowArgs),
}

/// The verbs of `migrate`.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub enum Migrate {
    /// Apply pending migrations
    Up(up::Args),
    /// Revert migrations
    Down(down::Args),
    /// Show where every version stands
    Status(versions::Args),
    /// Print the SQL that `up` would run
    Plan(plan::Args),
    /// Revert the last migration and apply it again
    Redo(redo::Args),
    /// Drop everything that the set made, then apply all migrations
    Fresh(fresh::FreshArgs),
    /// Revert all migrations
    Reset(fresh::ResetArgs),
    /// Revert all migrations and apply them again
    Refresh(fresh::RefreshArgs),
    /// Adopt what is there already, without running anything
    Baseline(baseline::Args),
    /// Accept edited checksums, drift or another environment
    Repair(repair::Args),
    /// Try all migrations up, down and up again on a scratch database
    Verify(verify::Args),
}

/// Parses how many: a whole number from 1 up.
///
/// # Errors
/// Says so.
pub fn positive(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("how many must be a whole number from 1 up".to_owned()),
    }
}

impl Cli {
    /// What was given, by the key of the setting.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = self.global.settings();
        // There it says what to write, not how to print results.
        let writes = match &self.command {
            Command::Schema(Schema::Export(_) | Schema::Dump(_)) => true,
            Command::Schema(Schema::Diff(args)) => args.format.as_deref() == Some("sql"),
            _ => false,
        };
        settings.retain(|(key, _)| *key != "format" || !writes);
        if matches!(self.command, Command::Check(_)) {
            // Forms that only a result of checks has. Errors are text then.
            settings.retain(|(key, form)| {
                *key != "format" || ["text", "json"].contains(&form.as_str())
            });
        }
        settings
    }
}

impl Global {
    fn settings(&self) -> Vec<(&'static str, String)> {
        [
            ("database_url", &self.database_url),
            ("set", &self.set),
            ("schema", &self.schema),
            ("env", &self.env),
            ("format", &self.format),
            ("color", &self.color),
            ("wait", &self.wait),
            ("lock_timeout", &self.lock_timeout),
            ("ddl_retry_for", &self.ddl_retry_for),
            ("network_timeout", &self.network_timeout),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.clone()?)))
        .collect()
    }
}
