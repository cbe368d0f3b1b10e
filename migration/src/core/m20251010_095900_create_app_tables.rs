use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates the application's own tables, so that an empty database works. One that has them adopts them.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn tables() -> [Table; 7] {
    [
        Table::new("users")
            .column(Column::auto_id())
            .column(Column::varchar("username", 255).not_null().unique())
            .column(Column::varchar("email", 255).unique())
            .column(Column::varchar("password", 255).not_null())
            .column(Column::varchar("name", 255))
            .column(Column::boolean("isActive").default_boolean(true))
            .timestamps(),
        Table::new("sessions")
            .column(Column::auto_id())
            .column(Column::integer("userId").references("users", "id", OnDelete::Cascade))
            .column(Column::varchar("name", 255))
            .column(Column::varchar("phoneNumber", 50))
            .column(Column::varchar("status", 50))
            .timestamps(),
        Table::new("blast_sessions")
            .column(Column::auto_id())
            .column(Column::integer("sessionId").references("sessions", "id", OnDelete::Cascade))
            .column(Column::varchar("name", 255))
            .column(Column::varchar("status", 50))
            .column(Column::timestamp("scheduledAt"))
            .timestamps(),
        Table::new("blast_messages")
            .column(Column::auto_id())
            .column(Column::integer("blastSessionId").references(
                "blast_sessions",
                "id",
                OnDelete::Cascade,
            ))
            .column(Column::varchar("recipient", 50).not_null())
            .column(Column::text("content"))
            .column(Column::varchar("status", 50))
            .column(Column::timestamp("sentAt"))
            .timestamps(),
        Table::new("campaigns")
            .column(Column::auto_id())
            .column(Column::integer("userId").references("users", "id", OnDelete::SetNull))
            .column(Column::varchar("name", 255))
            .column(Column::varchar("status", 50))
            .column(Column::timestamp("startsAt"))
            .timestamps(),
        Table::new("templates")
            .column(Column::auto_id())
            .column(Column::integer("userId").references("users", "id", OnDelete::SetNull))
            .column(Column::varchar("name", 255))
            .column(Column::text("content"))
            .timestamps(),
        Table::new("chats")
            .column(Column::auto_id())
            .column(Column::integer("sessionId").references("sessions", "id", OnDelete::Cascade))
            .column(Column::varchar("contact", 50).not_null())
            .column(Column::varchar("direction", 50))
            .column(Column::text("message"))
            .column(Column::timestamp("sentAt"))
            .timestamps(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            table.create(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables().iter().rev() {
            table.drop(manager).await?;
        }
        Ok(())
    }
}
