//! Signing up in `supabase`, and the times that keep themselves.

use std::thread;

use super::supabase_world::{A, Who, World, run};
use super::tools::{column, one};
use crate::support::{Db, TestDb};

fn database() -> TestDb {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    db
}

fn sign_up(email: &str) -> String {
    format!("INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), {email})")
}

fn slugs(db: &TestDb) -> Vec<String> {
    column(
        db,
        "SELECT slug FROM organizations ORDER BY created_at, slug",
    )
}

#[test]
fn a_sign_up_makes_one_organization_and_one_owner() {
    let db = database();
    db.sql(&sign_up("'Ada.Lovelace+news@example.com'"));
    let rows = db.rows(
        "SELECT o.name, o.slug, o.subscription_plan, o.subscription_status, m.role, m.is_active,
           m.joined_at IS NOT NULL, u.email
         FROM organizations o JOIN organization_members m ON m.organization_id = o.id
         JOIN auth.users u ON u.id = m.user_id",
    );
    assert_eq!(
        rows,
        [[
            "Ada.Lovelace+news",
            "ada-lovelace-news",
            "starter",
            "active",
            "owner",
            "t",
            "t",
            "Ada.Lovelace+news@example.com"
        ]]
    );
    for table in ["organizations", "organization_members"] {
        assert_eq!(one(&db, &format!("SELECT count(*) FROM {table}")), "1");
    }
}

#[test]
fn the_new_owner_is_let_in_by_the_policies() {
    let world = World::new();
    world.db.sql(
        "INSERT INTO auth.users (id, email) VALUES ('eeeeeeee-0000-4000-8000-000000000000', 'eve@example.com')",
    );
    let eve = Who::user("eeeeeeee-0000-4000-8000-000000000000");
    assert_eq!(
        world.ask(&eve, "SELECT slug FROM organizations"),
        Ok(vec!["eve".to_owned()])
    );
    let rename = "UPDATE organizations SET name = 'Eve and sons'";
    let renamed = world.trial(
        &eve,
        rename,
        "SELECT count(*) FROM organizations WHERE name = 'Eve and sons'",
    );
    assert_eq!(renamed, Ok("1".to_owned()));
    let own = one(&world.db, "SELECT id FROM organizations WHERE slug = 'eve'");
    let write = world.insert("messages", A, "eeeeeeee-0000-4000-8000-000000000000");
    assert_eq!(world.failure(&eve, &write).as_deref(), Some("42501"));
    assert_eq!(world.failure(&eve, &write.replace(A, &own)), None);
}

#[test]
fn a_sign_up_that_is_rolled_back_leaves_neither() {
    let db = database();
    db.sql(&format!(
        "BEGIN; {}; ROLLBACK",
        sign_up("'ada@example.com'")
    ));
    assert_eq!(one(&db, "SELECT count(*) FROM organizations"), "0");
    assert_eq!(one(&db, "SELECT count(*) FROM organization_members"), "0");
    assert_eq!(one(&db, "SELECT count(*) FROM auth.users"), "0");
    db.sql(&sign_up("'ada@example.com'"));
    assert_eq!(slugs(&db), ["ada"]);
}

#[test]
fn the_same_local_part_gives_different_slugs() {
    let db = database();
    for n in 1..=12 {
        db.sql(&sign_up(&format!("'info@example{n}.com'")));
    }
    let slugs = slugs(&db);
    assert_eq!(slugs[..3], ["info", "info-2", "info-3"]);
    assert_eq!(slugs.len(), 12);
    assert!(
        slugs.iter().all(|slug| slug.starts_with("info")),
        "{slugs:?}"
    );
}

/// Upper case comes down before anything else is done, and what is left may be nothing.
#[test]
fn any_address_gives_a_slug() {
    let db = database();
    let long = format!("{}@example.com", "abc-".repeat(60));
    let spaced = format!("{}é{}", "a".repeat(79), "b".repeat(60));
    for (email, slug) in [
        ("'ADA@example.com'", "ada"),
        ("'++@example.com'", "organization"),
        ("NULL", "organization-2"),
        ("''", "organization-3"),
        ("'@example.com'", "organization-4"),
        ("'日本@example.com'", "organization-5"),
        ("'jörg.müller@example.com'", "j-rg-m-ller"),
        ("'\"a@b\"@example.com'", "a-b"),
        ("'no address'", "no-address"),
        ("'O''Brien_&_Söhne@example.com'", "o-brien-s-hne"),
        (
            &format!("'{long}'"),
            "abc-".repeat(20).trim_end_matches('-'),
        ),
        (&format!("'{spaced}'"), &"a".repeat(79)),
    ] {
        db.sql(&sign_up(email));
        let newest = "SELECT o.slug FROM organizations o JOIN organization_members m ON m.organization_id = o.id
                      ORDER BY m.joined_at DESC LIMIT 1";
        assert_eq!(one(&db, newest), slug, "{email}");
    }
    assert_eq!(
        one(&db, "SELECT max(length(name)) <= 255 FROM organizations"),
        "t"
    );
}

#[test]
fn twenty_people_of_the_same_name_sign_up_at_once() {
    let db = database();
    thread::scope(|scope| {
        for n in 0..20 {
            let db = &db;
            scope.spawn(move || db.sql(&sign_up(&format!("'Sam@example{n}.com'"))));
        }
    });
    let slugs = slugs(&db);
    assert_eq!(slugs.len(), 20);
    for expected in ["sam", "sam-2", "sam-3", "sam-9"] {
        assert!(
            slugs.contains(&expected.to_owned()),
            "{expected}: {slugs:?}"
        );
    }
    let owners = "SELECT count(DISTINCT user_id) FROM organization_members WHERE role = 'owner'";
    assert_eq!(one(&db, owners), "20");
}

/// Seeders say that they bring the organizations of their users.
#[test]
fn seeded_users_get_no_organization() {
    let db = database();
    db.sql(&format!(
        "SET saasdb.seeding = 'on'; {}",
        sign_up("'ada@example.com'")
    ));
    assert_eq!(one(&db, "SELECT count(*) FROM organizations"), "0");
}

#[test]
fn updated_at_advances_on_every_table_that_has_it() {
    let world = World::new();
    let tables = column(
        &world.db,
        "SELECT table_name FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name = 'updated_at' AND table_name !~ '^saasdb_' ORDER BY 1",
    );
    assert_eq!(
        tables,
        [
            "auto_replies",
            "campaigns",
            "contacts",
            "messages",
            "organization_members",
            "organizations"
        ]
    );
    for table in tables {
        let times = format!("SELECT max(updated_at)::text, min(updated_at)::text FROM {table}");
        let before = &world.db.rows(&times)[0];
        // In one transaction too, where now() stands still.
        world.db.sql(&format!(
            "BEGIN; UPDATE {table} SET created_at = created_at; COMMIT"
        ));
        let after = &world.db.rows(&times)[0];
        assert!(after[1] > before[0], "{table}: {before:?} {after:?}");
        // A value that somebody sets, such as a restore, is kept.
        world
            .db
            .sql(&format!("UPDATE {table} SET updated_at = '2020-02-02Z'"));
        assert!(
            one(&world.db, &format!("SELECT max(updated_at) FROM {table}"))
                .starts_with("2020-02-02")
        );
    }
}
