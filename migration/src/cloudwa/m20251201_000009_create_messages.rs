use super::columns::*;
use crate::support::{Dialect, OnDelete, Table, execute};
use sea_orm_migration::prelude::*;

/// Creates `messages`, everything that was received and sent.
#[derive(DeriveMigrationName)]
pub struct Migration;

pub(super) fn table() -> Table {
    Table::new("messages")
        .column(id())
        .column(device())
        .column(key("contact_phone").not_null().indexed())
        .column(choice("direction", &["incoming", "outgoing"]).not_null())
        .column(
            choice(
                "message_type",
                &["text", "image", "video", "document", "audio"],
            )
            .default_text("text"),
        )
        .column(text("content"))
        .column(text("media_url"))
        .column(text("wa_message_id"))
        .column(belongs_to("flow_id", "flows", OnDelete::NoAction))
        // Campaigns go with their tenant as soon as devices do, and messages only after their device.
        .column(belongs_to("campaign_id", "campaigns", OnDelete::NoAction).checked_at_commit())
        .column(json("metadata").default_json("{}"))
        .column(time("timestamp").default_now())
        .index_descending("timestamp")
}

/// Deletes messages before what they refer to, on MySQL.
///
/// InnoDB does not wait for the end of a statement: it refuses to delete a flow or a campaign of a tenant
/// that goes, because of messages that would go a moment later. Cascades fire no triggers, so each table
/// from which somebody deletes devices has one of its own.
const FIRST_THE_MESSAGES: [(&str, &str); 2] = [
    (
        "tenants_delete_messages",
        "CREATE TRIGGER `tenants_delete_messages` BEFORE DELETE ON `tenants`\n\
         FOR EACH ROW DELETE `messages` FROM `messages`\n  \
           JOIN `devices` ON `devices`.`id` = `messages`.`device_id`\n  \
           WHERE `devices`.`tenant_id` = OLD.`id`",
    ),
    (
        "devices_delete_messages",
        "CREATE TRIGGER `devices_delete_messages` BEFORE DELETE ON `devices`\n\
         FOR EACH ROW DELETE FROM `messages` WHERE `device_id` = OLD.`id`",
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        table().create(manager).await?;
        if Dialect::of(manager)? == Dialect::MySql {
            let triggers = FIRST_THE_MESSAGES.map(|(_, trigger)| trigger.to_owned());
            execute(manager, &triggers).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if Dialect::of(manager)? == Dialect::MySql {
            let drops = FIRST_THE_MESSAGES.map(|(name, _)| format!("DROP TRIGGER `{name}`"));
            execute(manager, &drops).await?;
        }
        table().drop(manager).await
    }
}
