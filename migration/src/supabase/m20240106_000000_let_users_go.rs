use super::sql::TAKE_TURNS;
use crate::support::execute;
use sea_orm_migration::prelude::*;

/// Lets users be deleted: what they did in an organization stays, without its author. And lets a user keep
/// the same number among the contacts of each organization.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Who did something, as table and column. With NO ACTION a single one of these rows kept its user from
/// being deleted.
const AUTHORS: [(&str, &str); 5] = [
    ("organization_members", "invited_by"),
    ("audit_logs", "user_id"),
    ("organization_invitations", "invited_by"),
    ("auto_replies", "created_by"),
    ("campaigns", "created_by"),
];

/// The same key with another action.
fn refer(table: &str, column: &str, action: &str) -> String {
    let key = format!("{table}_{column}_fkey");
    format!(
        "ALTER TABLE {table} DROP CONSTRAINT {key}, ADD CONSTRAINT {key} FOREIGN KEY ({column}) \
         REFERENCES auth.users (id) {action} ON UPDATE NO ACTION"
    )
}

fn unique(from: &str, to: &str) -> String {
    let name = |columns: &str| format!("contacts_{}_key", columns.replace(", ", "_"));
    format!(
        "ALTER TABLE contacts DROP CONSTRAINT {}, ADD CONSTRAINT {} UNIQUE ({to})",
        name(from),
        name(to)
    )
}

const ONE_BOOK: &str = "user_id, phone_number";
const A_BOOK_EACH: &str = "organization_id, user_id, phone_number";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut statements = vec![
            TAKE_TURNS.to_owned(),
            "ALTER TABLE organization_invitations ALTER COLUMN invited_by DROP NOT NULL".to_owned(),
        ];
        statements
            .extend(AUTHORS.map(|(table, column)| refer(table, column, "ON DELETE SET NULL")));
        statements.push(unique(ONE_BOOK, A_BOOK_EACH));
        execute(manager, &statements).await
    }

    /// An invitation whose author is gone is its organization's first owner's. Where there is none, or two
    /// organizations have the same number of a user, this fails and nothing is changed.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut statements = vec![
            TAKE_TURNS.to_owned(),
            "UPDATE organization_invitations i SET invited_by = (
  SELECT m.user_id FROM organization_members m
  WHERE m.organization_id = i.organization_id AND m.role = 'owner' AND m.is_active
  ORDER BY m.created_at, m.id LIMIT 1)
WHERE i.invited_by IS NULL"
                .to_owned(),
            unique(A_BOOK_EACH, ONE_BOOK),
        ];
        statements.extend(
            AUTHORS
                .iter()
                .rev()
                .map(|(table, column)| refer(table, column, "ON DELETE NO ACTION")),
        );
        statements.push(
            "ALTER TABLE organization_invitations ALTER COLUMN invited_by SET NOT NULL".to_owned(),
        );
        execute(manager, &statements).await
    }
}
