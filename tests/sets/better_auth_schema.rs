//! The schema of `better-auth` against its specification, column by column, on every database; and the
//! two new tables against the document's own SQL on PostgreSQL.

use super::expected::{assert_columns, assert_indexes, assert_keys};
use super::tools::{one, refused, run, sql, up};
use crate::support::{Db, TestDb};

/// Every table and its columns, as they are on SQLite and MySQL.
const TABLES: [(&str, &[&str]); 11] = [
    (
        "user",
        &[
            "id key !",
            "name text !",
            "email key !",
            "emailVerified bool ! = false",
            "image text",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "role key",
            "banned bool = false",
            "banReason text",
            "banExpires time",
        ],
    ),
    (
        "session",
        &[
            "id key !",
            "expiresAt time !",
            "token key !",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "ipAddress text",
            "userAgent text",
            "userId key !",
            "impersonatedBy key",
            "activeOrganizationId key",
            "activeTeamId key",
        ],
    ),
    (
        "account",
        &[
            "id key !",
            "accountId key !",
            "providerId key !",
            "userId key !",
            "accessToken text",
            "refreshToken text",
            "idToken text",
            "accessTokenExpiresAt time",
            "refreshTokenExpiresAt time",
            "scope text",
            "password text",
            "createdAt time ! = now",
            "updatedAt time ! = now",
            "issuer key",
        ],
    ),
    (
        "verification",
        &[
            "id key !",
            "identifier text !",
            "value text !",
            "expiresAt time !",
            "createdAt time ! = now",
            "updatedAt time ! = now",
        ],
    ),
    (
        "organization",
        &[
            "id key !",
            "name text !",
            "slug key !",
            "logo text",
            "createdAt time ! = now",
            "metadata text",
        ],
    ),
    (
        "member",
        &[
            "id key !",
            "organizationId key !",
            "userId key !",
            "role key !",
            "createdAt time ! = now",
        ],
    ),
    (
        "invitation",
        &[
            "id key !",
            "organizationId key !",
            "email key !",
            "role key",
            "status key !",
            "expiresAt time !",
            "inviterId key !",
            "teamId key",
            "createdAt time ! = now",
        ],
    ),
    (
        "team",
        &[
            "id key !",
            "name text !",
            "organizationId key !",
            "createdAt time ! = now",
            "updatedAt time",
            "memberCount int ! = 0",
        ],
    ),
    (
        "teamMember",
        &[
            "id key !",
            "teamId key !",
            "userId key !",
            "createdAt time = now",
            "membershipKey key",
        ],
    ),
    (
        "organizationSubscription",
        &[
            "id key !",
            "organizationId key !",
            "plan key !",
            "status key !",
            "currentPeriodStart local !",
            "currentPeriodEnd local !",
            "trialEndsAt local",
            "canceledAt local",
            "cancelAtPeriodEnd bool ! = false",
            "stripeCustomerId key",
            "stripeSubscriptionId key",
            "stripePriceId key",
            "stripePaymentMethodId key",
            "currentPeriodUsage json",
            "metadata json",
            "createdAt local ! = now",
            "updatedAt local ! = now",
        ],
    ),
    (
        "organizationModule",
        &[
            "id key !",
            "organizationId key !",
            "moduleKey key !",
            "isEnabled bool ! = true",
            "settings json",
            "enabledAt local ! = now",
            "enabledBy key",
            "disabledAt local",
            "disabledBy key",
        ],
    ),
];

/// Every index: table, columns; the unique ones with `!`.
const INDEXES: [(&str, &str); 19] = [
    ("user", "email!"),
    ("session", "token!"),
    ("session", "userId"),
    ("account", "userId"),
    ("account", "issuer,accountId!"),
    ("verification", "identifier"),
    ("organization", "slug!"),
    ("member", "organizationId"),
    ("member", "userId"),
    ("invitation", "organizationId"),
    ("invitation", "inviterId"),
    ("invitation", "email"),
    ("team", "organizationId"),
    ("teamMember", "teamId"),
    ("teamMember", "userId"),
    ("teamMember", "membershipKey!"),
    ("organizationSubscription", "organizationId!"),
    ("organizationSubscription", "stripeCustomerId!"),
    ("organizationSubscription", "stripeSubscriptionId!"),
];

/// Every foreign key: table, column, parent, what deleting the parent does.
const KEYS: [(&str, &str, &str, &str); 11] = [
    ("session", "userId", "user", "CASCADE"),
    ("account", "userId", "user", "CASCADE"),
    ("member", "organizationId", "organization", "CASCADE"),
    ("member", "userId", "user", "CASCADE"),
    ("invitation", "organizationId", "organization", "CASCADE"),
    ("invitation", "inviterId", "user", "CASCADE"),
    ("team", "organizationId", "organization", "CASCADE"),
    ("teamMember", "teamId", "team", "CASCADE"),
    ("teamMember", "userId", "user", "CASCADE"),
    (
        "organizationSubscription",
        "organizationId",
        "organization",
        "CASCADE",
    ),
    (
        "organizationModule",
        "organizationId",
        "organization",
        "CASCADE",
    ),
];

#[test]
fn every_column_is_as_the_specification_has_it() {
    TestDb::on_all(|db| {
        up(db, "better-auth");
        let mut tables = TABLES;
        let subscription: Vec<&str> = TABLES[9]
            .1
            .iter()
            .map(|line| match *line {
                // Exactly the document's table, in which Prisma's client fills it in.
                "updatedAt local ! = now" if db.kind() == Db::Postgres => "updatedAt local !",
                other => other,
            })
            .collect();
        tables[9].1 = &subscription;
        if db.kind() != Db::Sqlite {
            tables[7].1 = &[
                "id key !",
                "name text !",
                "organizationId key !",
                "createdAt time ! = now",
                "updatedAt time = now",
                "memberCount int ! = 0",
            ];
        }
        assert_columns(db, &tables);
        let counts: Vec<usize> = tables.iter().map(|(_, columns)| columns.len()).collect();
        assert_eq!(counts, [11, 11, 14, 6, 6, 5, 9, 6, 5, 17, 9]);
    });
}

#[test]
fn every_index_and_reference_is_as_the_specification_has_it() {
    TestDb::on_all(|db| {
        up(db, "better-auth");
        let mut indexes = INDEXES.to_vec();
        indexes.push(("organizationModule", "organizationId,moduleKey!"));
        assert_indexes(db, &indexes);
        assert_keys(db, &KEYS, "CASCADE");
    });
}

/// What PostgreSQL's catalogue says of the two new tables, object by object.
fn new_tables(db: &TestDb) -> Vec<Vec<String>> {
    let of = "(SELECT oid FROM pg_class WHERE relname IN ('organizationSubscription', 'organizationModule'))";
    let queries = [
        format!(
            "SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attcollation::regcollation
             FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid IN {of} AND a.attnum > 0 ORDER BY 1, 2"
        ),
        format!(
            "SELECT pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid,
               i.indimmediate FROM pg_index i WHERE i.indrelid IN {of} ORDER BY 1"
        ),
        format!(
            "SELECT c.conname, c.contype, pg_get_constraintdef(c.oid), c.condeferrable, c.convalidated
             FROM pg_constraint c WHERE c.conrelid IN {of} ORDER BY 1"
        ),
        format!("SELECT relname, relkind, relrowsecurity, relpersistence FROM pg_class WHERE oid IN {of} ORDER BY 1"),
        format!("SELECT tgname FROM pg_trigger WHERE tgrelid IN {of} AND NOT tgisinternal"),
    ];
    queries.iter().flat_map(|query| db.rows(query)).collect()
}

#[test]
fn on_postgresql_the_new_tables_are_those_of_the_documents_sql() {
    let document = TestDb::new(Db::Postgres);
    run(&document, "migrate up --set better-auth --steps 1");
    document.sql(include_str!("fixtures/better_auth.sql"));
    let ours = TestDb::new(Db::Postgres);
    up(&ours, "better-auth");
    let expected = new_tables(&document);
    // 26 columns; four unique indexes and two primary keys; two of these and two foreign keys; two tables.
    assert_eq!(expected.len(), 26 + 6 + 4 + 2, "{expected:#?}");
    assert_eq!(new_tables(&ours), expected);
}

#[test]
fn rules_of_the_document_are_kept_by_the_database() {
    TestDb::on_all(|db| {
        up(db, "better-auth");
        // Plain SQL, without what the database fills in.
        sql(
            db,
            r#"INSERT INTO "organization" ("id", "name", "slug") VALUES ('a', 'A', 'a'), ('b', 'B', 'b');
               INSERT INTO "user" ("id", "name", "email") VALUES ('u', 'U', 'u@u.example');
               INSERT INTO "session" ("id", "expiresAt", "token", "userId")
                 VALUES ('s', '2026-01-01', 't', 'u');
               INSERT INTO "account" ("id", "accountId", "providerId", "userId")
                 VALUES ('c', 'u', 'credential', 'u');
               INSERT INTO "verification" ("id", "identifier", "value", "expiresAt")
                 VALUES ('v', 'i', 'x', '2026-01-01');
               INSERT INTO "member" ("id", "organizationId", "userId", "role") VALUES ('m', 'a', 'u', 'owner');
               INSERT INTO "team" ("id", "name", "organizationId") VALUES ('t', 'T', 'a');
               INSERT INTO "teamMember" ("id", "teamId", "userId") VALUES ('tm', 't', 'u');
               INSERT INTO "invitation" ("id", "organizationId", "email", "status", "expiresAt", "inviterId")
                 VALUES ('i', 'a', 'x@u.example', 'pending', '2026-01-01', 'u');
               INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey") VALUES ('o', 'a', 'crm');"#,
        );
        let subscription = |id: &str, organization: &str, customer: &str, subscription: &str| {
            format!(
                r#"INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
                     "currentPeriodStart", "currentPeriodEnd", "updatedAt", "stripeCustomerId", "stripeSubscriptionId")
                   VALUES ('{id}', '{organization}', 'free', 'active', '2026-01-01', '2027-01-01',
                     '2026-01-01', {customer}, {subscription})"#
            )
        };
        sql(db, &subscription("1", "a", "'cus'", "'sub'"));
        refused(db, &subscription("2", "a", "NULL", "NULL"));
        refused(db, &subscription("2", "b", "'cus'", "NULL"));
        refused(db, &subscription("2", "b", "NULL", "'sub'"));
        refused(db, &subscription("2", "nobody", "NULL", "NULL"));
        sql(db, &subscription("2", "b", "NULL", "NULL"));
        refused(
            db,
            r#"INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey") VALUES ('p', 'a', 'crm')"#,
        );
        refused(
            db,
            r#"INSERT INTO "organization" ("id", "name", "slug") VALUES ('c', 'C', 'a')"#,
        );
        refused(
            db,
            r#"INSERT INTO "user" ("id", "name", "email") VALUES ('w', 'W', 'u@u.example')"#,
        );
        // Keys are compared letter by letter everywhere.
        sql(
            db,
            r#"INSERT INTO "user" ("id", "name", "email") VALUES ('U', 'W', 'U@u.example');
               INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey") VALUES ('p', 'a', 'CRM')"#,
        );
        let count = |table: &str| one(db, &format!("SELECT count(*) FROM \"{table}\""));
        let keyed = |table: &str, column: &str, value: &str| {
            one(
                db,
                &format!("SELECT count(*) FROM \"{table}\" WHERE \"{column}\" = '{value}'"),
            )
        };

        // References follow a key that changes, and rows go with what they belong to.
        sql(
            db,
            r#"UPDATE "organization" SET "id" = 'z' WHERE "id" = 'a'"#,
        );
        for table in ["member", "invitation", "team", "organizationSubscription"] {
            assert_eq!(keyed(table, "organizationId", "z"), "1", "{table}");
        }
        sql(db, r#"UPDATE "user" SET "id" = 'y' WHERE "id" = 'u'"#);
        for table in ["session", "account", "member", "teamMember"] {
            assert_eq!(keyed(table, "userId", "y"), "1", "{table}");
        }
        sql(db, r#"DELETE FROM "organization" WHERE "id" = 'z'"#);
        for table in [
            "member",
            "invitation",
            "team",
            "teamMember",
            "organizationModule",
        ] {
            assert_eq!(count(table), "0", "{table}");
        }
        assert_eq!(count("organizationSubscription"), "1");
        sql(db, r#"DELETE FROM "user" WHERE "id" = 'y'"#);
        assert_eq!(
            (count("session"), count("account")),
            ("0".into(), "0".into())
        );
    });
}
