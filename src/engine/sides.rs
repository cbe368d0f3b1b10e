//! What a schema is compared with: a database, a dump, or the stored snapshot. All are only read.

use std::path::Path;

use super::drift;
use super::{Database, Error, Interrupt, Limits, Open, Result};
use crate::dialect::{ConnectOptions, Target};
use crate::schema::Schema;
use crate::schema::dump::{self, Dump};

/// The word for the stored snapshot.
pub const SNAPSHOT: &str = "snapshot";

/// One side of a comparison.
pub struct Side {
    /// What people call it; without a password.
    pub name: String,
    /// Its schema.
    pub schema: Schema,
}

/// How sides are opened.
pub struct Opener<'a> {
    /// The database that the settings name, for the snapshot.
    pub target: &'a Target,
    /// How long to wait for servers.
    pub limits: &'a Limits,
    /// Whether the user asked to stop.
    pub interrupt: &'a Interrupt,
}

impl Opener<'_> {
    /// Reads a side: `snapshot`, a database's URL, or a file.
    ///
    /// # Errors
    /// When it cannot be read, or is none of them.
    pub async fn read(&self, what: &str) -> Result<Side> {
        if what == SNAPSHOT {
            return self.snapshot().await;
        }
        if Path::new(what).is_file() {
            return self.file(what).await;
        }
        let target = match Target::parse(what) {
            Ok(target) => target,
            Err(_) if !what.contains(':') => {
                return Err(Error::usage(format!("there is no file {what}")).hint(
                    "a side is a database's URL, a file of `schema dump`, or the word `snapshot`",
                ));
            }
            Err(e) => return Err(Error::usage(e.to_string())),
        };
        let target = match &self.target.schema {
            Some(name) if target.backend.dialect().schemas().is_some() => target
                .in_schema(name)
                .map_err(|e| Error::usage(e.to_string()))?,
            _ => target,
        };
        let mut db = self.open(&target).await?;
        let outcome = live(&mut db).await;
        db.close().await;
        Ok(Side {
            name: target.to_string(),
            schema: outcome?,
        })
    }

    async fn open(&self, target: &Target) -> Result<Database> {
        if target.backend.dialect().exists(target) == Some(false) {
            return Err(Error::failed("the database does not exist")
                .on(target)
                .because("there is no such file"));
        }
        Database::open(
            target,
            Open::Look,
            "schema diff",
            self.limits,
            self.interrupt,
        )
        .await
    }

    async fn snapshot(&self) -> Result<Side> {
        let mut db = self.open(self.target).await?;
        let outcome = match live(&mut db).await {
            Ok(live) => drift::stored(&mut db, &live).await,
            Err(error) => Err(error),
        };
        db.close().await;
        match outcome? {
            Some(schema) => Ok(Side {
                name: format!("snapshot of {}", self.target),
                schema,
            }),
            None => Err(Error::failed("there is no snapshot")
                .on(self.target)
                .because("no run of saasdb left one")
                .hint("`saasdb migrate up` or `saasdb migrate repair --accept-drift` takes one")),
        }
    }

    async fn file(&self, path: &str) -> Result<Side> {
        let unreadable = |why: String| Error::usage(format!("{path} cannot be read")).because(why);
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
        let schema = match dump::read(&text).map_err(unreadable)? {
            Dump::Json(schema) => *schema,
            Dump::Sql(product) if product == "sqlite" => {
                scratch(&text).await.map_err(unreadable)?
            }
            Dump::Sql(product) => {
                return Err(Error::usage(format!("{path} cannot be compared"))
                    .because(format!(
                        "SQL of {product} would have to run on a server first"
                    ))
                    .hint("compare with a dump that was written with `--format json`"));
            }
        };
        Ok(Side {
            name: path.to_owned(),
            schema,
        })
    }
}

async fn live(db: &mut Database) -> Result<Schema> {
    if db.schema_missing() {
        return Err(Error::failed("the schema does not exist").on(&db.target));
    }
    db.schema().await
}

/// Runs a dump of SQLite in memory and reads what it made.
async fn scratch(script: &str) -> Result<Schema, String> {
    let memory = Target::parse("sqlite::memory:").map_err(|e| e.to_string())?;
    let dialect = memory.backend.dialect();
    let options = ConnectOptions {
        application: "saasdb schema diff".to_owned(),
        ddl_lock_timeout: std::time::Duration::from_secs(1),
        connect_timeout: std::time::Duration::from_secs(1),
        create: false,
        read_only: false,
    };
    let mut session = dialect
        .connect(&memory, &options)
        .await
        .map_err(|e| e.to_string())?;
    let made = session.run(script).await;
    let read = match made {
        Ok(_) => session.run(dialect.schema_script()).await,
        Err(error) => Err(error),
    };
    session.close().await;
    read.map(|r| dialect.schema(&r)).map_err(|e| e.to_string())
}
