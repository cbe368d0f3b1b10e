//! SQLite, compiled in. The runner's lock is an OS lock on a file beside the database.

mod ddl;
mod times;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{ConnectOptions as _, Connection, Error as SqlxError};
use sea_orm_migration::async_trait::async_trait;

use super::{
    Backend, Cause, ConnectOptions, Dialect, Facts, Holder, ResultSet, Rows, Scratch, Session,
    SqlError, Target, catalogue, postgres, stream, trust,
};
use crate::schema::Schema;

/// The dialect.
pub struct Sqlite;

struct SqliteSession {
    connection: SqliteConnection,
    lock_path: Option<PathBuf>,
    lock: Option<LockFile>,
    application: String,
}

/// A held lock. However it ends, the file goes with it; if the process is killed the kernel frees
/// the lock and the next run takes the file over.
struct LockFile {
    file: File,
    path: PathBuf,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Removed while still locked: whoever waits for this file will see that it is gone.
        if same_file(&self.file, &self.path) {
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

#[async_trait]
impl Dialect for Sqlite {
    fn ddl(&self) -> &dyn crate::schema::Ddl {
        self
    }

    fn backend(&self) -> Backend {
        Backend::Sqlite
    }

    fn sizes(&self) -> &dyn super::Sizes {
        self
    }

    fn scratch(&self) -> &dyn Scratch {
        self
    }

    fn rows(&self) -> &dyn Rows {
        self
    }

    fn in_flight(&self) -> &dyn super::InFlight {
        self
    }

    fn locks(&self) -> &dyn super::Locks {
        self
    }

    fn tenancy(&self) -> &dyn super::TenancySql {
        self
    }

    async fn connect(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError> {
        let mut connect = SqliteConnectOptions::from_str(target.secret())
            .map_err(|e| SqlError::local(Cause::Other, e.to_string()))?
            .foreign_keys(true)
            .busy_timeout(options.ddl_lock_timeout)
            // Rows come from a thread of sqlx's through a channel; with room for a whole catalogue
            // the two threads do not wake each other for every fifty rows.
            .row_buffer_size(4096)
            .disable_statement_logging();
        if let Some(file) = &target.file {
            check_folder(file)?;
            if options.create {
                connect = connect.create_if_missing(true);
            }
        }
        let looking = options.read_only && target.file.is_some();
        let mut opened = open(connect.clone().read_only(looking || target.read_only)).await;
        if looking
            && opened
                .as_ref()
                .is_err_and(|e| e.cause != Cause::NotADatabase)
        {
            // A crash left something to recover, which a reader may not do: the kernel's file
            // permissions decide then.
            opened = open(connect).await;
        }
        let connection = opened.map_err(|mut error| {
            // The folder is there (see above), so it is not the path that is wrong.
            if error.cause == Cause::NoDatabase && (options.create || file_exists(target)) {
                error.cause = Cause::Permission;
            }
            error
        })?;
        Ok(Box::new(SqliteSession {
            connection,
            lock_path: target.file.as_deref().map(lock_path),
            lock: None,
            application: options.application.clone(),
        }))
    }

    fn permission_hint(&self) -> &'static str {
        "check the permissions of the file and its folder"
    }

    fn missing_hint(&self) -> &'static str {
        "make the folder first; `saasdb setup` makes the file in it"
    }

    fn exists(&self, target: &Target) -> Option<bool> {
        // An empty path component or a folder in its place is for connect to complain about, and so is a
        // folder that may not be entered: nobody knows what is in there.
        Some(target.file.is_none() || file_exists(target))
    }

    /// A journal is named after the file. Whoever knows the file by another name does not find the one
    /// that a crash left, and reads half a transaction. A symbolic link is followed first.
    fn hazard(&self, target: &Target) -> Option<(String, &'static str)> {
        let names = target.file.as_deref().map_or(1, hard_links);
        (names > 1).then(|| {
            (
                format!(
                    "the file has {names} names (hard links), and after a crash SQLite finds its \
                     journal under one of them only"
                ),
                "give the file one name: copy it, or make the other names symbolic links",
            )
        })
    }

    async fn create_database(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<bool, SqlError> {
        let fresh = self.exists(target) == Some(false);
        let create = ConnectOptions {
            create: true,
            ..options.clone()
        };
        self.connect(target, &create).await?.close().await;
        Ok(fresh)
    }

    fn ident(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn begin(&self) -> &'static str {
        // A deferred transaction could fail half-way when it first writes.
        "BEGIN IMMEDIATE"
    }

    fn begin_after_others(&self) -> &'static [&'static str] {
        &["BEGIN IMMEDIATE"]
    }

    fn around_drops(&self) -> Option<(&'static str, &'static str)> {
        // A table that takes another one's place is renamed; by default SQLite then insists that
        // every view can be read at that moment, also those over the table that was just dropped.
        Some((
            "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON",
            "PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON",
        ))
    }

    fn broken_references(&self) -> Option<&'static str> {
        Some("SELECT DISTINCT \"table\", \"parent\" FROM pragma_foreign_key_check")
    }

    fn now_text(&self) -> &'static str {
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    }

    fn now_epoch(&self) -> &'static str {
        "CAST(strftime('%s', 'now') AS INTEGER)"
    }

    fn elapsed_ms(&self, column: &str) -> String {
        format!("CAST(round((julianday('now') - julianday({column})) * 86400000) AS INTEGER)")
    }

    fn upsert(&self, table: &str, key: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
        postgres::on_conflict(self, table, key, columns, rows)
    }

    fn as_text(&self, column: &str) -> String {
        format!("CAST({column} AS TEXT)")
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }

    fn hold_rows(&self) -> &'static str {
        // BEGIN IMMEDIATE holds the whole database.
        ""
    }

    fn hold_rows_to_delete(&self) -> &'static str {
        ""
    }

    fn epoch_ms(&self, column: &str) -> String {
        times::epoch_ms(column)
    }

    fn timestamp(&self, value: &chrono::DateTime<chrono::Utc>) -> String {
        // The form of CURRENT_TIMESTAMP, so that text comparison orders all rows alike.
        self.literal(&value.format("%Y-%m-%d %H:%M:%S").to_string())
    }

    fn timestamp_with_zone(&self, value: &chrono::DateTime<chrono::Utc>) -> String {
        self.literal(&value.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    }

    fn facts_script(&self) -> &'static str {
        trust::SQLITE
    }

    fn facts(&self, results: &[ResultSet]) -> Facts {
        Facts {
            server_version: results
                .first()
                .and_then(ResultSet::single)
                .unwrap_or_default()
                .to_owned(),
            database: None,
            schema: None,
            read_only: None,
            relations: catalogue::first_column(results.get(1)),
            session_id: None,
            folds_tables: false,
            suspects: trust::read(results.get(2)),
        }
    }

    fn unsupported(&self, _version: &str) -> Option<String> {
        None
    }

    fn schema_script(&self) -> &'static str {
        catalogue::SQLITE
    }

    fn schema(&self, results: &[ResultSet]) -> Schema {
        let rows = catalogue::unpack(results);
        let mut schema = catalogue::from_rows(&rows);
        catalogue::add_texts(&mut schema, &rows);
        // SQLite takes `REFERENCES Users` for the table users; so must whoever looks for references.
        let names: Vec<String> = schema.tables.keys().cloned().collect();
        for table in schema.tables.values_mut() {
            for fk in table.foreign_keys.values_mut() {
                if let Some(name) = names.iter().find(|n| self.same_name(n, &fk.table)) {
                    fk.table.clone_from(name);
                }
            }
        }
        schema
    }

    fn same_name(&self, a: &str, b: &str) -> bool {
        a.eq_ignore_ascii_case(b)
    }

    fn columns_script(&self) -> &'static str {
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
    }

    fn drop_tables(&self, tables: &[String]) -> Vec<String> {
        tables
            .iter()
            .map(|t| format!("DROP TABLE {}", self.ident(t)))
            .collect()
    }
}

fn file_exists(target: &Target) -> bool {
    let there = |file: &Path| file.try_exists().unwrap_or(true);
    target.file.as_deref().is_some_and(there)
}

/// Connects and makes sure that the file can be read.
async fn open(options: SqliteConnectOptions) -> Result<SqliteConnection, SqlError> {
    let mut connection = options.connect().await.map_err(|e| convert(0, &e))?;
    stream::run(
        &mut connection,
        "SELECT 1 FROM sqlite_master LIMIT 1",
        |r| r.rows_affected(),
    )
    .await
    .map_err(|(_, e)| convert(0, &e))?;
    Ok(connection)
}

/// The lock file beside the database, hidden from `ls`.
fn lock_path(file: &Path) -> PathBuf {
    // Two names of one file must give one lock.
    let real = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let name = real
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    real.with_file_name(format!(".{name}.saasdb-lock"))
}

fn check_folder(file: &Path) -> Result<(), SqlError> {
    let folder = match file.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    if let Err(error) = folder.metadata()
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        return Err(SqlError::local(
            Cause::Permission,
            format!("the folder {}: {error}", folder.display()),
        ));
    }
    if !folder.is_dir() {
        return Err(SqlError::local(
            Cause::NoDatabase,
            format!("the folder {} does not exist", folder.display()),
        ));
    }
    if file.is_dir() {
        return Err(SqlError::local(
            Cause::NotADatabase,
            format!("{} is a folder", file.display()),
        ));
    }
    Ok(())
}

#[async_trait]
impl Session for SqliteSession {
    async fn run(&mut self, script: &str) -> Result<Vec<ResultSet>, SqlError> {
        stream::run(&mut self.connection, script, |r| r.rows_affected())
            .await
            .map_err(|(done, error)| convert(done.len(), &error))
    }

    async fn try_lock(&mut self, _key: &str) -> Result<bool, SqlError> {
        let Some(path) = &self.lock_path else {
            return Ok(true);
        };
        // The file is removed when its lock is given back, so a lock may have been won on a file
        // that is no longer the one of that name: then try the new one.
        for _ in 0..16 {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(|e| lock_error(path, &e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(false),
                Err(TryLockError::Error(e)) => return Err(lock_error(path, &e)),
            }
            if !same_file(&file, path) {
                continue;
            }
            let since =
                crate::engine::clock::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            // Who holds it is a courtesy to whoever waits; failing to write it is no reason to stop.
            let _ = file.set_len(0).and_then(|()| {
                file.rewind()?;
                writeln!(file, "{}\n{since}", self.application)
            });
            self.lock = Some(LockFile {
                file,
                path: path.clone(),
            });
            return Ok(true);
        }
        Ok(false)
    }

    async fn lock_holder(&mut self, _key: &str) -> Option<Holder> {
        let mut text = String::new();
        File::open(self.lock_path.as_ref()?)
            .ok()?
            .take(1000)
            .read_to_string(&mut text)
            .ok()?;
        let mut lines = text.lines();
        Some(Holder {
            who: lines.next()?.to_owned(),
            since: lines.next().map(str::to_owned),
        })
    }

    async fn unlock(&mut self, _key: &str) -> Result<(), SqlError> {
        self.lock = None;
        Ok(())
    }

    async fn close(self: Box<Self>) {
        drop(self.lock);
        let _ = self.connection.close().await;
    }
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(a), Ok(b)) => a.ino() == b.ino() && a.dev() == b.dev(),
        _ => false,
    }
}

/// How many names a file has.
#[cfg(unix)]
fn hard_links(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(1, |m| std::os::unix::fs::MetadataExt::nlink(&m))
}

#[cfg(not(unix))]
fn hard_links(_path: &Path) -> u64 {
    // The standard library does not tell.
    1
}

#[cfg(not(unix))]
fn same_file(_file: &File, path: &Path) -> bool {
    // An open file cannot be removed there.
    path.exists()
}

fn lock_error(path: &Path, error: &std::io::Error) -> SqlError {
    let cause = match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Cause::ReadOnly
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Cause::Full,
        _ => Cause::Other,
    };
    SqlError::local(cause, format!("cannot lock {}: {error}", path.display()))
}

fn convert(statement: usize, error: &SqlxError) -> SqlError {
    let SqlxError::Database(db) = error else {
        return super::transport(statement, error);
    };
    let code = db.code().map(|c| c.into_owned()).unwrap_or_default();
    let number: i32 = code.parse().unwrap_or(0);
    let message = db.message().to_owned();
    // The low byte is the primary result code: https://www.sqlite.org/rescode.html
    let cause = match number & 0xff {
        5 | 6 => Cause::LockTimeout,
        3 | 23 => Cause::Permission,
        8 => Cause::ReadOnly,
        10 | 13 => Cause::Full,
        14 => Cause::NoDatabase,
        11 | 26 => Cause::NotADatabase,
        19 => Cause::Constraint,
        1 if message.contains("already exists") || message.contains("duplicate column") => {
            Cause::AlreadyExists
        }
        1 if message.contains("no such") => Cause::Undefined,
        _ => Cause::Other,
    };
    SqlError {
        statement,
        cause,
        code: Some(code),
        message,
    }
}
