//! Who works with the application, and the numbers that they write from.

use super::profile::{Profile, When};
use crate::cloudwa::SET;
use crate::support::{Rows, hex_id, reference, values};
use crate::{SeedTable, SeedValue};
use chrono::{DateTime, Utc};
use serde_json::json;

/// The documented passwords of demo accounts. Demo rows exist in dev and test only.
const SUPER_ADMIN_PASSWORD: &str = "Admin@123";
const PASSWORD: &str = "Demo@123";

/// Fills `super_admins`.
pub(super) fn super_admins(anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "super_admins",
        &[
            "id",
            "email",
            "password_hash",
            "name",
            "avatar_url",
            "last_login",
            "created_at",
        ],
    )
    .natural_key(&["email"]);
    let key = "platform";
    rows.push(
        key,
        values![
            hex_id(SET, "super_admins", key),
            "platform@cloudwa.example",
            SeedValue::Password(SUPER_ADMIN_PASSWORD.to_owned()),
            "Ratna Kusuma",
            None::<&str>,
            When(1, 1, 5).resolve(anchor),
            When(120, 2, 0).resolve(anchor),
        ],
    );
    rows.finish()
}

/// Fills `tenants`.
pub(super) fn tenants(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "tenants",
        &[
            "id",
            "name",
            "email",
            "subscription_plan",
            "settings",
            "created_at",
            "updated_at",
        ],
    )
    .natural_key(&["email"]);
    for profile in profiles {
        let joined = profile.joined.resolve(anchor);
        rows.push(
            profile.slug,
            values![
                profile.id(),
                profile.name,
                format!("halo@{}.example", profile.slug),
                profile.plan,
                json!({
                    "timezone": "Asia/Jakarta",
                    "language": "id",
                    "branding": {"color": profile.colour},
                }),
                joined,
                joined,
            ],
        );
    }
    rows.finish()
}

/// Fills `users`.
pub(super) fn users(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "users",
        &[
            "id",
            "tenant_id",
            "email",
            "password_hash",
            "name",
            "avatar_url",
            "last_login",
            "created_at",
        ],
    )
    .natural_key(&["email"]);
    for profile in profiles {
        for (login, name) in profile.admins {
            let key = profile.key(login);
            rows.push(
                key.as_str(),
                values![
                    hex_id(SET, "users", &key),
                    reference("tenants", profile.slug),
                    format!("{login}@{}.example", profile.slug),
                    SeedValue::Password(PASSWORD.to_owned()),
                    *name,
                    None::<&str>,
                    When(1, 2, 0).resolve(anchor),
                    profile.joined.resolve(anchor),
                ],
            );
        }
    }
    rows.finish()
}

/// Fills `devices`.
pub(super) fn devices(profiles: &[Profile], anchor: DateTime<Utc>) -> SeedTable {
    let mut rows = Rows::new(
        "devices",
        &[
            "id",
            "tenant_id",
            "phone_number",
            "display_name",
            "session_status",
            "waha_session_id",
            "webhook_url",
            "anti_ban_config",
            "ai_fallback_enabled",
            "ai_fallback_kb_ids",
            "ai_fallback_prompt",
            "connected_at",
            "created_at",
        ],
    );
    for profile in profiles {
        for (position, device) in profile.devices.iter().enumerate() {
            let key = profile.device_key(position);
            let documents: Vec<String> = device
                .ai_prompt
                .iter()
                .map(|_| hex_id(SET, "knowledge_docs", &profile.document_key()))
                .collect();
            rows.push(
                key.as_str(),
                values![
                    hex_id(SET, "devices", &key),
                    reference("tenants", profile.slug),
                    profile.device_phone(position),
                    device.name,
                    device.status,
                    format!("{}-{}", profile.slug, device.key),
                    format!("https://hooks.{}.example/waha/{}", profile.slug, device.key),
                    json!({"typing_min": 1, "typing_max": 3, "enabled": true}),
                    device.ai_prompt.is_some(),
                    json!(documents),
                    device.ai_prompt,
                    device.connected.map(|when| when.resolve(anchor)),
                    device.since.resolve(anchor),
                ],
            );
        }
    }
    rows.finish()
}
