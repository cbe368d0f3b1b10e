//! What the engine makes of a set with triggers, a function, partial and descending indexes,
//! generated columns and a deferred reference: drift, plans, and going on after a crash.

use migration::cloudwa::Migrator;
use sea_orm_migration::MigratorTrait;

use super::tools::{assert_dump, block_on, column, connect, json, one, run, up};
use crate::commands::dry_run::feed;
use crate::support::{Db, TestDb};

/// Changes by hand, each with what is to be found.
type Changes = &'static [(&'static str, &'static str)];

const POSTGRES: Changes = &[
    (
        "DROP TRIGGER flows_updated_at ON flows",
        "removed trigger flows.flows_updated_at",
    ),
    (
        "ALTER TABLE ai_providers DISABLE TRIGGER ai_providers_updated_at",
        "changed trigger ai_providers.ai_providers_updated_at",
    ),
    (
        "DROP TRIGGER tenants_updated_at ON tenants;
         CREATE TRIGGER tenants_updated_at BEFORE UPDATE OF name ON tenants
           FOR EACH ROW EXECUTE FUNCTION update_updated_at_column()",
        "changed trigger tenants.tenants_updated_at",
    ),
    (
        "CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql
           AS 'BEGIN RETURN NEW; END'",
        "changed routine update_updated_at_column()",
    ),
    (
        "DROP INDEX flow_sessions_device_id_contact_phone_status_key;
         CREATE UNIQUE INDEX flow_sessions_device_id_contact_phone_status_key
           ON flow_sessions (device_id, contact_phone, status) WHERE status = 'expired'",
        "changed index flow_sessions.flow_sessions_device_id_contact_phone_status_key",
    ),
    (
        "DROP INDEX ai_providers_tenant_id_provider_key",
        "removed index ai_providers.ai_providers_tenant_id_provider_key",
    ),
    (
        "DROP INDEX messages_timestamp_idx; CREATE INDEX messages_timestamp_idx ON messages (timestamp)",
        "changed index messages.messages_timestamp_idx",
    ),
    (
        "ALTER TABLE messages ALTER CONSTRAINT messages_campaign_id_fkey NOT DEFERRABLE",
        "changed foreign key messages.messages_campaign_id_fkey",
    ),
    (
        "ALTER TABLE contacts DROP CONSTRAINT contacts_source_check",
        "removed check contacts.contacts_source_check",
    ),
];

const MYSQL: Changes = &[
    (
        "DROP TRIGGER devices_delete_messages",
        "removed trigger devices.devices_delete_messages",
    ),
    (
        "DROP TRIGGER tenants_delete_messages;
         CREATE TRIGGER tenants_delete_messages BEFORE DELETE ON tenants
           FOR EACH ROW DELETE FROM messages",
        "changed trigger tenants.tenants_delete_messages",
    ),
    (
        "ALTER TABLE flow_sessions MODIFY status_is_active tinyint(1)
           GENERATED ALWAYS AS (CASE WHEN status = 'expired' THEN 1 END) STORED",
        "changed column flow_sessions.status_is_active",
    ),
    (
        "ALTER TABLE ai_providers DROP INDEX ai_providers_tenant_id_provider_key",
        "removed index ai_providers.ai_providers_tenant_id_provider_key",
    ),
    (
        "ALTER TABLE messages DROP INDEX messages_timestamp_idx,
           ADD INDEX messages_timestamp_idx (timestamp)",
        "changed index messages.messages_timestamp_idx",
    ),
    (
        "ALTER TABLE tenants MODIFY updated_at timestamp(3) NULL DEFAULT current_timestamp(3)",
        "changed column tenants.updated_at",
    ),
    (
        "ALTER TABLE contacts DROP CONSTRAINT contacts_source_check",
        "removed check contacts.contacts_source_check",
    ),
];

const SQLITE: Changes = &[
    (
        "DROP TRIGGER flows_updated_at",
        "removed trigger flows.flows_updated_at",
    ),
    (
        "DROP TRIGGER tenants_updated_at;
         CREATE TRIGGER tenants_updated_at AFTER UPDATE ON tenants BEGIN SELECT 1; END",
        "changed trigger tenants.tenants_updated_at",
    ),
    (
        "DROP INDEX flow_sessions_device_id_contact_phone_status_key;
         CREATE UNIQUE INDEX flow_sessions_device_id_contact_phone_status_key
           ON flow_sessions (device_id, contact_phone, status) WHERE status = 'expired'",
        "changed index flow_sessions.flow_sessions_device_id_contact_phone_status_key",
    ),
    (
        "DROP INDEX ai_providers_tenant_id_provider_key",
        "removed index ai_providers.ai_providers_tenant_id_provider_key",
    ),
    (
        "DROP INDEX messages_timestamp_idx; CREATE INDEX messages_timestamp_idx ON messages (timestamp)",
        "changed index messages.messages_timestamp_idx",
    ),
];

fn drift(db: &TestDb) -> Vec<String> {
    let drift = json(db, "status --set cloudwa")["drift"].clone();
    let differences = drift["differences"].as_array().cloned();
    let mut found: Vec<String> = differences
        .unwrap_or_default()
        .iter()
        .map(|d| format!("{} {}", d["change"], d["object"]).replace('"', ""))
        .collect();
    assert_eq!(found.is_empty(), drift["state"] == "none", "{drift}");
    found.sort();
    found
}

#[test]
fn changes_by_hand_are_named_and_nothing_else_is() {
    TestDb::on_all(|db| {
        up(db, "cloudwa");
        run(db, "seed --set cloudwa --env dev");
        assert!(drift(db).is_empty());
        let changes = match db.kind() {
            Db::Sqlite => SQLITE,
            Db::Postgres => POSTGRES,
            Db::Mysql => MYSQL,
        };
        for (sql, _) in changes {
            db.sql(sql);
        }
        let mut expected: Vec<&str> = changes.iter().map(|(_, object)| *object).collect();
        expected.sort_unstable();
        assert_eq!(drift(db), expected, "{:?}", db.kind());
    });
}

#[test]
fn the_plan_run_by_another_program_is_up_and_down() {
    TestDb::on_all(|db| {
        let plan = run(db, "migrate plan --set cloudwa").stdout;
        feed(db, &plan);
        let other = TestDb::new(db.kind());
        up(&other, "cloudwa");
        assert_dump(&db.schema_dump(), &other.schema_dump(), "planned");
        run(db, "migrate status --exit-code --set cloudwa");

        let plan = run(db, "migrate down --all --dry-run --set cloudwa").stdout;
        feed(db, &plan);
        let empty = TestDb::new(db.kind());
        assert_dump(&db.schema_dump(), &empty.schema_dump(), "reverted");
    });
}

#[test]
fn an_application_can_migrate_by_itself() {
    TestDb::on_all(|db| {
        let empty = db.schema_dump();
        block_on(async {
            let connection = connect(db).await;
            Migrator::up(&connection, None).await.expect("up");
        });
        let other = TestDb::new(db.kind());
        up(&other, "cloudwa");
        assert_dump(&db.schema_dump(), &other.schema_dump(), "by sea-orm");
        block_on(async {
            let connection = connect(db).await;
            Migrator::down(&connection, None).await.expect("down");
        });
        assert_dump(&db.schema_dump(), &empty, "by sea-orm");
    });
}

const MESSAGES: &str = "m20251201_000009_create_messages";

const TRIGGERS: [&str; 2] = ["tenants_delete_messages", "devices_delete_messages"];

/// Makes the journal say that a crash interrupted that statement of the migration of `messages`.
fn interrupted(db: &TestDb, direction: &str, at: usize) {
    let state = if direction == "up" {
        "applying"
    } else {
        "reverting"
    };
    db.sql(&format!(
        "UPDATE saasdb_migrations SET state = '{state}', direction = '{direction}',
           statement_at = {at}, finished_at = NULL WHERE version = '{MESSAGES}';
         DELETE FROM saasdb_meta WHERE name IN ('fingerprint', 'snapshot', 'snapshot_of');"
    ));
    if direction == "up" {
        db.sql(&format!(
            "DELETE FROM seaql_migrations WHERE version = '{MESSAGES}'"
        ));
    }
}

fn triggers(db: &TestDb) -> usize {
    column(
        db,
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database()",
    )
    .len()
}

#[test]
fn a_trigger_in_doubt_is_looked_up() {
    let whole = TestDb::new(Db::Mysql);
    run(&whole, "migrate up --steps 10 --set cloudwa");
    assert_eq!(triggers(&whole), 2);
    // The table is statement 1, the triggers are 2 and 3.
    for (at, made) in [(2, 0), (2, 1), (3, 1), (3, 2)] {
        let db = TestDb::new(Db::Mysql);
        run(&db, "migrate up --steps 10 --set cloudwa");
        for trigger in &TRIGGERS[made..] {
            db.sql(&format!("DROP TRIGGER {trigger}"));
        }
        interrupted(&db, "up", at);
        run(&db, "migrate up --steps 1 --set cloudwa");
        assert_dump(&db.schema_dump(), &whole.schema_dump(), "gone on");
        assert_eq!(one(&db, "SELECT count(*) FROM seaql_migrations"), "10");

        // On the way back the triggers go first.
        for trigger in &TRIGGERS[..made] {
            db.sql(&format!("DROP TRIGGER {trigger}"));
        }
        interrupted(&db, "down", at - 1);
        run(&db, "migrate down --steps 1 --yes --set cloudwa");
        assert_eq!(triggers(&db), 0);
        assert_eq!(one(&db, "SELECT count(*) FROM seaql_migrations"), "9");
    }
}

#[test]
fn half_a_migration_with_triggers_is_taken_back() {
    let before = TestDb::new(Db::Mysql);
    run(&before, "migrate up --steps 9 --set cloudwa");
    let db = TestDb::new(Db::Mysql);
    run(&db, "migrate up --steps 10 --set cloudwa");
    db.sql("DROP TRIGGER devices_delete_messages");
    interrupted(&db, "up", 3);
    run(&db, "migrate down --steps 1 --yes --set cloudwa");
    assert_dump(&db.schema_dump(), &before.schema_dump(), "taken back");
    up(&db, "cloudwa");
}
