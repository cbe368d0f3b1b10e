//! The seeds of `cloudwa` in the database: rows that triggers touch stay the seeders' own.

use std::collections::BTreeMap;

use super::tools::{assert_same, column, content, json, one, rows, run, sql, up};
use crate::support::{Db, TestDb};

fn seeded(db: &TestDb) {
    up(db, "cloudwa");
    run(db, "seed --set cloudwa --env dev");
}

/// The numbers of the one seeder in a report.
#[track_caller]
fn numbers(report: &serde_json::Value) -> BTreeMap<String, u64> {
    let seeders = report["seeders"].as_array().expect("seeders");
    assert_eq!(seeders.len(), 1, "{report}");
    let fields = seeders[0].as_object().expect("fields").iter();
    fields
        .filter_map(|(name, value)| Some((name.clone(), value.as_u64()?)))
        .collect()
}

const SEED: &str = "seed --set cloudwa";

#[test]
fn rows_that_triggers_touch_are_still_the_seeders() {
    TestDb::on_all(|db| {
        seeded(db);
        let before = content(db);
        let status = numbers(&json(db, "seed status --set cloudwa"));
        assert_eq!(status["seeded"], status["rows"], "{status:?}");

        // A definition that changes in one column: seeding writes that column, and the database
        // puts a new time into `updated_at`.
        let entries = rows(
            db,
            r#"SELECT "table_name", "row_key", "definition" FROM "saasdb_seeds"
               WHERE "table_name" IN ('tenants', 'flows', 'ai_providers')"#,
        );
        assert!(entries.len() > 5);
        for entry in &entries {
            let mut definition: BTreeMap<String, String> =
                serde_json::from_str(&entry[2]).expect("digests");
            let name = if entry[0] == "ai_providers" {
                "settings"
            } else {
                "name"
            };
            definition.insert(name.to_owned(), "of an older release".to_owned());
            sql(
                db,
                &format!(
                    r#"UPDATE "saasdb_seeds" SET "definition" = '{}' WHERE "table_name" = '{}' AND "row_key" = '{}'"#,
                    serde_json::to_string(&definition).unwrap(),
                    entry[0],
                    entry[1]
                ),
            );
        }
        let report = numbers(&json(db, SEED));
        assert_eq!(report["updated"], entries.len() as u64, "{report:?}");
        if db.kind() != Db::Mysql {
            // There nothing changed, since the values are the same.
            let touched = content(db);
            let times = |content: &super::tools::Content| -> Vec<String> {
                let rows = content["flows"].iter();
                rows.map(|row| row["updated_at"].clone()).collect()
            };
            assert!(
                times(&touched)
                    .iter()
                    .all(|time| !times(&before).contains(time))
            );
        }
        let again = numbers(&json(db, SEED));
        assert_eq!((again["updated"], again["kept"]), (0, 0), "{again:?}");
        let status = numbers(&json(db, "seed status --set cloudwa"));
        assert_eq!((status["seeded"], status["changed"]), (status["rows"], 0));

        run(db, "seed undo --set cloudwa");
        assert!(content(db).values().all(Vec::is_empty));
    });
}

#[test]
fn undo_leaves_a_flow_that_somebody_changed_and_what_it_needs() {
    TestDb::on_all(|db| {
        seeded(db);
        sql(
            db,
            r#"UPDATE "flows" SET "name" = 'Mine' WHERE "name" = 'Status servis'"#,
        );
        let status = numbers(&json(db, "seed status --set cloudwa"));
        assert_eq!(status["changed"], 1, "{status:?}");
        let before = content(db);
        run(db, SEED);
        assert_same(&content(db), &before, "seeded again");

        run(db, "seed undo --set cloudwa");
        let left: Vec<(String, usize)> = content(db)
            .into_iter()
            .filter(|(_, rows)| !rows.is_empty())
            .map(|(table, rows)| (table, rows.len()))
            .collect();
        let one_of = |table: &str| (table.to_owned(), 1);
        assert_eq!(left, ["devices", "flows", "tenants"].map(one_of));
        assert_eq!(column(db, r#"SELECT "name" FROM "flows""#), ["Mine"]);
    });
}

/// Fails if the query, which looks for contradictions, finds one.
#[track_caller]
fn none(db: &TestDb, what: &str, query: &str) {
    let found = rows(db, query);
    assert!(found.is_empty(), "{:?}: {what}: {found:?}", db.kind());
}

#[test]
fn the_demo_agrees_with_itself_in_every_database() {
    TestDb::on_all(|db| {
        seeded(db);
        let plans = r#"SELECT "subscription_plan" FROM "tenants" ORDER BY 1"#;
        assert_eq!(column(db, plans), ["free", "pro"]);
        let statuses = r#"SELECT DISTINCT "session_status" FROM "devices" ORDER BY 1"#;
        assert_eq!(
            column(db, statuses),
            ["connected", "disconnected", "scanning"]
        );
        let statuses = r#"SELECT DISTINCT "status" FROM "flow_sessions" ORDER BY 1"#;
        assert_eq!(column(db, statuses), ["active", "completed"]);
        let count = |status: &str| {
            format!(
                r#"(SELECT count(*) FROM "campaign_items" i WHERE i."campaign_id" = c."id" {status})"#
            )
        };
        none(
            db,
            "counters and items",
            &format!(
                r#"SELECT c."name" FROM "campaigns" c WHERE c."status" <> 'completed'
                   OR c."total_contacts" <> {} OR c."sent_count" <> {} OR c."failed_count" <> {}"#,
                count(""),
                count("AND i.\"status\" = 'sent'"),
                count("AND i.\"status\" = 'failed'"),
            ),
        );
        none(
            db,
            "items and messages",
            r#"SELECT i."id" FROM "campaign_items" i JOIN "contacts" c ON c."id" = i."contact_id"
               LEFT JOIN "messages" m ON m."campaign_id" = i."campaign_id" AND m."contact_phone" = c."phone"
               WHERE (i."status" = 'sent') <> (m."id" IS NOT NULL) OR m."content" <> i."rendered_message""#,
        );
        none(
            db,
            "documents and chunks",
            r#"SELECT d."filename" FROM "knowledge_docs" d WHERE d."total_chunks" <>
               (SELECT count(*) FROM "document_chunks" c WHERE c."doc_id" = d."id")"#,
        );
        none(
            db,
            "messages of contacts that the tenant does not know",
            r#"SELECT m."id" FROM "messages" m JOIN "devices" d ON d."id" = m."device_id"
               LEFT JOIN "contacts" c ON c."tenant_id" = d."tenant_id" AND c."phone" = m."contact_phone"
               WHERE c."id" IS NULL"#,
        );
        for session in rows(
            db,
            r#"SELECT s."current_node_id", s."variables", f."flow_json" FROM "flow_sessions" s
               JOIN "flows" f ON f."id" = s."flow_id" AND f."device_id" = s."device_id""#,
        ) {
            let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
            let flow = json(&session[2]);
            let nodes = flow["nodes"].as_array().unwrap();
            assert!(nodes.iter().any(|node| node["id"] == session[0]));
            for name in json(&session[1]).as_object().unwrap().keys() {
                assert!(nodes.iter().any(|node| node["data"]["variable"] == *name));
            }
        }
        for key in column(db, r#"SELECT "api_key" FROM "ai_providers""#) {
            let key_like = ["sk-", "AIza", "gsk_"].iter().any(|b| key.starts_with(b));
            assert!(!key_like && key.contains(' '), "{key}");
        }
        let hash = one(db, r#"SELECT "password_hash" FROM "super_admins""#);
        assert!(bcrypt::verify("Admin@123", &hash).unwrap());
        let hash = column(db, r#"SELECT DISTINCT "password_hash" FROM "users""#);
        assert!(bcrypt::verify("Demo@123", &hash[0]).unwrap());
    });
}

#[test]
fn production_gets_no_demo() {
    let db = TestDb::new(Db::Sqlite);
    up(&db, "cloudwa");
    let before = content(&db);
    let refusal = super::tools::saasdb(&db)
        .call([
            "seed",
            "--set",
            "cloudwa",
            "--env",
            "production",
            "--only",
            "demo-tenants",
        ])
        .code(6);
    assert!(refusal.stderr.contains("demo"), "{refusal:?}");
    assert_same(&content(&db), &before, "refused");
}
