//! `tenancy` on PostgreSQL: row level security and what leads around it.

use super::tools::{check, counting, details, finding, outcome};
use crate::sets::supabase_world::{World, supabase};

/// Each change by hand, how it is undone, and what has to be found in between.
const CHANGES: &[(&str, &str, &[&str])] = &[
    (
        "ALTER TABLE messages DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE messages ENABLE ROW LEVEL SECURITY",
        &["tenancy/rls-disabled table messages"],
    ),
    (
        "ALTER TABLE messages NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE messages FORCE ROW LEVEL SECURITY",
        &["tenancy/rls-not-forced table messages"],
    ),
    (
        "ALTER POLICY contacts_delete ON contacts RENAME TO x; ALTER POLICY x ON contacts TO service_role",
        "ALTER POLICY x ON contacts TO authenticated; ALTER POLICY x ON contacts RENAME TO contacts_delete",
        &["tenancy/policy-missing table contacts"],
    ),
    (
        "CREATE POLICY \"all; of\"\"it\" ON contacts FOR UPDATE TO authenticated USING (organization_id IS NOT NULL) WITH CHECK (true)",
        "DROP POLICY \"all; of\"\"it\" ON contacts",
        &["tenancy/policy-open policy contacts.all; of\"it"],
    ),
    (
        // A restrictive policy opens nothing, nor does one for the backend.
        "CREATE POLICY r ON contacts AS RESTRICTIVE USING (true); CREATE POLICY s ON contacts TO service_role USING (true)",
        "DROP POLICY r ON contacts; DROP POLICY s ON contacts",
        &[],
    ),
    (
        "GRANT TRUNCATE ON campaigns TO authenticated",
        "REVOKE TRUNCATE ON campaigns FROM authenticated",
        &["tenancy/truncate table campaigns"],
    ),
    (
        "ALTER TABLE audit_logs OWNER TO authenticated",
        "ALTER TABLE audit_logs OWNER TO CURRENT_USER",
        &["tenancy/role-owns table audit_logs"],
    ),
    (
        "CREATE VIEW busy AS SELECT * FROM messages; GRANT SELECT ON busy TO authenticated;
         CREATE VIEW over_busy AS SELECT count(*) FROM busy; GRANT SELECT ON over_busy TO authenticated",
        "DROP VIEW over_busy, busy",
        &["tenancy/view-unbound view busy", "tenancy/view-unbound view over_busy"],
    ),
    (
        // Nobody of the application may read it.
        "CREATE VIEW busy AS SELECT * FROM messages",
        "DROP VIEW busy",
        &[],
    ),
    (
        "CREATE MATERIALIZED VIEW busy AS SELECT * FROM messages; GRANT SELECT ON busy TO authenticated",
        "DROP MATERIALIZED VIEW busy",
        &["tenancy/materialized-view view busy"],
    ),
    (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        &["tenancy/schema-create schema public"],
    ),
    (
        "GRANT CREATE ON SCHEMA public TO anon, authenticated",
        "REVOKE CREATE ON SCHEMA public FROM anon, authenticated",
        &[
            "tenancy/schema-create schema public",
            "tenancy/schema-create schema public",
        ],
    ),
    (
        // The backend is trusted with more than that.
        "GRANT CREATE ON SCHEMA public TO service_role",
        "REVOKE CREATE ON SCHEMA public FROM service_role",
        &[],
    ),
    (
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
         CREATE FUNCTION g(text) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public AS 'SELECT 1';
         CREATE FUNCTION h() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT 1';
         CREATE FUNCTION i() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' AS 'SELECT 1';
         CREATE FUNCTION j() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION f(), g(text), h(), i(), j()",
        &["tenancy/definer-pg-temp function g(text)", "tenancy/definer-search-path function f()"],
    ),
];

#[test]
fn every_gap_in_the_protection_is_found() {
    let world = World::new();
    let call = supabase(&world.db);
    let modern = world.one("SELECT (current_setting('server_version_num')::int >= 150000)::text");
    for (change, undo, expected) in CHANGES {
        world.db.sql(change);
        let report = check(&call, "tenancy");
        assert_eq!(counting(&report), *expected, "{change}\n{report:#}");
        if modern == "true" && change.starts_with("CREATE VIEW busy") && !expected.is_empty() {
            let view = finding(&report, "tenancy/view-unbound", "view busy");
            world.db.sql(view["sql"][0].as_str().expect("a statement"));
            world
                .db
                .sql("ALTER VIEW over_busy SET (security_invoker = true)");
            assert_eq!(counting(&check(&call, "tenancy")), [""; 0]);
        }
        world.db.sql(undo);
    }
    assert_eq!(counting(&check(&call, "tenancy")), [""; 0]);
}

#[test]
fn a_role_that_is_not_bound_is_found() {
    let world = World::new();
    let (role, _) = world.db.account();
    let named = |what: &str| {
        world.db.sql(what);
        let file = format!("[checks]\nrole = \"{role}\"\n");
        check(&supabase(&world.db).file("saasdb.toml", &file), "tenancy")
    };
    let unbound = format!("tenancy/role-unbound role {role}");
    let plain = named(&format!("GRANT authenticated TO {role}"));
    assert_eq!(counting(&plain), [""; 0]);
    let bypasses = named(&format!("ALTER ROLE {role} BYPASSRLS"));
    assert_eq!(counting(&bypasses), [unbound.as_str()]);
    let superuser = named(&format!("ALTER ROLE {role} NOBYPASSRLS SUPERUSER"));
    assert_eq!(counting(&superuser), [unbound.as_str()]);
    let member = named(&format!(
        "ALTER ROLE {role} NOSUPERUSER; GRANT service_role TO {role}"
    ));
    assert_eq!(counting(&member), [unbound.as_str()]);
    let sql = &finding(&member, "tenancy/role-unbound", &format!("role {role}"))["sql"];
    assert_eq!(sql[0], format!("REVOKE \"service_role\" FROM \"{role}\""));
    let gone = supabase(&world.db).file("saasdb.toml", "[checks]\nrole = \"nobody_here\"\n");
    let report = check(&gone, "tenancy isolation");
    finding(&report, "tenancy/role-unknown", "");
    assert_eq!(outcome(&report, "isolation").0, "skipped");
}

/// Rows out of sight are no reason to say that nothing is wrong with them.
#[test]
fn a_session_that_is_bound_says_so() {
    let world = World::new();
    let url = world.db.read_only_url();
    let call = supabase(&world.db).env("DATABASE_URL", url.as_str());
    // Keys that the database proves leave no question for the rows.
    let report = check(&call, "tenancy isolation");
    assert_eq!(counting(&report), [""; 0]);
    let (state, why) = outcome(&report, "isolation");
    assert_eq!(state, "skipped");
    assert!(why.contains("GRANT"), "{why}");
    world
        .db
        .sql("ALTER TABLE messages DROP CONSTRAINT messages_organization_id_fkey");
    let missing = "tenancy/foreign-key-missing column messages.organization_id";
    let report = check(&call, "tenancy");
    assert_eq!(counting(&report), [missing, "tenancy/rows-hidden "]);
    // With BYPASSRLS and nothing but SELECT it sees everything.
    let role = url
        .split("//")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    world
        .db
        .sql(&format!("ALTER ROLE {} BYPASSRLS", role.expect("a name")));
    world.db.sql("ALTER TABLE messages DISABLE TRIGGER USER;
        UPDATE messages SET organization_id = 'dddddddd-0000-4000-8000-000000000000' WHERE content = 'hello from a'");
    let report = check(&call, "tenancy");
    assert_eq!(
        counting(&report),
        [missing, "tenancy/orphans column messages.organization_id"]
    );
    let orphans = finding(
        &report,
        "tenancy/orphans",
        "column messages.organization_id",
    );
    assert!(details(orphans).contains("all: SELECT"), "{orphans}");
}
