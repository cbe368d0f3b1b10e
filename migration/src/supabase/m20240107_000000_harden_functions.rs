use super::roles::DEFINER;
use super::sql::{block, only};
use super::{policies, stronger};
use crate::support::execute;
use sea_orm_migration::prelude::*;

/// Makes functions, guards and privileges hold where users may create objects in the schema, lock tables, or
/// work in other isolation levels, and takes CREATE on the schema away from the API.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables that no policy lets a user write: privileges on them only served to lock whole tables.
const RECORDS: &str = "organization_usage, billing_events, audit_logs";

/// What the functions need to lock an organization's row, which takes UPDATE on any column of it.
fn equip(give: &str, to: &str) -> String {
    block(&format!(
        "BEGIN
  IF to_regrole('{DEFINER}') IS NOT NULL THEN
    {give} (updated_at) ON organizations {to} {DEFINER};
  END IF;
END"
    ))
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut statements = vec![stronger::remember()];
        statements.extend(only("", stronger::GO_BACK));
        statements.extend(stronger::functions());
        statements.extend(stronger::triggers());
        statements.extend(policies::for_authors(stronger::AUTHORS));
        statements.push(equip("GRANT UPDATE", "TO"));
        statements.push(format!(
            "REVOKE INSERT, UPDATE, DELETE ON {RECORDS} FROM authenticated"
        ));
        statements.push("REVOKE INSERT ON organizations FROM authenticated".to_owned());
        execute(manager, &statements).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut statements = vec![
            "GRANT INSERT ON organizations TO authenticated".to_owned(),
            format!("GRANT INSERT, UPDATE, DELETE ON {RECORDS} TO authenticated"),
            equip("REVOKE ALL", "FROM"),
        ];
        statements.extend(policies::for_anybody(stronger::AUTHORS));
        statements.extend(stronger::weaker_triggers());
        statements.push(format!("SELECT {}", stronger::GO_BACK));
        for function in stronger::DROPPED {
            statements.extend(only("", function));
        }
        statements.push(format!("DROP FUNCTION {}", stronger::GO_BACK));
        execute(manager, &statements).await
    }
}
