use super::{Dialect, execute};
use sea_orm_migration::prelude::*;

/// Keeps an `updated_at` that [`Column::touched`](super::Column::touched) made current: an update that
/// does not set it sets it to the time of the update.
///
/// PostgreSQL needs one function for all tables and a trigger for each; SQLite a trigger for each; on MySQL
/// the column itself does it.
pub struct Touch;

/// The function that the triggers on PostgreSQL call.
const FUNCTION: &str = "update_updated_at_column";

const COLUMN: &str = "updated_at";

impl Touch {
    /// Creates what all tables need, once for a set.
    pub async fn create_function(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &Self::create_function_sql(Dialect::of(manager)?)).await
    }

    /// Drops what [`Touch::create_function`] made.
    pub async fn drop_function(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        execute(manager, &Self::drop_function_sql(Dialect::of(manager)?)).await
    }

    /// Creates the trigger of a table. It goes with the table.
    pub async fn attach(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
        execute(manager, &Self::attach_sql(Dialect::of(manager)?, table)).await
    }

    /// The statements of [`Touch::create_function`].
    pub fn create_function_sql(dialect: Dialect) -> Vec<String> {
        if dialect != Dialect::Postgres {
            return Vec::new();
        }
        // Not now(), which stands still in a transaction. A value that the statement sets is kept.
        vec![format!(
            "CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql\n\
             SET search_path = pg_catalog, pg_temp AS $body$\n\
             BEGIN\n  \
               IF NEW.{COLUMN} IS NOT DISTINCT FROM OLD.{COLUMN} THEN\n    \
                 NEW.{COLUMN} := clock_timestamp();\n  \
               END IF;\n  \
               RETURN NEW;\n\
             END\n\
             $body$"
        )]
    }

    /// The statements of [`Touch::drop_function`].
    pub fn drop_function_sql(dialect: Dialect) -> Vec<String> {
        if dialect != Dialect::Postgres {
            return Vec::new();
        }
        vec![format!("DROP FUNCTION {FUNCTION}()")]
    }

    /// The name of the trigger of a table.
    pub(super) fn trigger(table: &str) -> String {
        format!("{table}_{COLUMN}")
    }

    /// The statements of [`Touch::attach`].
    pub fn attach_sql(dialect: Dialect, table: &str) -> Vec<String> {
        let trigger = dialect.ident(&Self::trigger(table));
        let table = dialect.ident(table);
        match dialect {
            Dialect::MySql => Vec::new(),
            Dialect::Postgres => vec![format!(
                "CREATE TRIGGER {trigger} BEFORE UPDATE ON {table}\n\
                 FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()"
            )],
            // The second condition ends it where recursive_triggers is on. CURRENT_TIMESTAMP has whole
            // seconds only.
            Dialect::Sqlite => {
                let now = "strftime('%Y-%m-%d %H:%M:%f', 'now')";
                vec![format!(
                    "CREATE TRIGGER {trigger} AFTER UPDATE ON {table}\n\
                     FOR EACH ROW WHEN NEW.{COLUMN} IS OLD.{COLUMN} AND NEW.{COLUMN} IS NOT {now}\n\
                     BEGIN\n  \
                       UPDATE {table} SET {COLUMN} = {now} WHERE rowid = NEW.rowid;\n\
                     END"
                )]
            }
        }
    }
}
