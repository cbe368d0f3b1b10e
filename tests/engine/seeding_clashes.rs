//! Seeding where something is there already: rows of the user's with the same keys, migrations that
//! took columns or tables away, a ledger that is older than the rows.

use crate::sets::tools::{Content, assert_same, column, content, json, one, rows, run, sql};
use crate::support::{Db, TestDb};

/// Every reference of the demo leads where it should, by names instead of numbers.
#[track_caller]
fn assert_demo_is_whole(db: &TestDb) {
    let owners = rows(
        db,
        r#"SELECT o."slug", u."username", u."roleInOrg" FROM "organizations" o
           JOIN "users" u ON u."id" = o."ownerId" AND u."organizationId" = o."id" ORDER BY 1"#,
    );
    assert_eq!(owners.len(), 4, "{owners:?}");
    for row in &owners {
        assert_eq!(row[1..], [format!("{}-owner", row[0]), "owner".to_owned()]);
    }
    let people = column(
        db,
        r#"SELECT u."username" FROM "users" u JOIN "organizations" o ON o."id" = u."organizationId"
           WHERE u."username" LIKE '%-member1'"#,
    );
    assert_eq!(people.len(), 4, "{people:?}");
    for (table, parent, column) in [
        ("sessions", "users", "userId"),
        ("blast_sessions", "sessions", "sessionId"),
        ("blast_messages", "blast_sessions", "blastSessionId"),
        ("chats", "sessions", "sessionId"),
        ("templates", "users", "userId"),
    ] {
        let strays = rows(
            db,
            &format!(
                r#"SELECT c."id" FROM "{table}" c LEFT JOIN "{parent}" p ON p."id" = c."{column}"
                   WHERE (p."organizationId" IS NULL) <> (c."organizationId" IS NULL)
                     OR p."organizationId" <> c."organizationId""#
            ),
        );
        assert!(strays.is_empty(), "{:?}: {table}: {strays:?}", db.kind());
    }
    let plans = column(
        db,
        r#"SELECT p."name" FROM "subscriptions" s JOIN "organizations" o ON o."id" = s."organizationId"
           JOIN "subscription_plans" p ON p."id" = s."planId" ORDER BY p."name""#,
    );
    assert_eq!(plans, ["enterprise", "free", "pro", "starter"]);
}

#[test]
fn rows_of_the_users_own_with_the_same_keys_are_left_alone_and_referred_to() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        // Names that the seeders want, and ids that they want for others.
        sql(
            db,
            r#"INSERT INTO "subscription_plans" ("id", "name", "displayName", "priceMonthly")
                 VALUES (70, 'free', 'Our free plan', 5), (2, 'special', 'Special', 9);
               INSERT INTO "users" ("username", "password") VALUES ('ann', 'x'), ('ben', 'x'), ('cem', 'x');
               INSERT INTO "users" ("id", "username", "password") VALUES
                 (9, 'dee', 'x'), (40, 'kopi-senja-member1', 'mine');
               INSERT INTO "sessions" ("userId", "name") VALUES (1, 'own');"#,
        );
        sql(
            db,
            r#"UPDATE "users" SET "roleInOrg" = 'member' WHERE "id" = 40"#,
        );
        let own = content(db);
        let report = json(db, "seed --env dev");
        assert_eq!(report["seeders"][0]["existing"], 1, "{report}");
        assert_eq!(report["seeders"][0]["inserted"], 3, "{report}");
        assert_eq!(report["seeders"][1]["existing"], 1, "{report}");
        let before = content(db);
        assert_eq!(
            column(db, r#"SELECT "name" FROM "subscription_plans" ORDER BY 1"#),
            ["enterprise", "free", "pro", "special", "starter"]
        );
        let ids = r#"SELECT "username" FROM "users" WHERE "id" IN (1, 2, 3, 9, 40) ORDER BY "id""#;
        assert_eq!(
            column(db, ids),
            ["ann", "ben", "cem", "dee", "kopi-senja-member1"]
        );
        assert_eq!(
            one(db, r#"SELECT "password" FROM "users" WHERE "id" = 40"#),
            "mine"
        );
        assert_eq!(
            one(
                db,
                r#"SELECT s."planId" FROM "subscriptions" s JOIN "organizations" o
                   ON o."id" = s."organizationId" WHERE o."slug" = 'kopi-senja'"#
            ),
            "70"
        );
        let report = json(db, "seed");
        assert_eq!(report["seeders"][0]["existing"], 1, "{report}");
        assert_same(&content(db), &before, "seeded again");
        // For the application's next row there is room.
        sql(
            db,
            r#"INSERT INTO "users" ("username", "password") VALUES ('eve', 'x')"#,
        );
        sql(db, r#"DELETE FROM "users" WHERE "username" = 'eve'"#);
        sql(
            db,
            r#"UPDATE "users" SET "organizationId" =
                 (SELECT "id" FROM "organizations" WHERE "slug" = 'kopi-senja') WHERE "id" = 40"#,
        );
        assert_demo_is_whole(db);
        sql(
            db,
            r#"UPDATE "users" SET "organizationId" = NULL WHERE "id" = 40"#,
        );
        run(db, "seed undo");
        assert_same(&content(db), &own, "undone");
    });
}

/// Without what differs whenever rows are inserted: salts, and times that the database fills in.
fn comparable(content: &Content) -> Content {
    let mut content = content.clone();
    for (table, rows) in &mut content {
        for row in rows.iter_mut() {
            row.remove("password");
            if table == "subscription_plans" {
                row.retain(|name, _| !name.ends_with("edAt"));
            }
        }
        rows.sort();
    }
    content
}

#[test]
fn values_that_a_down_took_away_come_back_with_the_next_seeding() {
    // `down` goes ahead without asking because seeding can bring all of it back.
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --env dev");
        let before = content(db);
        run(db, "migrate down --to 20251010100004");
        run(db, "migrate up");
        run(db, "seed");
        assert_demo_is_whole(db);
        assert_same(&content(db), &before, "after down, up and seed");
        let status = json(db, "seed status");
        assert_eq!(status["seeders"][1]["changed"], 0, "{status}");
        assert_eq!(status["seeders"][1]["absent"], 0, "{status}");
        run(db, "seed undo");
        assert!(content(db).values().all(Vec::is_empty));
    });
}

#[test]
fn tables_that_a_down_took_away_are_filled_anew() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --env dev");
        let before = comparable(&content(db));
        // `fresh` empties the ledger too, `down` does not.
        let commands: &[&str] = match db.kind() {
            Db::Sqlite => &["migrate down --all", "migrate fresh"],
            _ => &["migrate down --all"],
        };
        for command in commands {
            run(db, command);
            run(db, "migrate up");
            assert!(content(db).values().all(Vec::is_empty), "{command}");
            run(db, "seed");
            assert_same(&comparable(&content(db)), &before, command);
        }
    });
}

#[test]
fn the_ledger_of_rows_that_are_gone_is_no_claim_on_new_ones() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --env dev");
        run(db, "migrate down --all");
        run(db, "migrate up");
        // The user's rows get the ids that the demo had.
        sql(
            db,
            r#"INSERT INTO "users" ("username", "password") VALUES ('ann', 'x'), ('ben', 'x');
               INSERT INTO "sessions" ("userId", "name") VALUES (1, 'own');
               INSERT INTO "subscription_plans" ("name", "displayName") VALUES ('special', 'Special');"#,
        );
        let own = content(db);
        run(db, "seed undo");
        assert_same(&content(db), &own, "nothing of it was seeded");
        run(db, "seed");
        assert_demo_is_whole(db);
        run(db, "seed undo");
        assert_same(&content(db), &own, "undone");
    });
}

#[test]
fn a_row_that_was_deleted_by_hand_leaves_the_others_alone() {
    TestDb::on_all(|db| {
        run(db, "migrate up");
        run(db, "seed --env dev");
        let before = comparable(&content(db));
        // With everything that cascades from it.
        sql(
            db,
            r#"UPDATE "organizations" SET "ownerId" = NULL WHERE "slug" = 'batik-melati';
               DELETE FROM "organizations" WHERE "slug" = 'batik-melati';"#,
        );
        run(db, "seed undo");
        let left = content(db);
        let users = &left["users"];
        // They lost their organization by hand, so they are no longer as they were seeded.
        assert!(
            users
                .iter()
                .all(|u| u["username"].starts_with("batik-melati-"))
        );
        assert!(
            left.iter()
                .all(|(table, rows)| table == "users" || rows.is_empty()),
            "{left:?}"
        );
        sql(db, r#"DELETE FROM "users""#);
        run(db, "seed");
        assert_same(&comparable(&content(db)), &before, "seeded anew");
    });
}
