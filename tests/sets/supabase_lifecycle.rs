//! Coming and going of `supabase` on servers of its own: what belongs to the whole server or to Supabase
//! is made where it is missing, shared, and taken back by the last one.

use std::thread;

use super::supabase_world::{code, run, settle, supabase};
use super::tools::{assert_dump, column, one};
use crate::support::{OwnServer, PASSWORD, Session, TestDb};

/// The roles that the set may make.
const ROLES: &str = "rolname IN ('anon', 'authenticated', 'service_role', 'saasdb_definer')";

fn roles(db: &TestDb) -> Vec<String> {
    let query = format!("SELECT rolname FROM pg_roles WHERE {ROLES} ORDER BY 1");
    column(db, &query)
}

/// The whole schema without the books, who owns what, and all roles of the server.
fn everything(db: &TestDb) -> String {
    let mut out = db.schema_dump();
    for query in [
        "SELECT oid::regclass, relowner::regrole, relacl FROM pg_class c
         WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
           AND relname !~ '^(seaql_migrations|saasdb_(meta|migrations|seeds))' ORDER BY oid::regclass::text",
        "SELECT oid::regprocedure, proowner::regrole, proacl FROM pg_proc
         WHERE pronamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY oid::regprocedure::text",
        "SELECT oid::regnamespace, nspowner::regrole, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY nspname",
        "SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
        "SELECT r.*, shobj_description(oid, 'pg_authid') FROM pg_roles r ORDER BY rolname",
        "SELECT roleid::regrole, member::regrole, admin_option FROM pg_auth_members ORDER BY 1, 2",
    ] {
        for row in db.rows(&format!("SELECT q::text FROM ({query}) q")) {
            out.push_str(&row[0]);
            out.push('\n');
        }
    }
    out
}

#[test]
fn after_down_nothing_is_left_on_plain_postgresql() {
    let server = OwnServer::new();
    let db = server.database();
    let before = everything(&db);
    run(&db, "migrate up");
    assert_eq!(
        roles(&db),
        ["anon", "authenticated", "saasdb_definer", "service_role"]
    );
    let full = db.schema_dump();
    settle(&mut db.session());
    db.sql(
        "INSERT INTO auth.users (email) VALUES ('ada@example.com');
         SELECT track_usage(id, 'monthly_messages', 1, 'e') FROM organizations WHERE slug = 'ada'",
    );
    run(&db, "migrate down --all --yes");
    assert_dump(&everything(&db), &before, "left behind");
    run(&db, "migrate up");
    assert_dump(&db.schema_dump(), &full, "up again");
    settle(&mut db.session());
    run(&db, "migrate fresh --yes");
    assert_dump(&db.schema_dump(), &full, "fresh");
    run(&db, "migrate reset --yes");
    assert_dump(&everything(&db), &before, "reset");
}

/// Users in the table that we made are data like any other.
#[test]
fn users_of_ours_are_not_dropped_unasked() {
    let server = OwnServer::new();
    let db = server.database();
    run(&db, "migrate up");
    db.sql("SET saasdb.seeding = 'on'; INSERT INTO auth.users (email) VALUES ('ada@example.com')");
    let full = everything(&db);
    let out = supabase(&db).call(["migrate", "down", "--all"]).code(6);
    assert!(out.stderr.contains("auth.users"), "{}", out.stderr);
    assert_dump(&everything(&db), &full, "refused");
    assert_eq!(one(&db, "SELECT count(*) FROM auth.users"), "1");
    run(&db, "migrate down --all --yes");
    assert!(roles(&db).is_empty());
}

/// Databases of one server share the roles; none trips over another one, and the last one takes them away.
#[test]
fn databases_that_come_and_go_at_once_share_the_roles() {
    let server = OwnServer::new();
    let databases: Vec<TestDb> = (0..4).map(|_| server.database()).collect();
    for _ in 0..3 {
        thread::scope(|scope| {
            for db in &databases {
                scope.spawn(move || {
                    for _ in 0..4 {
                        run(db, "migrate up");
                        let tie =
                            "SELECT has_table_privilege('authenticated', 'messages', 'SELECT')";
                        assert_eq!(one(db, tie), "t");
                        run(db, "migrate down --all --yes");
                    }
                });
            }
        });
        assert!(
            roles(&databases[0]).is_empty(),
            "{:?}",
            roles(&databases[0])
        );
    }
    // All of them let go in the same moment.
    for _ in 0..6 {
        for db in &databases {
            run(db, "migrate up");
        }
        thread::scope(|scope| {
            for db in &databases {
                scope.spawn(move || run(db, "migrate down --all --yes"));
            }
        });
        assert!(
            roles(&databases[0]).is_empty(),
            "{:?}",
            roles(&databases[0])
        );
    }
}

#[test]
fn schemas_of_one_database_share_users_and_roles() {
    let server = OwnServer::new();
    let db = server.database();
    let before = everything(&db);
    let within = |schema: &str, command: &str| {
        let program = supabase(&db).env("SAASDB_SCHEMA", schema);
        program.call(command.split_whitespace()).success();
    };
    for schema in ["first", "Second \"one\""] {
        within(schema, "migrate up");
    }
    db.sql("INSERT INTO auth.users (id, email) VALUES ('11111111-0000-4000-8000-000000000000', 'ada@example.com')");
    let see = "SET search_path = \"Second \"\"one\"\"\"; SET ROLE authenticated;
        SELECT set_config('request.jwt.claims', '{\"sub\": \"11111111-0000-4000-8000-000000000000\"}', false);";
    assert_eq!(one(&db, "SELECT slug FROM first.organizations"), "ada");
    let mut session = db.session();
    session.sql(see);
    assert_eq!(session.rows("SELECT slug FROM organizations"), [["ada"]]);
    session.close();
    within("first", "migrate down --all --yes");
    let mut session = db.session();
    session.sql(see);
    assert_eq!(session.rows("SELECT slug FROM organizations"), [["ada"]]);
    session.sql("RESET ROLE; INSERT INTO auth.users (email) VALUES ('ada@example.org')");
    assert_eq!(session.rows("SELECT count(*) FROM organizations"), [["2"]]);
    session.close();
    assert_eq!(roles(&db).len(), 4);
    within("Second \"one\"", "migrate down --all --yes");
    assert!(roles(&db).is_empty());

    // One goes while the other is on its way and has not come to use what they share.
    within("first", "migrate up");
    within("Second \"one\"", "migrate up --steps 1");
    within("first", "migrate down --all --yes");
    within("Second \"one\"", "migrate up");
    db.sql("INSERT INTO auth.users (id, email) VALUES ('11111111-0000-4000-8000-000000000000', 'ada@example.com')");
    let mut session = db.session();
    session.sql(see);
    assert_eq!(session.rows("SELECT slug FROM organizations"), [["ada"]]);
    session.close();
    within("Second \"one\"", "migrate down --all --yes");
    assert!(roles(&db).is_empty());

    // And both at once, again and again.
    thread::scope(|scope| {
        for schema in ["first", "Second \"one\""] {
            let within = &within;
            scope.spawn(move || {
                for _ in 0..8 {
                    within(schema, "migrate up");
                    within(schema, "migrate down --all --yes");
                }
            });
        }
    });
    db.sql("DROP SCHEMA first CASCADE; DROP SCHEMA \"Second \"\"one\"\"\" CASCADE");
    assert_dump(&everything(&db), &before, "left behind");
}

#[test]
fn what_somebody_else_uses_stays() {
    let server = OwnServer::new();
    let (db, other) = (server.database(), server.database());
    run(&db, "migrate up");
    other.sql("CREATE TABLE t (id int); GRANT SELECT ON t TO authenticated");
    let (login, _) = other.account();
    db.sql(&format!("GRANT anon TO {login}"));
    db.sql("CREATE TABLE public.mine (id uuid DEFAULT auth.uid(), who uuid REFERENCES auth.users (id))");
    run(&db, "migrate down --all --yes");
    assert_eq!(roles(&db), ["anon", "authenticated", "service_role"]);
    assert_eq!(
        one(
            &other,
            "SELECT has_table_privilege('authenticated', 't', 'SELECT')"
        ),
        "t"
    );
    assert_eq!(
        one(&db, "SELECT to_regclass('auth.users') IS NOT NULL"),
        "t"
    );
    // As soon as nobody does, they go with the next one.
    other.sql(&format!("DROP TABLE t; REVOKE anon FROM {login}"));
    db.sql("DROP TABLE public.mine");
    run(&db, "migrate up");
    run(&db, "migrate down --all --yes");
    assert!(roles(&db).is_empty(), "{:?}", roles(&db));
    assert_eq!(one(&db, "SELECT to_regnamespace('auth') IS NULL"), "t");
}

/// Somebody has a schema `auth`, but not all that is in Supabase's.
#[test]
fn only_what_is_missing_is_made() {
    let server = OwnServer::new();
    let db = server.database();
    db.sql(
        "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);
         INSERT INTO auth.users VALUES ('11111111-0000-4000-8000-000000000000', 'early@example.com');
         CREATE ROLE anon; GRANT USAGE ON SCHEMA auth TO anon",
    );
    let before = everything(&db);
    run(&db, "migrate up");
    db.sql("INSERT INTO auth.users VALUES (gen_random_uuid(), 'ada@example.com')");
    assert_eq!(column(&db, "SELECT slug FROM organizations"), ["ada"]);
    let mut session = db.session();
    session.sql(
        "SELECT set_config('request.jwt.claims', jsonb_build_object('sub', id)::text, false)
         FROM auth.users WHERE email = 'ada@example.com'; SET ROLE authenticated",
    );
    assert_eq!(session.rows("SELECT slug FROM organizations"), [["ada"]]);
    session.sql("INSERT INTO messages (organization_id, phone_number, content, direction) SELECT id, '1', 'x', 'inbound' FROM organizations");
    session.close();
    run(&db, "migrate down --all --yes");
    assert_dump(&everything(&db), &before, "left behind");
    assert_eq!(one(&db, "SELECT count(*) FROM auth.users"), "2");
}

/// The developer's role may neither make roles that bypass row security nor change the schema `auth`.
#[test]
fn a_supabase_project_works_and_is_left_as_it_was() {
    let server = OwnServer::new();
    let db = server.database();
    db.sql(
        &include_str!("supabase_platform.sql")
            .replace(":password", PASSWORD)
            .replace(":database", db.name()),
    );
    let users = "SELECT to_jsonb(u)::text FROM auth.users u ORDER BY id";
    let (before, before_users) = (everything(&db), column(&db, users));
    let program = supabase(&db).env("DATABASE_URL", db.url_of("postgres"));
    let run = |command: &str| program.call(command.split_whitespace()).success();
    run("migrate up");
    assert_eq!(roles(&db), ["anon", "authenticated", "service_role"]);
    let owners = "SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE prosecdef AND proname <> 'handle_new_user'
                  AND pronamespace = 'public'::regnamespace";
    assert_eq!(column(&db, owners), ["postgres"]);

    // Supabase's own server signs people up, and looks no further than auth.
    let mut auth = Session::open(&db.url_of("supabase_auth_admin")).expect("login");
    auth.sql("INSERT INTO users (id, email) VALUES ('22222222-0000-4000-8000-000000000000', 'Ada@example.com')");
    auth.sql("BEGIN; INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'gone@example.com'); ROLLBACK");
    auth.close();
    assert_eq!(column(&db, "SELECT slug FROM organizations"), ["ada"]);
    assert_eq!(one(&db, "SELECT count(*) FROM profiles"), "2");

    // And its API server answers requests.
    let mut api = Session::open(&db.url_of("authenticator")).expect("login");
    let claims = |text: &str| format!("SELECT set_config('request.jwt.claims', '{text}', false)");
    api.sql("SET ROLE authenticated");
    api.sql(&claims(
        r#"{"sub": "22222222-0000-4000-8000-000000000000"}"#,
    ));
    assert_eq!(api.rows("SELECT slug FROM organizations"), [["ada"]]);
    api.sql("INSERT INTO messages (organization_id, phone_number, content, direction) SELECT id, '1', 'x', 'inbound' FROM organizations");
    assert_eq!(
        api.rows("UPDATE messages SET content = 'y' RETURNING content"),
        [["y"]]
    );
    for stranger in ["11111111-0000-4000-8000-000000000000", "", "no uuid"] {
        api.sql(&claims(&format!(r#"{{"sub": "{stranger}"}}"#)));
        assert!(api.rows("SELECT * FROM messages").is_empty(), "{stranger}");
    }
    api.sql(&claims("no json"));
    assert!(api.rows("SELECT * FROM messages").is_empty());
    // Supabase's default privileges did not open what is not for the API.
    for role in ["anon", "authenticated"] {
        api.sql(&format!("SET ROLE {role}"));
        for statement in [
            "TRUNCATE messages CASCADE",
            "SELECT * FROM saasdb_usage_events",
            "SELECT create_organization_for_user()",
            "SELECT saasdb_go_back()",
        ] {
            let error = api.try_sql(statement).expect_err(statement);
            assert_eq!(code(&error), "42501", "{role}: {statement}");
        }
    }
    // Nor is the history, which Supabase would open to the API like any new table.
    for role in ["anon", "authenticated"] {
        api.sql(&format!("SET ROLE {role}"));
        for book in ["seaql_migrations", "saasdb_migrations", "saasdb_meta"] {
            for statement in [
                format!("SELECT * FROM {book}"),
                format!("DELETE FROM {book}"),
            ] {
                let error = api.try_sql(&statement).expect_err(&statement);
                assert_eq!(code(&error), "42501", "{role}: {statement}");
            }
        }
    }
    api.sql("SET ROLE anon");
    assert_eq!(
        code(&api.try_sql("SELECT * FROM messages").expect_err("anon")),
        "42501"
    );
    api.sql("SET ROLE service_role");
    assert_eq!(api.rows("SELECT count(*) FROM messages"), [["1"]]);
    api.close();

    run("migrate fresh --yes");
    assert_eq!(one(&db, "SELECT count(*) FROM auth.users"), "2");
    run("migrate down --all --yes");
    db.sql("DELETE FROM auth.users WHERE email = 'Ada@example.com'");
    assert_dump(&everything(&db), &before, "left behind");
    assert_eq!(column(&db, users), before_users);
}

/// On PostgreSQL 15 and older only a superuser makes roles that bypass row security.
#[test]
fn who_may_not_make_what_is_missing_is_told_what_to_do() {
    let server = OwnServer::new();
    let db = server.database();
    let (login, url) = db.account();
    db.sql(&format!(
        "ALTER ROLE {login} CREATEROLE; GRANT CREATE ON DATABASE {} TO {login}; GRANT CREATE ON SCHEMA public TO {login}",
        db.name()
    ));
    let program = supabase(&db).env("DATABASE_URL", &url);
    let out = program.call(["migrate", "up"]).code(1);
    assert!(
        out.stderr.contains("the role service_role is missing"),
        "{}",
        out.stderr
    );
    assert!(
        out.stderr
            .contains("CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS"),
        "{}",
        out.stderr
    );
    assert!(roles(&db).is_empty());
    db.sql("CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS");
    let out = program.call(["migrate", "up"]).code(1);
    assert!(
        out.stderr.contains("the role saasdb_definer is missing"),
        "{}",
        out.stderr
    );
    db.sql("CREATE ROLE saasdb_definer NOLOGIN NOINHERIT BYPASSRLS");
    let out = program.call(["migrate", "up"]).code(1);
    let member = "must be member of role \"saasdb_definer\"";
    assert!(out.stderr.contains(member), "{}", out.stderr);
    db.sql(&format!("GRANT saasdb_definer TO {login}"));
    let out = program.call(["migrate", "up"]).code(1);
    let schema = "permission denied for schema public";
    assert!(out.stderr.contains(schema), "{}", out.stderr);
    db.sql(&format!("ALTER DATABASE {} OWNER TO {login}", db.name()));
    program.call(["migrate", "up"]).success();
    let owners = "SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE prosecdef";
    assert_eq!(column(&db, owners), ["saasdb_definer"]);
    let lent = "SELECT has_schema_privilege('saasdb_definer', 'public', 'CREATE')";
    assert_eq!(one(&db, lent), "f");
    db.sql("INSERT INTO auth.users (email) VALUES ('ada@example.com')");
    assert_eq!(column(&db, "SELECT slug FROM organizations"), ["ada"]);
    // Row level security is forced, so who migrates cannot count the rows at stake by themselves.
    let down = ["migrate", "down", "--all", "--yes"];
    program.call(down).code(6);
    db.sql(&format!("GRANT service_role TO {login}"));
    program.call(down).success();
    assert_eq!(roles(&db), ["saasdb_definer", "service_role"]);
}
