//! The seeds of `core` in the database: the document's numbers, a demo that agrees with itself, the
//! same rows on every machine, and room for the application's own rows.

use serde_json::json;

use super::tools::{Content, column, content, one, rows, run, sql};
use crate::support::{Db, TestDb};

/// Plans as the document has them: name, displayName, description, monthly, yearly, order, popular;
/// quotas in the document's order; features.
type Plan = (
    &'static str,
    &'static str,
    &'static str,
    f64,
    f64,
    i64,
    bool,
    [i64; 9],
    [bool; 8],
);
const PLANS: [Plan; 4] = [
    (
        "free",
        "Free Plan",
        "Perfect for getting started",
        0.0,
        0.0,
        1,
        false,
        [1, 500, 5, 500, 3, 1, 50, 50, 1],
        [false, false, false, false, false, false, false, false],
    ),
    (
        "starter",
        "Starter Plan",
        "Great for small businesses",
        200000.0,
        2000000.0,
        2,
        true,
        [3, 5000, 50, 5000, 20, 3, 500, 500, 2],
        [true, false, false, false, false, false, true, true],
    ),
    (
        "pro",
        "Pro Plan",
        "For growing businesses",
        500000.0,
        5000000.0,
        3,
        false,
        [10, 20000, 200, 20000, 100, 10, 2000, 2000, 5],
        [true, true, true, false, true, true, true, true],
    ),
    (
        "enterprise",
        "Enterprise Plan",
        "Custom solutions for large organizations",
        0.0,
        0.0,
        4,
        false,
        [999999; 9],
        [true; 8],
    ),
];

#[test]
fn the_plans_have_the_documents_numbers() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --only subscription-plans");
        assert_eq!(one(db, r#"SELECT count(*) FROM "subscription_plans""#), "4");
        for (name, display, description, monthly, yearly, order, popular, q, f) in PLANS {
            let row = &rows(
                db,
                &format!(
                    r#"SELECT "displayName", "description", "priceMonthly", "priceYearly", "currency",
                       "sortOrder", "isVisible", "isPopular", "quotas", "features"
                       FROM "subscription_plans" WHERE "name" = '{name}'"#
                ),
            )[0];
            assert_eq!(row[..2], [display, description]);
            assert_eq!(row[2].parse::<f64>().unwrap(), monthly, "{name}");
            assert_eq!(row[3].parse::<f64>().unwrap(), yearly, "{name}");
            assert_eq!(row[4..6], ["IDR".to_owned(), order.to_string()]);
            let truth = |text: &str| ["1", "t", "true"].contains(&text);
            assert!(truth(&row[6]), "{name} is visible");
            assert_eq!(truth(&row[7]), popular, "{name}");
            let quotas: serde_json::Value = serde_json::from_str(&row[8]).unwrap();
            assert_eq!(
                quotas,
                json!({
                    "maxWhatsappAccounts": q[0], "maxMessagesPerMonth": q[1],
                    "maxCampaignsPerMonth": q[2], "maxContacts": q[3], "maxTemplates": q[4],
                    "maxUsers": q[5], "maxStorageMb": q[6], "dailyMessageLimit": q[7],
                    "concurrentBlasts": q[8],
                })
            );
            let features: serde_json::Value = serde_json::from_str(&row[9]).unwrap();
            assert_eq!(
                features,
                json!({
                    "spinText": f[0], "advancedAnalytics": f[1], "apiAccess": f[2],
                    "customBranding": f[3], "prioritySupport": f[4], "webhookIntegration": f[5],
                    "teamCollaboration": f[6], "advancedScheduling": f[7],
                })
            );
        }
    });
}

/// SQL that takes a number out of a JSON column.
fn number(kind: Db, json: &str, field: &str) -> String {
    match kind {
        Db::Postgres => format!("({json} ->> '{field}')::numeric"),
        _ => format!("CAST(json_extract({json}, '$.{field}') AS DECIMAL(20, 4))"),
    }
}

/// Fails if the query, which looks for contradictions, finds one.
#[track_caller]
fn none(db: &TestDb, what: &str, query: &str) {
    let found = rows(db, query);
    assert!(found.is_empty(), "{:?}: {what}: {found:?}", db.kind());
}

#[test]
fn the_demo_agrees_with_itself() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --env dev");
        let subscriptions = rows(
            db,
            r#"SELECT p."name", s."status", s."billingCycle" FROM "subscriptions" s
               JOIN "subscription_plans" p ON p."id" = s."planId" ORDER BY p."sortOrder""#,
        );
        assert_eq!(subscriptions.len(), 4);
        let plans: Vec<&str> = subscriptions.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(plans, ["free", "starter", "pro", "enterprise"]);
        let mut states: Vec<String> = subscriptions
            .iter()
            .map(|r| format!("{} {}", r[1], r[2]))
            .collect();
        states.sort();
        assert_eq!(
            states,
            [
                "active monthly",
                "active yearly",
                "cancelled yearly",
                "trial monthly"
            ]
        );
        let text = |column: &str| match db.kind() {
            Db::Postgres => format!("{column}::text"),
            _ => column.to_owned(),
        };
        none(
            db,
            "subscription and organization",
            &format!(
                r#"SELECT o."slug" FROM "organizations" o JOIN "subscriptions" s ON s."organizationId" = o."id"
               JOIN "subscription_plans" p ON p."id" = s."planId"
               WHERE {} <> p."name" OR {} <> {} OR o."subscriptionStartsAt" <> s."startsAt"
                 OR o."subscriptionEndsAt" <> s."endsAt" OR s."endsAt" <= s."startsAt"
                 OR (o."trialEndsAt" IS NULL) <> (s."trialEndsAt" IS NULL)
                 OR (s."status" = 'trial') <> (s."trialEndsAt" IS NOT NULL)
                 OR (s."status" = 'cancelled') <> (s."cancelledAt" IS NOT NULL)"#,
                text("o.\"subscriptionPlan\""),
                text("o.\"subscriptionStatus\""),
                text("s.\"status\""),
            ),
        );
        none(
            db,
            "one owner, who is a member with that role; admins and members",
            r#"SELECT o."slug" FROM "organizations" o LEFT JOIN "users" u ON u."id" = o."ownerId"
               WHERE u."id" IS NULL OR u."organizationId" <> o."id" OR u."roleInOrg" <> 'owner'
                 OR (SELECT count(*) FROM "users" x WHERE x."organizationId" = o."id" AND x."roleInOrg" = 'owner') <> 1
                 OR (SELECT count(*) FROM "users" x WHERE x."organizationId" = o."id" AND x."roleInOrg" = 'admin') < 1
                 OR (SELECT count(*) FROM "users" x WHERE x."organizationId" = o."id" AND x."roleInOrg" = 'member') < 2"#,
        );
        for (table, parent, column) in [
            ("sessions", "users", "userId"),
            ("blast_sessions", "sessions", "sessionId"),
            ("blast_messages", "blast_sessions", "blastSessionId"),
            ("templates", "users", "userId"),
            ("chats", "sessions", "sessionId"),
        ] {
            none(
                db,
                "rows of one tenant below those of another",
                &format!(
                    r#"SELECT c."id" FROM "{table}" c LEFT JOIN "{parent}" p ON p."id" = c."{column}"
                   WHERE p."id" IS NULL OR c."organizationId" IS NULL OR c."organizationId" <> p."organizationId""#
                ),
            );
            none(
                db,
                "every organization has some",
                &format!(
                    r#"SELECT o."slug" FROM "organizations" o WHERE NOT EXISTS
                   (SELECT 1 FROM "{table}" c WHERE c."organizationId" = o."id")"#
                ),
            );
        }
        assert_eq!(
            one(
                db,
                r#"SELECT count(*) FROM (SELECT DISTINCT "periodStart" FROM "usage_tracking") m"#
            ),
            "3",
            "usage of three months"
        );
        none(
            db,
            "the messages of a month are those that were sent",
            &messages_sent(),
        );
        alerts_follow_from_usage(db);
    });
}

/// Months whose `messages_sent` is another number than that of the rows.
fn messages_sent() -> String {
    let sent = |table: &str, more: &str| {
        format!(
            r#"(SELECT count(*) FROM "{table}" m WHERE m."organizationId" = u."organizationId"
               AND m."sentAt" >= u."periodStart" AND m."sentAt" < u."recordedAt" {more})"#
        )
    };
    format!(
        r#"SELECT u."organizationId", u."periodStart", u."metricValue" FROM "usage_tracking" u
           WHERE u."metricType" = 'messages_sent' AND u."metricValue" <> {} + {}"#,
        sent("blast_messages", ""),
        sent("chats", "AND m.\"direction\" = 'outgoing'")
    )
}

/// The alerts are exactly those that usage and the plan's limits call for.
#[track_caller]
fn alerts_follow_from_usage(db: &TestDb) {
    let pairs = [
        ("messages_sent", "messages", "maxMessagesPerMonth"),
        ("whatsapp_accounts", "accounts", "maxWhatsappAccounts"),
        ("users", "users", "maxUsers"),
        ("templates", "templates", "maxTemplates"),
        ("storage_used", "storage", "maxStorageMb"),
    ];
    let mut expected = Vec::new();
    for (metric, quota, limit) in pairs {
        let limit = number(db.kind(), "p.\"quotas\"", limit);
        for row in rows(
            db,
            &format!(
                r#"SELECT o."slug", u."metricValue", {limit} FROM "usage_tracking" u
                   JOIN "organizations" o ON o."id" = u."organizationId"
                   JOIN "subscriptions" s ON s."organizationId" = o."id"
                   JOIN "subscription_plans" p ON p."id" = s."planId" WHERE u."metricType" = '{metric}'"#
            ),
        ) {
            let used: i64 = row[1].parse().unwrap();
            let limit = row[2].parse::<f64>().unwrap() as i64;
            let level = match used * 100 / limit {
                100.. => "exceeded",
                95.. => "critical",
                80.. => "warning",
                _ => continue,
            };
            let percent = (used * 10_000 / limit).min(99_999);
            expected.push([
                row[0].clone(),
                quota.to_owned(),
                used.to_string(),
                limit.to_string(),
                percent.to_string(),
                level.to_owned(),
            ]);
        }
    }
    let mut found: Vec<[String; 6]> = rows(
        db,
        r#"SELECT o."slug", a."quotaType", a."currentUsage", a."quotaLimit", a."percentageUsed", a."alertLevel"
           FROM "quota_alerts" a JOIN "organizations" o ON o."id" = a."organizationId""#,
    )
    .into_iter()
    .map(|row| {
        let percent = (row[4].parse::<f64>().unwrap() * 100.0).round().to_string();
        let mut row: [String; 6] = row.try_into().unwrap();
        row[4] = percent;
        row
    })
    .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "{:?}", db.kind());
    for level in ["warning", "critical", "exceeded"] {
        assert!(found.iter().any(|row| row[5] == level), "no {level}");
    }
}

#[test]
fn the_applications_next_row_does_not_collide() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --env dev");
        for (table, columns, values) in [
            ("users", "\"username\", \"password\"", "'new', 'x'"),
            ("sessions", "\"name\"", "'new'"),
            ("blast_sessions", "\"name\"", "'new'"),
            ("blast_messages", "\"recipient\"", "'new'"),
            ("templates", "\"name\"", "'new'"),
            ("chats", "\"contact\"", "'new'"),
            (
                "subscription_plans",
                "\"name\", \"displayName\"",
                "'new', 'New'",
            ),
        ] {
            let largest = format!("SELECT max(\"id\") FROM \"{table}\"");
            let before: i64 = one(db, &largest).parse().unwrap();
            sql(
                db,
                &format!("INSERT INTO \"{table}\" ({columns}) VALUES ({values})"),
            );
            let after: i64 = one(db, &largest).parse().unwrap();
            assert_eq!(after, before + 1, "{table} on {:?}", db.kind());
        }
        let organization = one(
            db,
            r#"SELECT "id" FROM "organizations" WHERE "slug" = 'kopi-senja'"#,
        );
        sql(
            db,
            &format!(
                r#"INSERT INTO "usage_tracking" ("organizationId", "metricType", "periodStart", "periodEnd")
               VALUES ('{organization}', 'users', '2026-01-01', '2026-01-31');
               INSERT INTO "quota_alerts" ("organizationId", "quotaType", "currentUsage", "quotaLimit", "percentageUsed", "alertLevel")
               VALUES ('{organization}', 'users', 1, 1, 100, 'exceeded')"#
            ),
        );
    });
}

#[test]
fn two_machines_seed_the_same_rows_and_hashes_that_verify() {
    for kind in Db::ALL {
        let databases = [TestDb::new(kind), TestDb::new(kind)];
        let seeded = || -> Vec<Content> {
            databases
                .iter()
                .map(|db| {
                    run(db, "migrate up");
                    run(db, "seed --env test");
                    let mut rows = content(db);
                    for row in rows.get_mut("users").unwrap() {
                        let hash = row.remove("password").unwrap();
                        assert!(hash.starts_with("$2") && &hash[4..7] == "12$", "{hash}");
                    }
                    for row in rows.get_mut("subscription_plans").unwrap() {
                        // The database's own default: when it was seeded.
                        row.retain(|name, _| !name.ends_with("edAt"));
                    }
                    rows
                })
                .collect()
        };
        let mut both = seeded();
        if both[0] != both[1] {
            // Midnight may have passed between the two.
            for db in &databases {
                run(db, "migrate fresh");
                run(db, "seed undo");
                sql(
                    db,
                    r#"DELETE FROM "saasdb_meta" WHERE "name" = 'seed_anchor'"#,
                );
            }
            both = seeded();
        }
        super::tools::assert_same(&both[0], &both[1], "on two machines");
        let hashes = column(
            &databases[0],
            r#"SELECT DISTINCT "password" FROM "users" WHERE "username" LIKE '%-owner'"#,
        );
        assert!(!hashes.is_empty());
        assert!(bcrypt::verify("Demo@123", &hashes[0]).unwrap());
    }
}
