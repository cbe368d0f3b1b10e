//! The organizations of the set `better-auth`: names of tables and columns, plans, modules.

use seeders::better_auth::{modules::MODULES, plans::PLANS};

use crate::tenancy::map::{
    Map, Members, Module, Modules, Organizations, Plan, Subscriptions, Users,
};

/// The map.
pub const MAP: Map = Map {
    organizations: Organizations {
        table: "organization",
        id: "id",
        slug: "slug",
        name: "name",
        created_at: "createdAt",
    },
    subscriptions: Subscriptions {
        table: "organizationSubscription",
        id: "id",
        organization: "organizationId",
        plan: "plan",
        status: "status",
        period_start: "currentPeriodStart",
        period_end: "currentPeriodEnd",
        trial_ends_at: "trialEndsAt",
        canceled_at: "canceledAt",
        cancel_at_period_end: "cancelAtPeriodEnd",
        updated_at: "updatedAt",
    },
    modules: Modules {
        table: "organizationModule",
        id: "id",
        organization: "organizationId",
        key: "moduleKey",
        enabled: "isEnabled",
        settings: "settings",
        enabled_at: "enabledAt",
        enabled_by: "enabledBy",
        disabled_at: "disabledAt",
        disabled_by: "disabledBy",
    },
    members: Members {
        table: "member",
        id: "id",
        organization: "organizationId",
        user: "userId",
        role: "role",
        created_at: "createdAt",
    },
    users: Users {
        table: "user",
        id: "id",
        name: "name",
        email: "email",
    },
    plans: || {
        PLANS
            .iter()
            .map(|plan| Plan {
                key: plan.key,
                name: plan.name,
                modules: plan.limits.modules,
                members: plan.limits.members,
            })
            .collect()
    },
    available: || {
        MODULES
            .iter()
            .map(|module| Module {
                key: module.key,
                name: module.name,
                category: module.category,
                description: module.description,
                settings: module.default_settings(),
            })
            .collect()
    },
};
