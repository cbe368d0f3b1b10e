//! `saasdb module list`, `enable`, `disable` and `stats`.

use super::json_schema::published;
use super::tenants::{
    FUTURE, PAST, SET, enabled, json, member, migrated, module, on, on_all, one, organization,
    rows, run, said, same, sql, subscriber, subscription, user,
};
use super::{error, fits, hint, shown, unchanged};
use crate::support::{Db, Saasdb, TestDb, bind_redactions};

#[test]
fn the_modules_that_there_are() {
    // It needs no database, and makes none.
    let call = Saasdb::new().env("SAASDB_SET", SET);
    let list = call.call(["module", "list"]).success();
    assert!(!call.dir().join("saasdb.db").exists());
    fits(&list);
    insta::assert_snapshot!(shown(&list));
    let json = published(&call.call(["module", "list", "--format", "json"]));
    assert_eq!(json["modules"].as_array().unwrap().len(), 5);
    assert_eq!(json["modules"][0]["settings"]["maxDailyVisitors"], 100);
    assert_eq!(json["modules"][3].get("settings"), None, "crm has none");
    assert_eq!(json["plans"][2]["modules"], 999);
}

#[test]
fn how_they_stand_for_an_organization() {
    on_all(|db| {
        subscriber(db, "nike", "monthly");
        user(db, "Ann Lee", "ann@nike.example");
        member(db, "nike", "user-ann", "owner", "2025-10-01 09:00:00");
        run(db, "module enable nike crm --by user-ann").success();
        run(db, "module enable nike inventory").success();
        run(db, "module disable nike inventory --by ANN@nike.example").success();
        module(db, "nike", "ticket_management");
        // Nobody of that id is left, and no module of that key defined.
        module(db, "nike", "fax");
        sql(
            db,
            r#"UPDATE "organizationModule" SET "enabledBy" = 'gone' WHERE "moduleKey" = 'fax'"#,
        );
        let list = unchanged(db, || run(db, "module list nike").success());
        fits(&list);
        insta::assert_snapshot!("list_of_an_organization", same(db, &list));
        let json = json(db, "module list nike");
        assert_eq!((&json["used"], &json["limit"]), (&3.into(), &5.into()));
        let states: Vec<String> = json["modules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| format!("{} {}", m["key"], m["state"]).replace('"', ""))
            .collect();
        assert_eq!(
            states,
            [
                "visitor_management available",
                "ticket_management enabled",
                "inventory disabled",
                "crm enabled",
                "invoicing available",
                "fax enabled"
            ]
        );
        let modules = &json["modules"];
        assert_eq!(modules[1]["enabled_at"], "2025-10-02T10:00:00.000Z");
        assert_eq!(modules[1]["settings"]["mine"], 1);
        assert_eq!(modules[2]["disabled_by"]["email"], "ann@nike.example");
        assert_eq!(modules[3]["enabled_by"]["id"], "user-ann");
        assert_eq!(modules[5]["enabled_by"]["id"], "gone");
        assert_eq!(modules[5]["enabled_by"].get("email"), None);
    });
}

#[test]
fn organizations_in_every_state_can_be_listed() {
    let db = migrated(Db::Sqlite);
    organization(&db, "nobody", "No Body");
    for (slug, plan, status, end) in [
        ("over", "monthly", "active", PAST),
        ("trial-over", "monthly", "trial", PAST),
        ("canceled", "yearly", "canceled", FUTURE),
        ("odd", "gold", "active", FUTURE),
    ] {
        organization(&db, slug, slug);
        subscription(&db, slug, plan, status, end);
    }
    let mut text = String::new();
    for slug in ["nobody", "over", "trial-over", "canceled", "odd"] {
        let list = run(&db, &format!("module list {slug}")).success();
        text.extend(list.stdout.lines().take(2).map(|l| format!("{l}\n")));
        json(&db, &format!("module list {slug}"));
    }
    bind_redactions();
    insta::assert_snapshot!(text);
}

/// The row of a module, without its id.
fn row(db: &TestDb, key: &str) -> Vec<String> {
    let columns =
        r#""isEnabled", "settings", "enabledAt", "enabledBy", "disabledAt", "disabledBy""#;
    let mut found = rows(
        db,
        &format!(r#"SELECT {columns} FROM "organizationModule" WHERE "moduleKey" = '{key}'"#),
    );
    assert_eq!(found.len(), 1, "{key}: {found:?}");
    let mut row = found.remove(0);
    row[0] = match row[0].as_str() {
        "t" | "true" | "1" => "1".to_owned(),
        _ => "0".to_owned(),
    };
    row[1] = row[1].replace(' ', "");
    row
}

#[test]
fn enabling_disabling_and_enabling_again() {
    on_all(|db| {
        subscriber(db, "nike", "free");
        user(db, "Ann", "ann@nike.example");
        let first = run(
            db,
            "module enable nike ticket_management --by ann@nike.example",
        )
        .success();
        assert_eq!(first.stderr, "");
        let stdout = first.stdout.lines().next().unwrap();
        assert_eq!(
            stdout,
            "enabled  ticket_management for nike, by ann@nike.example"
        );
        assert!(
            first.stdout.contains("1 of 2 modules of the plan free"),
            "{}",
            first.stdout
        );
        let [on, settings, at, by, off, off_by] = row(db, "ticket_management").try_into().unwrap();
        assert_eq!((on.as_str(), by.as_str()), ("1", "user-ann"));
        assert_eq!((off.as_str(), off_by.as_str()), ("NULL", "NULL"));
        let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
        assert_eq!(
            settings,
            serde_json::json!({
                "autoAssignTickets": false,
                "ticketCategories": ["Technical", "Billing", "General"],
                "slaHours": 24,
            })
        );
        assert_recent(db, "enabledAt", &at);

        // The application changes the settings; off and on again leaves them.
        sql(
            db,
            r#"UPDATE "organizationModule" SET "settings" = '{"slaHours":1}'"#,
        );
        run(db, "module disable nike ticket_management --by user-ann").success();
        let [on, _, since, by, off, off_by] = row(db, "ticket_management").try_into().unwrap();
        assert_eq!((on.as_str(), off_by.as_str()), ("0", "user-ann"));
        assert_eq!(
            (since, by.as_str()),
            (at, "user-ann"),
            "kept for the record"
        );
        assert_recent(db, "disabledAt", &off);
        // Long ago, so that the new time shows.
        sql(
            db,
            r#"UPDATE "organizationModule" SET "enabledAt" = '2020-01-01 00:00:00'"#,
        );
        let again = json(db, "module enable nike ticket_management");
        assert_eq!((&again["again"], &again["used"]), (&true.into(), &1.into()));
        let [on, settings, at, by, off, off_by] = row(db, "ticket_management").try_into().unwrap();
        assert_eq!((on.as_str(), by.as_str()), ("1", "NULL"));
        assert_eq!((off.as_str(), off_by.as_str()), ("NULL", "NULL"));
        assert_eq!(settings, r#"{"slaHours":1}"#);
        assert_recent(db, "enabledAt", &at);

        // A module without settings gets none.
        let new = json(db, "module enable nike crm");
        assert_eq!((&new["again"], &new["limit"]), (&false.into(), &2.into()));
        assert_eq!(row(db, "crm")[1], "NULL");
        let ids = rows(db, r#"SELECT "id" FROM "organizationModule""#);
        for id in &ids {
            assert!(id[0].len() == 25 && id[0].starts_with('c'), "{id:?}");
        }
        assert_eq!(ids.len(), 2);
        let off = run(db, "module disable nike crm").success();
        assert!(
            off.stdout.starts_with("disabled  crm for nike\n"),
            "{off:?}"
        );
        assert_eq!(enabled(db, "nike"), ["ticket_management"]);
    });
}

/// Fails the test unless a column holds a time within the last minute, by the server's clock.
#[track_caller]
fn assert_recent(db: &TestDb, column: &str, found: &str) {
    let recent = match db.kind() {
        Db::Sqlite => {
            format!(r#"SELECT abs(strftime('%s', 'now') - strftime('%s', '{found}')) < 60"#)
        }
        Db::Postgres => {
            format!(
                "SELECT abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - timestamp '{found}')) < 60"
            )
        }
        Db::Mysql => {
            format!("SELECT abs(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), '{found}')) < 60")
        }
    };
    let answer = one(db, &recent);
    assert!(
        ["1", "true", "t"].contains(&answer.as_str()),
        "{column}: {found}"
    );
}

/// Organizations in which everything that can be refused is refused.
fn trouble(db: &TestDb) {
    subscriber(db, "full", "free");
    subscriber(db, "five", "monthly");
    for key in ["crm", "inventory"] {
        module(db, "full", key);
        module(db, "five", key);
    }
    for key in ["fax", "telex", "telegraph", "pigeons"] {
        module(db, "five", key);
    }
    organization(db, "none", "No subscription");
    for (slug, plan, status, end) in [
        ("over", "monthly", "active", PAST),
        ("trial-over", "monthly", "trial", PAST),
        ("expired", "monthly", "expired", PAST),
        ("canceled", "monthly", "canceled", FUTURE),
        ("unpaid", "monthly", "past_due", FUTURE),
        ("odd", "gold", "active", FUTURE),
    ] {
        organization(db, slug, slug);
        subscription(db, slug, plan, status, end);
        module(db, slug, "crm");
    }
    sql(
        db,
        r#"UPDATE "organizationModule" SET "isEnabled" = false, "disabledAt" = '2025-10-03 11:00:00',
             "disabledBy" = 'user-ann' WHERE "organizationId" = 'org-odd'"#,
    );
}

#[test]
fn every_refusal_is_its_own_and_changes_nothing() {
    on_all(|db| {
        trouble(db);
        let mut text = String::new();
        let all = [
            (1, "module enable ful crm"),
            (1, "module disable nobody crm"),
            (1, "module list FULL"),
            (1, "module list org-full"),
            (2, "module enable full gold"),
            (2, "module disable full gold"),
            (6, "module enable full invoicing"),
            (6, "module enable five invoicing"),
            (1, "module enable full crm"),
            (1, "module disable full invoicing"),
            (1, "module disable odd crm"),
            (6, "module enable none crm"),
            (6, "module enable over inventory"),
            (6, "module enable trial-over inventory"),
            (6, "module enable expired inventory"),
            (6, "module enable canceled inventory"),
            (6, "module enable unpaid inventory"),
            (6, "module enable odd crm"),
            (1, "module disable full crm --by nobody@example.com"),
        ];
        unchanged(db, || {
            for (code, line) in all {
                let output = run(db, line).code(code);
                assert_eq!(output.stdout, "", "{line}");
                text.push_str(&format!("$ saasdb {line}\n{}\n", said(&output)));
                // Run twice, it says the same; this time as JSON too.
                let words = line.split_whitespace().chain(["--format", "json"]);
                let again = on(db).call(words).code(code);
                assert_eq!(said(&again), said(&output));
                published(&again);
            }
        });
        bind_redactions();
        insta::assert_snapshot!("refusals", text);
    });
}

#[test]
fn what_is_on_needs_no_slot_and_what_is_off_frees_one() {
    let db = migrated(Db::Sqlite);
    trouble(&db);
    // An organization at its limit hears that the module is on, not that there is no room.
    let again = run(&db, "module enable full crm").code(1);
    assert!(error(&again).contains("already enabled"), "{again:?}");
    // Neither expired subscriptions nor modules that are no longer defined keep one on.
    run(&db, "module disable expired crm").success();
    run(&db, "module disable five telex").success();
    run(&db, "module disable five fax").success();
    run(&db, "module enable five invoicing").success();
    assert_eq!(enabled(&db, "five").len(), 5);
    run(&db, "module enable five fax").code(2);
}

#[test]
fn trials_count_like_active_subscriptions() {
    let db = migrated(Db::Sqlite);
    organization(&db, "trial", "Trial");
    subscription(&db, "trial", "free", "trial", FUTURE);
    run(&db, "module enable trial crm").success();
    run(&db, "module enable trial inventory").success();
    run(&db, "module enable trial invoicing").code(6);
    // A trial without an end does not end; the period's end is not the trial's.
    sql(
        &db,
        r#"UPDATE "organizationSubscription" SET "trialEndsAt" = NULL, "plan" = 'monthly',
             "currentPeriodEnd" = '2020-01-01 00:00:00'"#,
    );
    run(&db, "module enable trial invoicing").success();
}

#[test]
fn a_limit_of_999_is_that_number() {
    on_all(|db| {
        subscriber(db, "big", "yearly");
        let values: Vec<String> = (0..998)
            .map(|i| format!("('m{i}', 'org-big', 'made_up_{i}')"))
            .collect();
        sql(
            db,
            &format!(
                r#"INSERT INTO "organizationModule" ("id", "organizationId", "moduleKey") VALUES {}"#,
                values.join(", ")
            ),
        );
        let last = run(db, "module enable big crm").success();
        assert!(last.stdout.contains("999 of 999"), "{}", last.stdout);
        let full = unchanged(db, || run(db, "module enable big inventory").code(6));
        assert_eq!(
            error(&full),
            "plan limit reached: big uses 999 of 999 modules on the plan yearly (Enterprise)"
        );
        assert!(hint(&full).contains("no plan allows more"), "{full:?}");
    });
}

#[test]
fn stats_show_every_defined_module() {
    on_all(|db| {
        let empty = run(db, "module stats").success();
        fits(&empty);
        for slug in ["nike", "acme", "asics"] {
            subscriber(db, slug, "free");
        }
        for (slug, key) in [("nike", "crm"), ("acme", "crm"), ("acme", "fax")] {
            module(db, slug, key);
        }
        run(db, "module enable asics inventory").success();
        run(db, "module disable asics inventory").success();
        let stats = unchanged(db, || run(db, "module stats").success());
        fits(&stats);
        insta::assert_snapshot!("stats", same(db, &stats));
        let json = json(db, "module stats");
        assert_eq!(json["organizations"], 3);
        assert_eq!(json["modules"][3]["organizations"], 2, "{json}");
    });
}
