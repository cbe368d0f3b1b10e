use crate::support::{Column, OnDelete, Table};
use sea_orm_migration::prelude::*;

/// Creates Better Auth's own tables, so that an empty database works. An application that has them
/// adopts them.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// A column with the id of a row that this one does not outlive.
fn belongs_to(name: &'static str, table: &'static str) -> Column {
    Column::key_text(name)
        .not_null()
        .references(table, "id", OnDelete::Cascade)
        .on_update_cascade()
}

fn tables() -> [Table; 9] {
    [
        Table::new("user")
            .column(Column::text_id())
            .column(Column::text("name").not_null())
            .column(Column::key_text("email").not_null().unique())
            .column(
                Column::boolean("emailVerified")
                    .not_null()
                    .default_boolean(false),
            )
            .column(Column::text("image"))
            .timestamps()
            .column(Column::key_text("role"))
            .column(Column::boolean("banned").default_boolean(false))
            .column(Column::text("banReason"))
            .column(Column::timestamp("banExpires")),
        Table::new("session")
            .column(Column::text_id())
            .column(Column::timestamp("expiresAt").not_null())
            .column(Column::key_text("token").not_null().unique())
            .timestamps()
            .column(Column::text("ipAddress"))
            .column(Column::text("userAgent"))
            .column(belongs_to("userId", "user"))
            .column(Column::key_text("impersonatedBy"))
            .column(Column::key_text("activeOrganizationId"))
            .column(Column::key_text("activeTeamId")),
        Table::new("account")
            .column(Column::text_id())
            .column(Column::key_text("accountId").not_null())
            .column(Column::key_text("providerId").not_null())
            .column(belongs_to("userId", "user"))
            .column(Column::text("accessToken"))
            .column(Column::text("refreshToken"))
            .column(Column::text("idToken"))
            .column(Column::timestamp("accessTokenExpiresAt"))
            .column(Column::timestamp("refreshTokenExpiresAt"))
            .column(Column::text("scope"))
            .column(Column::text("password"))
            .timestamps(),
        Table::new("verification")
            .column(Column::text_id())
            .column(Column::text("identifier").not_null())
            .column(Column::text("value").not_null())
            .column(Column::timestamp("expiresAt").not_null())
            .timestamps(),
        Table::new("organization")
            .column(Column::text_id())
            .column(Column::text("name").not_null())
            .column(Column::key_text("slug").not_null().unique())
            .column(Column::text("logo"))
            .created_at()
            .column(Column::text("metadata")),
        Table::new("member")
            .column(Column::text_id())
            .column(belongs_to("organizationId", "organization"))
            .column(belongs_to("userId", "user"))
            .column(Column::key_text("role").not_null())
            .created_at(),
        Table::new("invitation")
            .column(Column::text_id())
            .column(belongs_to("organizationId", "organization"))
            .column(Column::key_text("email").not_null())
            .column(Column::key_text("role"))
            .column(Column::key_text("status").not_null())
            .column(Column::timestamp("expiresAt").not_null())
            .column(belongs_to("inviterId", "user"))
            .column(Column::key_text("teamId")),
        Table::new("team")
            .column(Column::text_id())
            .column(Column::text("name").not_null())
            .column(belongs_to("organizationId", "organization"))
            .created_at()
            .column(Column::timestamp("updatedAt").default_now()),
        Table::new("teamMember")
            .column(Column::text_id())
            .column(belongs_to("teamId", "team"))
            .column(belongs_to("userId", "user"))
            .column(Column::timestamp("createdAt").default_now()),
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
