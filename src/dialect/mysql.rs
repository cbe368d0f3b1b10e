//! MySQL 8.0.13 and newer, MariaDB 10.6 and newer (atomic DDL, expression defaults).

mod ddl;
mod patience;

use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sea_orm::sqlx::{ConnectOptions as _, Connection, Error as SqlxError};
use sea_orm_migration::async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{
    Backend, Cause, ConnectOptions, Dialect, Facts, Holder, ResultSet, Rows, Scratch, Session,
    Sessions, SqlError, Target, catalogue, stream, trust,
};
use crate::schema::{Column, Schema};
use patience::{AT_A_TIME, Patience};

/// The dialect.
pub struct Mysql;

struct MySqlSession {
    connection: MySqlConnection,
    application: String,
    /// How long a statement waits for rows that somebody else holds.
    patience: Duration,
    /// Since when it holds the lock, for a note that is still to be left.
    since: Option<String>,
}

#[async_trait]
impl Dialect for Mysql {
    fn ddl(&self) -> &dyn crate::schema::Ddl {
        self
    }

    fn backend(&self) -> Backend {
        Backend::Mysql
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
        let seconds = options.ddl_lock_timeout.as_secs().max(1);
        // Without NO_BACKSLASH_ESCAPES a backslash escapes, which Dialect::literal relies on;
        // ANSI_QUOTES would turn identifiers and strings around.
        let settings = format!(
            "SET SESSION lock_wait_timeout = {seconds}, SESSION innodb_lock_wait_timeout = \
               IF(@@innodb_rollback_on_timeout, {seconds}, {AT_A_TIME}), \
             SESSION group_concat_max_len = 1048576, SESSION sql_safe_updates = 0, \
             SESSION sql_select_limit = 18446744073709551615, SESSION sql_big_selects = 1, \
             SESSION max_join_size = 18446744073709551615, \
             SESSION autocommit = 1, SESSION completion_type = 0, SESSION sql_auto_is_null = 0, \
             SESSION foreign_key_checks = 1, SESSION unique_checks = 1, SESSION sql_quote_show_create = 1, \
             SESSION time_zone = '+00:00', \
             SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,PIPES_AS_CONCAT'; \
             SELECT IF(@@innodb_rollback_on_timeout, 'whole', 'statement')"
        );
        let to = parse(target)?;
        super::within(options.connect_timeout, async {
            let mut session = connect(to, options).await?;
            let found = session.run(&settings).await?;
            // Where the server takes back the whole transaction there is nothing to go on with.
            if found.last().and_then(ResultSet::single) == Some("statement") {
                session.patience = Duration::from_secs(seconds);
            }
            Ok(Box::new(session) as Box<dyn Session>)
        })
        .await
    }

    async fn connect_to_server(
        &self,
        target: &Target,
        options: &ConnectOptions,
    ) -> Result<Box<dyn Session>, SqlError> {
        // An empty name connects to the server without choosing a database.
        Ok(Box::new(
            connect(parse(target)?.database(""), options).await?,
        ))
    }

    fn create_database_sql(&self, name: &str) -> String {
        format!("CREATE DATABASE {} CHARACTER SET utf8mb4", self.ident(name))
    }

    fn ident(&self, name: &str) -> String {
        format!("`{}`", name.replace('`', "``"))
    }

    fn literal(&self, text: &str) -> String {
        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
    }

    fn begin(&self) -> &'static str {
        "START TRANSACTION"
    }

    fn begin_after_others(&self) -> &'static [&'static str] {
        // Its snapshot is taken by the first statement that locks nothing. READ COMMITTED would do as
        // well, but cannot be logged as statements.
        &[
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
            "START TRANSACTION",
        ]
    }

    fn ddl_in_transactions(&self) -> bool {
        false
    }

    fn now_text(&self) -> &'static str {
        "CONCAT(SUBSTRING(DATE_FORMAT(UTC_TIMESTAMP(3), '%Y-%m-%dT%H:%i:%s.%f'), 1, 23), 'Z')"
    }

    fn now_epoch(&self) -> &'static str {
        "UNIX_TIMESTAMP()"
    }

    fn elapsed_ms(&self, column: &str) -> String {
        format!(
            "TIMESTAMPDIFF(MICROSECOND, STR_TO_DATE({column}, '%Y-%m-%dT%H:%i:%s.%fZ'), UTC_TIMESTAMP(3)) DIV 1000"
        )
    }

    fn long_text(&self) -> &'static str {
        "longtext"
    }

    fn table_options(&self) -> &'static str {
        " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
    }

    fn upsert(&self, table: &str, _key: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
        let values: Vec<String> = rows.iter().map(|r| format!("({})", r.join(", "))).collect();
        let names: Vec<String> = columns.iter().map(|c| self.ident(c)).collect();
        let sets: Vec<String> = names.iter().map(|c| format!("{c} = VALUES({c})")).collect();
        format!(
            "INSERT INTO {} ({}) VALUES {} ON DUPLICATE KEY UPDATE {}",
            self.ident(table),
            names.join(", "),
            values.join(", "),
            sets.join(", ")
        )
    }

    fn as_text(&self, column: &str) -> String {
        format!("CAST({column} AS CHAR)")
    }

    fn boolean(&self, value: bool) -> &'static str {
        if value { "1" } else { "0" }
    }

    fn epoch_ms(&self, column: &str) -> String {
        format!("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {column}) DIV 1000")
    }

    fn timestamp(&self, value: &chrono::DateTime<chrono::Utc>) -> String {
        self.literal(&value.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
    }

    fn facts_script(&self) -> &'static str {
        trust::MYSQL
    }

    fn facts(&self, results: &[ResultSet]) -> Facts {
        let row = results.first().and_then(|r| r.rows.first());
        let get = |i: usize| row.and_then(|r| r.get(i)?.clone()).unwrap_or_default();
        Facts {
            server_version: get(0),
            database: row.and_then(|r| r.get(3)?.clone()),
            schema: None,
            read_only: (get(1) == "1").then(|| "the server is read-only".to_owned()),
            relations: catalogue::first_column(results.get(1)),
            session_id: Some(get(2)),
            folds_tables: get(4) != "0",
            suspects: trust::read(results.get(2)),
        }
    }

    fn unsupported(&self, version: &str) -> Option<String> {
        let maria = version.contains("MariaDB");
        // MariaDB before 11 may announce itself as 5.5.5-10.11.2-MariaDB.
        let numbers = version.strip_prefix("5.5.5-").unwrap_or(version);
        let mut parts = numbers
            .split(|c: char| !c.is_ascii_digit())
            .map_while(|p| p.parse::<u32>().ok());
        let found = (parts.next()?, parts.next()?, parts.next().unwrap_or(0));
        let (name, oldest) = if maria {
            ("MariaDB", (10, 6, 0))
        } else {
            ("MySQL", (8, 0, 13))
        };
        (found < oldest).then(|| {
            format!(
                "{name} {}.{}.{} or newer is needed",
                oldest.0, oldest.1, oldest.2
            )
        })
    }

    /// Triggers are shown to who may make them; a privilege on single tables is taken for none. Foreign
    /// keys and checks are shown to who may do more with a table than SELECT.
    fn unseen_script(&self) -> Option<&'static str> {
        Some(
            "SELECT kind FROM ( \
               SELECT 'trigger' AS kind, 'TRIGGER' AS names UNION ALL SELECT 'constraint', \
                 'INSERT,UPDATE,DELETE,CREATE,DROP,ALTER,INDEX,REFERENCES,TRIGGER,SHOW VIEW,CREATE VIEW') k \
             JOIN (SELECT CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''') AS me) m \
             WHERE NOT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES \
                 WHERE FIND_IN_SET(PRIVILEGE_TYPE, names) AND GRANTEE IN (me, CURRENT_ROLE())) \
               AND NOT EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES \
                 WHERE FIND_IN_SET(PRIVILEGE_TYPE, names) AND DATABASE() LIKE TABLE_SCHEMA \
                   AND GRANTEE IN (me, CURRENT_ROLE())) \
               AND (kind = 'trigger' OR NOT EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES \
                 WHERE FIND_IN_SET(PRIVILEGE_TYPE, names) AND DATABASE() = TABLE_SCHEMA \
                   AND GRANTEE IN (me, CURRENT_ROLE()))) \
             ORDER BY kind DESC",
        )
    }

    fn schema_script(&self) -> &'static str {
        catalogue::MYSQL
    }

    fn schema(&self, results: &[ResultSet]) -> Schema {
        catalogue::from_rows(results)
    }

    fn columns_script(&self) -> &'static str {
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
    }

    fn drop_tables(&self, tables: &[String]) -> Vec<String> {
        let names: Vec<String> = tables.iter().map(|t| self.ident(t)).collect();
        // MySQL has no other way to drop tables that refer to each other. The caller made sure
        // that no table outside the list refers to them.
        vec![
            "SET SESSION foreign_key_checks = 0".to_owned(),
            format!("DROP TABLE {}", names.join(", ")),
            "SET SESSION foreign_key_checks = 1".to_owned(),
        ]
    }

    fn key_problem(&self, wanted: &str, found: &Column, referred: bool) -> Option<String> {
        let found_integer = super::is_integer(&found.kind);
        let name = found.kind.split('(').next().unwrap_or_default().trim();
        let signed_int = name == "int" && !found.kind.contains("unsigned");
        if super::is_integer(wanted) != found_integer {
            return Some(if found_integer {
                format!("it must be {wanted}")
            } else {
                "it must be an integer".to_owned()
            });
        }
        // MySQL refuses a foreign key between integers of different size or sign, and between texts
        // of different collation.
        let problem = if found_integer && !signed_int {
            "later migrations refer to it as int, and MySQL wants the same type"
        } else if super::is_text(&found.kind) && !found.extra.contains(KEY_COLLATION) {
            "later migrations refer to it as utf8mb4_bin, and MySQL wants the same collation"
        } else {
            return None;
        };
        referred.then(|| problem.to_owned())
    }

    fn may_be_done_already(&self, error: &SqlError) -> bool {
        matches!(
            error.code.as_deref(),
            // table, column, key or trigger exists; key, column, table or trigger is not there
            Some("1050" | "1060" | "1061" | "1359" | "1091" | "1051" | "1146" | "1360")
        )
    }

    fn same_name(&self, a: &str, b: &str) -> bool {
        // Depends on lower_case_table_names; too careful is better than surprised.
        a.eq_ignore_ascii_case(b)
    }

    fn sessions(&self) -> Option<&dyn Sessions> {
        Some(self)
    }
}

/// The collation of text keys that migrations make.
const KEY_COLLATION: &str = "utf8mb4_bin";

fn parse(target: &Target) -> Result<MySqlConnectOptions, SqlError> {
    MySqlConnectOptions::from_str(target.secret())
        .map(|o| o.disable_statement_logging())
        .map_err(|_| SqlError::local(Cause::Other, "the URL has an option with a bad value"))
}

async fn connect(
    to: MySqlConnectOptions,
    options: &ConnectOptions,
) -> Result<MySqlSession, SqlError> {
    super::within(options.connect_timeout, async {
        let connection = to.connect().await.map_err(|e| convert(0, &e))?;
        Ok(MySqlSession {
            connection,
            application: options.application.clone(),
            patience: Duration::ZERO,
            since: None,
        })
    })
    .await
}

/// What the note about the lock's holder is called in saasdb_meta, before the connection's number.
const HOLDER: &str = "lock_holder/";

/// Names of user locks are global to the server and at most 64 characters long.
pub(super) fn lock_name(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let hex: String = digest[..20].iter().map(|b| format!("{b:02x}")).collect();
    format!("saasdb:{hex}")
}

#[async_trait]
impl Session for MySqlSession {
    async fn run(&mut self, script: &str) -> Result<Vec<ResultSet>, SqlError> {
        let mut patience = Patience::new(self.patience);
        let mut results = Vec::new();
        loop {
            let rest = patience::rest(script, results.len());
            match stream::run(&mut self.connection, rest, |r| r.rows_affected()).await {
                Ok(more) => {
                    results.extend(more);
                    return Ok(results);
                }
                Err((done, error)) => {
                    results.extend(done);
                    let error = convert(results.len(), &error);
                    if error.cause != Cause::LockTimeout || !patience.goes_on(results.len()) {
                        return Err(error);
                    }
                }
            }
        }
    }

    async fn try_lock(&mut self, key: &str) -> Result<bool, SqlError> {
        let got = self
            .run(&format!(
                "SELECT CAST(GET_LOCK('{}', 0) AS CHAR)",
                lock_name(key)
            ))
            .await?;
        let got = got.first().and_then(ResultSet::single) == Some("1");
        if got {
            self.since = Some(
                crate::engine::clock::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            );
        }
        Ok(got)
    }

    /// The process list does not tell who holds the lock since when.
    async fn note_holder(&mut self) {
        let Some(since) = self.since.take() else {
            return;
        };
        let note = Mysql.literal(&format!("{}\n{since}", self.application));
        // A courtesy to whoever waits; failing is no reason to stop.
        let _ = self
            .run(&format!(
                "REPLACE INTO saasdb_meta (name, value, updated_at) \
                 VALUES (CONCAT('{HOLDER}', CONNECTION_ID()), {note}, '{since}')"
            ))
            .await;
    }

    async fn lock_holder(&mut self, key: &str) -> Option<Holder> {
        let noted = self
            .run(&format!(
                "SELECT value FROM saasdb_meta WHERE name = CONCAT('{HOLDER}', IS_USED_LOCK('{}'))",
                lock_name(key)
            ))
            .await
            .ok();
        let noted = noted.as_ref().and_then(|r| r.first()?.single());
        if let Some((who, since)) = noted.and_then(|n| n.split_once('\n')) {
            return Some(Holder {
                who: who.to_owned(),
                since: Some(since.to_owned()),
            });
        }
        let found = self
            .run(&format!(
                "SELECT CONCAT('connection ', p.ID, ', user ', p.USER, ' from ', p.HOST), NULL \
                 FROM information_schema.PROCESSLIST p WHERE p.ID = IS_USED_LOCK('{}')",
                lock_name(key)
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
        self.since = None;
        let _ = self
            .run(&format!(
                "DELETE FROM saasdb_meta WHERE name LIKE '{HOLDER}%'"
            ))
            .await;
        self.run(&format!("SELECT RELEASE_LOCK('{}')", lock_name(key)))
            .await
            .map(drop)
    }

    async fn close(self: Box<Self>) {
        let _ = self.connection.close().await;
    }
}

fn convert(statement: usize, error: &SqlxError) -> SqlError {
    let SqlxError::Database(db) = error else {
        return super::transport(statement, error);
    };
    let number = db
        .try_downcast_ref::<sea_orm::sqlx::mysql::MySqlDatabaseError>()
        .map_or(0, |e| e.number());
    let cause = match number {
        // The second: the catalogue cannot be read because somebody changes a table at this moment.
        1205 | 1684 => Cause::LockTimeout,
        // A deadlock; a row that changed since the transaction's snapshot (MariaDB 11.6 and newer).
        1213 | 1020 => Cause::Conflict,
        1317 | 1969 | 3024 => Cause::Cancelled,
        1007 | 1050 | 1060 | 1061 | 1359 | 1826 => Cause::AlreadyExists,
        1051 | 1054 | 1091 | 1146 | 1360 => Cause::Undefined,
        1044 | 1142 | 1143 | 1227 | 1370 | 1419 => Cause::Permission,
        1290 | 1792 | 1836 => Cause::ReadOnly,
        1045 | 1698 | 2061 => Cause::Authentication,
        1049 => Cause::NoDatabase,
        1021 | 1041 | 1114 => Cause::Full,
        1040 | 1053 | 1927 | 2006 | 2013 => Cause::Unreachable,
        1062 | 1216 | 1217 | 1451 | 1452 | 4025 => Cause::Constraint,
        _ => Cause::Other,
    };
    SqlError {
        statement,
        cause,
        code: Some(number.to_string()),
        message: db.message().to_owned(),
    }
}
