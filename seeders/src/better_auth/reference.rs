//! What every organization has: a subscription and a first module.

use super::SET;
use super::modules::VISITOR_MANAGEMENT;
use super::plans::FREE;
use crate::support::{Rows, cuid, row_key, values};
use crate::{ForEach, SeedContext, SeedKind, SeedTable, Seeder};
use chrono::TimeDelta;
use serde_json::json;

/// Gives every organization that has none a free subscription, and visitor management.
pub(super) struct OrganizationDefaults;

impl Seeder for OrganizationDefaults {
    fn name(&self) -> &'static str {
        "org-defaults"
    }

    fn kind(&self) -> SeedKind {
        SeedKind::Reference
    }

    fn description(&self) -> &'static str {
        "A free subscription and visitor management for each organization without"
    }

    fn tables(&self, _: &SeedContext) -> Vec<SeedTable> {
        Vec::new()
    }

    fn for_each(&self) -> Option<ForEach> {
        Some(ForEach {
            table: "organization",
            column: "id",
            tables: |_, organizations| {
                vec![
                    subscriptions(organizations),
                    visitor_management(organizations),
                ]
            },
        })
    }
}

fn subscriptions(organizations: &[String]) -> SeedTable {
    let mut rows = Rows::new(
        "organizationSubscription",
        &[
            "id",
            "organizationId",
            "plan",
            "status",
            "currentPeriodStart",
            "currentPeriodEnd",
            "createdAt",
            "updatedAt",
        ],
    )
    .natural_key(&["organizationId"]);
    let now = TimeDelta::zero();
    for organization in organizations {
        rows.push(
            row_key(organization),
            values![
                id("organizationSubscription", organization),
                organization.as_str(),
                FREE,
                "active",
                now,
                TimeDelta::days(365),
                now,
                now,
            ],
        );
    }
    rows.zoned().finish()
}

fn visitor_management(organizations: &[String]) -> SeedTable {
    let mut rows = Rows::new(
        "organizationModule",
        &[
            "id",
            "organizationId",
            "moduleKey",
            "isEnabled",
            "settings",
            "enabledAt",
        ],
    )
    .natural_key(&["organizationId", "moduleKey"]);
    for organization in organizations {
        rows.push(
            row_key(organization),
            values![
                id("organizationModule", organization),
                organization.as_str(),
                VISITOR_MANAGEMENT,
                true,
                // Fewer than the module's own defaults: the document's seeds say so.
                json!({"maxDailyVisitors": 100, "requirePhoto": false, "autoCheckoutHours": 8}),
                TimeDelta::zero(),
            ],
        );
    }
    rows.zoned().finish()
}

/// The id of an organization's row; apart from those of the demo, which are made of slugs.
fn id(table: &str, organization: &str) -> String {
    cuid(SET, table, &format!("default of {organization}"))
}
