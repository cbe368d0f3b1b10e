//! `entities`: the models against the live schema.

use super::{found, prepared};
use crate::support::{Db, Saasdb, TestDb};

/// A change by hand, what it is found as, and how it is taken back.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const POSTGRES: &[Case] = &[
    (
        r#"ALTER TABLE "quota_alerts" RENAME TO "elsewhere""#,
        &[
            ("entities/table-missing", "table quota_alerts"),
            ("entities/entity-missing", "table elsewhere"),
        ],
        r#"ALTER TABLE "elsewhere" RENAME TO "quota_alerts""#,
    ),
    (
        r#"ALTER TABLE "chats" RENAME COLUMN "message" TO "text""#,
        &[("entities/column-missing", "column chats.message")],
        r#"ALTER TABLE "chats" RENAME COLUMN "text" TO "message""#,
    ),
    (
        r#"ALTER TABLE "users" ALTER COLUMN "name" TYPE integer USING NULL"#,
        &[("entities/type", "column users.name")],
        r#"ALTER TABLE "users" ALTER COLUMN "name" TYPE varchar(255)"#,
    ),
    (
        r#"ALTER TABLE "users" ALTER COLUMN "username" DROP NOT NULL"#,
        &[("entities/nullable", "column users.username")],
        r#"ALTER TABLE "users" ALTER COLUMN "username" SET NOT NULL"#,
    ),
    (
        r#"ALTER TABLE "users" ALTER COLUMN "isActive" SET NOT NULL"#,
        &[("entities/not-null", "column users.isActive")],
        r#"ALTER TABLE "users" ALTER COLUMN "isActive" DROP NOT NULL"#,
    ),
    (
        r#"ALTER TABLE "chats" ADD COLUMN "must" integer; UPDATE "chats" SET "must" = 1;
           ALTER TABLE "chats" ALTER COLUMN "must" SET NOT NULL"#,
        &[("entities/column-unknown", "column chats.must")],
        r#"ALTER TABLE "chats" DROP COLUMN "must""#,
    ),
    // One that inserting can do without is nobody's business.
    (
        r#"ALTER TABLE "chats" ADD COLUMN "may" integer"#,
        &[],
        r#"ALTER TABLE "chats" DROP COLUMN "may""#,
    ),
    (
        r#"ALTER TABLE "usage_tracking" DROP CONSTRAINT "usage_tracking_pkey";
           ALTER TABLE "usage_tracking" ADD PRIMARY KEY ("id", "organizationId")"#,
        &[("entities/primary-key", "table usage_tracking")],
        r#"ALTER TABLE "usage_tracking" DROP CONSTRAINT "usage_tracking_pkey";
           ALTER TABLE "usage_tracking" ADD PRIMARY KEY ("id")"#,
    ),
    // Values cannot be taken out of a type again: this one comes last.
    (
        r#"ALTER TYPE "users_roleInOrg_enum" ADD VALUE 'guest'"#,
        &[("entities/enum-values", "column users.roleInOrg")],
        "",
    ),
];

const MYSQL: &[Case] = &[
    (
        "ALTER TABLE `chats` RENAME COLUMN `message` TO `text`",
        &[("entities/column-missing", "column chats.message")],
        "ALTER TABLE `chats` RENAME COLUMN `text` TO `message`",
    ),
    (
        "ALTER TABLE `users` MODIFY `name` int",
        &[("entities/type", "column users.name")],
        "ALTER TABLE `users` MODIFY `name` varchar(255)",
    ),
    (
        "ALTER TABLE `users` MODIFY `username` varchar(255)",
        &[("entities/nullable", "column users.username")],
        "ALTER TABLE `users` MODIFY `username` varchar(255) NOT NULL",
    ),
    (
        "ALTER TABLE `users` MODIFY `roleInOrg` enum('owner','admin') DEFAULT 'admin'",
        &[("entities/enum-values", "column users.roleInOrg")],
        "",
    ),
];

const SQLITE: &[Case] = &[
    (
        r#"ALTER TABLE "quota_alerts" RENAME TO "elsewhere""#,
        &[
            ("entities/table-missing", "table quota_alerts"),
            ("entities/entity-missing", "table elsewhere"),
        ],
        r#"ALTER TABLE "elsewhere" RENAME TO "quota_alerts""#,
    ),
    (
        r#"ALTER TABLE "chats" RENAME COLUMN "message" TO "text""#,
        &[("entities/column-missing", "column chats.message")],
        r#"ALTER TABLE "chats" RENAME COLUMN "text" TO "message""#,
    ),
    (
        r#"PRAGMA writable_schema = on;
           UPDATE sqlite_master SET sql = replace(sql, '''owner'', ', '') WHERE name = 'users';
           PRAGMA writable_schema = reset"#,
        &[("entities/enum-values", "column users.roleInOrg")],
        "",
    ),
];

fn all(db: &TestDb, cases: &[Case]) {
    let program = Saasdb::new().db(db);
    assert!(found(&program, "entities").is_empty());
    for (change, wanted, back) in cases {
        db.sql(change);
        let wanted: Vec<(String, String)> = wanted
            .iter()
            .map(|(rule, object)| ((*rule).to_owned(), (*object).to_owned()))
            .collect();
        assert_eq!(found(&program, "entities"), wanted, "{change}");
        if !back.is_empty() {
            db.sql(back);
            assert!(found(&program, "entities").is_empty(), "{back}");
        }
    }
}

#[test]
fn postgres() {
    let db = TestDb::new(Db::Postgres);
    Saasdb::new().db(&db).call(["migrate", "up"]).success();
    all(&db, POSTGRES);
}

#[test]
fn mysql() {
    let db = TestDb::new(Db::Mysql);
    Saasdb::new().db(&db).call(["migrate", "up"]).success();
    all(&db, MYSQL);
}

#[test]
fn sqlite() {
    let db = TestDb::new(Db::Sqlite);
    Saasdb::new().db(&db).call(["migrate", "up"]).success();
    all(&db, SQLITE);
}

/// The users of Supabase are in another schema and have columns that the entity leaves alone.
#[test]
fn a_table_of_another_schema_is_looked_at_where_it_is() {
    let db = prepared("supabase", Db::Postgres);
    let program = Saasdb::new().db(&db).env("SAASDB_SET", "supabase");
    db.sql("ALTER TABLE auth.users ADD COLUMN instance_id uuid");
    assert!(found(&program, "entities").is_empty());
    db.sql("ALTER TABLE auth.users RENAME COLUMN email TO mail");
    assert_eq!(
        found(&program, "entities"),
        [(
            "entities/column-missing".to_owned(),
            "column auth.users.email".to_owned()
        )]
    );
}
