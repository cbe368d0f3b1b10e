//! SQL straight through sqlx, without any of saasdb's code.

use std::future::Future;
use std::sync::OnceLock;

use sea_orm::sqlx::mysql::MySqlConnection;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Error, Row, ValueRef, raw_sql};
use tokio::runtime::{Builder, Handle};

/// Runs a future to its end. All tests share one runtime.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    static HANDLE: OnceLock<Handle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("tokio runtime");
            let handle = runtime.handle().clone();
            // This thread drives timers and sockets for all the others.
            std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
            handle
        })
        .block_on(future)
}

/// A connection that stays open: for transactions, locks and waiting.
pub struct Session(Driver);

enum Driver {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mysql(MySqlConnection),
}

impl Session {
    /// Connects; the scheme of the URL chooses the driver.
    pub fn open(url: &str) -> Result<Session, Error> {
        block_on(async {
            Ok(Session(match url.split(':').next() {
                Some("sqlite") => Driver::Sqlite(SqliteConnection::connect(url).await?),
                Some("postgres" | "postgresql") => {
                    Driver::Postgres(PgConnection::connect(url).await?)
                }
                _ => Driver::Mysql(MySqlConnection::connect(url).await?),
            }))
        })
    }

    /// Executes statements and passes the database's error on.
    pub fn try_sql(&mut self, sql: &str) -> Result<(), Error> {
        let statements = raw_sql(AssertSqlSafe(sql));
        block_on(async {
            match &mut self.0 {
                Driver::Sqlite(driver) => statements.execute(driver).await.map(drop),
                Driver::Postgres(driver) => statements.execute(driver).await.map(drop),
                Driver::Mysql(driver) => statements.execute(driver).await.map(drop),
            }
        })
    }

    /// Executes statements, which have to succeed.
    #[track_caller]
    pub fn sql(&mut self, sql: &str) {
        if let Err(error) = self.try_sql(sql) {
            panic!("{error}\nin: {sql}");
        }
    }

    /// The rows of a query, passing the database's error on.
    pub fn try_rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Error> {
        let query = raw_sql(AssertSqlSafe(sql));
        block_on(async {
            Ok(match &mut self.0 {
                Driver::Sqlite(driver) => texts(&query.fetch_all(driver).await?),
                Driver::Postgres(driver) => texts(&query.fetch_all(driver).await?),
                Driver::Mysql(driver) => texts(&query.fetch_all(driver).await?),
            })
        })
    }

    /// The rows of a query, every column as text, NULL as `NULL`.
    #[track_caller]
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        match self.try_rows(sql) {
            Ok(rows) => rows,
            Err(error) => panic!("{error}\nin: {sql}"),
        }
    }

    /// Ends the session properly.
    pub fn close(self) {
        let _ = block_on(async {
            match self.0 {
                Driver::Sqlite(driver) => driver.close().await,
                Driver::Postgres(driver) => driver.close().await,
                Driver::Mysql(driver) => driver.close().await,
            }
        });
    }
}

/// The servers answer unprepared statements in text; SQLite converts.
fn texts<R>(rows: &[R]) -> Vec<Vec<String>>
where
    R: Row,
    usize: sea_orm::sqlx::ColumnIndex<R>,
    for<'r> String: sea_orm::sqlx::Decode<'r, R::Database>,
    for<'r> Vec<u8>: sea_orm::sqlx::Decode<'r, R::Database>,
    String: sea_orm::sqlx::Type<R::Database>,
    Vec<u8>: sea_orm::sqlx::Type<R::Database>,
{
    let text = |row: &R, column: usize| {
        if row.try_get_raw(column).expect("column").is_null() {
            return "NULL".to_owned();
        }
        row.try_get_unchecked::<String, _>(column)
            .unwrap_or_else(|_| {
                let bytes: Vec<u8> = row.try_get_unchecked(column).expect("bytes");
                bytes
                    .iter()
                    .fold("0x".to_owned(), |hex, byte| hex + &format!("{byte:02x}"))
            })
    };
    rows.iter()
        .map(|row| (0..row.len()).map(|column| text(row, column)).collect())
        .collect()
}
