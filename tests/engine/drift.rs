//! Drift: what was changed by hand is named object by object, and nothing else is.

use crate::sets::fill::fill;
use crate::sets::tools::{json, run, saasdb};
use crate::support::{Db, TestDb};

/// Changes by hand, and the objects that they change as `change object`, up to their beginning.
type Changes = &'static [(&'static str, &'static [&'static str])];

const POSTGRES: Changes = &[
    (
        r#"ALTER TABLE "users" ADD COLUMN "nick" text"#,
        &["added column users.nick"],
    ),
    (
        r#"ALTER TABLE "chats" DROP COLUMN "message""#,
        &["removed column chats.message"],
    ),
    (
        r#"ALTER TABLE "sessions" ALTER COLUMN "name" SET NOT NULL"#,
        &["changed column sessions.name"],
    ),
    (
        r#"ALTER TABLE "users" ALTER COLUMN "isActive" SET DEFAULT false"#,
        &["changed column users.isActive"],
    ),
    (
        r#"ALTER TABLE "templates" ALTER COLUMN "name" TYPE text"#,
        &["changed column templates.name"],
    ),
    (
        r#"CREATE INDEX "by_name" ON "users" ("name")"#,
        &["added index users.by_name"],
    ),
    (
        r#"DROP INDEX "campaigns_userId_idx""#,
        &["removed index campaigns.campaigns_userId_idx"],
    ),
    (
        r#"DROP INDEX "subscriptions_endsAt_idx";
           CREATE INDEX "subscriptions_endsAt_idx" ON "subscriptions" ("endsAt") WHERE "autoRenew""#,
        &["changed index subscriptions.subscriptions_endsAt_idx"],
    ),
    (
        r#"ALTER TABLE "users" DROP CONSTRAINT "users_email_key""#,
        &["removed index users.users_email_key"],
    ),
    (
        r#"ALTER TABLE "sessions" DROP CONSTRAINT "sessions_userId_fkey""#,
        &["removed foreign key sessions.sessions_userId_fkey"],
    ),
    (
        r#"ALTER TABLE "chats" DROP CONSTRAINT "chats_sessionId_fkey";
           ALTER TABLE "chats" ADD CONSTRAINT "chats_sessionId_fkey" FOREIGN KEY ("sessionId")
             REFERENCES "sessions" ("id")"#,
        &["changed foreign key chats.chats_sessionId_fkey"],
    ),
    (
        r#"ALTER TABLE "quota_alerts" ADD CONSTRAINT "positive" CHECK ("quotaLimit" > 0)"#,
        &["added check quota_alerts.positive"],
    ),
    (
        r#"ALTER TYPE "users_roleInOrg_enum" ADD VALUE 'guest'"#,
        &["added value 'guest' of type users_roleInOrg_enum"],
    ),
    (
        r#"CREATE TYPE "mood" AS ENUM ('good')"#,
        &["added type mood"],
    ),
    (
        r#"CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
           CREATE TRIGGER "touched" BEFORE UPDATE ON "users" FOR EACH ROW EXECUTE FUNCTION "touch"()"#,
        &["added routine touch", "added trigger users.touched"],
    ),
    (
        r#"CREATE VIEW "active" AS SELECT "id" FROM "users""#,
        &["added view active"],
    ),
    (
        r#"CREATE TABLE "mine" ("id" integer)"#,
        &["added table mine"],
    ),
    (
        r#"DROP TABLE "usage_tracking""#,
        &["removed table usage_tracking"],
    ),
    (
        r#"ALTER TABLE "campaigns" ENABLE ROW LEVEL SECURITY;
           CREATE POLICY "own" ON "campaigns" USING (true)"#,
        &[
            "changed options of table campaigns",
            "added policy campaigns.own",
        ],
    ),
];

const MYSQL: Changes = &[
    (
        "ALTER TABLE users ADD COLUMN nick text",
        &["added column users.nick"],
    ),
    (
        "ALTER TABLE chats DROP COLUMN message",
        &["removed column chats.message"],
    ),
    (
        "ALTER TABLE sessions MODIFY name varchar(255) NOT NULL",
        &["changed column sessions.name"],
    ),
    (
        "ALTER TABLE users ALTER COLUMN isActive SET DEFAULT false",
        &["changed column users.isActive"],
    ),
    (
        "ALTER TABLE templates MODIFY name text",
        &["changed column templates.name"],
    ),
    (
        "ALTER TABLE subscriptions MODIFY billingCycle enum('monthly','yearly','lifetime','weekly') DEFAULT 'monthly'",
        &["changed column subscriptions.billingCycle"],
    ),
    (
        "CREATE INDEX by_name ON users (name)",
        &["added index users.by_name"],
    ),
    (
        "DROP INDEX quota_alerts_quotaType_idx ON quota_alerts",
        &["removed index quota_alerts.quota_alerts_quotaType_idx"],
    ),
    (
        "ALTER TABLE users DROP INDEX users_email_key",
        &["removed index users.users_email_key"],
    ),
    (
        "ALTER TABLE sessions DROP FOREIGN KEY `sessions_userId_fkey`",
        &["removed foreign key sessions.sessions_userId_fkey"],
    ),
    (
        "ALTER TABLE chats DROP FOREIGN KEY `chats_sessionId_fkey`;
         ALTER TABLE chats ADD CONSTRAINT `chats_sessionId_fkey` FOREIGN KEY (sessionId)
           REFERENCES sessions (id) ON DELETE SET NULL",
        &["changed foreign key chats.chats_sessionId_fkey"],
    ),
    (
        "ALTER TABLE quota_alerts ADD CONSTRAINT positive CHECK (quotaLimit > 0)",
        &["added check quota_alerts.positive"],
    ),
    (
        "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW SET @seen = 1",
        &["added trigger users.touched"],
    ),
    ("CREATE PROCEDURE tidy() SELECT 1", &["added routine tidy"]),
    (
        "CREATE VIEW active AS SELECT id FROM users",
        &["added view active"],
    ),
    ("CREATE TABLE mine (id integer)", &["added table mine"]),
    (
        "DROP TABLE usage_tracking",
        &["removed table usage_tracking"],
    ),
];

/// SQLite has no ALTER for most of it; hands that want to change it anyway write the schema.
const SQLITE: Changes = &[
    (
        r#"ALTER TABLE "users" ADD COLUMN "nick" text"#,
        &["added column users.nick"],
    ),
    (
        r#"ALTER TABLE "chats" DROP COLUMN "message""#,
        &["removed column chats.message"],
    ),
    (
        r#"CREATE INDEX "by_name" ON "users" ("name")"#,
        &["added index users.by_name"],
    ),
    (
        r#"DROP INDEX "campaigns_userId_idx""#,
        &["removed index campaigns.campaigns_userId_idx"],
    ),
    (
        r#"DROP INDEX "subscriptions_endsAt_idx";
           CREATE INDEX "subscriptions_endsAt_idx" ON "subscriptions" ("endsAt") WHERE "autoRenew""#,
        &["changed index subscriptions.subscriptions_endsAt_idx"],
    ),
    (
        r#"CREATE TRIGGER "touched" AFTER UPDATE ON "users" BEGIN SELECT 1; END"#,
        &["added trigger users.touched"],
    ),
    (
        r#"CREATE VIEW "active" AS SELECT "id" FROM "users""#,
        &["added view active"],
    ),
    (
        r#"CREATE TABLE "mine" ("id" integer)"#,
        &["added table mine"],
    ),
    (
        r#"DROP TABLE "usage_tracking""#,
        &["removed table usage_tracking"],
    ),
    (
        r#"PRAGMA writable_schema = ON;
           UPDATE sqlite_master SET sql = replace(sql, '"recipient" varchar(50) NOT NULL', '"recipient" varchar(50)')
             WHERE name = 'blast_messages';
           UPDATE sqlite_master SET sql = replace(sql, 'DEFAULT true', 'DEFAULT false') WHERE name = 'users';
           UPDATE sqlite_master SET sql = replace(sql, '''lifetime''', '''lifetime'', ''weekly''')
             WHERE name = 'subscriptions';
           UPDATE sqlite_master SET sql = replace(sql, 'REFERENCES "users" ("id") ON DELETE SET NULL',
             'REFERENCES "users" ("id") ON DELETE CASCADE') WHERE name = 'templates';
           UPDATE sqlite_master SET sql = replace(sql, ' CONSTRAINT "sessions_userId_fkey" REFERENCES "users" ("id") ON DELETE CASCADE', '')
             WHERE name = 'sessions';"#,
        &[
            "changed column blast_messages.recipient",
            "changed column users.isActive",
            "removed check subscriptions.",
            "added check subscriptions.",
            "changed foreign key templates.",
            "removed foreign key sessions.",
        ],
    ),
];

fn found(db: &TestDb) -> Vec<String> {
    let drift = json(db, "status")["drift"].clone();
    let Some(differences) = drift["differences"].as_array() else {
        assert_eq!(drift["state"], "none", "{drift}");
        return Vec::new();
    };
    assert_eq!(drift["state"], "found");
    differences
        .iter()
        .map(|d| {
            format!(
                "{} {}",
                d["change"].as_str().unwrap(),
                d["object"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn changes_by_hand_are_named_and_nothing_else_is() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        assert!(found(db).is_empty());
        let changes = match db.kind() {
            Db::Sqlite => SQLITE,
            Db::Postgres => POSTGRES,
            Db::Mysql => MYSQL,
        };
        for (sql, _) in changes {
            db.sql(sql);
        }
        let mut found_now = found(db);
        for expected in changes.iter().flat_map(|(_, objects)| *objects) {
            let at = found_now
                .iter()
                .position(|object| object.starts_with(expected));
            match at {
                Some(i) => drop(found_now.remove(i)),
                None => panic!(
                    "{:?}: not found: {expected}; left: {found_now:#?}",
                    db.kind()
                ),
            }
        }
        assert!(found_now.is_empty(), "{:?}: {found_now:#?}", db.kind());
        let shown = run(db, "status").stdout;
        assert!(shown.contains("changed since the last run"), "{shown}");

        run(db, "migrate repair --accept-drift");
        assert!(found(db).is_empty());
    });
}

#[test]
fn nothing_drifts_by_using_the_database() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 3");
        assert!(found(db).is_empty());
        run(db, "migrate up");
        fill(db);
        match db.kind() {
            Db::Sqlite => db.sql("ANALYZE; VACUUM; REINDEX;"),
            Db::Postgres => db.sql("ANALYZE; REINDEX TABLE users;"),
            Db::Mysql => db.sql("ANALYZE TABLE users; OPTIMIZE TABLE users;"),
        }
        assert!(found(db).is_empty(), "{:?}", found(db));
        for command in [
            "migrate down --steps 2 --yes",
            "migrate redo --yes",
            "migrate up",
            "migrate refresh --yes",
            "migrate fresh --yes",
            "seed",
            "seed undo",
            "migrate down --all",
        ] {
            run(db, command);
            assert!(found(db).is_empty(), "{command}: {:?}", found(db));
        }
    });
}

#[test]
fn drift_is_no_reason_to_stop_and_stays_drift_until_it_is_accepted() {
    TestDb::on_all(|db| {
        run(db, "migrate up --steps 12");
        db.sql("CREATE TABLE mine (id integer)");
        assert_eq!(found(db), ["added table mine"]);
        let up = saasdb(db).call(["migrate", "up"]).success();
        assert!(up.stderr.contains("added table mine"), "{up:?}");
        assert_eq!(found(db), ["added table mine"]);
        saasdb(db)
            .call(["migrate", "repair", "--accept-drift"])
            .success();
        assert!(found(db).is_empty());
        db.sql("DROP TABLE mine");
        assert_eq!(found(db), ["removed table mine"]);
    });
}
