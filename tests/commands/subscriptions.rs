//! `saasdb subscription sweep`.

use super::tenants::{
    FUTURE, PAST, SET, json, migrated, module, on, on_all, one, organization, quoted, rows, run,
    same, sql, subscriber, subscription, user, wait_for_waiting,
};
use super::{error, fits, hint, unchanged};
use crate::support::{Db, Saasdb, TestDb};

/// An organization with a subscription.
fn with(db: &TestDb, slug: &str, status: &str, end: &str) {
    organization(db, slug, &format!("The {slug} company"));
    subscription(db, slug, "monthly", status, end);
}

/// How all subscriptions stand, by organization.
fn statuses(db: &TestDb) -> Vec<Vec<String>> {
    rows(
        db,
        r#"SELECT "organizationId", "status" FROM "organizationSubscription" ORDER BY 1"#,
    )
}

/// One organization in every state, each with a period or trial that is over or not.
fn all_states(db: &TestDb) {
    for status in ["active", "trial", "canceled", "expired", "past_due"] {
        with(db, &format!("{status}-over"), status, PAST);
        with(db, &format!("{status}-on"), status, FUTURE);
    }
    // The period of a trial is not its end, nor the trial of a period; no end never comes.
    with(db, "trial-in-old-period", "trial", FUTURE);
    with(db, "active-after-trial", "active", FUTURE);
    with(db, "trial-for-ever", "trial", FUTURE);
    with(db, "not-renewed", "active", PAST);
    for (set, slug) in [
        (
            format!(r#""currentPeriodEnd" = '{PAST}'"#),
            "trial-in-old-period",
        ),
        (format!(r#""trialEndsAt" = '{PAST}'"#), "active-after-trial"),
        (r#""trialEndsAt" = NULL"#.to_owned(), "trial-for-ever"),
        (r#""cancelAtPeriodEnd" = true"#.to_owned(), "not-renewed"),
    ] {
        sql(
            db,
            &format!(
                r#"UPDATE "organizationSubscription" SET {set} WHERE "organizationId" = 'org-{slug}'"#
            ),
        );
    }
}

#[test]
fn what_ran_out_expires_and_nothing_else() {
    on_all(|db| {
        all_states(db);
        module(db, "active-over", "crm");
        let before = statuses(db);
        let others = r#"SELECT * FROM "organizationSubscription"
             WHERE "organizationId" NOT IN ('org-active-over', 'org-trial-over', 'org-not-renewed')
             ORDER BY "id""#;
        let untouched = rows(db, others);
        let due = unchanged(db, || run(db, "subscription sweep --dry-run").success());
        insta::assert_snapshot!("sweep_dry_run", same(db, &due));
        let swept = run(db, "subscription sweep").success();
        assert_eq!(swept.stderr, "");
        fits(&swept);
        insta::assert_snapshot!("sweep", same(db, &swept));
        let changed: Vec<String> = statuses(db)
            .into_iter()
            .filter(|row| !before.contains(row))
            .map(|row| row.join(" "))
            .collect();
        assert_eq!(
            changed,
            [
                "org-active-over expired",
                "org-not-renewed expired",
                "org-trial-over expired"
            ]
        );
        assert_eq!(rows(db, others), untouched);
        let touched = rows(
            db,
            r#"SELECT "organizationId" FROM "organizationSubscription"
               WHERE "updatedAt" > '2025-01-01' ORDER BY 1"#,
        );
        assert_eq!(touched.len(), 3, "updatedAt goes on: {touched:?}");
        let on = r#"SELECT count(*) FROM "organizationModule" WHERE "isEnabled""#;
        assert_eq!(one(db, on), "1", "modules stay");

        let again = unchanged(db, || run(db, "subscription sweep").success());
        insta::assert_snapshot!("sweep_again", same(db, &again));
        unchanged(db, || {
            assert_eq!(
                json(db, "subscription sweep")["expired"],
                serde_json::json!([])
            );
        });
    });
}

#[test]
fn as_json() {
    on_all(|db| {
        all_states(db);
        let due = json(db, "subscription sweep --dry-run");
        let swept = json(db, "subscription sweep");
        assert_eq!(due["expired"], swept["expired"]);
        assert_eq!(
            (&due["dry_run"], &swept["dry_run"]),
            (&true.into(), &false.into())
        );
        let first = &swept["expired"][0];
        assert_eq!(first["organization"]["slug"], "active-over");
        assert_eq!(first["plan"], "monthly");
        assert_eq!(first["was"], "active");
        assert_eq!(first["ended_at"], "2020-02-03T04:05:06.000Z");
        assert_eq!(swept["expired"][2]["was"], "trial");
    });
}

#[test]
fn the_clock_is_the_servers_and_times_are_utc() {
    on_all(|db| {
        for (slug, seconds) in [("just-over", -2), ("for-an-hour", 3600)] {
            with(db, slug, "active", FUTURE);
            let then = match db.kind() {
                Db::Sqlite => format!("datetime('now', '{seconds} seconds')"),
                Db::Postgres => {
                    format!("now() AT TIME ZONE 'UTC' + interval '{seconds} seconds'")
                }
                Db::Mysql => format!("UTC_TIMESTAMP(3) + INTERVAL {seconds} SECOND"),
            };
            sql(
                db,
                &format!(
                    r#"UPDATE "organizationSubscription" SET "currentPeriodEnd" = {then}
                       WHERE "organizationId" = 'org-{slug}'"#
                ),
            );
        }
        if db.kind() == Db::Postgres {
            db.sql(&format!(
                "ALTER DATABASE {} SET timezone = 'America/New_York'",
                db.name()
            ));
        }
        // Neither the session's time zone nor this machine's makes a difference.
        let swept = on(db)
            .env("TZ", "Asia/Tokyo")
            .call(["subscription", "sweep", "--format", "json"])
            .success()
            .json();
        let expired = swept["expired"].as_array().unwrap();
        assert_eq!(expired.len(), 1, "{swept:#}");
        assert_eq!(expired[0]["organization"]["slug"], "just-over");
        let age = match db.kind() {
            Db::Sqlite => r#"SELECT strftime('%s', 'now') - strftime('%s', "updatedAt")"#,
            Db::Postgres => {
                r#"SELECT floor(extract(epoch FROM now() AT TIME ZONE 'UTC' - "updatedAt"))::int"#
            }
            Db::Mysql => r#"SELECT TIMESTAMPDIFF(SECOND, "updatedAt", UTC_TIMESTAMP())"#,
        };
        let query = format!(
            r#"{age} FROM "organizationSubscription" WHERE "organizationId" = 'org-just-over'"#
        );
        let age: i64 = one(db, &query).parse().unwrap();
        assert!((0..60).contains(&age), "updated {age} s ago");
    });
}

#[test]
fn times_in_every_form_that_applications_write_into_sqlite() {
    let db = migrated(Db::Sqlite);
    for (i, (end, over)) in [
        ("'2020-01-01 00:00:00'", true),
        ("'2020-01-01T00:00:00Z'", true),
        ("'2020-01-01T00:00:00.000Z'", true),
        ("'2020-01-01T00:00:00+09:00'", true),
        ("1577836800000", true),
        ("'2990-01-01T00:00:00Z'", false),
        ("32188838400000", false),
        // In Tokyo it is over an hour from now, though its digits are not.
        (
            "strftime('%Y-%m-%dT%H:%M:%S', 'now', '+10 hours') || '+09:00'",
            false,
        ),
        (
            "strftime('%Y-%m-%dT%H:%M:%S', 'now', '+8 hours') || '+09:00'",
            true,
        ),
        // Seconds, as Drizzle has them, also as text; micro- and nanoseconds; Julian days.
        ("CAST(strftime('%s', 'now') AS INTEGER) + 864000", false),
        ("CAST(strftime('%s', 'now') AS INTEGER) - 60", true),
        ("1577836800", true),
        ("1577836800.5", true),
        ("1577836800000000", true),
        ("1577836800000000000", true),
        ("32188838400000000", false),
        ("julianday('now') - 1", true),
        ("julianday('now') + 1", false),
        ("'2020-01-01'", true),
        ("'2020-01-01 00:00:00+00'", true),
        ("'2020-01-01T00:00:00.123+0530'", true),
        ("'2990-01-01 00:00:00-0800'", false),
        // No time without doubt.
        ("0", false),
        ("12", false),
        ("2459000", false),
        ("'now'", false),
        ("'00:00'", false),
        ("'Wed, 01 Jan 2020 00:00:00 GMT'", false),
        ("x'01'", false),
        ("'never'", false),
        ("''", false),
    ]
    .into_iter()
    .enumerate()
    {
        let slug = format!("{}-{i:02}", if over { "over" } else { "on" });
        with(&db, &slug, "active", FUTURE);
        sql(
            &db,
            &format!(
                r#"UPDATE "organizationSubscription" SET "currentPeriodEnd" = {end}
                   WHERE "organizationId" = 'org-{slug}'"#
            ),
        );
    }
    run(&db, "subscription sweep").success();
    for row in statuses(&db) {
        let wanted = match row[0].starts_with("org-over") {
            true => "expired",
            false => "active",
        };
        assert_eq!(row[1], wanted, "{}", row[0]);
    }
}

#[test]
fn an_end_that_cannot_be_read_is_said_and_left_alone() {
    let db = migrated(Db::Sqlite);
    for (slug, status, column) in [
        ("odd", "active", "currentPeriodEnd"),
        ("trying", "trial", "trialEndsAt"),
    ] {
        with(&db, slug, status, FUTURE);
        sql(
            &db,
            &format!(
                r#"UPDATE "organizationSubscription" SET "{column}" = 'next spring'
                   WHERE "organizationId" = 'org-{slug}'"#
            ),
        );
    }
    unchanged(&db, || {
        for line in ["subscription sweep --dry-run", "subscription sweep"] {
            let swept = run(&db, line).success();
            for left in [
                "left alone: odd (active), its end `next spring` is no point in time",
                "left alone: trying (trial), its end `next spring` is no point in time",
            ] {
                assert!(
                    swept.stdout.contains(left) || swept.stderr.contains(left),
                    "{swept:?}"
                );
            }
        }
        for slug in ["odd", "trying"] {
            let refused = run(&db, &format!("module enable {slug} crm")).code(6);
            assert!(error(&refused).contains("cannot be read"), "{refused:?}");
            let shown = run(&db, &format!("organization show {slug}")).success();
            assert!(shown.stdout.contains("`next spring` is no point in time"));
        }
    });
}

#[test]
fn an_infinite_period_never_ends() {
    let db = migrated(Db::Postgres);
    with(&db, "for-ever", "active", "infinity");
    with(&db, "never", "active", "-infinity");
    unchanged(&db, || run(&db, "subscription sweep").success());
    run(&db, "module enable for-ever crm").success();
    run(&db, "organization show for-ever").success();
}

#[test]
fn production_is_swept_without_a_question() {
    let db = TestDb::new(Db::Sqlite);
    run(&db, "migrate up --env production").success();
    with(&db, "over", "active", PAST);
    let swept = run(&db, "subscription sweep --env production").success();
    assert!(
        swept.stdout.contains("1 subscription expired."),
        "{swept:?}"
    );
    unchanged(&db, || run(&db, "subscription sweep --env dev").code(6));
}

#[test]
fn a_role_that_may_only_read_sees_what_is_due() {
    on_all(|db| {
        with(db, "over", "active", PAST);
        let reader = Saasdb::new()
            .env("DATABASE_URL", db.read_only_url())
            .env("SAASDB_SET", SET);
        let due = reader
            .call(["subscription", "sweep", "--dry-run"])
            .success();
        assert!(
            due.stdout.contains("1 subscription would expire."),
            "{due:?}"
        );
        let refused = unchanged(db, || reader.call(["subscription", "sweep"]).code(1));
        assert_eq!(
            error(&refused),
            "the subscriptions could not be marked as expired"
        );
        assert!(
            refused.stderr.contains("nothing was changed"),
            "{refused:?}"
        );
        hint(&refused);
    });
}

#[test]
fn quiet_sweeps_say_nothing() {
    let db = migrated(Db::Sqlite);
    with(&db, "over", "active", PAST);
    let due = run(&db, "subscription sweep --dry-run -q").success();
    assert!(due.stdout.contains("over"), "{due:?}");
    let swept = run(&db, "subscription sweep -q").success();
    assert_eq!((swept.stdout.as_str(), swept.stderr.as_str()), ("", ""));
    assert_eq!(statuses(&db)[0][1], "expired");
}

/// Adds many organizations whose subscription is over.
fn many(db: &TestDb, count: usize) {
    let list = |row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<Vec<_>>().join(", ");
    sql(
        db,
        &format!(
            r#"INSERT INTO "organization" ("id", "name", "slug", "createdAt") VALUES {}"#,
            list(&|i| format!("('o{i:04}', 'O', 'o{i:04}', '{PAST}')"))
        ),
    );
    sql(
        db,
        &format!(
            r#"INSERT INTO "organizationSubscription" ("id", "organizationId", "plan", "status",
                 "currentPeriodStart", "currentPeriodEnd", "updatedAt") VALUES {}"#,
            list(&|i| format!(
                "('s{i:04}', 'o{i:04}', 'free', 'active', '{PAST}', '{PAST}', '{PAST}')"
            ))
        ),
    );
}

#[test]
fn several_sweeps_at_once_share_the_work() {
    on_all(|db| {
        many(db, 450);
        let call = on(db).args(["subscription", "sweep", "--format", "json"]);
        let runs: Vec<_> = (0..3).map(|_| call.spawn()).collect();
        let mut slugs: Vec<String> = Vec::new();
        for run in runs {
            let swept = run.wait().success().json();
            for expired in swept["expired"].as_array().unwrap() {
                slugs.push(expired["organization"]["slug"].as_str().unwrap().to_owned());
            }
        }
        slugs.sort();
        let wanted: Vec<String> = (0..450).map(|i| format!("o{i:04}")).collect();
        assert_eq!(slugs, wanted, "each once");
        let left = r#"SELECT count(*) FROM "organizationSubscription" WHERE "status" <> 'expired'"#;
        assert_eq!(one(db, left), "0");
    });
}

#[test]
fn what_is_renewed_meanwhile_is_left_alone() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        for slug in ["a-renewed", "b-over", "c-gone"] {
            with(&db, slug, "active", PAST);
        }
        let mut application = db.session();
        application.sql("BEGIN");
        for change in [
            format!(
                r#"UPDATE "organizationSubscription" SET "currentPeriodEnd" = '{FUTURE}' WHERE "id" = 'sub-a-renewed'"#
            ),
            r#"DELETE FROM "organization" WHERE "slug" = 'c-gone'"#.to_owned(),
        ] {
            application.sql(&quoted(&db, &change));
        }
        let sweep = on(&db).args(["subscription", "sweep"]).spawn();
        wait_for_waiting(&db, 1);
        application.sql("COMMIT");
        application.close();
        let swept = sweep.wait().success();
        assert!(
            swept.stdout.contains("1 subscription expired."),
            "{swept:?}"
        );
        assert_eq!(
            statuses(&db),
            [["org-a-renewed", "active"], ["org-b-over", "expired"]]
        );
    }
}

#[test]
fn a_sweep_that_cannot_go_on_says_what_is_done() {
    for kind in [Db::Postgres, Db::Mysql] {
        let db = migrated(kind);
        many(&db, 450);
        // Somebody holds one of the last.
        let mut application = db.session();
        application.sql("BEGIN");
        application.rows(&quoted(
            &db,
            r#"SELECT "id" FROM "organizationSubscription" WHERE "id" = 's0444' FOR UPDATE"#,
        ));
        let stopped = on(&db)
            .env("SAASDB_DDL_LOCK_TIMEOUT", "1s")
            .env("SAASDB_DDL_RETRY_FOR", "0s")
            .call(["subscription", "sweep"])
            .code(1);
        assert!(
            stopped.stderr.contains("400 of 450 are expired"),
            "{}",
            stopped.stderr
        );
        assert!(
            stopped.stdout.contains("400 subscriptions expired."),
            "what is done is shown"
        );
        let done = r#"SELECT count(*) FROM "organizationSubscription" WHERE "status" = 'expired'"#;
        assert_eq!(one(&db, done), "400");
        // An interrupt in the middle says so too.
        sql(
            &db,
            r#"UPDATE "organizationSubscription" SET "status" = 'active' WHERE "id" < 's0300'"#,
        );
        let mut sweep = on(&db).args(["subscription", "sweep"]).spawn();
        wait_for_waiting(&db, 1);
        sweep.signal("INT");
        // Else the rows could be free before the signal is heard.
        sweep.wait_for("stopping: ");
        application.sql("ROLLBACK");
        application.close();
        let ended = sweep.wait();
        let left: usize = one(&db, &done.replace("=", "<>")).parse().unwrap();
        if ended.code == 130 {
            assert_eq!(left, 150, "the batch in hand was not begun: {ended:?}");
            assert!(ended.stderr.contains("200 of 350 are expired"), "{ended:?}");
        } else {
            panic!("{ended:?}");
        }
        run(&db, "subscription sweep").success();
        assert_eq!(one(&db, &done.replace("=", "<>")), "0");
    }
}

#[test]
fn a_subscription_that_is_over_takes_no_module_before_the_sweep_nor_after() {
    on_all(|db| {
        subscriber(db, "nike", "monthly");
        user(db, "Ann", "ann@nike.example");
        run(db, "module enable nike crm").success();
        sql(
            db,
            &format!(r#"UPDATE "organizationSubscription" SET "currentPeriodEnd" = '{PAST}'"#),
        );
        run(db, "module enable nike inventory").code(6);
        run(db, "subscription sweep").success();
        run(db, "module enable nike inventory").code(6);
        // It keeps what it has, and can give it up.
        run(db, "module disable nike crm --by user-ann").success();
    });
}
