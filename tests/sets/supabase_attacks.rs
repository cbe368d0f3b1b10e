//! Attacks on `supabase` by somebody who signed in with a role that may nothing but act as the API's roles.
//! Each is an answer to: what else could somebody try who reaches the database and not only the API?

use super::supabase_world::{A, B, OUTSIDER, TABLES, Who, World, code, owner_column, user};
use crate::support::Session;

/// Statements, and what comes of them: an SQLSTATE, or "" where they run and find or change nothing.
type Attack = (&'static str, &'static str);

/// `{A}`, `{B}`: organizations. `{b}`: the owner of B. `{me}`: who attacks, a viewer of A.
const CLAIMS: &[Attack] = &[
    // What a session says of itself is a claim of who it is, and no privilege.
    ("SET ROLE service_role", "42501"),
    ("SET ROLE saasdb_definer", "42501"),
    ("SET SESSION AUTHORIZATION service_role", "42501"),
    ("RESET ROLE; SELECT count(*) FROM messages", "42501"),
    ("SELECT set_config('role', 'service_role', false)", "42501"),
    (
        "SELECT set_config('request.jwt.claims', '{\"role\":\"service_role\"}', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '{\"sub\":\"{me}\",\"role\":\"service_role\",\"is_admin\":true}', false); SELECT content FROM messages WHERE organization_id = '{B}'",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '{\"sub\":[\"{b}\"]}', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '{\"sub\":{\"sub\":\"{b}\"}}', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '{\"sub\":\"{b} \"', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '{\"SUB\":\"{b}\"}', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', 'null', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '\"{b}\"', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claims', '{\"sub\":\"' || repeat('9', 100000) || '\"}', false); SELECT content FROM messages",
        "",
    ),
    (
        "SELECT set_config('request.jwt.claim.sub', 'x', false); SELECT content FROM messages",
        "",
    ),
    (
        "SET saasdb.seeding = 'on'; INSERT INTO auth.users (email) VALUES ('x@example.com')",
        "42501",
    ),
    (
        "SET saasdb.seeding = 'on'; INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{B}', '{me}', 'owner')",
        "42501",
    ),
    (
        "SET row_security = off; SELECT content FROM messages",
        "42501",
    ),
    ("SET session_replication_role = replica", "42501"),
    ("SET LOCAL session_replication_role = replica", "42501"),
    ("SET log_statement = 'none'", "42501"),
];

const SHADOWS: &[Attack] = &[
    // Objects of the caller's own, in front of ours.
    (
        "CREATE TEMP TABLE organization_members AS SELECT '{B}'::uuid AS organization_id, '{me}'::uuid AS user_id, 'owner'::text AS role, true AS is_active; SELECT content FROM public.messages WHERE organization_id = '{B}'",
        "",
    ),
    (
        "CREATE TEMP TABLE organizations (id uuid, subscription_plan text); INSERT INTO organizations VALUES ('{B}', 'enterprise'); SELECT public.check_usage_limit('{B}', 'monthly_messages')",
        "42501",
    ),
    (
        "CREATE TEMP TABLE pg_roles AS SELECT 'authenticated'::name AS rolname, true AS rolsuper, true AS rolbypassrls; SELECT public.track_usage('{B}', 'monthly_messages')",
        "42501",
    ),
    (
        "CREATE TEMP VIEW organization_members AS SELECT '{B}'::uuid AS organization_id, '{me}'::uuid AS user_id, 'owner'::text AS role, true AS is_active; SELECT public.member_organizations('owner')",
        "",
    ),
    (
        "CREATE FUNCTION pg_temp.uid() RETURNS uuid LANGUAGE sql AS $$ SELECT '{b}'::uuid $$; SET search_path = pg_temp, public; SELECT content FROM messages WHERE organization_id = '{B}'",
        "",
    ),
    (
        "CREATE FUNCTION pg_temp.eq(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR pg_temp.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = pg_temp.eq); SET search_path = pg_temp, pg_catalog, public; SELECT content FROM messages WHERE content LIKE '%b'",
        "",
    ),
    (
        "CREATE DOMAIN pg_temp.text AS varchar CHECK (false); SET search_path = pg_temp, public; SELECT public.member_organizations('owner')",
        "",
    ),
    (
        "CREATE TYPE pg_temp.uuid AS ENUM ('x'); SET search_path = pg_temp, public; SELECT public.member_organizations('owner')",
        "",
    ),
    ("CREATE CAST (text AS uuid) WITH INOUT AS IMPLICIT", "42501"),
    (
        "CREATE FUNCTION public.evil() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "42501",
    ),
    ("CREATE TABLE public.evil ()", "42501"),
    (
        "CREATE FUNCTION auth.uid(integer DEFAULT 1) RETURNS uuid LANGUAGE sql AS $$ SELECT '{b}'::uuid $$",
        "42501",
    ),
    (
        "CREATE OR REPLACE FUNCTION public.current_user_id() RETURNS uuid LANGUAGE sql AS $$ SELECT '{b}'::uuid $$",
        "42501",
    ),
    ("CREATE SCHEMA evil", "42501"),
    ("CREATE EXTENSION dblink", "42501"),
    // A leaky function in a condition is asked only about rows that the policies let through.
    (
        "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN IF $1 LIKE '%from b' THEN RAISE EXCEPTION 'seen %', $1; END IF; RETURN false; END $$; SELECT content FROM messages WHERE pg_temp.leak(content)",
        "",
    ),
    (
        "CREATE FUNCTION pg_temp.leak(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN IF $1 = '{B}' THEN RAISE EXCEPTION 'seen'; END IF; RETURN false; END $$; SELECT slug FROM organizations WHERE pg_temp.leak(id)",
        "",
    ),
    (
        "SELECT content FROM messages WHERE 1 / (CASE WHEN organization_id = '{B}' THEN 0 ELSE 1 END) = 2",
        "",
    ),
    (
        "CREATE TEMP VIEW spy AS SELECT content, organization_id FROM public.messages; SELECT content FROM spy WHERE organization_id = '{B}'",
        "",
    ),
    (
        "CREATE FUNCTION pg_temp.spy() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT content FROM public.messages'; SELECT * FROM pg_temp.spy() s WHERE s LIKE '%b'",
        "",
    ),
];

const OBJECTS: &[Attack] = &[
    // What owns or changes the schema.
    ("ALTER TABLE messages DISABLE ROW LEVEL SECURITY", "42501"),
    ("ALTER TABLE messages NO FORCE ROW LEVEL SECURITY", "42501"),
    ("CREATE POLICY open ON messages USING (true)", "42501"),
    ("DROP POLICY messages_select ON messages", "42501"),
    (
        "ALTER POLICY messages_select ON messages USING (true)",
        "42501",
    ),
    (
        "CREATE TRIGGER evil BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION keep_columns('content')",
        "42501",
    ),
    (
        "ALTER TABLE organization_members DISABLE TRIGGER ALL",
        "42501",
    ),
    (
        "CREATE RULE evil AS ON INSERT TO messages DO ALSO NOTIFY x",
        "42501",
    ),
    ("CREATE INDEX ON messages (content)", "42501"),
    (
        "CREATE STATISTICS public.evil ON content, phone_number FROM messages",
        "42501",
    ),
    (
        "CREATE TEMP TABLE child () INHERITS (public.messages)",
        "42501",
    ),
    (
        "CREATE TEMP TABLE child (id uuid REFERENCES public.messages)",
        "42P16",
    ),
    ("ALTER TABLE messages OWNER TO authenticated", "42501"),
    (
        "ALTER FUNCTION track_usage(uuid, text, integer, text) SECURITY INVOKER",
        "42501",
    ),
    (
        "ALTER FUNCTION member_organizations(text) SET search_path = public",
        "42501",
    ),
    ("GRANT ALL ON messages TO PUBLIC", "notice"),
    ("COMMENT ON TABLE messages IS 'x'", "42501"),
    ("DROP FUNCTION member_organizations(text) CASCADE", "42501"),
    (
        "CREATE EVENT TRIGGER evil ON ddl_command_start EXECUTE FUNCTION keep_owner()",
        "42501",
    ),
    ("CREATE PUBLICATION evil FOR TABLE messages", "42501"),
    ("CREATE ROLE evil", "42501"),
    ("GRANT service_role TO authenticated", "42501"),
    ("ALTER ROLE authenticated BYPASSRLS", "42501"),
    (
        "ALTER DEFAULT PRIVILEGES FOR ROLE saasdb_definer GRANT ALL ON TABLES TO PUBLIC",
        "42501",
    ),
    ("SELECT saasdb_go_back()", "42501"),
    ("SELECT saasdb_let_out()", "notice"),
    ("SELECT create_organization_for_user()", "42501"),
    ("SELECT keep_owner()", "0A000"),
];

const READING: &[Attack] = &[
    (
        "SELECT content FROM messages WHERE organization_id = '{B}'",
        "",
    ),
    (
        "SELECT content FROM messages WHERE organization_id = '{B}' FOR UPDATE",
        "",
    ),
    (
        "SELECT m.content FROM organizations o RIGHT JOIN messages m ON true WHERE m.organization_id = '{B}'",
        "",
    ),
    ("TABLE organization_invitations", ""),
    ("SELECT token FROM organization_invitations", ""),
    ("COPY messages TO STDOUT", "copy"),
    (
        "COPY (SELECT * FROM messages WHERE organization_id = '{B}') TO '/tmp/evil'",
        "42501",
    ),
    ("COPY messages FROM PROGRAM 'id'", "42501"),
    ("SELECT pg_read_file('PG_VERSION')", "42501"),
    ("SELECT lo_import('/etc/passwd')", "42501"),
    ("SELECT * FROM auth.users", "42501"),
    ("SELECT encrypted_password FROM auth.users", "42501"),
    ("SELECT * FROM saasdb_usage_events", "42501"),
    ("SELECT * FROM saasdb_meta", "42501"),
    ("SELECT * FROM saasdb_migrations", "42501"),
    ("SELECT * FROM seaql_migrations", "42501"),
    ("SELECT * FROM audit_logs", ""),
    ("SELECT * FROM billing_events", ""),
    ("SELECT * FROM organization_usage", ""),
    // Statistics of a table with row level security are not for who is bound.
    (
        "SELECT most_common_vals::text FROM pg_stats WHERE tablename IN ('messages', 'contacts', 'organizations')",
        "",
    ),
    ("SELECT stavalues1::text FROM pg_statistic", "42501"),
    (
        "SELECT query FROM pg_stat_activity WHERE query LIKE '%from b%' AND usename <> session_user",
        "",
    ),
    ("SELECT member_organizations('viewer')", ""),
    ("SELECT member_organizations(NULL)", ""),
    ("SELECT member_organizations('superuser')", ""),
    ("SELECT member_organizations('owner'' OR true --')", ""),
    (
        "SELECT (SELECT array_agg(o) FROM unnest(member_organizations('viewer')) o WHERE o = '{B}')",
        "",
    ),
];

const WRITING: &[Attack] = &[
    (
        "UPDATE messages SET content = 'x' WHERE organization_id = '{B}'",
        "",
    ),
    ("UPDATE messages SET content = 'x'", ""),
    ("DELETE FROM messages", ""),
    (
        "DELETE FROM messages USING organizations o WHERE messages.organization_id = '{B}'",
        "",
    ),
    (
        "WITH gone AS (DELETE FROM contacts RETURNING name) SELECT name FROM gone",
        "",
    ),
    (
        "INSERT INTO messages (organization_id, phone_number, content, direction) VALUES ('{B}', '+1', 'x', 'inbound')",
        "42501",
    ),
    (
        "MERGE INTO messages m USING (SELECT 1) s ON m.organization_id = '{B}' WHEN MATCHED THEN DELETE",
        "",
    ),
    (
        "UPDATE organizations SET subscription_plan = 'enterprise'",
        "",
    ),
    (
        "UPDATE organization_members SET role = 'owner' WHERE user_id = '{me}'",
        "",
    ),
    (
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{A}', '{me}', 'owner') ON CONFLICT (organization_id, user_id) DO UPDATE SET role = 'owner'",
        "42501",
    ),
    (
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES ('{B}', '{me}', 'viewer') ON CONFLICT DO NOTHING",
        "42501",
    ),
    (
        "INSERT INTO organizations (name, slug) VALUES ('x', 'x')",
        "42501",
    ),
    (
        "INSERT INTO subscription_plans (id, name, price_monthly) VALUES ('free', 'x', 0)",
        "42501",
    ),
    (
        "UPDATE subscription_plans SET limits = '{\"monthly_messages\": -1}'",
        "42501",
    ),
    (
        "INSERT INTO audit_logs (organization_id, action) VALUES ('{A}', 'x')",
        "42501",
    ),
    ("UPDATE audit_logs SET action = 'x'", "42501"),
    ("DELETE FROM audit_logs", "42501"),
    ("DELETE FROM billing_events", "42501"),
    ("UPDATE organization_usage SET metric_value = 0", "42501"),
    (
        "INSERT INTO saasdb_usage_events (organization_id, metric_name, event_id) VALUES ('{B}', 'monthly_messages', 'x')",
        "42501",
    ),
    ("DELETE FROM auth.users WHERE id = '{b}'", "42501"),
    ("TRUNCATE messages", "42501"),
    ("TRUNCATE organizations CASCADE", "42501"),
    (
        "COPY messages (organization_id, phone_number, content, direction) FROM STDIN",
        "copy",
    ),
    (
        "DO $$ BEGIN DELETE FROM messages; UPDATE contacts SET notes = 'x'; END $$",
        "",
    ),
    // Whether another organization has a key shows in no answer.
    (
        "INSERT INTO organizations (id, name, slug) VALUES ('{B}', 'x', 'b')",
        "42501",
    ),
    (
        "INSERT INTO messages (id, organization_id, phone_number, content, direction) SELECT '{B}', '{A}', '1', 'x', 'inbound'",
        "42501",
    ),
    (
        "INSERT INTO organization_invitations (organization_id, email, role, token, expires_at) VALUES ('{A}', 'x', 'admin', 'token of b', '2099-01-01Z') ON CONFLICT (token) DO NOTHING",
        "42501",
    ),
    (
        "INSERT INTO contacts (organization_id, user_id, phone_number) VALUES ('{A}', '{b}', '+49 1') ON CONFLICT DO NOTHING",
        "42501",
    ),
    (
        "INSERT INTO contacts (organization_id, user_id, phone_number) VALUES ('{B}', '{b}', '+49 1') RETURNING id",
        "42501",
    ),
];

const USAGE: &[Attack] = &[
    ("SELECT track_usage('{B}', 'monthly_messages')", "42501"),
    ("SELECT consume_usage('{B}', 'monthly_messages')", "42501"),
    (
        "SELECT check_usage_limit('{B}', 'monthly_messages')",
        "42501",
    ),
    ("SELECT track_usage('{A}', 'monthly_messages')", "42501"),
    ("SELECT track_usage(NULL, 'monthly_messages')", "22004"),
    ("SELECT track_usage('{B}', NULL)", "22004"),
    (
        "SELECT track_usage('{B}', 'monthly_messages', NULL)",
        "22023",
    ),
    (
        "SELECT track_usage('{B}', 'monthly_messages', -1000)",
        "22023",
    ),
    (
        "SELECT consume_usage('{B}', 'monthly_messages', 1, NULL)",
        "42501",
    ),
    ("SELECT check_usage_limit('{B}', 'no such metric')", "42501"),
    (
        "SELECT check_usage_limit('{none}', 'monthly_messages')",
        "42501",
    ),
    (
        "SET role = 'anon'; SELECT check_usage_limit('{A}', 'monthly_messages')",
        "42501",
    ),
    (
        "SELECT count_usage('{B}', 'monthly_messages', 1, NULL, NULL)",
        "42883",
    ),
];

const LOCKS: &[Attack] = &[
    (
        "BEGIN; LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE billing_events IN SHARE ROW EXCLUSIVE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE organization_usage IN EXCLUSIVE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE organization_usage IN SHARE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE subscription_plans IN ROW EXCLUSIVE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE saasdb_usage_events IN ACCESS SHARE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE auth.users IN ACCESS EXCLUSIVE MODE",
        "42501",
    ),
    (
        "BEGIN; LOCK TABLE saasdb_meta IN ACCESS SHARE MODE",
        "42501",
    ),
    (
        "SELECT id FROM organizations WHERE id = '{B}' FOR UPDATE",
        "",
    ),
    ("SELECT id FROM subscription_plans FOR UPDATE", "42501"),
    (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> session_user",
        "42501",
    ),
    ("VACUUM FULL pg_class", "notice"),
    ("REINDEX TABLE messages", "42501"),
    ("CLUSTER messages USING messages_pkey", "42501"),
    ("REFRESH MATERIALIZED VIEW messages", "42501"),
];

/// Everything that none of these attacks may change.
fn state(world: &World) -> String {
    let mut parts: Vec<String> = TABLES
        .iter()
        .map(|table| {
            let column = owner_column(table);
            // A's own work is for A to change; who is in it, and what it pays for, is not for a viewer.
            let whose = match *table {
                "messages" | "contacts" | "auto_replies" | "campaigns" => {
                    format!("WHERE {column} <> '{A}'")
                }
                _ => String::new(),
            };
            format!("SELECT '{table}' || (to_jsonb(t) - 'created_at')::text FROM {table} t {whose}")
        })
        .collect();
    for more in [
        "SELECT to_jsonb(t)::text FROM auth.users t",
        "SELECT to_jsonb(t)::text FROM subscription_plans t",
        "SELECT to_jsonb(t)::text FROM saasdb_usage_events t",
        "SELECT concat(rolname, rolsuper, rolbypassrls) FROM pg_roles WHERE rolname !~ '^saasdb_test'",
        "SELECT concat(oid::regprocedure, proacl, prosrc) FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'auth'::regnamespace)",
        "SELECT concat(polname, polrelid::regclass, pg_get_expr(polqual, polrelid)) FROM pg_policy",
        "SELECT concat(relname, relrowsecurity, relforcerowsecurity, relacl) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'auth'::regnamespace)",
        "SELECT concat(tgname, tgenabled) FROM pg_trigger WHERE tgrelid::regclass::text !~ '^pg_'",
    ] {
        parts.push(more.to_owned());
    }
    world.one(&format!(
        "SELECT md5(string_agg(x, chr(10) ORDER BY x)) FROM ({}) s (x)",
        parts.join(" UNION ALL ")
    ))
}

/// A login that may act as the API's roles and nothing else, as on Supabase.
fn authenticator(world: &World) -> String {
    let (role, url) = world.db.account();
    world.db.sql(&format!(
        "ALTER ROLE {role} NOINHERIT; GRANT anon, authenticated TO {role}"
    ));
    url
}

fn fill(sql: &str) -> String {
    sql.replace("{A}", A)
        .replace("{B}", B)
        .replace("{b}", &user(B, "owner"))
        .replace("{me}", &user(A, "viewer"))
        .replace("{none}", OUTSIDER)
}

/// Tries them, as a viewer of A, as somebody who is in no organization, and without signing in.
fn hold(attacks: &[Attack]) {
    let world = World::new();
    world.db.sql("ANALYZE");
    let url = authenticator(&world);
    let before = state(&world);
    let modern: u32 = world
        .one("SELECT current_setting('server_version_num')")
        .parse()
        .expect("a number");
    let mut wrong = Vec::new();
    for who in [
        Who::user(&user(A, "viewer")),
        Who::user(OUTSIDER),
        Who::claiming(""),
        Who::role("anon"),
    ] {
        for (sql, expected) in attacks {
            if sql.starts_with("MERGE") && modern < 150_000 {
                continue;
            }
            let mut session = Session::open(&url).expect("login");
            session.sql(&who.become_sql());
            let said = match session.try_rows(&fill(sql)) {
                Ok(rows) => {
                    let text = format!("{rows:?}");
                    // Nothing of B's, whatever came back.
                    let secrets = ["from b", "of b", "Organization b", B];
                    match secrets.iter().find(|s| text.contains(*s)) {
                        Some(_) => format!("saw {text}"),
                        None => String::new(),
                    }
                }
                Err(error) => code(&error),
            };
            session.close();
            let viewer = who.claims.contains(&user(A, "viewer"));
            // Whoever is less than a viewer may be refused earlier, and never gets further.
            let fits = match *expected {
                // The driver has no COPY in a query; some statements only warn.
                "copy" | "notice" => !said.starts_with("saw"),
                "" if !viewer => said.is_empty() || said == "42501",
                "22004" | "22023" | "42883" | "0A000" if !viewer => {
                    said == *expected || said == "42501"
                }
                expected => said == expected,
            };
            if !fits {
                wrong.push(format!(
                    "{} {}: {sql}\n    {said:?}, not {expected:?}",
                    who.role, who.claims
                ));
            }
            if state(&world) != before {
                panic!("{} {} changed something: {sql}", who.role, who.claims);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn claims_are_no_privileges() {
    hold(CLAIMS);
}

#[test]
fn nothing_of_the_callers_is_taken_for_ours() {
    hold(SHADOWS);
}

#[test]
fn the_schema_is_not_for_users_to_change() {
    hold(OBJECTS);
}

#[test]
fn nothing_of_another_organization_can_be_read() {
    hold(READING);
}

#[test]
fn nothing_is_written_where_it_is_not_allowed() {
    hold(WRITING);
}

#[test]
fn usage_is_for_members() {
    hold(USAGE);
}

#[test]
fn nobody_is_kept_waiting_on_purpose() {
    hold(LOCKS);
}
