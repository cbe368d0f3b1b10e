//! One database at work: connecting, looking, locking.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::attend::Attention;
use super::error::{Error, Exit, Result};
use super::history::{self, History};
use super::interrupt::Interrupt;
use super::migration::Source;
use super::send;
use crate::dialect::{
    Cause, ConnectOptions, Dialect, Facts, Holder, ResultSet, Session, SqlError, Target,
};
use crate::schema::{Difference, Schema, respelled};

/// Time limits of a run.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long to keep trying to connect (`--wait`).
    pub wait: Duration,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// For how long a server may give no sign of life while it works (`--network-timeout`); zero for
    /// ever.
    pub network_timeout: Duration,
    /// How long to wait for another runner (`--lock-timeout`).
    pub lock_timeout: Duration,
    /// How long one statement waits for a table lock.
    pub ddl_lock_timeout: Duration,
    /// For how long a statement that was refused a table lock is tried again (`--ddl-retry-for`).
    pub ddl_retry_for: Duration,
}

/// An open database.
pub struct Database {
    /// Where it is.
    pub target: Target,
    /// What is there, as of the last look.
    pub facts: Facts,
    /// What is recorded there, as of the last look.
    pub history: History,
    /// Time limits.
    pub limits: Limits,
    /// Whether the user asked to stop.
    pub interrupt: Interrupt,
    /// The SQLite file was made by this connection.
    pub created: bool,
    /// What somebody changed by hand before this run, which the next snapshot must not forget.
    pub kept_drift: Option<super::keep_drift::Kept>,
    pub(super) session: Box<dyn Session>,
    pub(super) lock: Option<String>,
    /// What the server calls this session in its list.
    pub(super) application: String,
    /// The connection was given up; nothing more comes from it.
    pub(super) lost: bool,
}

/// How to open a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// It must be there.
    Existing,
    /// SQLite: make the file where it is missing.
    Create,
    /// To read only: a missing SQLite file counts as an empty database and stays missing.
    Look,
}

impl Database {
    /// Connects and looks around. `command` is what other sessions see of this one.
    ///
    /// # Errors
    /// When the database cannot be reached within the limits, is too old, or is no database.
    pub async fn open(
        target: &Target,
        mode: Open,
        command: &str,
        limits: &Limits,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let dialect = target.backend.dialect();
        let missing = dialect.exists(target) == Some(false);
        let options = ConnectOptions {
            application: application(command),
            ddl_lock_timeout: limits.ddl_lock_timeout,
            connect_timeout: limits.connect_timeout,
            create: mode == Open::Create,
            read_only: mode == Open::Look,
        };
        let session = if missing && mode == Open::Look {
            let memory =
                Target::parse("sqlite::memory:").map_err(|e| Error::failed(e.to_string()))?;
            dialect.connect(&memory, &options).await
        } else {
            connect(target, &options, limits).await
        }
        .map_err(|e| unreachable_error(target, &e))?;
        let mut database = Self {
            target: target.clone(),
            facts: Facts::default(),
            history: History::default(),
            limits: limits.clone(),
            interrupt: interrupt.clone(),
            created: missing && mode == Open::Create,
            kept_drift: None,
            session,
            lock: None,
            application: options.application,
            lost: false,
        };
        database.look().await?;
        if let Some(name) = &database.facts.database {
            // The name that `--confirm` asks for and that the lock is for: a URL can say
            // `?dbname=` after another one, and MySQL may fold its case.
            database.target.name.clone_from(name);
        }
        if let Some(why) = dialect.unsupported(&database.facts.server_version) {
            return Err(Error::failed("the server is too old")
                .on(target)
                .because(format!("it is version {}", database.facts.server_version))
                .because(why)
                .hint("upgrade the server; nothing was changed"));
        }
        Ok(database)
    }

    /// The dialect.
    pub fn dialect(&self) -> &'static dyn Dialect {
        self.target.backend.dialect()
    }

    /// What was changed by hand before this run, where it looked.
    pub fn drift_found(&self) -> Vec<Difference> {
        let kept = self.kept_drift.as_ref();
        kept.map(|kept| kept.differences.clone())
            .unwrap_or_default()
    }

    /// Reads facts and history anew.
    ///
    /// # Errors
    /// When they cannot be read, or the history table is not sea-orm's.
    pub async fn look(&mut self) -> Result<()> {
        let dialect = self.dialect();
        let results = self
            .run(dialect.facts_script())
            .await
            .map_err(|e| unreachable_error(&self.target, &e))?;
        self.facts = dialect.facts(&results);
        if self.facts.folds_tables {
            for name in &mut self.facts.relations {
                *name = respelled(name, &self.target.tables).to_owned();
            }
        }
        self.check_withheld().await?;
        self.check_readable()?;
        if self.lock.is_some() {
            self.check_writable()?;
        }
        self.history = match History::read_script(dialect, &self.facts) {
            None => History::default(),
            Some(script) => {
                let results = self.run(&script).await.map_err(|e| {
                    if e.cause == Cause::Undefined {
                        Error::failed("a history table has other columns than expected")
                            .on(&self.target)
                            .because(e.to_string())
                            .hint(format!(
                                "is {}, {} or {} another program's table? nothing was changed",
                                history::SEAORM,
                                history::COMPANION,
                                history::META
                            ))
                    } else {
                        Error::sql("the history cannot be read", &e).on(&self.target)
                    }
                })?;
                History::read(&self.facts, &results).map_err(|why| {
                    Error::failed("a history table has other contents than expected")
                        .on(&self.target)
                        .because(why)
                        .hint("is it another program's table? nothing was changed")
                })?
            }
        };
        // Before the first run there is no table for a note.
        if self.lock.is_some() && self.facts.relations.iter().any(|r| r == history::META) {
            self.session.note_holder().await;
        }
        Ok(())
    }

    /// Runs a query of our own, whose failure is described by `what`.
    ///
    /// # Errors
    /// The database's.
    pub async fn query(&mut self, what: &str, script: &str) -> Result<Vec<ResultSet>> {
        self.run(script)
            .await
            .map_err(|e| Error::sql(what, &e).on(&self.target))
    }

    /// Runs a script that may have to wait for others; an error comes with the sessions that it waited
    /// for, as far as the database tells.
    ///
    /// # Errors
    /// The database's.
    pub async fn run_watched(
        &mut self,
        script: &str,
    ) -> Result<Vec<ResultSet>, (SqlError, Vec<String>)> {
        let mut blockers = Vec::new();
        let attention = Attention {
            blockers: Some(&mut blockers),
            cancel: false,
        };
        match self.run_with(script, attention).await {
            Ok(results) => Ok(results),
            Err(error) => Err((error, blockers)),
        }
    }

    /// What each transaction must set for itself, because a pooler forgets what a session set.
    pub fn transaction_settings(&self) -> Option<String> {
        self.session.transaction_settings()
    }

    /// Reads the catalogue.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn schema(&mut self) -> Result<Schema> {
        let dialect = self.dialect();
        let results = self.read_patiently(dialect.schema_script()).await?;
        let schema = self.schema_of(&results);
        self.check_shown(&schema).await?;
        Ok(schema)
    }

    /// The catalogue as a value, with the names of tables as they are compared.
    pub(super) fn schema_of(&self, results: &[ResultSet]) -> Schema {
        let mut schema = self.dialect().schema(results);
        if self.facts.folds_tables {
            schema.respell(&self.target.tables);
        }
        schema
    }

    /// Refuses to take for the schema what lacks everything that this role is not shown.
    async fn check_shown(&mut self, schema: &Schema) -> Result<()> {
        let mut tables = schema.tables.values();
        if schema.tables.is_empty() || tables.any(|t| !t.foreign_keys.is_empty()) {
            return Ok(());
        }
        if !self.unseen().await?.iter().any(|kind| kind == "constraint") {
            return Ok(());
        }
        let place = self.dialect().ident(&self.target.name);
        Err(Error::failed("the catalogue is not shown to this role as it is")
            .on(&self.target)
            .because("a role that lacks all privileges but SELECT is shown no foreign keys and checks")
            .hint(format!(
                "let an administrator run GRANT SHOW VIEW ON {place}.* TO it; docs/privileges.md has all \
                 that a reader needs"
            )))
    }

    /// The kinds of objects that this role is not shown in the catalogue.
    ///
    /// # Errors
    /// The database's.
    pub async fn unseen(&mut self) -> Result<Vec<String>> {
        let Some(script) = self.dialect().unseen_script() else {
            return Ok(Vec::new());
        };
        let what = "the role's privileges cannot be read";
        let rows = self
            .query(what, script)
            .await?
            .into_iter()
            .flat_map(|r| r.rows);
        Ok(rows.filter_map(|row| row.into_iter().next()?).collect())
    }

    /// Adds to the catalogue those of the tables that are in other schemas.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn look_elsewhere(
        &mut self,
        schema: &mut Schema,
        tables: impl IntoIterator<Item = &str>,
    ) -> Result<()> {
        let names: BTreeSet<&str> = tables
            .into_iter()
            .filter(|t| t.contains('.') && schema.table(t).is_none())
            .collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let d = self.dialect();
        if let (false, Some(script)) = (names.is_empty(), d.elsewhere_script(&names)) {
            let results = self.read_patiently(&script).await?;
            let found = d.schema(&results);
            schema.elsewhere.extend(found.tables);
            schema.inbound.extend(found.inbound);
        }
        Ok(())
    }

    /// Reads all columns: `(table, column)`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn columns(&mut self) -> Result<Vec<(String, String)>> {
        let results = self.read_patiently(self.dialect().columns_script()).await?;
        Ok(results
            .into_iter()
            .flat_map(|r| r.rows)
            .filter_map(|row| {
                let mut row = row.into_iter();
                let (table, column) = (row.next()??, row.next()??);
                let table = match self.facts.folds_tables {
                    true => respelled(&table, &self.target.tables).to_owned(),
                    false => table,
                };
                Some((table, column))
            })
            .collect())
    }

    /// Reads the catalogue; waits for whoever is changing it.
    pub(super) async fn read_patiently(&mut self, script: &str) -> Result<Vec<ResultSet>> {
        send::patiently(self, script, false)
            .await
            .map_err(|(e, blockers)| {
                Error::sql("the catalogue cannot be read", &e)
                    .on(&self.target)
                    .blocked_by(blockers)
            })
    }

    /// Takes the runner's lock for a schema set, and looks again under it. Waits for another
    /// runner as long as the limits say; `waiting` is told once who that is.
    ///
    /// # Errors
    /// Exit code 5 when another runner keeps it; whatever [`Database::look`] finds.
    pub async fn lock(&mut self, source: &Source, waiting: &dyn Fn(&Holder)) -> Result<()> {
        let url = self
            .target
            .read_only
            .then(|| "its URL says so (mode=ro)".to_owned());
        if let Some(why) = self.facts.read_only.as_ref().or(url.as_ref()) {
            return Err(Error::failed("the database is read-only")
                .on(&self.target)
                .because(why.clone())
                .hint("connect to a server and file that may write"));
        }
        if let Some((why, hint)) = self.dialect().hazard(&self.target) {
            return Err(Error::refused("it is not safe to write there")
                .on(&self.target)
                .because(why)
                .because("nothing was changed")
                .hint(hint));
        }
        let key = self.lock_key(source.set);
        let start = Instant::now();
        let mut pause = Duration::from_millis(10);
        let mut told = false;
        loop {
            self.interrupt.check()?;
            let (mut line, session) = self.line();
            let asking = session.try_lock(&key);
            let got = line
                .attend(asking, Attention::default())
                .await
                .map_err(|e| Error::sql("the lock cannot be taken", &e).on(&self.target))?;
            if got {
                self.lock = Some(key);
                break;
            }
            if start.elapsed() >= self.limits.lock_timeout {
                return Err(self.lock_held(&key).await);
            }
            if !told && start.elapsed() > Duration::from_millis(500) {
                told = true;
                if let Some(holder) = self.lock_holder(&key).await {
                    waiting(&holder);
                }
            }
            tokio::time::sleep(pause.min(self.limits.lock_timeout.saturating_sub(start.elapsed())))
                .await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
        // What was true before the lock may not be any more.
        self.look().await?;
        self.hide_history().await
    }

    async fn lock_held(&mut self, key: &str) -> Error {
        let error = Error::new(Exit::LockHeld, "another run holds the lock").on(&self.target);
        let error = match self.lock_holder(key).await {
            Some(holder) => error.because(describe(&holder)),
            None => error,
        };
        error
            .because(format!("waited {}", seconds(self.limits.lock_timeout)))
            .hint("wait for it to end, or give `--lock-timeout` more; a killed run frees the lock by itself")
    }
}

/// Makes the database where it is missing; true if it was.
///
/// # Errors
/// When the server cannot be reached or the role may not.
pub async fn create(target: &Target, limits: &Limits) -> Result<bool> {
    let options = ConnectOptions {
        application: application("setup"),
        ddl_lock_timeout: limits.ddl_lock_timeout,
        connect_timeout: limits.connect_timeout,
        create: true,
        read_only: false,
    };
    let start = Instant::now();
    loop {
        let making = target.backend.dialect().create_database(target, &options);
        match limited(making, limits).await {
            Ok(made) => return Ok(made),
            Err(e) if e.cause == Cause::Unreachable && start.elapsed() < limits.wait => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(e) => return Err(unreachable_error(target, &e)),
        }
    }
}

/// Making an empty database is quick: who does not answer for so long is gone.
async fn limited<T>(
    work: impl Future<Output = Result<T, SqlError>>,
    limits: &Limits,
) -> Result<T, SqlError> {
    if limits.network_timeout.is_zero() {
        return work.await;
    }
    let limit = limits.connect_timeout * 2 + limits.network_timeout;
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| Err(SqlError::local(Cause::Unreachable, "no answer")))
}

async fn connect(
    target: &Target,
    options: &ConnectOptions,
    limits: &Limits,
) -> Result<Box<dyn Session>, SqlError> {
    let start = Instant::now();
    loop {
        match target.backend.dialect().connect(target, options).await {
            Err(e) if e.cause == Cause::Unreachable && start.elapsed() < limits.wait => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            #[cfg(feature = "faults")]
            Ok(session) => return Ok(crate::dialect::faults::around(session, target.backend)),
            other => return other,
        }
    }
}

fn unreachable_error(target: &Target, error: &SqlError) -> Error {
    let what = match error.cause {
        Cause::Authentication => "the server refused user or password",
        Cause::NoDatabase => "the database does not exist",
        Cause::NotADatabase => "the file is not a SQLite database",
        Cause::Unreachable => "the server cannot be reached",
        Cause::Permission => "the database may not be opened or made",
        _ => "the database cannot be used",
    };
    let built = Error::sql(what, error).on(target);
    match error.cause {
        Cause::NoDatabase => built.hint(target.backend.dialect().missing_hint()),
        Cause::Permission => built.hint(target.backend.dialect().permission_hint()),
        _ => built,
    }
}

/// What the server's process list shows: at most 63 bytes on PostgreSQL.
fn application(command: &str) -> String {
    let text = format!(
        "saasdb {command} (pid {} on {})",
        std::process::id(),
        host()
    );
    // As PostgreSQL writes it, or it would not be found there again.
    let plain = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
    text.chars().map(plain).take(63).collect()
}

/// The name of this machine, for records and messages.
pub fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|h| h.trim().to_owned())
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .unwrap_or_else(|| "unknown host".to_owned())
}

/// `user@host`, for the history.
pub fn who() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|v| std::env::var(v).ok())
        .unwrap_or_else(|| "unknown".to_owned());
    let mut text = format!("{user}@{}", host());
    while text.len() > 200 {
        text.pop();
    }
    text
}

/// `held by X since T`.
pub fn describe(holder: &Holder) -> String {
    match &holder.since {
        Some(since) => format!("held by {} since {since}", holder.who),
        None => format!("held by {}", holder.who),
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
