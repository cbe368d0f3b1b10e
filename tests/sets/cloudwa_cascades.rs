//! What goes with a tenant or a device of `cloudwa`, and what stays, the same on every database.

use super::cloudwa_behaviour::populated;
use super::tools::{one, quoted, refused, rows, sql};
use crate::support::{Db, TestDb};

/// Tables with rows of tenants, and how many each tenant has in them.
const OWNED: [(&str, &str); 12] = [
    ("tenants", "1"),
    ("users", "1"),
    ("devices", "2"),
    ("flows", "2"),
    ("flow_sessions", "1"),
    ("contacts", "1"),
    ("campaigns", "2"),
    ("campaign_items", "1"),
    ("messages", "4"),
    ("knowledge_docs", "1"),
    ("document_chunks", "1"),
    ("ai_providers", "1"),
];

fn rows_of(db: &TestDb, tenant: &str, table: &str) -> String {
    let query = format!("SELECT count(*) FROM \"{table}\" WHERE \"id\" LIKE '{tenant}%'");
    one(db, &query)
}

#[track_caller]
fn assert_gone(db: &TestDb, tenant: &str) {
    for (table, _) in OWNED {
        assert_eq!(rows_of(db, tenant, table), "0", "{:?}: {table}", db.kind());
    }
}

#[track_caller]
fn assert_whole(db: &TestDb, tenant: &str) {
    for (table, number) in OWNED {
        assert_eq!(
            rows_of(db, tenant, table),
            number,
            "{:?}: {table}",
            db.kind()
        );
    }
}

#[test]
fn deleting_a_tenant_deletes_everything_of_it_in_one_statement() {
    TestDb::on_all(|db| {
        populated(db);
        sql(db, r#"DELETE FROM "tenants" WHERE "id" = 'a'"#);
        assert_gone(db, "a");
        assert_whole(db, "b");
        assert_eq!(one(db, r#"SELECT count(*) FROM "super_admins""#), "1");
    });
    TestDb::on_all(|db| {
        populated(db);
        sql(db, r#"DELETE FROM "tenants""#);
        assert_gone(db, "a");
        assert_gone(db, "b");
    });
}

#[test]
fn a_tenant_goes_from_a_restored_dump_as_well() {
    // A dump makes references in the order of their names, and PostgreSQL cascades in the order in
    // which they were made.
    let db = TestDb::new(Db::Postgres);
    populated(&db);
    let keys = rows(
        &db,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE contype = 'f' ORDER BY conname",
    );
    assert_eq!(keys.len(), 16);
    for order in [false, true] {
        let mut again = keys.clone();
        if order {
            again.reverse();
        }
        for key in &again {
            db.sql(&format!(
                "ALTER TABLE {} DROP CONSTRAINT {}",
                key[0], key[1]
            ));
        }
        for key in &again {
            db.sql(&format!(
                "ALTER TABLE {} ADD CONSTRAINT {} {}",
                key[0], key[1], key[2]
            ));
        }
        let tenant = if order { "a" } else { "b" };
        sql(
            &db,
            &format!(r#"DELETE FROM "tenants" WHERE "id" = '{tenant}'"#),
        );
        assert_gone(&db, tenant);
    }
}

#[test]
fn deleting_a_device_takes_along_what_it_sent() {
    TestDb::on_all(|db| {
        populated(db);
        // The other device's message refers to a flow and a campaign of this one.
        refused(db, r#"DELETE FROM "devices" WHERE "id" = 'ad'"#);
        assert_whole(db, "a");
        sql(db, r#"DELETE FROM "devices" WHERE "id" = 'ae'"#);
        assert_eq!(rows_of(db, "a", "messages"), "2");
        sql(db, r#"DELETE FROM "devices" WHERE "id" = 'ad'"#);
        for table in [
            "devices",
            "flows",
            "flow_sessions",
            "campaigns",
            "campaign_items",
            "messages",
        ] {
            assert_eq!(rows_of(db, "a", table), "0", "{table}");
        }
        for table in ["tenants", "contacts", "users", "knowledge_docs"] {
            assert_eq!(rows_of(db, "a", table), "1", "{table}");
        }
        assert_whole(db, "b");
    });
}

#[test]
fn a_flow_or_campaign_that_messages_refer_to_stays() {
    TestDb::on_all(|db| {
        populated(db);
        for (table, id) in [("flows", "af"), ("campaigns", "ak")] {
            refused(
                db,
                &format!("DELETE FROM \"{table}\" WHERE \"id\" = '{id}'"),
            );
        }
        assert_whole(db, "a");
        // In a transaction too, at the latest when it ends.
        let mut session = db.session();
        session.sql("BEGIN");
        let deleted = session.try_sql(&quoted(
            db.kind(),
            r#"DELETE FROM "campaigns" WHERE "id" = 'ak'"#,
        ));
        let outcome = deleted.and_then(|()| session.try_sql("COMMIT"));
        session.close();
        assert!(outcome.is_err());
        assert_whole(db, "a");

        sql(
            db,
            r#"DELETE FROM "flows" WHERE "id" = 'ag'; DELETE FROM "campaigns" WHERE "id" = 'al';"#,
        );
        sql(
            db,
            r#"DELETE FROM "messages" WHERE "flow_id" = 'af' OR "campaign_id" = 'ak';
               DELETE FROM "flows" WHERE "id" = 'af'; DELETE FROM "campaigns" WHERE "id" = 'ak';"#,
        );
        assert_eq!(rows_of(db, "a", "flows"), "0");
    });
}
