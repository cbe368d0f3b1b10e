//! `supabase` from the version before to this one and back, with rows in it, and what users that go leave.

use super::supabase_seeds::run as call;
use super::supabase_world::{A, B, run, settle, supabase, user};
use super::tools::{assert_dump, column, one};
use crate::support::{Db, OwnServer, PASSWORD, Session, TestDb};

/// The last migration of the first release.
const BEFORE: &str = "m20240105_000000_create_signup_trigger";

/// Owners and privileges of tables, columns, functions and the schema.
fn privileges(db: &TestDb) -> Vec<String> {
    column(
        db,
        "SELECT concat_ws(' ', oid::regclass, relowner::regrole, relacl) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relname !~ '^(seaql|saasdb)_' AND relkind = 'r'
         UNION ALL SELECT concat_ws(' ', attrelid::regclass, attname, attacl) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384
         UNION ALL SELECT concat_ws(' ', oid::regprocedure, proowner::regrole, proacl, prosrc) FROM pg_proc
         WHERE pronamespace = 'public'::regnamespace
         UNION ALL SELECT concat_ws(' ', nspname, nspowner::regrole, nspacl) FROM pg_namespace WHERE nspname IN ('public', 'auth')
         ORDER BY 1",
    )
}

#[test]
fn a_filled_database_goes_from_the_version_before_to_this_one_and_back() {
    let new = TestDb::new(Db::Postgres);
    run(&new, "migrate up");
    let db = TestDb::new(Db::Postgres);
    run(&db, &format!("migrate up --to {BEFORE}"));
    settle(&mut db.session());
    let (schema, old) = (db.schema_dump(), privileges(&db));
    let rows = |table: &str| {
        column(
            &db,
            &format!("SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1"),
        )
    };
    let before: Vec<Vec<String>> = super::supabase_world::TABLES
        .iter()
        .map(|t| rows(t))
        .collect();
    run(&db, "migrate up");
    assert_dump(&db.schema_dump(), &new.schema_dump(), "up");
    assert_eq!(privileges(&db), privileges(&new));
    for steps in [1, 2] {
        run(&db, &format!("migrate down --steps {steps} --yes"));
        if steps == 1 {
            run(&db, "migrate up");
        }
    }
    assert_dump(&db.schema_dump(), &schema, "down");
    assert_eq!(privileges(&db), old);
    let after: Vec<Vec<String>> = super::supabase_world::TABLES
        .iter()
        .map(|t| rows(t))
        .collect();
    assert_eq!(after, before);
    run(&db, "migrate up");
    assert_dump(&db.schema_dump(), &new.schema_dump(), "up again");
}

/// What the version before cannot hold.
#[test]
fn the_way_back_finds_an_author_or_says_that_it_cannot() {
    let db = TestDb::new(Db::Postgres);
    run(&db, "migrate up");
    settle(&mut db.session());
    let (owner, admin) = (user(A, "owner"), user(A, "admin"));
    db.sql(&format!(
        "UPDATE organization_invitations SET invited_by = '{admin}' WHERE organization_id = '{A}';
         DELETE FROM auth.users WHERE id = '{admin}'"
    ));
    let inviter =
        format!("SELECT invited_by FROM organization_invitations WHERE organization_id = '{A}'");
    assert_eq!(one(&db, &inviter), "NULL");
    // The same number in two organizations.
    db.sql(&format!(
        "INSERT INTO contacts (organization_id, user_id, phone_number) VALUES ('{B}', '{owner}', '+49 1')"
    ));
    let program = supabase(&db);
    let out = program
        .call(["migrate", "down", "--to", BEFORE, "--yes"])
        .code(1);
    assert!(
        out.stderr.contains("contacts_user_id_phone_number_key"),
        "{}",
        out.stderr
    );
    assert_eq!(one(&db, &inviter), "NULL");
    db.sql(&format!(
        "DELETE FROM contacts WHERE organization_id = '{B}' AND user_id = '{owner}'"
    ));
    run(&db, &format!("migrate down --to {BEFORE} --yes"));
    assert_eq!(one(&db, &inviter), owner);
}

/// GoTrue's deleteUser is this statement.
#[test]
fn every_user_of_the_demo_can_be_deleted() {
    let db = TestDb::new(Db::Postgres);
    call(&db, "setup --env dev");
    let users = column(&db, "SELECT id FROM auth.users ORDER BY id");
    assert!(users.len() >= 5);
    let kept = "SELECT (SELECT count(*) FROM audit_logs) || ' ' || (SELECT count(*) FROM organization_invitations)
        || ' ' || (SELECT count(*) FROM auto_replies) || ' ' || (SELECT count(*) FROM campaigns) || ' ' || (SELECT count(*) FROM organizations)";
    let before = one(&db, kept);
    let mut session = db.session();
    for id in &users {
        session.sql(&format!("BEGIN; DELETE FROM auth.users WHERE id = '{id}'"));
        assert_eq!(session.rows(kept)[0][0], before, "{id}");
        session.sql("ROLLBACK");
    }
    session.sql("DELETE FROM auth.users");
    session.close();
    assert_eq!(one(&db, kept), before);
    let authors = "SELECT count(user_id) FROM audit_logs UNION ALL SELECT count(invited_by) FROM organization_invitations
        UNION ALL SELECT count(created_by) FROM auto_replies UNION ALL SELECT count(created_by) FROM campaigns
        UNION ALL SELECT count(*) FROM organization_members";
    assert_eq!(column(&db, authors), ["0"; 5]);
}

/// Supabase's own server deletes them as a role that row level security binds and that sees no table of ours.
#[test]
fn supabase_deletes_users_too() {
    let server = OwnServer::new();
    let db = server.database();
    db.sql(
        &include_str!("supabase_platform.sql")
            .replace(":password", PASSWORD)
            .replace(":database", db.name()),
    );
    let program = supabase(&db).env("DATABASE_URL", db.url_of("postgres"));
    program.call(["setup", "--env", "dev", "--yes"]).success();
    let mut auth = Session::open(&db.url_of("supabase_auth_admin")).expect("login");
    for id in column(&db, "SELECT user_id FROM organization_members") {
        auth.sql(&format!("DELETE FROM users WHERE id = '{id}'"));
    }
    auth.close();
    assert_eq!(one(&db, "SELECT count(*) FROM organization_members"), "0");
    assert_eq!(one(&db, "SELECT count(*) > 0 FROM audit_logs"), "t");
    // Default privileges did not open the history tables either.
    let open = "SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.relname IN ('seaql_migrations', 'saasdb_migrations', 'saasdb_meta', 'saasdb_seeds') AND a.grantee <> c.relowner";
    assert_eq!(one(&db, open), "0");
}

/// As it is by default before PostgreSQL 15, and after an upgrade from there.
#[test]
fn create_on_the_schema_is_taken_from_the_api_and_given_back() {
    let server = OwnServer::new();
    let db = server.database();
    db.sql(
        "CREATE ROLE anon; CREATE ROLE authenticated; CREATE ROLE service_role BYPASSRLS; CREATE ROLE team;
         GRANT CREATE ON SCHEMA public TO PUBLIC, authenticated, service_role, team;
         GRANT CREATE ON SCHEMA public TO anon WITH GRANT OPTION",
    );
    let may = || {
        column(
            &db,
            "SELECT coalesce(r.rolname, 'PUBLIC') || CASE WHEN a.is_grantable THEN ' on' ELSE '' END FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
             LEFT JOIN pg_roles r ON r.oid = a.grantee
             WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner ORDER BY 1",
        )
    };
    let before = may();
    assert_eq!(
        before,
        ["PUBLIC", "anon on", "authenticated", "service_role", "team"]
    );
    run(&db, "migrate up");
    assert_eq!(may(), ["service_role", "team"]);
    run(&db, "migrate down --steps 1 --yes");
    assert_eq!(may(), before);
    // Whoever takes it away in the meantime gets nothing back that was not there.
    db.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    run(&db, "migrate up");
    run(&db, "migrate down --all --yes");
    assert_eq!(may(), ["anon on", "authenticated", "service_role", "team"]);
}
