use crate::support::{Column, Dialect, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates what an organization subscribed to and which modules it switched on. On PostgreSQL these are
/// the tables that Prisma makes of the same models, to the last index, so that it sees no difference.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn tables(dialect: Dialect) -> [Table; 2] {
    let organization = || {
        Column::key_text("organizationId")
            .not_null()
            .references("organization", "id", OnDelete::Cascade)
            .on_update_cascade()
    };
    let updated_at = Column::local_timestamp("updatedAt").not_null();
    let updated_at = match dialect {
        // Prisma's client fills it in; a default would be a difference.
        Dialect::Postgres => updated_at,
        Dialect::MySql | Dialect::Sqlite => updated_at.default_now(),
    };
    [
        Table::new("organizationSubscription")
            .column(Column::text_id())
            .column(organization())
            .column(Column::key_text("plan").not_null())
            .column(Column::key_text("status").not_null())
            .column(Column::local_timestamp("currentPeriodStart").not_null())
            .column(Column::local_timestamp("currentPeriodEnd").not_null())
            .column(Column::local_timestamp("trialEndsAt"))
            .column(Column::local_timestamp("canceledAt"))
            .column(
                Column::boolean("cancelAtPeriodEnd")
                    .not_null()
                    .default_boolean(false),
            )
            .column(Column::key_text("stripeCustomerId"))
            .column(Column::key_text("stripeSubscriptionId"))
            .column(Column::key_text("stripePriceId"))
            .column(Column::key_text("stripePaymentMethodId"))
            .column(Column::json("currentPeriodUsage"))
            .column(Column::json("metadata"))
            .column(
                Column::local_timestamp("createdAt")
                    .not_null()
                    .default_now(),
            )
            .column(updated_at)
            .unique_index(&["organizationId"])
            .unique_index(&["stripeCustomerId"])
            .unique_index(&["stripeSubscriptionId"]),
        Table::new("organizationModule")
            .column(Column::text_id())
            .column(organization())
            .column(Column::key_text("moduleKey").not_null())
            .column(
                Column::boolean("isEnabled")
                    .not_null()
                    .default_boolean(true),
            )
            .column(Column::json("settings"))
            .column(
                Column::local_timestamp("enabledAt")
                    .not_null()
                    .default_now(),
            )
            .column(Column::key_text("enabledBy"))
            .column(Column::local_timestamp("disabledAt"))
            .column(Column::key_text("disabledBy"))
            .unique_index(&["organizationId", "moduleKey"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables(Dialect::of(manager)?) {
            table.create(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables(Dialect::of(manager)?).iter().rev() {
            table.drop(manager).await?;
        }
        Ok(())
    }
}
