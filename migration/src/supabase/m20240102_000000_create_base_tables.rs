use super::sql::{TAKE_TURNS, create, created_at, drop, organization, user};
use crate::support::{Column, OnDelete, Table, execute};
use sea_orm_migration::prelude::*;

/// Creates what the organizations work with: messages, contacts, automatic replies and campaigns.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn messages() -> Table {
    Table::new("messages")
        .column(Column::uuid_id())
        .column(user("user_id", OnDelete::Cascade))
        // No reference: a message stays when its contact is deleted.
        .column(Column::uuid("contact_id"))
        .column(Column::text("phone_number").not_null().indexed())
        .column(Column::text("content").not_null())
        .column(
            Column::choice(
                "type",
                &["text", "image", "document", "audio", "video", "location"],
            )
            .default_text("text"),
        )
        .column(Column::choice("direction", &["inbound", "outbound"]).not_null())
        .column(
            Column::choice("status", &["sent", "delivered", "read", "failed"]).default_text("sent"),
        )
        .column(Column::text("external_id"))
        .column(Column::timestamp("sent_at").default_now().indexed())
        .column(Column::timestamp("delivered_at"))
        .column(Column::timestamp("read_at"))
        .column(created_at())
        .column(Column::touched("updated_at"))
        .column(organization())
}

fn contacts() -> Table {
    Table::new("contacts")
        .column(Column::uuid_id())
        .column(user("user_id", OnDelete::Cascade).indexed())
        .column(Column::text("phone_number").not_null().indexed())
        .column(Column::text("name"))
        .column(Column::text("avatar_url"))
        .column(Column::timestamp("last_message_at"))
        .column(Column::boolean("is_blocked").default_boolean(false))
        .column(Column::text_array("tags").default_empty_array())
        .column(Column::text("notes"))
        .column(created_at())
        .column(Column::touched("updated_at"))
        .column(organization())
        .unique(&["user_id", "phone_number"])
}

fn auto_replies() -> Table {
    Table::new("auto_replies")
        .column(Column::uuid_id())
        .column(organization())
        .column(Column::varchar("name", 255).not_null())
        .column(Column::text_array("trigger_keywords").default_empty_array())
        .column(Column::text("response_message").not_null())
        .column(Column::boolean("is_active").default_boolean(true))
        .column(user("created_by", OnDelete::NoAction))
        .column(created_at())
        .column(Column::touched("updated_at"))
}

fn campaigns() -> Table {
    Table::new("campaigns")
        .column(Column::uuid_id())
        .column(organization())
        .column(Column::varchar("name", 255).not_null())
        .column(Column::text("message_template").not_null())
        .column(Column::text_array("target_contacts").default_empty_array())
        .column(
            Column::choice(
                "status",
                &["draft", "scheduled", "sending", "completed", "paused"],
            )
            .default_text("draft"),
        )
        .column(Column::timestamp("scheduled_at"))
        .column(Column::integer("sent_count").default_integer(0))
        .column(user("created_by", OnDelete::NoAction))
        .column(created_at())
        .column(Column::touched("updated_at"))
}

fn tables() -> [Table; 4] {
    [messages(), contacts(), auto_replies(), campaigns()]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &[TAKE_TURNS.to_owned()]).await?;
        create(manager, &tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &[TAKE_TURNS.to_owned()]).await?;
        drop(manager, &tables()).await
    }
}
