//! The functions and policies of `supabase` as objects: whose they are, who may call them, how often they
//! run, and that nobody can slip something in between.

use super::supabase_world::{A, B, TABLES, Who, World, code, supabase, user};
use super::tools::{one, rows};
use crate::support::{Db, TestDb};

#[test]
fn every_tenant_table_has_forced_row_security_and_a_policy_for_each_command() {
    let world = World::new();
    let secured = rows(
        &world.db,
        "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY 1",
    );
    let mut expected: Vec<[&str; 3]> = TABLES
        .iter()
        .copied()
        .chain(["saasdb_usage_events"])
        .map(|table| [table, "t", "t"])
        .collect();
    expected.sort_unstable();
    assert_eq!(secured, expected);
    let policies = rows(
        &world.db,
        "SELECT tablename, cmd, roles::text, permissive,
           (qual IS NOT NULL) = (cmd <> 'INSERT'), (with_check IS NOT NULL) = (cmd IN ('INSERT', 'UPDATE'))
         FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2",
    );
    let mut expected = Vec::new();
    for table in TABLES {
        for command in ["DELETE", "INSERT", "SELECT", "UPDATE"] {
            expected.push([table, command, "{authenticated}", "PERMISSIVE", "t", "t"]);
        }
    }
    expected.sort_unstable();
    assert_eq!(policies, expected);
}

/// The lookup is no part of the work for each row.
#[test]
fn a_membership_is_looked_up_once_for_a_statement() {
    let world = World::new();
    world.db.sql(&format!(
        "INSERT INTO messages (organization_id, phone_number, content, direction)
         SELECT '{A}', n::text, 'x', 'inbound' FROM generate_series(1, 200) n"
    ));
    let mut session = world.session(&Who::user(&user(A, "owner")));
    for table in TABLES {
        let mut statements = vec![format!("SELECT * FROM {table}")];
        // The others are only for the backend to write.
        if !["organization_usage", "billing_events", "audit_logs"].contains(&table) {
            statements.push(format!("UPDATE {table} SET created_at = now()"));
            statements.push(format!("DELETE FROM {table}"));
        }
        for statement in statements {
            let plan = session.rows(&format!("EXPLAIN {statement}"));
            let plan: Vec<&str> = plan.iter().map(|row| row[0].as_str()).collect();
            let plan = plan.join("\n");
            assert!(!plan.contains("SubPlan"), "{statement}\n{plan}");
            assert!(
                plan.contains("InitPlan") || plan.contains("One-Time Filter: false"),
                "{statement}\n{plan}"
            );
        }
    }
    session.sql("RESET ROLE; SET track_functions = 'pl'; SET ROLE authenticated");
    let calls = session.rows(
        "SELECT count(*) FROM messages; RESET ROLE;
         SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'member_organizations'",
    );
    assert_eq!(calls[0][0], "201");
    assert_eq!(calls.last().expect("a row")[0], "1");
    session.close();
}

#[test]
fn functions_that_see_more_are_owned_pinned_and_closed() {
    let world = World::new();
    let functions = rows(
        &world.db,
        "SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner), p.proconfig::text,
           CASE p.provolatile WHEN 's' THEN 'stable' WHEN 'v' THEN 'volatile' END,
           coalesce((SELECT string_agg(a.grantee::regrole::text, ',' ORDER BY a.grantee::regrole::text)
             FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner), '')
         FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY 1",
    );
    let pinned = r#"{"search_path=pg_catalog, pg_temp"}"#;
    let expected: Vec<[&str; 5]> = [
        (
            "check_usage_limit(uuid,text,integer)",
            "stable",
            "authenticated,service_role",
        ),
        (
            "consume_usage(uuid,text,integer,text)",
            "volatile",
            "authenticated,service_role",
        ),
        ("create_organization_for_user()", "volatile", ""),
        ("current_user_id()", "stable", "authenticated"),
        ("member_organizations(text)", "stable", "authenticated"),
        (
            "track_usage(uuid,text,integer,text)",
            "volatile",
            "authenticated,service_role",
        ),
    ]
    .map(|(name, volatile, callers)| [name, "saasdb_definer", pinned, volatile, callers])
    .to_vec();
    assert_eq!(functions, expected);
    let owner = rows(
        &world.db,
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = 'saasdb_definer'",
    );
    assert_eq!(owner, [["f", "f", "t", "f"]]);
    let others = rows(
        &world.db,
        "SELECT proname, proconfig::text FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace AND NOT prosecdef ORDER BY 1",
    );
    for function in &others {
        assert_eq!(function[1], pinned, "{}", function[0]);
    }
    for who in [Who::role("anon"), Who::role("service_role")] {
        for call in ["member_organizations('viewer')", "current_user_id()"] {
            let answer = world.ask(&who, &format!("SELECT {call}"));
            assert_eq!(answer, Err("42501".to_owned()), "{who:?} {call}");
        }
    }
}

/// Somebody puts tables, functions and operators of the same names in front of ours.
#[test]
fn nothing_in_a_callers_search_path_is_taken_for_ours() {
    let world = World::new();
    let mallory = Who::user(&user(A, "viewer"));
    world
        .db
        .sql("CREATE SCHEMA evil; GRANT USAGE, CREATE ON SCHEMA evil, public TO authenticated");
    let fakes = |schema: &str| {
        format!(
            "CREATE TABLE {schema}.organization_members AS
               SELECT o.id AS organization_id, '{}'::uuid AS user_id, 'owner'::text AS role, true AS is_active
               FROM (VALUES ('{A}'::uuid), ('{}'::uuid)) AS o (id);
             CREATE TABLE {schema}.organization_usage (id int);
             CREATE TABLE {schema}.subscription_plans (id text, limits jsonb);
             GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO PUBLIC;
             CREATE FUNCTION {schema}.array_position(text[], text) RETURNS int LANGUAGE sql AS 'SELECT 9';
             CREATE FUNCTION {schema}.member_organizations(text) RETURNS uuid[] LANGUAGE sql
               AS $$ SELECT ARRAY['{A}', '{}']::uuid[] $$;
             CREATE FUNCTION {schema}.fake(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
             CREATE OPERATOR {schema}.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = {schema}.fake)",
            user(A, "viewer"),
            B,
            B,
        )
    };
    let mut session = world.session(&mallory);
    session.sql(&fakes("evil"));
    session
        .sql(&fakes("pg_temp").replace("GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO PUBLIC;", ""));
    // In front of pg_catalog too, and in our own schema where that takes another kind of argument.
    session.sql(
        "CREATE FUNCTION public.array_position(text[], varchar) RETURNS int LANGUAGE sql AS 'SELECT 9';
         CREATE FUNCTION public.format(text, uuid, text) RETURNS text LANGUAGE sql AS 'SELECT 1/0 || $1';
         SET search_path = pg_temp, evil, pg_catalog, public",
    );
    assert_eq!(
        session.rows("SELECT public.member_organizations('member')"),
        [["{}"]]
    );
    assert_eq!(
        session.rows("SELECT content FROM public.messages"),
        [["hello from a"]]
    );
    for call in ["track_usage", "consume_usage", "check_usage_limit"] {
        let error = session
            .try_sql(&format!("SELECT public.{call}('{A}', 'monthly_messages')"))
            .expect_err("a viewer");
        assert_eq!(code(&error), "42501");
    }
    session.close();
    let mut session = world.session(&Who::user(&user(A, "member")));
    session.sql(&format!(
        "SET search_path = evil, public; SELECT public.track_usage('{A}', 'monthly_messages', 2)"
    ));
    session.close();
    let counted =
        "SELECT metric_value FROM public.organization_usage WHERE period_start > '2025-01-01Z'";
    assert_eq!(one(&world.db, counted), "2");
    // Signing up takes the inserting role's path, which on Supabase is the schema auth alone.
    world.db.sql(
        "SET search_path = evil, auth;
         INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'new@example.com')",
    );
    assert_eq!(
        one(&world.db, "SELECT count(*) FROM public.organizations"),
        "3"
    );
    assert_eq!(
        one(&world.db, "SELECT count(*) FROM evil.organization_members"),
        "2"
    );
}

/// A cast to a row type, a view, or a prepared plan of another user shows no more either.
#[test]
fn a_session_that_changes_hands_shows_the_next_user_their_own_rows() {
    let world = World::new();
    let mut session = world.session(&Who::user(&user(A, "owner")));
    session.sql("PREPARE mine AS SELECT content FROM messages");
    for _ in 0..7 {
        assert_eq!(session.rows("EXECUTE mine"), [["hello from a"]]);
    }
    session.sql(&Who::user(&user(B, "viewer")).become_sql());
    assert_eq!(session.rows("EXECUTE mine"), [["hello from b"]]);
    session.sql(&Who::claiming("").become_sql());
    assert!(session.rows("EXECUTE mine").is_empty());
    session.close();
}

#[test]
fn the_set_is_refused_elsewhere_before_anything_is_written() {
    for kind in [Db::Sqlite, Db::Mysql] {
        let db = TestDb::missing(kind);
        for command in ["migrate up", "setup", "seed", "status"] {
            let out = supabase(&db).call(command.split(' ')).code(2);
            assert!(out.stderr.contains("row level security"), "{}", out.stderr);
            assert!(
                out.stderr.contains("it runs on PostgreSQL"),
                "{}",
                out.stderr
            );
        }
        assert!(!db.exists(), "{kind:?}");
    }
}
