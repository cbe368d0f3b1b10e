//! Databases that are made to be thrown away: a file of its own, or a database on a server.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::path::Path;

use sea_orm_migration::async_trait::async_trait;

use super::mysql::Mysql;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Cause, ConnectOptions, Dialect, MADE_BY, Session, SqlError, Target};

/// A scratch database that was made.
#[derive(Debug)]
pub struct Made {
    /// Where it is.
    pub target: Target,
    /// The roles of the server that migrations of ours had made before, in whatever database.
    roles: Vec<String>,
}

impl Made {
    /// One that needs nothing else, such as a file that is made when it is first opened.
    pub fn at(target: Target) -> Self {
        Self {
            target,
            roles: Vec::new(),
        }
    }
}

/// What a database knows of scratch databases.
#[async_trait]
pub trait Scratch: Send + Sync {
    /// Makes an empty database called `name`: on the server of `beside`, or among the temporary files.
    async fn make(
        &self,
        beside: &Target,
        name: &str,
        options: &ConnectOptions,
    ) -> Result<Made, SqlError>;

    /// Removes it, whoever is still connected, and what migrations made outside of it.
    async fn remove(
        &self,
        made: &Made,
        beside: &Target,
        options: &ConnectOptions,
    ) -> Result<(), SqlError>;

    /// What lets a role that may not make a database whose name begins so make it.
    fn permission_hint(&self, prefix: &str) -> String;

    /// The statement that makes a session quick where nothing has to outlive the machine.
    fn hurry(&self) -> Option<&'static str> {
        None
    }
}

/// The schema in a scratch database that holds on to roles.
pub(super) const TIE: &str = "saasdb_verify_tie";

/// The file in the folder that a scratch database is.
const FILE: &str = "scratch.db";

#[async_trait]
impl Scratch for Sqlite {
    async fn make(
        &self,
        _beside: &Target,
        name: &str,
        _options: &ConnectOptions,
    ) -> Result<Made, SqlError> {
        // A folder, because journals and the lock stand beside the file; nobody else may look in.
        let folder = std::env::temp_dir().join(name);
        make_folder(&folder).map_err(|error| {
            let cause = match error.kind() {
                // A folder that is not there is no place for files either.
                ErrorKind::PermissionDenied
                | ErrorKind::ReadOnlyFilesystem
                | ErrorKind::NotFound
                | ErrorKind::NotADirectory => Cause::Permission,
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Cause::Full,
                _ => Cause::Other,
            };
            SqlError::local(cause, format!("{}: {error}", folder.display()))
        })?;
        Ok(Made::at(Target::file(&folder.join(FILE))))
    }

    async fn remove(
        &self,
        made: &Made,
        _beside: &Target,
        _options: &ConnectOptions,
    ) -> Result<(), SqlError> {
        let Some(file) = &made.target.file else {
            return Ok(());
        };
        let failed = |error: std::io::Error| {
            SqlError::local(Cause::Other, format!("{}: {error}", file.display()))
        };
        if let (Some(folder), true) = (file.parent(), file.ends_with(FILE)) {
            return std::fs::remove_dir_all(folder).map_err(failed);
        }
        // A file that somebody named: its folder is not ours.
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn permission_hint(&self, _prefix: &str) -> String {
        "point TMPDIR to a folder that may be written, or name a new file: `--scratch-url sqlite:FILE`"
            .to_owned()
    }

    fn hurry(&self) -> Option<&'static str> {
        Some("PRAGMA synchronous = OFF")
    }
}

#[cfg(unix)]
fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().create(path)
}

#[async_trait]
impl Scratch for Postgres {
    async fn make(
        &self,
        beside: &Target,
        name: &str,
        options: &ConnectOptions,
    ) -> Result<Made, SqlError> {
        let mut made = Made::at(place(beside, name)?);
        let mut session = administration(self, beside, options).await?;
        let outcome = async {
            let roles = marked_roles(session.as_mut()).await?;
            session.run(&self.create_database_sql(name)).await?;
            Ok::<_, SqlError>(roles)
        }
        .await;
        session.close().await;
        let roles = outcome?;
        let idle: Vec<&str> = roles
            .iter()
            .filter(|(_, idle)| *idle)
            .map(|(name, _)| name.as_str())
            .collect();
        if let Err(error) = tie(&made.target, &idle, options).await {
            let _ = self.remove(&made, beside, options).await;
            return Err(error);
        }
        made.roles = roles.into_iter().map(|(name, _)| name).collect();
        Ok(made)
    }

    async fn remove(
        &self,
        made: &Made,
        beside: &Target,
        options: &ConnectOptions,
    ) -> Result<(), SqlError> {
        let mut session = administration(self, beside, options).await?;
        let outcome = async {
            let name = self.ident(&made.target.name);
            session
                .run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await?;
            // A migration that was not taken back may have left roles of its own.
            for (role, idle) in marked_roles(session.as_mut()).await? {
                if idle && !made.roles.contains(&role) {
                    session.run(&drop_role(&role)).await?;
                }
            }
            Ok(())
        }
        .await;
        session.close().await;
        outcome
    }

    fn permission_hint(&self, _prefix: &str) -> String {
        "let an administrator run ALTER ROLE … CREATEDB, or name a server where a role may make \
         databases: `--scratch-url postgres://…`"
            .to_owned()
    }

    fn hurry(&self) -> Option<&'static str> {
        Some("SET synchronous_commit = off")
    }
}

/// The roles of the server that migrations of ours made, and whether nothing anywhere depends on them.
async fn marked_roles(session: &mut dyn Session) -> Result<Vec<(String, bool)>, SqlError> {
    let query = format!(
        "SELECT r.rolname::text, (NOT EXISTS (SELECT FROM pg_shdepend d \
           WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid \
             AND d.classid <> 'pg_auth_members'::regclass))::text \
         FROM pg_roles r WHERE shobj_description(r.oid, 'pg_authid') = {}",
        Postgres.literal(MADE_BY)
    );
    let results = session.run(&query).await?;
    let rows = results.into_iter().flat_map(|r| r.rows);
    Ok(rows
        .filter_map(|row| {
            let mut row = row.into_iter();
            Some((row.next()??, row.next()?.as_deref() == Some("true")))
        })
        .collect())
}

/// Ties roles that nothing depends on to the scratch database: a migration that is taken back there
/// would drop them, although they were there before. A role that another database uses is tied by that.
async fn tie(scratch: &Target, roles: &[&str], options: &ConnectOptions) -> Result<(), SqlError> {
    if roles.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = roles.iter().map(|r| Postgres.ident(r)).collect();
    let script = format!(
        "CREATE SCHEMA {TIE}; GRANT USAGE ON SCHEMA {TIE} TO {}",
        names.join(", ")
    );
    let mut session = Postgres.connect(scratch, options).await?;
    let outcome = session.run(&script).await;
    session.close().await;
    match outcome {
        // One of them went in this moment: then there is nothing to keep.
        Err(error) if error.cause != Cause::Undefined => Err(error),
        _ => Ok(()),
    }
}

/// The statement that drops a role of ours unless something somewhere depends on it. The comment is made
/// again for its lock: another database may be making, using or dropping the role at this moment.
fn drop_role(role: &str) -> String {
    let (name, text) = (Postgres.ident(role), Postgres.literal(role));
    let mark = Postgres.literal(MADE_BY);
    format!(
        "DO $saasdb$ BEGIN \
         IF (SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = {text}) = {mark} THEN \
         COMMENT ON ROLE {name} IS {mark}; \
         BEGIN DROP ROLE {name}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END; \
         END IF; \
         EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL; END $saasdb$"
    )
}

#[async_trait]
impl Scratch for Mysql {
    async fn make(
        &self,
        beside: &Target,
        name: &str,
        options: &ConnectOptions,
    ) -> Result<Made, SqlError> {
        let made = Made::at(place(beside, name)?);
        let mut session = self.connect_to_server(beside, options).await?;
        let outcome = session.run(&self.create_database_sql(name)).await;
        session.close().await;
        outcome.map(|_| made)
    }

    async fn remove(
        &self,
        made: &Made,
        beside: &Target,
        options: &ConnectOptions,
    ) -> Result<(), SqlError> {
        let mut session = self.connect_to_server(beside, options).await?;
        // A statement goes on when its client is gone, and DROP DATABASE would wait for it.
        let busy = session
            .run(&format!(
                "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST \
                 WHERE DB = {} AND ID <> CONNECTION_ID()",
                self.literal(&made.target.name)
            ))
            .await;
        let ids = busy.into_iter().flatten().flat_map(|r| r.rows).flatten();
        for id in ids.flatten() {
            let _ = session.run(&format!("KILL {id}")).await;
        }
        let dropped = session
            .run(&format!(
                "DROP DATABASE IF EXISTS {}",
                self.ident(&made.target.name)
            ))
            .await;
        session.close().await;
        dropped.map(drop)
    }

    fn permission_hint(&self, prefix: &str) -> String {
        format!(
            "let an administrator run GRANT ALL ON `{}%`.* TO the user, or name a server where a \
             user may: `--scratch-url mysql://…`",
            prefix.replace('_', "\\_")
        )
    }
}

fn place(beside: &Target, name: &str) -> Result<Target, SqlError> {
    beside
        .beside(name)
        .map_err(|error| SqlError::local(Cause::Other, error.to_string()))
}

/// A session in which databases can be made: in the server's own one, or where that is closed in the
/// one that was named.
async fn administration(
    dialect: &dyn Dialect,
    beside: &Target,
    options: &ConnectOptions,
) -> Result<Box<dyn Session>, SqlError> {
    match dialect.connect_to_server(beside, options).await {
        Err(error) if matches!(error.cause, Cause::NoDatabase | Cause::Permission) => {
            dialect.connect(beside, options).await
        }
        other => other,
    }
}
