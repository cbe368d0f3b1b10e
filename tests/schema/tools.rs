//! Reading the catalogue and running statements through the library.

use std::time::Duration;

use saasdb::dialect::{Backend, ConnectOptions, Dialect, Session, Target};
use saasdb::schema::Schema;
use tokio::runtime::Runtime;

use crate::support::{Db, TestDb};

/// A connection of the library's to a test's database.
pub struct Library {
    runtime: Runtime,
    session: Option<Box<dyn Session>>,
    dialect: &'static dyn Dialect,
}

/// Which database that is for the library.
pub fn backend(db: Db) -> Backend {
    match db {
        Db::Sqlite => Backend::Sqlite,
        Db::Postgres => Backend::Postgres,
        Db::Mysql => Backend::Mysql,
    }
}

impl Library {
    #[track_caller]
    pub fn open(db: &TestDb) -> Library {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("tokio runtime");
        let target = Target::parse(db.url()).expect("URL");
        let dialect = backend(db.kind()).dialect();
        let options = ConnectOptions {
            application: "tests".to_owned(),
            ddl_lock_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
            create: false,
            read_only: false,
        };
        let session = runtime.block_on(dialect.connect(&target, &options));
        Library {
            session: Some(session.expect("the library connects")),
            runtime,
            dialect,
        }
    }

    /// The schema as it is.
    #[track_caller]
    pub fn schema(&mut self) -> Schema {
        let session = self.session.as_mut().expect("open");
        let read = self
            .runtime
            .block_on(session.run(self.dialect.schema_script()));
        self.dialect.schema(&read.expect("the catalogue is read"))
    }

    /// Runs the statements one by one; the first that fails, and why.
    pub fn try_run(&mut self, statements: &[String]) -> Result<(), String> {
        let session = self.session.as_mut().expect("open");
        for statement in statements {
            let done = self.runtime.block_on(session.run(statement));
            done.map_err(|e| format!("{}\nin {statement}", e.message))?;
        }
        Ok(())
    }

    /// Runs the statements one by one.
    #[track_caller]
    pub fn run(&mut self, statements: &[String]) {
        if let Err(error) = self.try_run(statements) {
            panic!("{error}\nof\n{}", statements.join(";\n"));
        }
    }

    /// Rows of a query.
    #[track_caller]
    pub fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        let session = self.session.as_mut().expect("open");
        let results = self.runtime.block_on(session.run(sql)).expect("query");
        results
            .into_iter()
            .next()
            .map(|r| r.rows)
            .unwrap_or_default()
    }

    pub fn dialect(&self) -> &'static dyn Dialect {
        self.dialect
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            self.runtime.block_on(session.close());
        }
    }
}

/// Fails the test unless both are the same; shows what differs.
#[track_caller]
pub fn assert_same_schema(found: &Schema, wanted: &Schema, when: &str) {
    let differences = saasdb::schema::compare(wanted, found);
    assert!(differences.is_empty(), "{when}: {differences:#?}");
    assert_eq!(
        found.fingerprint(),
        wanted.fingerprint(),
        "{when}\n{}\n{}",
        found.canonical(),
        wanted.canonical()
    );
}
