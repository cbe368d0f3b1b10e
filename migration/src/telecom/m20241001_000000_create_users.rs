use crate::support::{Column, Table};
use sea_orm_migration::prelude::*;

/// Creates `users`: customers who log in, and the operator's own people.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn table() -> Table {
    Table::new("users")
        .column(Column::uuid_id())
        .column(Column::varchar("username", 50).not_null().unique())
        .column(Column::varchar("email", 255).not_null().unique())
        .column(Column::varchar("password", 255).not_null())
        .column(Column::varchar("first_name", 100))
        .column(Column::varchar("last_name", 100))
        .column(Column::varchar("phone_number", 20))
        .column(
            Column::enumeration("role", &["admin", "support", "customer"])
                .not_null()
                .default_text("customer")
                .indexed(),
        )
        .column(
            Column::boolean("is_active")
                .not_null()
                .default_boolean(true),
        )
        .column(
            Column::boolean("is_email_verified")
                .not_null()
                .default_boolean(false),
        )
        .column(
            Column::boolean("is_phone_verified")
                .not_null()
                .default_boolean(false),
        )
        .column(
            Column::boolean("mfa_enabled")
                .not_null()
                .default_boolean(false),
        )
        .column(Column::varchar("mfa_secret", 255))
        .column(Column::timestamp("last_login_at"))
        .column(Column::varchar("last_login_ip", 45))
        .column(Column::timestamp("password_changed_at"))
        .column(
            Column::integer("failed_login_attempts")
                .not_null()
                .default_integer(0),
        )
        .column(Column::timestamp("locked_until"))
        .column(Column::varchar("email_verification_token", 255))
        .column(Column::varchar("password_reset_token", 255))
        .column(Column::timestamp("password_reset_expires_at"))
        .snake_timestamps()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().drop(manager).await
    }
}
