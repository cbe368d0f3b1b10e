//! Databases that earlier versions of saasdb made reach the schema of this one, with everything in them.

use saasdb::catalog::{SETS, SchemaSet};

use super::fill::fill;
use super::tools::{applied, assert_dump, assert_same, content, json, kinds, meta, run, shared};
use crate::support::{Db, TestDb};

/// The last migration of each set in the versions before this one. Whoever releases adds nothing here:
/// every later migration is passed on the way.
const RELEASED: [(&str, &str); 5] = [
    ("core", "m20251010_100011_add_organization_to_campaigns"),
    (
        "better-auth",
        "m20251017_000000_add_subscriptions_and_modules",
    ),
    ("supabase", "m20240105_000000_create_signup_trigger"),
    ("telecom", "m20241001_000012_create_subscription_usage"),
    ("cloudwa", "m20251201_000012_create_ai_providers"),
];

fn each(name: &str, body: impl Fn(&SchemaSet, &str, Db)) {
    let set = SETS.iter().find(|set| set.name == name).expect("the set");
    let (_, released) = RELEASED.iter().find(|(set, _)| *set == name).expect("one");
    for kind in kinds(set) {
        eprintln!("{name} on {kind:?}");
        body(set, released, kind);
    }
}

fn reach(name: &str) {
    each(name, |set, released, kind| {
        let names: Vec<String> = set.migrations().iter().map(|m| m.name().into()).collect();
        let old = names.iter().position(|n| n == released).expect("released") + 1;
        let call = |db: &TestDb, words: &str| run(db, &format!("{words} --set {name}"));

        let new = TestDb::new(kind);
        call(&new, "migrate up");
        let filled = TestDb::new(kind);
        call(&filled, &format!("migrate up --to {released}"));
        let schema = filled.schema_dump();
        fill(&filled);
        assert!(content(&filled).values().all(|rows| !rows.is_empty()));
        // The seeds as this version writes them, in the schema of the old one.
        let seeded = TestDb::new(kind);
        call(&seeded, "setup --env dev");
        call(&seeded, &format!("migrate down --to {released} --yes"));

        for db in [&filled, &seeded] {
            assert_eq!(applied(db), names[..old]);
            assert_dump(&db.schema_dump(), &schema, "before");
            let before = content(db);
            call(db, "migrate up");
            assert_eq!(applied(db), names);
            assert_dump(&db.schema_dump(), &new.schema_dump(), "up");
            assert_eq!(meta(db, "fingerprint"), meta(&new, "fingerprint"));
            let status = json(db, &format!("status --set {name}"));
            assert_eq!(status["drift"]["state"], "none", "{status}");
            let after = shared(&content(db), &before);
            for (table, rows) in &before {
                assert_eq!(after[table].len(), rows.len(), "rows of {table}");
            }
            // What Better Auth's later migrations write in another form has tests of its own.
            if name != "better-auth" {
                assert_same(&after, &before, "up");
                call(db, &format!("migrate down --to {released} --yes"));
                assert_dump(&db.schema_dump(), &schema, "down again");
                assert_same(&content(db), &before, "down again");
                call(db, "migrate up");
                assert_dump(&db.schema_dump(), &new.schema_dump(), "up again");
            }
        }
        let again = json(&seeded, &format!("seed --env dev --set {name}"));
        for seeder in again["seeders"].as_array().expect("seeders") {
            assert_eq!(seeder["inserted"], 0, "{again}");
            if name != "better-auth" {
                assert_eq!(seeder["updated"], 0, "{again}");
            }
        }
    });
}

#[test]
fn core() {
    reach("core");
}

#[test]
fn better_auth() {
    reach("better-auth");
}

#[test]
fn supabase() {
    reach("supabase");
}

#[test]
fn telecom() {
    reach("telecom");
}

#[test]
fn cloudwa() {
    reach("cloudwa");
}

#[test]
fn every_set_is_here() {
    let names: Vec<&str> = SETS.iter().map(|set| set.name).collect();
    assert_eq!(RELEASED.map(|(name, _)| name).as_slice(), names);
}
