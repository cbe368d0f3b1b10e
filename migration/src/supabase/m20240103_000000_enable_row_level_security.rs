use super::roles::{LET_OUT, equip, let_in, own, unequip};
use super::{guards, members, policies};
use crate::support::execute;
use sea_orm_migration::prelude::*;

/// Keeps the organizations apart: membership functions, policies, guards, and privileges for the API's
/// roles, which had none before.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn grants() -> Vec<String> {
    let tables = policies::tables();
    vec![
        equip(),
        let_in(),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO authenticated, service_role"),
        "GRANT SELECT ON subscription_plans TO anon, authenticated".to_owned(),
        "GRANT SELECT, INSERT, UPDATE, DELETE ON subscription_plans TO service_role".to_owned(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &members::create()).await?;
        execute(manager, &[own(&members::FUNCTIONS)]).await?;
        execute(manager, &policies::create()).await?;
        execute(manager, &guards::create()).await?;
        execute(manager, &grants()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let revoke = vec![
            format!(
                "REVOKE ALL ON {}, subscription_plans FROM anon, authenticated, service_role",
                policies::tables()
            ),
            format!("SELECT {LET_OUT}"),
            format!("DROP FUNCTION {LET_OUT}"),
            unequip(),
        ];
        execute(manager, &revoke).await?;
        execute(manager, &guards::drop()).await?;
        execute(manager, &policies::drop()).await?;
        let functions = members::FUNCTIONS.map(|f| format!("DROP FUNCTION {f}"));
        execute(manager, &functions).await
    }
}
