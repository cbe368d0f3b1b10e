//! The scratch database: made, and removed on every path.

use super::super::database::{Database, Open};
use super::super::error::{Error, Result};
use super::super::interrupt::Interrupt;
use super::{Request, Verified};
use crate::dialect::{Cause, ConnectOptions, Made, Target};

/// What the names of scratch databases begin with; a random number follows. A run that was killed
/// leaves one behind.
pub const PREFIX: &str = "saasdb_verify_";

/// A scratch database.
pub(super) struct Scratch {
    made: Made,
    beside: Target,
    options: ConnectOptions,
}

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// When the server cannot be reached, the role may not make databases, or the file that was named
    /// is there already.
    pub(super) async fn make(request: &Request<'_>) -> Result<Self> {
        let beside = request.scratch_url.unwrap_or(request.target);
        let d = beside.backend.dialect();
        if beside.backend != request.source.backend {
            return Err(
                Error::usage("the scratch database would be of another kind")
                    .on(beside)
                    .because(format!(
                        "the migrations are rendered for {}",
                        request.source.backend.label()
                    ))
                    .hint("give `--scratch-url` a URL of the same kind as the database's"),
            );
        }
        let options = ConnectOptions {
            application: format!("saasdb migrate verify (pid {})", std::process::id()),
            ddl_lock_timeout: request.limits.ddl_lock_timeout,
            connect_timeout: request.limits.connect_timeout,
            create: false,
            read_only: false,
        };
        let named = request.scratch_url.filter(|url| url.file.is_some());
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
                let name = format!("{PREFIX}{}", &random[..16]);
                let made = d.scratch().make(beside, &name, &options).await;
                made.map_err(|error| {
                    let failed = Error::sql("no scratch database can be made", &error).on(beside);
                    match error.cause {
                        Cause::Permission => failed.hint(d.scratch().permission_hint()),
                        _ => failed,
                    }
                })?
            }
        };
        Ok(Self {
            made,
            beside: beside.clone(),
            options,
        })
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it cannot be opened, or what was opened is another database.
    pub(super) async fn open(&self, request: &Request<'_>) -> Result<Database> {
        let mut target = self.made.target.clone();
        target.schema.clone_from(&request.target.schema);
        // What cuts this short is the caller, who drops it.
        let unheard = Interrupt::default();
        let command = "migrate verify";
        let mut db =
            Database::open(&target, Open::Create, command, request.limits, &unheard).await?;
        if db.target.name != self.made.target.name || !db.facts.relations.is_empty() {
            return Err(Error::refused("this is not the scratch database")
                .on(&db.target)
                .because(format!("{} was expected, empty", self.made.target.name))
                .hint("an option of the URL, or a pooler, leads elsewhere"));
        }
        if let Some(statement) = db.dialect().scratch().hurry() {
            db.query("the session cannot be set up", statement).await?;
        }
        Ok(db)
    }

    /// Removes it, or leaves it where that was asked for, and passes the outcome on.
    ///
    /// # Errors
    /// The outcome's; when it cannot be removed.
    pub(super) async fn end(self, keep: bool, outcome: Result<Verified>) -> Result<Verified> {
        let d = self.made.target.backend.dialect();
        let place = self.made.target.to_string();
        if keep {
            return match outcome {
                Ok(verified) => Ok(Verified {
                    kept: true,
                    ..verified
                }),
                Err(error) => Err(error.because(format!("the scratch database stays: {place}"))),
            };
        }
        let removed = d
            .scratch()
            .remove(&self.made, &self.beside, &self.options)
            .await;
        match (outcome, removed) {
            (Ok(verified), Ok(())) => Ok(verified),
            (Err(error), Ok(())) => {
                Err(error.because(format!("the scratch database {place} was removed")))
            }
            (Ok(_), Err(error)) => {
                Err(Error::sql("the scratch database cannot be removed", &error)
                    .on(&self.made.target)
                    .hint(format!("drop {} by hand", self.made.target.name)))
            }
            (Err(error), Err(also)) => Err(error.because(format!(
                "the scratch database {place} cannot be removed either: {also}"
            ))),
        }
    }
}
