//! PostgreSQL 13 and newer.

mod ddl;
mod session;

use std::str::FromStr;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgDatabaseError};
use sea_orm::sqlx::{ConnectOptions as _, Error as SqlxError};
use sea_orm_migration::async_trait::async_trait;

use super::{
    Backend, Cause, ConnectOptions, Dialect, Facts, MADE_BY, ResultSet, RowSecurity, Rows, Schemas,
    Scratch, Session, Sessions, SqlError, Target, catalogue,
};
use crate::schema::{Column, Schema};
use session::open;

/// The dialect.
pub struct Postgres;

/// The oldest server that the rendered SQL was written for.
const OLDEST: u32 = 13;

#[async_trait]
impl Dialect for Postgres {
    fn ddl(&self) -> &dyn crate::schema::Ddl {
        self
    }

    fn backend(&self) -> Backend {
        Backend::Postgres
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

    fn schemas(&self) -> Option<&dyn Schemas> {
        Some(self)
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
            // A machine that loses its power or its network says no goodbye. Until the server misses it,
            // its session keeps the runner's lock: by default for two hours, now for a minute.
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"),
        ]);
        let schema = target.schema.as_deref();
        let tuned = match schema {
            Some(name) => tuned.options([("search_path", self.search_path(name))]),
            None => tuned,
        };
        let session = match open(tuned, options, schema, false).await {
            // That is how PgBouncer greets parameters that it does not pass on.
            Err(e) if e.message.contains("unsupported startup parameter") => {
                open(plain.extra_float_digits(None), options, schema, true).await
            }
            other => other,
        };
        Ok(Box::new(session?))
    }

    async fn connect_to_server(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError> {
        let maintenance = parse(target)?
            .database("postgres")
            .disable_statement_logging();
        let session = open(maintenance, options, None, false).await?;
        Ok(Box::new(session))
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
            self.path(table),
            self.literal(&self.path(table)),
            self.literal(column),
        ))
    }

    fn row_security(&self) -> Option<&dyn RowSecurity> {
        Some(self)
    }

    fn announce_seeding(&self) -> Option<&'static str> {
        Some("SELECT set_config('saasdb.seeding', 'on', true)")
    }

    fn facts_script(&self) -> &'static str {
        "SELECT current_setting('server_version'), pg_is_in_recovery()::text, \
           current_setting('default_transaction_read_only'), pg_backend_pid()::text, current_database(), current_schema(); \
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
            schema: row.and_then(|r| r.get(5)?.clone()),
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

    fn elsewhere_script(&self, tables: &[String]) -> Option<String> {
        Some(catalogue::postgres_elsewhere(self, tables))
    }

    fn is_gone(&self, table: &str) -> Option<String> {
        let path = self.literal(&self.path(table));
        Some(format!("(to_regclass({path}) IS NULL)"))
    }

    fn schema(&self, results: &[ResultSet]) -> Schema {
        catalogue::from_rows(results)
    }

    fn columns_script(&self) -> &'static str {
        "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') \
           AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
    }

    fn is_made(&self, table: &str) -> Option<String> {
        Some(format!(
            "SELECT obj_description(to_regclass({}), 'pg_class') = {}",
            self.literal(&self.path(table)),
            self.literal(MADE_BY),
        ))
    }

    /// Supabase lets everybody who reaches its API write new tables of the schema `public`. Reading
    /// stays as it is: `status` is for more people than `up`.
    fn keep_from_others(&self, tables: &[&str]) -> Option<String> {
        let tables: Vec<String> = tables
            .iter()
            .map(|table| format!("{}::regclass", self.literal(&self.ident(table))))
            .collect();
        Some(format!(
            "DO $saasdb$ DECLARE given record; BEGIN \
             FOR given IN SELECT DISTINCT c.oid::regclass AS book, \
             CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS to_whom \
             FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid IN ({}) AND a.grantee <> c.relowner \
             LOOP EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON %s FROM %s', \
             given.book, given.to_whom); END LOOP; END $saasdb$",
            tables.join(", ")
        ))
    }

    fn drop_tables(&self, tables: &[String]) -> Vec<String> {
        // One statement, so that tables that refer to each other go together.
        let names: Vec<String> = tables.iter().map(|t| self.ident(t)).collect();
        vec![format!("DROP TABLE {}", names.join(", "))]
    }

    fn key_problem(&self, wanted: &str, found: &Column, referred: bool) -> Option<String> {
        let integers = super::is_integer(wanted) && super::is_integer(&found.kind);
        let texts = super::is_text(wanted) && super::is_text(&found.kind);
        let same = found.kind.starts_with(wanted);
        if integers || texts || same {
            return None;
        }
        if super::is_integer(wanted) {
            return Some("it must be an integer".to_owned());
        }
        // PostgreSQL makes no foreign key between text and uuid.
        (referred || super::is_integer(&found.kind)).then(|| format!("it must be {wanted}"))
    }

    fn sessions(&self) -> Option<&dyn Sessions> {
        Some(self)
    }
}

fn parse(target: &Target) -> Result<PgConnectOptions, SqlError> {
    // The parser's words may quote the URL, password and all: they are not passed on.
    PgConnectOptions::from_str(target.secret())
        .map_err(|_| SqlError::local(Cause::Other, "the URL has an option with a bad value"))
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

fn convert(statement: usize, error: &SqlxError) -> SqlError {
    let SqlxError::Database(db) = error else {
        return super::transport(statement, error);
    };
    let code = db.code().map(|c| c.into_owned()).unwrap_or_default();
    let cause = match code.as_str() {
        "55P03" => Cause::LockTimeout,
        "40001" | "40P01" => Cause::Conflict,
        "57014" => Cause::Cancelled,
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
