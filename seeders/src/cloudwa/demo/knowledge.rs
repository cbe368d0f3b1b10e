//! What the AI knows, and who it is.

use super::profile::{Profile, Provider};
use super::traffic::Traffic;
use crate::SeedTable;
use crate::cloudwa::SET;
use crate::support::{Month, Rows, hex_id, reference, values};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Stands where the application keeps a ciphertext. It is none, and no provider's key looks like it:
/// whoever wants to try the AI enters a key of their own.
const NO_KEY: &str = "(no key: demo)";

/// Fills `knowledge_docs` and `document_chunks`.
pub(super) fn documents(profiles: &[Profile], anchor: DateTime<Utc>) -> [SeedTable; 2] {
    let mut documents = Rows::new(
        "knowledge_docs",
        &[
            "id",
            "tenant_id",
            "filename",
            "file_url",
            "file_type",
            "total_chunks",
            "status",
            "error_message",
            "uploaded_at",
        ],
    );
    let mut chunks = Rows::new(
        "document_chunks",
        &[
            "id",
            "doc_id",
            "chunk_index",
            "content",
            "vector_id",
            "metadata",
            "created_at",
        ],
    );
    for profile in profiles {
        let Some(document) = &profile.document else {
            continue;
        };
        let key = profile.document_key();
        let id = hex_id(SET, "knowledge_docs", &key);
        let uploaded = document.uploaded.resolve(anchor);
        for ((page, section, text), index) in document.chunks.iter().zip(0_i64..) {
            let chunk = format!("{key}/{index}");
            let chunk_id = hex_id(SET, "document_chunks", &chunk);
            chunks.push(
                chunk.as_str(),
                values![
                    chunk_id.as_str(),
                    reference("knowledge_docs", key.as_str()),
                    index,
                    *text,
                    format!("chunk-{chunk_id}"),
                    json!({"page": page, "section": section}),
                    uploaded + TimeDelta::seconds(20),
                ],
            );
        }
        documents.push(
            key.as_str(),
            values![
                id.as_str(),
                reference("tenants", profile.slug),
                document.file,
                profile.file_url("cloudwa-docs", &format!("docs/{id}/{}", document.file)),
                document.kind,
                i64::try_from(document.chunks.len()).expect("few chunks"),
                "ready",
                None::<&str>,
                uploaded,
            ],
        );
    }
    [documents.finish(), chunks.finish()]
}

/// Fills `ai_providers`.
pub(super) fn providers(
    profiles: &[Profile],
    traffic: &Traffic<'_>,
    anchor: DateTime<Utc>,
) -> SeedTable {
    let mut rows = Rows::new(
        "ai_providers",
        &[
            "id",
            "tenant_id",
            "provider",
            "api_key",
            "model_id",
            "is_default",
            "is_active",
            "settings",
            "usage_quota",
            "usage_current",
            "last_used",
            "created_at",
            "updated_at",
        ],
    );
    for profile in profiles {
        for provider in profile.providers {
            let key = profile.key(provider.name);
            let (tokens, last) = usage(profile, provider, traffic, anchor);
            let since = provider.since.resolve(anchor);
            rows.push(
                key.as_str(),
                values![
                    hex_id(SET, "ai_providers", &key),
                    reference("tenants", profile.slug),
                    provider.name,
                    NO_KEY,
                    provider.model,
                    provider.default,
                    true,
                    json!({"temperature": 0.3, "max_tokens": 512}),
                    provider.quota,
                    tokens,
                    last,
                    since,
                    last.unwrap_or(since),
                ],
            );
        }
    }
    rows.finish()
}

/// Tokens in the anchor's month, and when the AI last answered. The default provider answers.
fn usage(
    profile: &Profile,
    provider: &Provider,
    traffic: &Traffic<'_>,
    anchor: DateTime<Utc>,
) -> (i64, Option<DateTime<Utc>>) {
    let answers = || {
        let all = traffic.messages.iter();
        all.filter(|m| provider.default && m.profile.slug == profile.slug)
            .filter_map(|m| Some((m.metadata["tokens"].as_i64()?, m.at)))
    };
    let month = Month::of(anchor);
    let tokens = answers()
        .filter(|(_, at)| month.contains(*at))
        .map(|(tokens, _)| tokens)
        .sum();
    (tokens, answers().map(|(_, at)| at).max())
}
