//! What a check gets to look at.

use std::sync::Arc;

use crate::catalog::SchemaSet;
use crate::engine::guard::Environment;
use crate::engine::plan::Survey;
use crate::engine::{Database, Result, Source};
use crate::schema::Schema;

use super::Settings;

/// The database and everything that is known of it. What is read is kept for the next check.
pub struct Look<'a> {
    /// The database, opened to read.
    pub db: &'a mut Database,
    /// The set's migrations, both ways.
    pub source: &'a Source,
    /// The set.
    pub set: &'static SchemaSet,
    /// What saasdb.toml says about checks.
    pub settings: &'a Settings,
    /// The environment, where somebody named one for this run.
    pub environment: Option<Environment>,
    /// Whether the check that looks was named, and does not only run by itself.
    pub named: bool,
    schema: Option<Arc<Schema>>,
}

impl<'a> Look<'a> {
    /// Nothing is read yet.
    pub fn new(
        db: &'a mut Database,
        source: &'a Source,
        set: &'static SchemaSet,
        settings: &'a Settings,
    ) -> Self {
        Self {
            db,
            source,
            set,
            settings,
            environment: None,
            named: false,
            schema: None,
        }
    }

    /// The live catalogue.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn schema(&mut self) -> Result<Arc<Schema>> {
        if let Some(schema) = &self.schema {
            return Ok(Arc::clone(schema));
        }
        let schema = Arc::new(self.db.schema().await?);
        self.schema = Some(Arc::clone(&schema));
        Ok(schema)
    }

    /// The set's migrations beside the database's history.
    pub fn survey(&self) -> Survey {
        Survey::new(self.source, &self.db.history)
    }

    /// Whether any migration is applied, so that there is a schema to look at.
    pub fn is_migrated(&self) -> bool {
        self.db.history.holds_any()
    }
}
