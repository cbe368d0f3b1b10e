//! Scratch databases of a command: made, and removed on every path.

use super::database::{Database, Limits, Open};
use super::error::{Error, Result};
use super::interrupt::Interrupt;
use crate::dialect::{Backend, Cause, ConnectOptions, Made, Target};

/// What scratch database is wanted.
pub(super) struct Wanted<'a> {
    /// What its name begins with; a random number follows. A run that was killed leaves one behind.
    pub prefix: &'a str,
    /// The command, for the server's process list.
    pub command: &'a str,
    /// The kind that it has to be of.
    pub backend: Backend,
    /// The database on whose server it is made, and whose schema it uses.
    pub target: &'a Target,
    /// Where it is made instead: on the server of that URL, or the SQLite file that it names, which
    /// may not be there yet.
    pub scratch_url: Option<&'a Target>,
    /// Time limits.
    pub limits: &'a Limits,
}

/// A scratch database.
pub(super) struct Scratch {
    made: Made,
    /// Where it is, in the schema that was chosen.
    pub target: Target,
    beside: Target,
    options: ConnectOptions,
}

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// When the server cannot be reached, the role may not make databases, or the file that was named
    /// is there already.
    pub(super) async fn make(wanted: &Wanted<'_>) -> Result<Self> {
        let beside = wanted.scratch_url.unwrap_or(wanted.target);
        let d = beside.backend.dialect();
        if beside.backend != wanted.backend {
            return Err(
                Error::usage("the scratch database would be of another kind")
                    .on(beside)
                    .because(format!(
                        "the migrations are rendered for {}",
                        wanted.backend.label()
                    ))
                    .hint("give `--scratch-url` a URL of the same kind as the database's"),
            );
        }
        let options = ConnectOptions {
            application: format!("saasdb {} (pid {})", wanted.command, std::process::id()),
            ddl_lock_timeout: wanted.limits.ddl_lock_timeout,
            connect_timeout: wanted.limits.connect_timeout,
            create: false,
            read_only: false,
        };
        let named = wanted.scratch_url.filter(|url| url.file.is_some());
        let made = match named {
            Some(file) if d.exists(file) == Some(true) => {
                return Err(Error::refused("the scratch database is there already")
                    .on(file)
                    .because("it would be filled, and removed in the end")
                    .hint("name a file that is not there yet"));
            }
            Some(file) => Made::at(file.clone()),
            None => {
                let random = uuid::Uuid::new_v4().simple().to_string();
                let name = format!("{}{}", wanted.prefix, &random[..16]);
                let made = d.scratch().make(beside, &name, &options).await;
                made.map_err(|error| {
                    let failed = Error::sql("no scratch database can be made", &error).on(beside);
                    match error.cause {
                        Cause::Permission => {
                            failed.hint(d.scratch().permission_hint(wanted.prefix))
                        }
                        _ => failed,
                    }
                })?
            }
        };
        let mut target = made.target.clone();
        target.schema.clone_from(&wanted.target.schema);
        Ok(Self {
            made,
            target,
            beside: beside.clone(),
            options,
        })
    }

    /// Opens it, empty as it has to be.
    ///
    /// # Errors
    /// When it cannot be opened, or what was opened is another database.
    pub(super) async fn open(&self, wanted: &Wanted<'_>) -> Result<Database> {
        let mut db = self.open_again(wanted).await?;
        if !db.facts.relations.is_empty() {
            return Err(self.elsewhere(&db));
        }
        if let Some(statement) = db.dialect().scratch().hurry() {
            db.query("the session cannot be set up", statement).await?;
        }
        Ok(db)
    }

    /// Opens it, whatever is in it by now.
    ///
    /// # Errors
    /// When it cannot be opened, or what was opened is another database.
    pub(super) async fn open_again(&self, wanted: &Wanted<'_>) -> Result<Database> {
        // What cuts this short is the caller, who drops it.
        let unheard = Interrupt::default();
        let (target, limits) = (&self.target, wanted.limits);
        let db = Database::open(target, Open::Create, wanted.command, limits, &unheard).await?;
        match db.target.name == target.name {
            true => Ok(db),
            false => Err(self.elsewhere(&db)),
        }
    }

    fn elsewhere(&self, db: &Database) -> Error {
        Error::refused("this is not the scratch database")
            .on(&db.target)
            .because(format!("{} was expected, empty", self.target.name))
            .hint("an option of the URL, or a pooler, leads elsewhere")
    }

    /// Removes it, or leaves it where that was asked for, and passes the outcome on.
    ///
    /// # Errors
    /// The outcome's; when it cannot be removed.
    pub(super) async fn end<T>(self, keep: bool, outcome: Result<T>) -> Result<T> {
        let place = self.made.target.to_string();
        if keep {
            return outcome
                .map_err(|error| error.because(format!("the scratch database stays: {place}")));
        }
        match (outcome, self.remove().await) {
            (Ok(done), Ok(())) => Ok(done),
            (Err(error), Ok(())) => {
                Err(error.because(format!("the scratch database {place} was removed")))
            }
            (Ok(_), Err(error)) => Err(error),
            (Err(error), Err(also)) => Err(error.because(format!(
                "the scratch database {place} cannot be removed either: {}",
                also.why.join(", ")
            ))),
        }
    }

    /// Removes it, if it is there.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(super) async fn remove(&self) -> Result<()> {
        let d = self.made.target.backend.dialect();
        let removed = d
            .scratch()
            .remove(&self.made, &self.beside, &self.options)
            .await;
        removed.map_err(|error| {
            Error::sql("the scratch database cannot be removed", &error)
                .on(&self.made.target)
                .hint(format!("drop {} by hand", self.made.target.name))
        })
    }
}
