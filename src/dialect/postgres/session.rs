//! A connection to PostgreSQL: running scripts, and the runner's lock.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{ConnectOptions as _, Connection};
use sea_orm_migration::async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::super::{
    Atomicity, Cause, ConnectOptions, Holder, ResultSet, Schemas, Session, SqlError, stream, within,
};
use super::{Postgres, convert};

pub(super) struct PgSession {
    connection: PgConnection,
    options: PgConnectOptions,
    connect_timeout: Duration,
    /// What `lock_timeout` was asked to be, in milliseconds.
    lock_timeout: u128,
    /// A pooler stands between us and the server, and gives each transaction another session.
    pooled: bool,
    /// Behind a pooler: the statement by which each script enters the schema that was chosen.
    enter: Option<String>,
    /// Behind a pooler: the connection whose open transaction holds the runner's lock.
    keeper: Option<PgConnection>,
}

/// Opens a session, in `schema` where one was chosen. `pooled` says that the server was not told
/// our settings.
pub(super) async fn open(
    connect: PgConnectOptions,
    options: &ConnectOptions,
    schema: Option<&str>,
    pooled: bool,
) -> Result<PgSession, SqlError> {
    let lock_timeout = options.ddl_lock_timeout.as_millis();
    within(options.connect_timeout, async {
        let mut connection = connect.connect().await.map_err(|e| convert(0, &e))?;
        let pooled = match schema {
            Some(schema) if !pooled => !is_told(&mut connection, schema, lock_timeout).await?,
            _ => pooled,
        };
        Ok(PgSession {
            connection,
            options: connect,
            connect_timeout: options.connect_timeout,
            lock_timeout,
            pooled,
            enter: schema.map(|name| Postgres.enter(name, Atomicity::Whole)),
            keeper: None,
        })
    })
    .await
}

/// Whether the server session has the settings that we asked for at the start. Otherwise a pooler
/// forgot them, and tables would be looked for elsewhere.
async fn is_told(
    connection: &mut PgConnection,
    schema: &str,
    lock_timeout: u128,
) -> Result<bool, SqlError> {
    let script = format!(
        "SELECT current_setting('search_path'), \
           (current_setting('lock_timeout')::interval = interval '{lock_timeout} ms')::text"
    );
    let found = send(connection, &script).await?;
    let row = found.first().and_then(|r| r.rows.first());
    let value = |i: usize| row.and_then(|r| r.get(i)?.as_deref());
    Ok(value(0) == Some(Postgres.search_path(schema).as_str()) && value(1) == Some("true"))
}

async fn send(connection: &mut PgConnection, script: &str) -> Result<Vec<ResultSet>, SqlError> {
    stream::run(connection, script, |r| r.rows_affected())
        .await
        .map_err(|(done, error)| convert(done.len(), &error))
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
        // A transaction that failed takes nothing but its end.
        let inside = self.pooled && script != "ROLLBACK";
        let Some(enter) = self.enter.as_ref().filter(|_| inside) else {
            return send(&mut self.connection, script).await;
        };
        // Statements in one message are one transaction, which a pooler gives one server session;
        // a BEGIN among them takes over what was set before it.
        let mut results = send(&mut self.connection, &format!("{enter};\n{script}"))
            .await
            .map_err(|error| SqlError {
                statement: error.statement.saturating_sub(1),
                ..error
            })?;
        results.remove(0);
        Ok(results)
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
        let mut keeper = within(self.connect_timeout, async {
            self.options.connect().await.map_err(|e| convert(0, &e))
        })
        .await?;
        let script = format!(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; \
             SELECT current_setting('standard_conforming_strings'), pg_try_advisory_xact_lock({number})::text"
        );
        let got = send(&mut keeper, &script).await?;
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
        // The second setting is what try_lock sets for a session of our own.
        self.pooled.then(|| {
            format!(
                "SELECT set_config('lock_timeout', '{}', true), \
                   CASE WHEN current_setting('server_version_num')::int >= 140000 \
                   THEN set_config('client_connection_check_interval', '500', true) END",
                self.lock_timeout
            )
        })
    }

    async fn lock_holder(&mut self, key: &str) -> Option<Holder> {
        let number = lock_number(key);
        // Behind a pooler the server's session is older than the transaction that holds the lock.
        let (high, low) = ((number >> 32) as u32, number as u32);
        let found = self
            .run(&format!(
                "SELECT format('%s, user %s, pid %s', coalesce(nullif(a.application_name, ''), 'unknown program'), \
                   a.usename, a.pid), \
                   to_char((CASE WHEN a.query LIKE '%pg_try_advisory_xact_lock%' THEN a.xact_start ELSE a.backend_start END) \
                     AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
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
        let _ = send(&mut keeper, "COMMIT").await;
        let _ = keeper.close().await;
    }
}
