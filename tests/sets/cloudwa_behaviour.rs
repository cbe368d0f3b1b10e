//! What the tables of `cloudwa` do with rows, the same on every database.

use std::collections::BTreeSet;

use super::tools::{column, eventually, one, quoted, refused, rows, sql, up};
use crate::support::{Db, TestDb};

/// Every table with rows of two tenants `a` and `b`; ids begin with the tenant's.
pub fn populated(db: &TestDb) {
    up(db, "cloudwa");
    for t in ["a", "b"] {
        sql(
            db,
            &format!(
                r#"INSERT INTO "tenants" ("id", "name", "email") VALUES ('{t}', 'T', '{t}@x');
                INSERT INTO "users" ("id", "tenant_id", "email", "password_hash") VALUES ('{t}u', '{t}', '{t}u@x', 'x');
                INSERT INTO "devices" ("id", "tenant_id", "phone_number") VALUES ('{t}d', '{t}', '1'), ('{t}e', '{t}', '2');
                INSERT INTO "flows" ("id", "device_id", "name", "trigger_keywords", "flow_json")
                  VALUES ('{t}f', '{t}d', 'F', '[]', '{{}}'), ('{t}g', '{t}d', 'G', '[]', '{{}}');
                INSERT INTO "flow_sessions" ("id", "flow_id", "device_id", "contact_phone", "current_node_id")
                  VALUES ('{t}s', '{t}f', '{t}d', '9', 'n');
                INSERT INTO "contacts" ("id", "tenant_id", "phone") VALUES ('{t}c', '{t}', '9');
                INSERT INTO "campaigns" ("id", "tenant_id", "device_id", "name", "message_template")
                  VALUES ('{t}k', '{t}', '{t}d', 'K', 'x'), ('{t}l', '{t}', '{t}d', 'L', 'x');
                INSERT INTO "campaign_items" ("id", "campaign_id", "contact_id") VALUES ('{t}i', '{t}k', '{t}c');
                INSERT INTO "messages" ("id", "device_id", "contact_phone", "direction", "flow_id", "campaign_id")
                  VALUES ('{t}m', '{t}d', '9', 'outgoing', '{t}f', NULL), ('{t}n', '{t}d', '9', 'outgoing', NULL, '{t}k'),
                    ('{t}o', '{t}e', '9', 'incoming', NULL, NULL), ('{t}p', '{t}e', '9', 'outgoing', '{t}f', '{t}k');
                INSERT INTO "knowledge_docs" ("id", "tenant_id", "filename", "file_url", "file_type")
                  VALUES ('{t}x', '{t}', 'f', 'u', 'pdf');
                INSERT INTO "document_chunks" ("id", "doc_id", "chunk_index", "content") VALUES ('{t}y', '{t}x', 0, 'c');
                INSERT INTO "ai_providers" ("id", "tenant_id", "provider", "api_key", "model_id")
                  VALUES ('{t}z', '{t}', 'openai', 'x', 'm');"#
            ),
        );
    }
    sql(
        db,
        r#"INSERT INTO "super_admins" ("id", "email", "password_hash") VALUES ('r', 'r@x', 'x')"#,
    );
}

#[test]
fn one_session_is_active_for_each_device_and_contact_and_many_are_over() {
    TestDb::on_all(|db| {
        populated(db);
        let session = |device: &str, contact: &str, status: &str| {
            format!(
                r#"INSERT INTO "flow_sessions" ("flow_id", "device_id", "contact_phone", "current_node_id", "status")
                   VALUES ('af', '{device}', '{contact}', 'n', {status})"#
            )
        };
        // 'as' is active by default.
        refused(db, &session("ad", "9", "'active'"));
        sql(db, &session("ae", "9", "'active'"));
        sql(db, &session("ad", "8", "'active'"));
        for _ in 0..2 {
            sql(db, &session("ad", "9", "'completed'"));
            sql(db, &session("ad", "9", "'expired'"));
            sql(db, &session("ad", "9", "NULL"));
        }
        refused(
            db,
            r#"UPDATE "flow_sessions" SET "status" = 'active' WHERE "status" = 'completed'"#,
        );
        sql(
            db,
            r#"UPDATE "flow_sessions" SET "status" = 'completed' WHERE "id" = 'as'"#,
        );
        sql(db, &session("ad", "9", "'active'"));
        refused(db, &session("ad", "9", "'active'"));
        refused(
            db,
            r#"UPDATE "flow_sessions" SET "status" = 'active' WHERE "id" = 'as'"#,
        );
    });
}

#[test]
fn a_provider_is_there_once_for_each_model_and_once_without_one() {
    TestDb::on_all(|db| {
        populated(db);
        let provider = |tenant: &str, name: &str, model: &str| {
            format!(
                r#"INSERT INTO "ai_providers" ("tenant_id", "provider", "api_key", "model_id")
                   VALUES ('{tenant}', '{name}', 'x', {model})"#
            )
        };
        refused(db, &provider("a", "openai", "'m'"));
        sql(db, &provider("a", "openai", "'n'"));
        sql(db, &provider("a", "openai", "'M'"));
        sql(db, &provider("a", "groq", "'m'"));
        for (tenant, name) in [("a", "openai"), ("a", "groq"), ("b", "openai")] {
            sql(db, &provider(tenant, name, "NULL"));
            refused(db, &provider(tenant, name, "NULL"));
        }
        refused(
            db,
            r#"UPDATE "ai_providers" SET "model_id" = NULL WHERE "id" = 'az'"#,
        );
        sql(
            db,
            r#"DELETE FROM "ai_providers" WHERE "model_id" IS NULL AND "tenant_id" = 'a' AND "provider" = 'openai';
               UPDATE "ai_providers" SET "model_id" = NULL WHERE "id" = 'az';"#,
        );
        refused(db, &provider("a", "openai", "NULL"));
    });
}

/// The `updated_at` of a row, and whether it lies within the last minute.
fn updated(db: &TestDb, table: &str, id: &str) -> (String, bool) {
    let text = one(
        db,
        &format!("SELECT \"updated_at\" FROM \"{table}\" WHERE \"id\" = '{id}'"),
    );
    let time = chrono::NaiveDateTime::parse_from_str(&text[..19], "%Y-%m-%d %H:%M:%S").unwrap();
    let age = (chrono::Utc::now() - time.and_utc()).num_seconds();
    (text, (-1..60).contains(&age))
}

#[test]
fn updated_at_advances_and_is_kept_when_it_is_set() {
    TestDb::on_all(|db| {
        populated(db);
        for (table, id, column) in [
            ("tenants", "a", "name"),
            ("flows", "af", "name"),
            ("ai_providers", "az", "api_key"),
        ] {
            let set = |what: &str| {
                let change = format!("UPDATE \"{table}\" SET {what} WHERE \"id\" = '{id}'");
                let mut session = db.session();
                match db.kind() {
                    Db::Sqlite => session.sql("PRAGMA recursive_triggers = ON"),
                    Db::Postgres => session.sql("SET timezone = 'Asia/Jakarta'"),
                    Db::Mysql => session.sql("SET time_zone = '+07:00'"),
                }
                session.sql(&quoted(db.kind(), &change));
                session.close();
            };
            let (first, fresh) = updated(db, table, id);
            assert!(fresh, "default of {table}: {first}");

            sql(
                db,
                &format!(
                    "UPDATE \"{table}\" SET \"updated_at\" = '2020-02-02 02:02:02' WHERE \"id\" = '{id}'"
                ),
            );
            let (by_hand, _) = updated(db, table, id);
            assert!(
                by_hand.starts_with("2020-02-02 02:02:02"),
                "{table}: {by_hand}"
            );

            set(&format!("\"{column}\" = 'new'"));
            let (second, fresh) = updated(db, table, id);
            assert!(fresh, "{table} after an update: {second}");

            let mut last = second;
            for n in 0..3 {
                // A clock ticks in milliseconds; the same one says nothing.
                eventually(std::time::Duration::from_secs(5), "it advances", || {
                    set(&format!("\"{column}\" = 'newer {n}'"));
                    let (now, _) = updated(db, table, id);
                    sql(
                        db,
                        &format!(
                            "UPDATE \"{table}\" SET \"{column}\" = 'old', \"updated_at\" = '{last}' WHERE \"id\" = '{id}'"
                        ),
                    );
                    let later = now > last;
                    if later {
                        last = now;
                    }
                    later
                });
            }
            set(&format!("\"{column}\" = 'x', \"updated_at\" = NULL"));
            let nothing = one(
                db,
                &format!("SELECT \"updated_at\" FROM \"{table}\" WHERE \"id\" = '{id}'"),
            );
            assert_eq!(nothing, "NULL", "{table}");
        }
        let (other, fresh) = updated(db, "tenants", "b");
        assert!(fresh, "another row: {other}");
    });
}

#[test]
fn ids_are_32_hexadecimal_digits_one_for_each_row() {
    TestDb::on_all(|db| {
        up(db, "cloudwa");
        sql(
            db,
            r#"INSERT INTO "tenants" ("name", "email") VALUES ('a', '1'), ('b', '2'), ('c', '3');
               INSERT INTO "tenants" ("name", "email") VALUES ('d', '4');
               INSERT INTO "users" ("tenant_id", "email", "password_hash")
                 SELECT "id", "email", 'x' FROM "tenants";
               INSERT INTO "contacts" ("tenant_id", "phone") SELECT "id", '1' FROM "tenants";"#,
        );
        let mut seen = BTreeSet::new();
        for table in ["tenants", "users", "contacts"] {
            let ids = column(db, &format!("SELECT \"id\" FROM \"{table}\""));
            assert_eq!(ids.len(), 4);
            for id in ids {
                let hex = id.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
                assert!(hex && id.len() == 32, "{:?}: {id}", db.kind());
                assert!(seen.insert(id), "{:?}: the same twice", db.kind());
            }
        }
    });
}

#[test]
fn plain_inserts_get_the_documents_defaults() {
    TestDb::on_all(|db| {
        populated(db);
        let truth = |text: &str| ["1", "t", "true"].contains(&text);
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let row = |table: &str, columns: &str, id: &str| {
            let query = format!("SELECT {columns} FROM \"{table}\" WHERE \"id\" = '{id}'");
            rows(db, &query).remove(0)
        };
        assert_eq!(
            row("tenants", "subscription_plan, settings", "a"),
            ["free", "{}"]
        );
        let device = row(
            "devices",
            "session_status, ai_fallback_kb_ids, ai_fallback_enabled, anti_ban_config",
            "ad",
        );
        assert_eq!(device[..2], ["disconnected", "[]"]);
        assert!(!truth(&device[2]));
        assert_eq!(
            json(&device[3]),
            serde_json::json!({"typing_min": 1, "typing_max": 3, "enabled": true})
        );
        let flow = row("flows", "is_active, priority, version", "af");
        assert!(!truth(&flow[0]));
        assert_eq!(flow[1..], ["0", "1"]);
        assert_eq!(
            row("flow_sessions", "status, variables, context", "as"),
            ["active", "{}", "[]"]
        );
        assert_eq!(
            row("contacts", "source, tags, custom_attributes", "ac"),
            ["manual", "[]", "{}"]
        );
        let campaign = row(
            "campaigns",
            "status, total_contacts, sent_count, failed_count, media_type, rate_config",
            "ak",
        );
        assert_eq!(campaign[..5], ["draft", "0", "0", "0", "NULL"]);
        assert_eq!(
            json(&campaign[5]),
            serde_json::json!({"typing_delay": 3, "message_gap": 15})
        );
        assert_eq!(row("campaign_items", "status", "ai"), ["queued"]);
        assert_eq!(
            row("messages", "message_type, metadata", "ao"),
            ["text", "{}"]
        );
        assert_eq!(
            row("knowledge_docs", "status, total_chunks", "ax"),
            ["processing", "0"]
        );
        let provider = row(
            "ai_providers",
            "is_default, is_active, usage_quota, usage_current",
            "az",
        );
        assert!(!truth(&provider[0]) && truth(&provider[1]));
        assert_eq!(provider[2..], ["0", "0"]);
    });
}

#[test]
fn what_does_not_belong_is_refused() {
    TestDb::on_all(|db| {
        populated(db);
        for (table, column, good) in [
            ("tenants", "subscription_plan", "business"),
            ("devices", "session_status", "scanning"),
            ("flow_sessions", "status", "expired"),
            ("contacts", "source", "import"),
            ("campaigns", "media_type", "video"),
            ("campaigns", "status", "paused"),
            ("campaign_items", "status", "skipped"),
            ("messages", "direction", "incoming"),
            ("messages", "message_type", "audio"),
            ("knowledge_docs", "file_type", "url"),
            ("knowledge_docs", "status", "ready"),
            ("ai_providers", "provider", "workers_ai"),
        ] {
            let set = |value: &str| format!("UPDATE \"{table}\" SET \"{column}\" = '{value}'");
            sql(db, &set(good));
            let other_case = good.to_uppercase();
            for bad in ["other", "", other_case.as_str()] {
                refused(db, &set(bad));
            }
        }
        for (table, column) in [
            ("tenants", "settings"),
            ("devices", "anti_ban_config"),
            ("devices", "ai_fallback_kb_ids"),
            ("flows", "trigger_keywords"),
            ("flows", "flow_json"),
            ("flow_sessions", "variables"),
            ("flow_sessions", "context"),
            ("contacts", "tags"),
            ("contacts", "custom_attributes"),
            ("campaigns", "rate_config"),
            ("messages", "metadata"),
            ("document_chunks", "metadata"),
            ("ai_providers", "settings"),
        ] {
            sql(db, &format!("UPDATE \"{table}\" SET \"{column}\" = '[1]'"));
            refused(db, &format!("UPDATE \"{table}\" SET \"{column}\" = '['"));
        }
        for bad in [
            r#"INSERT INTO "tenants" ("name", "email") VALUES ('T', 'a@x')"#,
            r#"INSERT INTO "users" ("tenant_id", "email", "password_hash") VALUES ('b', 'au@x', 'x')"#,
            r#"INSERT INTO "users" ("tenant_id", "email", "password_hash") VALUES ('nobody', 'n@x', 'x')"#,
            r#"INSERT INTO "super_admins" ("email", "password_hash") VALUES ('r@x', 'x')"#,
            r#"INSERT INTO "contacts" ("tenant_id", "phone") VALUES ('a', '9')"#,
            r#"INSERT INTO "messages" ("device_id", "contact_phone", "direction", "flow_id") VALUES ('ad', '9', 'incoming', 'none')"#,
            r#"INSERT INTO "messages" ("device_id", "contact_phone", "direction", "campaign_id") VALUES ('ad', '9', 'incoming', 'none')"#,
            r#"UPDATE "flows" SET "flow_json" = NULL"#,
            r#"UPDATE "ai_providers" SET "api_key" = NULL"#,
            r#"UPDATE "messages" SET "direction" = NULL"#,
        ] {
            refused(db, bad);
        }
        for good in [
            r#"INSERT INTO "tenants" ("name", "email") VALUES ('T', 'A@x')"#,
            r#"INSERT INTO "contacts" ("tenant_id", "phone") VALUES ('a', '8')"#,
        ] {
            sql(db, good);
        }
    });
}
