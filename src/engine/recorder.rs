//! A sea-orm connection that writes down statements instead of running them.
//!
//! This is the one place where migrations and the engine meet: a migration is rendered here, and
//! what comes out is what `plan` prints, what the checksum covers, what the journal counts and
//! what runs. So a migration may not read the database while it renders; conditions belong into
//! its SQL.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{
    DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, ExecResult, MockDatabase,
    MockDatabaseConnection, MockDatabaseTrait, MockExecResult, QueryResult, Statement, Transaction,
};

/// The statements so far, and the query that a migration tried, if it did.
#[derive(Debug, Default)]
pub(super) struct Recording {
    pub statements: Vec<String>,
    pub query: Option<String>,
}

#[derive(Debug)]
struct Recorder {
    backend: DbBackend,
    recording: Arc<Mutex<Recording>>,
}

impl Recorder {
    fn with<T>(&self, f: impl FnOnce(&mut Recording) -> T) -> T {
        f(&mut self
            .recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner))
    }
}

impl MockDatabaseTrait for Recorder {
    fn execute(&mut self, _counter: usize, statement: Statement) -> Result<ExecResult, DbErr> {
        self.with(|r| r.statements.push(statement.to_string()));
        // ExecResult has no public constructor: sea-orm's own mock makes one for us.
        let one = MockExecResult {
            last_insert_id: 1,
            rows_affected: 1,
        };
        MockDatabase::new(self.backend)
            .append_exec_results([one])
            .execute(0, statement)
    }

    fn query(&mut self, _counter: usize, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.with(|r| r.query = Some(statement.to_string()));
        Err(DbErr::Custom(
            "a migration may not read the database while it renders".to_owned(),
        ))
    }

    fn begin(&mut self) {}

    fn commit(&mut self) {}

    fn rollback(&mut self) {}

    fn drain_transaction_log(&mut self) -> Vec<Transaction> {
        Vec::new()
    }

    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    fn ping(&self) -> Result<(), DbErr> {
        Ok(())
    }
}

/// A connection of that kind which records, and the recording.
pub(super) fn recorder(backend: DbBackend) -> (DatabaseConnection, Arc<Mutex<Recording>>) {
    let recording = Arc::new(Mutex::new(Recording::default()));
    let mock = MockDatabaseConnection::new(Recorder {
        backend,
        recording: Arc::clone(&recording),
    });
    let connection = DatabaseConnectionType::MockDatabaseConnection(Arc::new(mock)).into();
    (connection, recording)
}
