use super::roles::{DEFINER, own};
use super::sql::{block, create, created_at, drop, organization};
use super::usage;
use crate::support::{Column, Table, execute};
use sea_orm_migration::prelude::*;

/// Creates the functions that count usage, and the table in which they remember events.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Not one of the document's tables, which have no room for the ids of events.
fn events() -> Table {
    Table::new("saasdb_usage_events")
        .column(Column::uuid_id())
        .column(organization())
        .column(Column::text("metric_name").not_null())
        .column(Column::text("event_id").not_null())
        .column(created_at())
        .unique(&["organization_id", "metric_name", "event_id"])
}

fn access() -> Vec<String> {
    let table = events().name();
    vec![
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO service_role"),
        block(&format!(
            "BEGIN
  IF to_regrole('{DEFINER}') IS NOT NULL THEN
    GRANT SELECT, INSERT ON {table} TO {DEFINER};
  END IF;
END"
        )),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, &[events()]).await?;
        execute(manager, &access()).await?;
        execute(manager, &usage::create()).await?;
        execute(manager, &[own(&usage::functions())]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let functions: Vec<String> = usage::functions()
            .iter()
            .map(|f| format!("DROP FUNCTION {f}"))
            .collect();
        execute(manager, &functions).await?;
        drop(manager, &[events()]).await
    }
}
