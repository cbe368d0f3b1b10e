//! `isolation`: attacks on the supabase set, which withstands them, and on what somebody changed by hand.

use super::tools::{check, counting, details, every, finding, outcome};
use crate::sets::supabase_world::{World, supabase};
use crate::sets::tools::{content, run, saasdb};
use crate::support::{Db, Saasdb, TestDb};

#[test]
fn the_set_with_its_demo_withstands_all_attacks() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up --set supabase");
    let empty = check(&supabase(&db), "isolation");
    assert_eq!(counting(&empty), ["isolation/vacuous "]);
    run(&db, "seed --set supabase");
    let report = check(&supabase(&db), "isolation");
    assert_eq!(counting(&report), [""; 0], "{report:#}");
    let tried = finding(&report, "isolation/tried", "");
    assert!(details(tried).contains("as authenticated"), "{tried}");
}

/// What is changed by hand, how it is undone, and what succeeds in between.
const CHANGES: &[(&str, &str, &[&str])] = &[
    (
        "CREATE POLICY open ON messages USING (true)",
        "DROP POLICY open ON messages",
        &[
            "isolation/change table messages",
            "isolation/delete table messages",
            "isolation/insert table messages",
            "isolation/move table messages",
            "isolation/read table messages",
        ],
    ),
    (
        "ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY, OWNER TO authenticated",
        "ALTER TABLE contacts FORCE ROW LEVEL SECURITY, OWNER TO CURRENT_USER",
        &[
            "isolation/change table contacts",
            "isolation/delete table contacts",
            "isolation/insert table contacts",
            "isolation/move table contacts",
            "isolation/read table contacts",
        ],
    ),
    (
        "ALTER POLICY campaigns_insert ON campaigns WITH CHECK (true)",
        "ALTER POLICY campaigns_insert ON campaigns
         WITH CHECK (organization_id = ANY ((SELECT member_organizations('member'))::uuid[]))",
        &["isolation/insert table campaigns"],
    ),
    (
        // The rows that stay visible are asked of a statement that names one, not of one that names none.
        "ALTER POLICY campaigns_update ON campaigns WITH CHECK (true)",
        "ALTER POLICY campaigns_update ON campaigns
         WITH CHECK (organization_id = ANY ((SELECT member_organizations('member'))::uuid[]))",
        &["isolation/move table campaigns"],
    ),
    (
        "ALTER POLICY auto_replies_delete ON auto_replies USING (true)",
        "ALTER POLICY auto_replies_delete ON auto_replies
         USING (organization_id = ANY ((SELECT member_organizations('member'))::uuid[]))",
        &["isolation/delete table auto_replies"],
    ),
    (
        // Open to who is in any organization at all.
        "CREATE POLICY second ON audit_logs FOR SELECT USING (cardinality(member_organizations('viewer')) > 0)",
        "DROP POLICY second ON audit_logs",
        &["isolation/read table audit_logs"],
    ),
    (
        // Open to who is nobody, and to nobody else.
        "CREATE POLICY nobody ON billing_events FOR SELECT USING (auth.uid() IS NULL)",
        "DROP POLICY nobody ON billing_events",
        &["isolation/read table billing_events"],
    ),
    (
        "CREATE VIEW busy AS SELECT * FROM messages; GRANT SELECT ON busy TO authenticated",
        "DROP VIEW busy",
        &["isolation/read view busy"],
    ),
    (
        "ALTER POLICY messages_select ON messages USING (false)",
        "ALTER POLICY messages_select ON messages
         USING (organization_id = ANY ((SELECT member_organizations('viewer'))::uuid[]))",
        &["isolation/vacuous "],
    ),
    (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        &["isolation/create schema public"],
    ),
    (
        "REVOKE SELECT, UPDATE ON messages FROM authenticated",
        "GRANT SELECT, UPDATE ON messages TO authenticated",
        &[],
    ),
];

#[test]
fn every_hole_is_found_and_nothing_of_the_attacks_stays() {
    let world = World::new();
    let call = supabase(&world.db);
    world.db.sql(
        r#"CREATE TABLE "no'tes; --" (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations, body text);
         CREATE INDEX ON "no'tes; --" (organization_id); GRANT ALL ON "no'tes; --", "no'tes; --_id_seq" TO authenticated;
         REVOKE TRUNCATE ON "no'tes; --" FROM authenticated;
         INSERT INTO "no'tes; --" (organization_id, body) SELECT id, 'x' FROM organizations;
         ALTER TABLE "no'tes; --" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
         CREATE POLICY own ON "no'tes; --" TO authenticated USING (organization_id = ANY (member_organizations('viewer')))"#,
    );
    let before = content(&world.db);
    for (change, undo, expected) in CHANGES {
        world.db.sql(change);
        let report = check(&call, "isolation");
        let mut found = counting(&report);
        found.dedup();
        assert_eq!(found, *expected, "{change}\n{report:#}");
        if expected.is_empty() {
            let tried = details(finding(&report, "isolation/tried", ""));
            assert!(tried.contains("SELECT on messages"), "{tried}");
        }
        world.db.sql(undo);
    }
    world
        .db
        .sql(r#"DROP POLICY own ON "no'tes; --"; CREATE POLICY own ON "no'tes; --" USING (true)"#);
    let report = check(&call, "isolation");
    let found = counting(&report);
    assert!(
        found.iter().all(|f| f.ends_with(r#"table no'tes; --"#)),
        "{found:?}"
    );
    let kinds: Vec<&str> = found.iter().filter_map(|f| f.split(' ').next()).collect();
    for kind in ["read", "change", "delete", "insert", "move"] {
        assert!(
            kinds.contains(&format!("isolation/{kind}").as_str()),
            "{kind} in {kinds:?}"
        );
    }
    assert!(
        content(&world.db) == before,
        "an attack left something behind"
    );
    assert_eq!(
        world.one(r#"SELECT last_value FROM "no'tes; --_id_seq""#),
        "2"
    );
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    assert_eq!(world.one(open), "0");
}

#[test]
fn a_role_that_bypasses_the_policies_gets_everywhere() {
    let world = World::new();
    let (role, url) = world.db.account();
    world.db.sql(&format!("GRANT authenticated TO {role}"));
    let file = format!("[checks]\nrole = \"{role}\"\n");
    let call = supabase(&world.db).file("saasdb.toml", &file);
    assert_eq!(counting(&check(&call, "isolation")), [""; 0]);
    world.db.sql(&format!("ALTER ROLE {role} BYPASSRLS"));
    let found = counting(&check(&call, "isolation"));
    for table in ["messages", "organizations", "organization_members"] {
        assert!(
            found.contains(&format!("isolation/read table {table}")),
            "{found:?}"
        );
    }
    // The role that checks may act as nobody else.
    let (other, other_url) = world.db.account();
    world.db.sql(&format!(
        "ALTER ROLE {other} BYPASSRLS; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {other}"
    ));
    let call = supabase(&world.db).env("DATABASE_URL", other_url);
    let (state, why) = outcome(&check(&call, "isolation"), "isolation");
    assert_eq!(state, "skipped");
    assert_eq!(
        why,
        format!(
            "this session may not act as \"authenticated\": GRANT \"authenticated\" TO \"{other}\""
        )
    );
    // With the grant it needs no more than SELECT.
    world.db.sql(&format!("GRANT authenticated TO {other}"));
    assert_eq!(counting(&check(&call, "isolation")), [""; 0]);
    drop(url);
}

#[test]
fn in_production_it_runs_only_when_it_is_named() {
    let world = World::new();
    let call = || -> Saasdb { supabase(&world.db).env("SAASDB_ENV", "production") };
    let (state, why) = outcome(&check(&call(), ""), "isolation");
    assert_eq!(state, "skipped");
    assert!(why.contains("saasdb check isolation"), "{why}");
    let named = check(&call(), "isolation");
    assert_eq!(outcome(&named, "isolation").0, "passed");
}

/// A team's own scheme: a setting names the tenant.
#[test]
fn claims_can_be_said_in_the_settings() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "setup");
    let (role, _) = db.account();
    db.sql(&format!(
        r#"GRANT SELECT, INSERT, UPDATE, DELETE ON templates TO {role};
           ALTER TABLE templates ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
           CREATE POLICY own ON templates USING ("organizationId" = current_setting('app.tenant')::uuid)"#
    ));
    let without = saasdb(&db).file("saasdb.toml", &format!("[checks]\nrole = \"{role}\"\n"));
    let (state, why) = outcome(&check(&without, "isolation"), "isolation");
    assert_eq!(
        (state.as_str(), why.contains("claims")),
        ("skipped", true),
        "{why}"
    );
    let file = format!(
        "[checks]\nrole = \"{role}\"\nclaims = \"SELECT set_config('app.tenant', {{tenant}}, true)\"\n"
    );
    let call = saasdb(&db).file("saasdb.toml", &file);
    let report = check(&call, "isolation");
    assert_eq!(counting(&report), [""; 0], "{report:#}");
    let tried = details(finding(&report, "isolation/tried", ""));
    assert!(tried.contains("everything on chats"), "{tried}");
    db.sql(r#"ALTER POLICY own ON templates WITH CHECK (true)"#);
    let mut found = counting(&check(&call, "isolation"));
    found.dedup();
    assert_eq!(
        found,
        [
            "isolation/insert table templates",
            "isolation/move table templates"
        ]
    );
    // The other tables have no row level security, though this one begins with it.
    let tenancy = every(&check(&call, "tenancy"));
    assert!(
        tenancy.contains(&"tenancy/rls-disabled table chats".to_owned()),
        "{tenancy:?}"
    );
    // What the session is to say has to work.
    let broken = file.replace("{tenant}", "'no uuid");
    let call = saasdb(&db).file("saasdb.toml", &broken);
    assert_eq!(outcome(&check(&call, "isolation"), "isolation").0, "failed");
}
