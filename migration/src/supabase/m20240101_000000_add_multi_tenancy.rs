use super::sql::{TAKE_TURNS, create, created_at, drop, organization, user};
use super::{provided, roles};
use crate::support::{Column, OnDelete, Table, Touch, execute};
use sea_orm_migration::prelude::*;

/// Makes what Supabase provides where it is missing, then the tenants with their members, plans, usage and
/// records.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn organizations() -> Table {
    Table::new("organizations")
        .column(Column::uuid_id())
        .column(Column::varchar("name", 255).not_null())
        .column(Column::varchar("slug", 100).not_null().unique())
        .column(
            Column::choice(
                "subscription_plan",
                &["starter", "professional", "business", "enterprise"],
            )
            .default_text("starter"),
        )
        .column(
            Column::choice(
                "subscription_status",
                &["active", "canceled", "past_due", "trialing"],
            )
            .default_text("active"),
        )
        .column(Column::text("stripe_customer_id").unique())
        .column(Column::text("stripe_subscription_id").unique())
        .column(Column::timestamp("trial_ends_at"))
        .column(Column::text("billing_email"))
        .column(Column::json("settings").default_json("{}"))
        .column(created_at())
        .column(Column::touched("updated_at"))
}

fn organization_members() -> Table {
    Table::new("organization_members")
        .column(Column::uuid_id())
        .column(organization().indexed())
        .column(user("user_id", OnDelete::Cascade).not_null())
        .column(
            Column::choice("role", &["owner", "admin", "member", "viewer"]).default_text("member"),
        )
        .column(Column::json("permissions").default_json("{}"))
        .column(user("invited_by", OnDelete::NoAction))
        .column(Column::timestamp("invited_at").default_now())
        .column(Column::timestamp("joined_at"))
        .column(Column::boolean("is_active").default_boolean(true))
        .column(created_at())
        .column(Column::touched("updated_at"))
        .unique(&["organization_id", "user_id"])
}

fn organization_usage() -> Table {
    Table::new("organization_usage")
        .column(Column::uuid_id())
        .column(organization())
        .column(Column::text("metric_name").not_null())
        .column(
            Column::integer("metric_value")
                .not_null()
                .default_integer(0),
        )
        .column(Column::timestamp("period_start").not_null())
        .column(Column::timestamp("period_end").not_null())
        .column(created_at())
        .unique(&["organization_id", "metric_name", "period_start"])
        .index(&["organization_id", "metric_name"])
        .index(&["period_start", "period_end"])
}

fn subscription_plans() -> Table {
    Table::new("subscription_plans")
        .column(Column::text_id())
        .column(Column::varchar("name", 255).not_null())
        .column(Column::text("description"))
        .column(Column::integer("price_monthly").not_null())
        .column(Column::integer("price_yearly"))
        .column(Column::json("features").not_null().default_json("{}"))
        .column(Column::json("limits").not_null().default_json("{}"))
        .column(Column::text("stripe_price_id_monthly"))
        .column(Column::text("stripe_price_id_yearly"))
        .column(Column::boolean("is_active").default_boolean(true))
        .column(Column::integer("sort_order").default_integer(0))
        .column(created_at())
}

fn billing_events() -> Table {
    Table::new("billing_events")
        .column(Column::uuid_id())
        .column(organization())
        .column(Column::text("event_type").not_null().indexed())
        .column(Column::json("event_data").default_json("{}"))
        .column(Column::text("stripe_event_id"))
        .column(Column::timestamp("processed_at").default_now())
        .column(created_at().indexed())
}

fn audit_logs() -> Table {
    Table::new("audit_logs")
        .column(Column::uuid_id())
        .column(organization())
        .column(user("user_id", OnDelete::NoAction))
        .column(Column::text("action").not_null().indexed())
        .column(Column::json("details").default_json("{}"))
        .column(Column::text("ip_address"))
        .column(Column::text("user_agent"))
        .column(created_at().indexed())
}

fn organization_invitations() -> Table {
    Table::new("organization_invitations")
        .column(Column::uuid_id())
        .column(organization())
        .column(Column::text("email").not_null().indexed())
        .column(Column::choice("role", &["viewer", "member", "admin"]).not_null())
        .column(user("invited_by", OnDelete::NoAction).not_null())
        .column(Column::text("token").not_null().unique())
        .column(Column::timestamp("accepted_at"))
        .column(Column::timestamp("expires_at").not_null())
        .column(created_at())
}

fn tables() -> [Table; 7] {
    [
        organizations(),
        organization_members(),
        organization_usage(),
        subscription_plans(),
        billing_events(),
        audit_logs(),
        organization_invitations(),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &[TAKE_TURNS.to_owned()]).await?;
        execute(manager, &provided::make()).await?;
        Touch::create_function(manager).await?;
        execute(manager, &roles::make()).await?;
        execute(manager, &[provided::open(), provided::hide_history()]).await?;
        create(manager, &tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute(manager, &[TAKE_TURNS.to_owned()]).await?;
        drop(manager, &tables()).await?;
        Touch::drop_function(manager).await?;
        execute(manager, &[provided::take_back()]).await?;
        execute(manager, &roles::take_back()).await
    }
}
