//! `saasdb organization show`.

use super::tenants::{
    FUTURE, PAST, json, member, migrated, module, on, on_all, organization, run, said, same, sql,
    subscriber, subscription, user,
};
use super::{fits, unchanged};
use crate::support::{Db, TestDb, bind_redactions};

/// An organization as in the document: two modules on, three members.
fn nike(db: &TestDb) {
    subscriber(db, "nike", "monthly");
    for (name, email, role, since) in [
        (
            "Ann Lee",
            "ann@nike.example",
            "owner",
            "2025-10-01 09:00:00",
        ),
        (
            "Zoë Müller",
            "zoe@nike.example",
            "member",
            "2025-10-03 09:00:00",
        ),
        ("Bob Ng", "bob@nike.example", "admin", "2025-10-02 09:00:00"),
    ] {
        user(db, name, email);
        let id = format!("user-{}", email.split('@').next().unwrap());
        member(db, "nike", &id, role, since);
    }
    user(db, "Eve", "eve@elsewhere.example");
    subscriber(db, "acme", "free");
    member(db, "acme", "user-eve", "owner", "2025-10-01 09:00:00");
    for key in ["visitor_management", "ticket_management", "crm"] {
        module(db, "nike", key);
    }
    sql(
        db,
        r#"UPDATE "organizationModule" SET "enabledBy" = 'user-ann' WHERE "moduleKey" = 'visitor_management'"#,
    );
    sql(
        db,
        r#"UPDATE "organizationModule" SET "isEnabled" = false WHERE "moduleKey" = 'crm'"#,
    );
}

#[test]
fn everything_about_an_organization() {
    on_all(|db| {
        nike(db);
        let show = unchanged(db, || run(db, "organization show nike").success());
        assert_eq!(show.stderr, "");
        fits(&show);
        insta::assert_snapshot!("show", same(db, &show));
        let json = json(db, "organization show nike");
        assert_eq!(json["organization"]["id"], "org-nike");
        assert_eq!(
            json["organization"]["created_at"],
            "2025-10-01T09:00:00.000Z"
        );
        assert_eq!(json["subscription"]["plan"], "monthly");
        assert_eq!(json["subscription"]["status"], "active");
        assert_eq!(
            json["subscription"]["period_end"],
            "2990-01-01T00:00:00.000Z"
        );
        assert_eq!((&json["used"], &json["limit"]), (&2.into(), &5.into()));
        let keys: Vec<&str> = json["modules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["key"].as_str().unwrap())
            .collect();
        assert_eq!(
            keys,
            ["visitor_management", "ticket_management"],
            "only enabled ones"
        );
        let members: Vec<String> = json["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| format!("{} {}", m["email"], m["role"]).replace('"', ""))
            .collect();
        assert_eq!(
            members,
            [
                "ann@nike.example owner",
                "bob@nike.example admin",
                "zoe@nike.example member"
            ]
        );
        assert_eq!(json["member_limit"], 50);
    });
}

#[test]
fn with_nothing_and_with_everything_in_disorder() {
    let db = migrated(Db::Sqlite);
    organization(&db, "empty", "Empty");
    organization(&db, "odd", "Odd");
    subscription(&db, "odd", "gold", "trial", PAST);
    sql(
        &db,
        &format!(
            r#"UPDATE "organizationSubscription" SET "cancelAtPeriodEnd" = true,
                 "canceledAt" = '{PAST}', "currentPeriodEnd" = '{FUTURE}'"#
        ),
    );
    module(&db, "odd", "fax");
    let mut text = String::new();
    for slug in ["empty", "odd"] {
        let show = run(&db, &format!("organization show {slug}")).success();
        fits(&show);
        text.push_str(&show.stdout);
        text.push('\n');
        json(&db, &format!("organization show {slug}"));
    }
    bind_redactions();
    insta::assert_snapshot!(text);
}

#[test]
fn unknown_organizations() {
    on_all(|db| {
        let nobody = unchanged(db, || run(db, "organization show nike").code(1));
        nike(db);
        let typo = run(db, "organization show nkie").code(1);
        let name = on(db)
            .call(["organization", "show", "The nike company"])
            .code(1);
        bind_redactions();
        insta::assert_snapshot!(
            "unknown_organizations",
            [said(&nobody), said(&typo), said(&name)].join("\n")
        );
    });
}

#[test]
fn long_names_wrap_and_a_quiet_run_answers() {
    let db = migrated(Db::Sqlite);
    subscriber(&db, "nike", "free");
    let name = "Wolfeschlegelsteinhausenbergerdorff ".repeat(3);
    user(
        &db,
        name.trim(),
        &format!("{}@nike.example", "x".repeat(50)),
    );
    member(
        &db,
        "nike",
        &format!("user-{}", "x".repeat(50)),
        "owner",
        PAST,
    );
    let show = run(&db, "organization show nike -q").success();
    assert!(show.stdout.contains("Wolfeschlegel"), "{}", show.stdout);
    fits(&show);
    let narrow = on(&db)
        .env("COLUMNS", "60")
        .call(["organization", "show", "nike"]);
    for line in narrow.success().stdout.lines() {
        assert!(line.chars().count() <= 60, "{line}");
    }
}
