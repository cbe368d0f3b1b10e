//! PostgreSQL 13 and newer.

use std::str::FromStr;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError};
use sea_orm::sqlx::{ConnectOptions as _, Connection, Error as SqlxError};
use sea_orm_migration::async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{
    Backend, Cause, ConnectOptions, Dialect, Facts, Holder, MADE_BY, ResultSet, Session, SqlError,
    Target, catalogue, stream,
};
use crate::schema::Schema;

/// The dialect.
pub struct Postgres;

struct PgSession {
    connection: PgConnection,
    options: PgConnectOptions,
    /// What `lock_timeout` was asked to be, in milliseconds.
    lock_timeout: u128,
    /// A pooler stands between us and the server, and gives each transaction another session.
    pooled: bool,
    /// Behind a pooler: the connection whose open transaction holds the runner's lock.
    keeper: Option<PgConnection>,
}

/// The oldest server that the rendered SQL was written for.
const OLDEST: u32 = 13;

#[async_trait]
impl Dialect for Postgres {
    fn backend(&self) -> Backend {
        Backend::Postgres
    }

    async fn connect(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError> {
        let timeout = options.ddl_lock_timeout.as_millis().to_string();
        let plain = parse(target)?
            .application_name(&options.application)
            .disable_statement_logging();
        // Start-up parameters cost no round trip. standard_conforming_strings is what makes
        // Dialect::literal safe; it is the server's default, and checked where this is refused.
        let tuned = plain.clone().options([
            ("standard_conforming_strings", "on"),
            ("client_min_messages", "warning"),
            ("lock_timeout", timeout.as_str()),
            ("timezone", "UTC"),
            ("datestyle", "ISO"),
        ]);
        match open(tuned, options, false).await {
            // That is how PgBouncer greets parameters that it does not pass on.
            Err(e) if e.message.contains("unsupported startup parameter") => {
                open(plain.extra_float_digits(None), options, true).await
            }
            other => other,
        }
    }

    async fn connect_to_server(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError> {
        let maintenance = parse(target)?
            .database("postgres")
            .disable_statement_logging();
        open(maintenance, options, false).await
    }

    fn begin_after_others(&self) -> &'static [&'static str] {
        &["BEGIN ISOLATION LEVEL READ COMMITTED"]
    }

    fn create_database_sql(&self, name: &str) -> String {
        format!(
            "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0",
            self.ident(name)
        )
    }

    fn ident(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn now_text(&self) -> &'static str {
        "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    }

    fn now_epoch(&self) -> &'static str {
        "extract(epoch FROM clock_timestamp())::bigint"
    }

    fn elapsed_ms(&self, column: &str) -> String {
        format!("(extract(epoch FROM clock_timestamp() - {column}::timestamptz) * 1000)::bigint")
    }

    fn upsert(&self, table: &str, key: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
        on_conflict(self, table, key, columns, rows)
    }

    fn as_text(&self, column: &str) -> String {
        format!("{column}::text")
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "true" } else { "false" }
    }

    fn hold_rows(&self) -> &'static str {
        // Unlike FOR UPDATE this lets others insert rows that refer to the held ones.
        " FOR NO KEY UPDATE"
    }

    fn epoch_ms(&self, column: &str) -> String {
        // extract takes a timestamp without time zone for UTC; infinity has no number.
        format!(
            "CASE WHEN isfinite({column}) THEN floor(extract(epoch FROM {column}) * 1000)::bigint END"
        )
    }

    fn timestamp(&self, value: &chrono::DateTime<chrono::Utc>) -> String {
        self.literal(&value.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    }

    fn after_explicit_ids(&self, table: &str, column: &str) -> Option<String> {
        // nextval keeps a sequence that is ahead of the rows from falling back.
        Some(format!(
            "SELECT setval(s, greatest((SELECT max({}) FROM {}), nextval(s))) \
             FROM (SELECT pg_get_serial_sequence({}, {})::regclass AS s) AS q WHERE s IS NOT NULL",
            self.ident(column),
            self.ident(table),
            self.literal(&self.ident(table)),
            self.literal(column),
        ))
    }

    fn facts_script(&self) -> &'static str {
        "SELECT current_setting('server_version'), pg_is_in_recovery()::text, \
           current_setting('default_transaction_read_only'), pg_backend_pid()::text, current_database(); \
         SELECT relname FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
           AND relkind IN ('r','p','v','m','f')"
    }

    fn facts(&self, results: &[ResultSet]) -> Facts {
        let row = results.first().and_then(|r| r.rows.first());
        let get = |i: usize| row.and_then(|r| r.get(i)?.clone()).unwrap_or_default();
        let read_only = if get(1) == "true" {
            Some("the server is a standby".to_owned())
        } else if get(2) == "on" {
            Some("default_transaction_read_only is on".to_owned())
        } else {
            None
        };
        Facts {
            server_version: get(0),
            database: row.and_then(|r| r.get(4)?.clone()),
            read_only,
            relations: catalogue::first_column(results.get(1)),
            session_id: Some(get(3)),
        }
    }

    fn unsupported(&self, version: &str) -> Option<String> {
        let major: u32 = version.split(['.', ' ']).next()?.parse().ok()?;
        (major < OLDEST).then(|| format!("PostgreSQL {OLDEST} or newer is needed"))
    }

    fn schema_script(&self) -> &'static str {
        catalogue::POSTGRES
    }

    fn schema(&self, results: &[ResultSet]) -> Schema {
        catalogue::from_rows(results)
    }

    fn columns_script(&self) -> &'static str {
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') \
           AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
    }

    fn count_made(&self, table: &str) -> Option<String> {
        let parts: Vec<String> = table.split('.').map(|part| self.ident(part)).collect();
        let name = parts.join(".");
        // The inner query is text, because the table need not be there.
        Some(format!(
            "SELECT CASE WHEN obj_description(to_regclass({}), 'pg_class') = {} \
               THEN (xpath('/row/n/text()', query_to_xml({}, false, true, '')))[1]::text ELSE '0' END",
            self.literal(&name),
            self.literal(MADE_BY),
            self.literal(&format!("SELECT count(*) AS n FROM {name}")),
        ))
    }

    fn drop_tables(&self, tables: &[String]) -> Vec<String> {
        // One statement, so that tables that refer to each other go together.
        let names: Vec<String> = tables.iter().map(|t| self.ident(t)).collect();
        vec![format!("DROP TABLE {}", names.join(", "))]
    }

    fn blockers(&self, session_id: &str) -> Option<String> {
        let pid: i64 = session_id.parse().ok()?;
        Some(format!(
            "SELECT format('session %s (user %s, application \"%s\", %s for %s s, query: %s)', a.pid, a.usename, \
               a.application_name, a.state, extract(epoch FROM clock_timestamp() - a.state_change)::int, \
               left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60)) \
             FROM pg_stat_activity a WHERE a.pid = ANY (pg_blocking_pids({pid}))"
        ))
    }
}

fn parse(target: &Target) -> Result<PgConnectOptions, SqlError> {
    // The parser's words may quote the URL, password and all: they are not passed on.
    PgConnectOptions::from_str(target.secret())
        .map_err(|_| SqlError::local(Cause::Other, "the URL has an option with a bad value"))
}

async fn open(
    connect: PgConnectOptions,
    options: &ConnectOptions,
    pooled: bool,
) -> Result<Box<dyn Session>, SqlError> {
    match tokio::time::timeout(options.connect_timeout, connect.connect()).await {
        Ok(Ok(connection)) => Ok(Box::new(PgSession {
            connection,
            options: connect,
            lock_timeout: options.ddl_lock_timeout.as_millis(),
            pooled,
            keeper: None,
        })),
        Ok(Err(error)) => Err(convert(0, &error)),
        Err(_) => Err(SqlError::local(
            Cause::Unreachable,
            format!("no answer within {} s", options.connect_timeout.as_secs()),
        )),
    }
}

/// `INSERT … ON CONFLICT DO UPDATE`, which SQLite took over from PostgreSQL.
pub(super) fn on_conflict(
    dialect: &dyn Dialect,
    table: &str,
    key: &str,
    columns: &[&str],
    rows: &[Vec<String>],
) -> String {
    let values: Vec<String> = rows.iter().map(|r| format!("({})", r.join(", "))).collect();
    let names: Vec<String> = columns.iter().map(|c| dialect.ident(c)).collect();
    let sets: Vec<String> = columns
        .iter()
        .filter(|c| !key.split(',').any(|k| k == **c))
        .map(|c| format!("{0} = excluded.{0}", dialect.ident(c)))
        .collect();
    let key: Vec<String> = key.split(',').map(|k| dialect.ident(k)).collect();
    format!(
        "INSERT INTO {} ({}) VALUES {} ON CONFLICT ({}) DO UPDATE SET {}",
        dialect.ident(table),
        names.join(", "),
        values.join(", "),
        key.join(", "),
        sets.join(", ")
    )
}

/// Advisory locks are keyed by a 64-bit number within one database.
fn lock_number(key: &str) -> i64 {
    let digest = Sha256::digest(key.as_bytes());
    let mut bytes = [0u8; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes)
}

#[async_trait]
impl Session for PgSession {
    async fn run(&mut self, script: &str) -> Result<Vec<ResultSet>, SqlError> {
        stream::run(&mut self.connection, script, |r| r.rows_affected())
            .await
            .map_err(|(statement, error)| convert(statement, &error))
    }

    /// The lock belongs to the session that migrates, not to one of its own as design.md has it:
    /// so the two can only be lost together, and never goes on a migration whose lock is gone.
    /// Asking again instead of waiting inside the server leaves no snapshot open, for which
    /// CREATE INDEX CONCURRENTLY would wait in vain.
    ///
    /// While a statement waits for a table, the server looks whether this process still lives
    /// (PostgreSQL 14 and newer): otherwise a killed run would keep the lock until the wait ends.
    ///
    /// Behind a pooler in transaction mode a session's lock would stay with a server session that
    /// is not ours any more. That shows in `lock_timeout`, which is then not what we asked for at
    /// the start; the lock is then taken by a transaction that stays open on a connection of its
    /// own, because a pooler keeps a transaction's server session for it. Unlike the lease row of
    /// design.md that needs no clock, and it ends with the process.
    async fn try_lock(&mut self, key: &str) -> Result<bool, SqlError> {
        let number = lock_number(key);
        if !self.pooled {
            let got = self
                .run(&format!(
                    "SELECT CASE WHEN current_setting('lock_timeout')::interval = interval '{} ms' \
                       THEN pg_try_advisory_lock({number})::text ELSE 'pooled' END, \
                       CASE WHEN current_setting('server_version_num')::int >= 140000 \
                       THEN set_config('client_connection_check_interval', '500', false) END",
                    self.lock_timeout
                ))
                .await?;
            match got.first().and_then(ResultSet::single) {
                Some("pooled") => self.pooled = true,
                answer => return Ok(answer == Some("true")),
            }
        }
        let mut keeper = self.options.connect().await.map_err(|e| convert(0, &e))?;
        let script = format!(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; \
             SELECT current_setting('standard_conforming_strings'), pg_try_advisory_xact_lock({number})::text"
        );
        let got = stream::run(&mut keeper, &script, |r| r.rows_affected())
            .await
            .map_err(|(statement, error)| convert(statement, &error))?;
        let row = got.last().and_then(|r| r.rows.first());
        let value = |i: usize| row.and_then(|r| r.get(i)?.as_deref());
        if value(0) != Some("on") {
            return Err(SqlError::local(
                Cause::Other,
                "standard_conforming_strings is off, and the pooler does not pass it on",
            ));
        }
        if value(1) == Some("true") {
            self.keeper = Some(keeper);
            return Ok(true);
        }
        let _ = keeper.close().await;
        Ok(false)
    }

    fn transaction_settings(&self) -> Option<String> {
        self.pooled
            .then(|| format!("SET LOCAL lock_timeout = {}", self.lock_timeout))
    }

    async fn lock_holder(&mut self, key: &str) -> Option<Holder> {
        let number = lock_number(key);
        let (high, low) = ((number >> 32) as u32, number as u32);
        let found = self
            .run(&format!(
                "SELECT format('%s, user %s, pid %s', coalesce(nullif(a.application_name, ''), 'unknown program'), \
                   a.usename, a.pid), to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
                 FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
                 WHERE l.locktype = 'advisory' AND l.granted AND l.classid = {high} AND l.objid = {low} \
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1"
            ))
            .await
            .ok()?;
        let row = found.first()?.rows.first()?;
        Some(Holder {
            who: row.first()?.clone()?,
            since: row.get(1)?.clone(),
        })
    }

    async fn unlock(&mut self, key: &str) -> Result<(), SqlError> {
        if self.pooled {
            release(self.keeper.take()).await;
            return Ok(());
        }
        self.run(&format!("SELECT pg_advisory_unlock({})", lock_number(key)))
            .await
            .map(drop)
    }

    async fn close(self: Box<Self>) {
        release(self.keeper).await;
        let _ = self.connection.close().await;
    }
}

/// Ends the transaction that holds the lock. A connection that breaks frees it as well.
async fn release(keeper: Option<PgConnection>) {
    if let Some(mut keeper) = keeper {
        let _ = stream::run(&mut keeper, "COMMIT", |r| r.rows_affected()).await;
        let _ = keeper.close().await;
    }
}

fn convert(statement: usize, error: &SqlxError) -> SqlError {
    let SqlxError::Database(db) = error else {
        return super::transport(statement, error);
    };
    let code = db.code().map(|c| c.into_owned()).unwrap_or_default();
    let cause = match code.as_str() {
        "55P03" => Cause::LockTimeout,
        "40001" | "40P01" => Cause::Conflict,
        "42P07" | "42710" | "42701" | "42P04" | "42P06" => Cause::AlreadyExists,
        "42P01" | "42703" | "42704" | "3F000" | "42883" => Cause::Undefined,
        "42501" => Cause::Permission,
        "25006" => Cause::ReadOnly,
        "28P01" | "28000" => Cause::Authentication,
        "3D000" => Cause::NoDatabase,
        "53100" | "53200" | "54000" => Cause::Full,
        c if c.starts_with("57P") || c.starts_with("08") => Cause::Unreachable,
        c if c.starts_with("23") => Cause::Constraint,
        _ => Cause::Other,
    };
    let mut message = db.message().to_owned();
    if let Some(pg) = db.try_downcast_ref::<PgDatabaseError>()
        && let Some(detail) = pg.detail()
    {
        message.push_str(": ");
        message.push_str(detail);
    }
    SqlError {
        statement,
        cause,
        code: Some(code),
        message,
    }
}
