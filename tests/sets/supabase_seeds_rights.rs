//! The seeds of `supabase` for those who are no superuser: an owner of the tables whom row level security
//! binds, and whoever works on a database of Supabase, where the users are not ours.

use serde_json::json;

use super::supabase_seeds::{OWNER, call, comes_and_goes, content, json_of, run, total};
use super::tools::{column, one};
use crate::support::{Db, TestDb};

/// A database that an account without any special right migrated: an administrator made the roles
/// for it beforehand. The account's name and URL.
#[track_caller]
fn owned() -> (TestDb, String, String) {
    let db = TestDb::new(Db::Postgres);
    let (role, url) = db.account();
    // Other tests make and drop the same roles at the same time.
    for (name, attributes) in [
        ("anon", ""),
        ("authenticated", ""),
        ("service_role", "BYPASSRLS"),
        ("saasdb_definer", "BYPASSRLS"),
    ] {
        let grant = match name {
            "saasdb_definer" => format!("GRANT saasdb_definer TO {role};"),
            _ => format!("GRANT USAGE ON SCHEMA public TO {name};"),
        };
        db.sql(&format!(
            "DO $$ BEGIN LOOP
               BEGIN
                 IF to_regrole('{name}') IS NULL THEN
                   CREATE ROLE {name} NOLOGIN {attributes};
                   COMMENT ON ROLE {name} IS 'made by saasdb';
                 END IF;
                 {grant}
                 RETURN;
               EXCEPTION WHEN duplicate_object OR unique_violation OR undefined_object THEN NULL;
               END;
             END LOOP; END $$"
        ));
    }
    db.sql(&format!(
        "GRANT CREATE ON DATABASE {} TO {role}; ALTER SCHEMA public OWNER TO {role}",
        db.name()
    ));
    call(&url, "migrate up --env dev").success();
    assert_eq!(
        column(
            &db,
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname IN ('organizations', 'messages')"
        ),
        std::slice::from_ref(&role)
    );
    (db, role, url)
}

#[test]
fn an_owner_who_is_bound_seeds_exactly_the_demo_through_a_role_that_is_not() {
    let (db, role, url) = owned();
    db.sql(&format!("GRANT service_role TO {role}"));
    comes_and_goes(&db, &url);
    // And the books are the owner's, not that role's.
    assert_eq!(
        one(
            &db,
            "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'saasdb_seeds'"
        ),
        role
    );
    let status = json_of(&url, "status");
    assert_eq!(status["drift"]["state"], "none", "{status}");
    assert_eq!(status.get("next"), None, "{status}");
    call(&url, "migrate down --all").success();
    let left = "SELECT count(*) FROM pg_class WHERE relname = 'organizations'";
    assert_eq!(one(&db, left), "0");
}

#[test]
fn an_owner_who_cannot_see_the_rows_is_refused_and_told_what_helps() {
    let (db, role, url) = owned();
    run(&db, "seed");
    let before = content(&db);
    let ledger = db.rows("SELECT * FROM saasdb_seeds ORDER BY 3, 4");
    // By itself the owner would count nothing.
    let seen = format!("SET ROLE {role}; SELECT count(*) FROM organizations");
    assert_eq!(db.rows(&seen).concat(), ["0"]);

    db.sql(&format!(
        "GRANT ALL ON saasdb_seeds, seaql_migrations TO {role}"
    ));
    for command in [
        "seed",
        "seed undo --yes",
        "migrate down --all --yes",
        "migrate down --all --dry-run",
        "migrate fresh --yes",
    ] {
        let refused = call(&url, command).code(6);
        assert!(
            refused.stderr.contains("row level security hides rows"),
            "{command}: {}",
            refused.stderr
        );
        let grant = format!("GRANT \"service_role\" TO \"{role}\"");
        assert!(refused.stderr.contains(&grant), "{}", refused.stderr);
        assert_eq!(content(&db), before, "{command}");
    }
    assert_eq!(db.rows("SELECT * FROM saasdb_seeds ORDER BY 3, 4"), ledger);
    let status = json_of(&url, "status");
    let demo = &status["seeds"][1];
    // To read the tables that it may, the owner acts as the role that owns the membership functions.
    let readable = [
        "auth.users",
        "organizations",
        "organization_members",
        "organization_usage",
    ];
    let seen: usize = readable.iter().map(|table| before[table].len()).sum();
    let unseen = total(&before) - seen - before["subscription_plans"].len();
    assert_eq!(demo["hidden"], unseen, "{status}");
    assert_eq!(
        (&demo["seeded"], &demo["absent"]),
        (&json!(seen), &json!(0))
    );
    assert_eq!(status.get("next"), None, "{status}");
    let text = call(&url, "seed status").success().stdout;
    assert!(
        text.contains(&format!("{unseen} rows out of sight")),
        "{text}"
    );
}

#[test]
fn rows_of_users_are_counted_although_the_owner_is_bound() {
    let (db, role, url) = owned();
    db.sql(&format!("GRANT service_role TO {role}"));
    call(&url, "seed").success();
    db.sql("INSERT INTO organizations (name, slug) VALUES ('Theirs', 'theirs'), ('Too', 'too')");
    db.sql("INSERT INTO auth.users (email) VALUES ('somebody@example.com')");
    let before = content(&db);
    for (command, code) in [
        ("migrate down --all", 6),
        ("migrate down --all --dry-run", 0),
    ] {
        let shown = call(&url, command).code(code);
        let text = format!("{}{}", shown.stdout, shown.stderr);
        for line in ["table organizations", "table auth.users"] {
            let line = text.lines().find(|l| l.contains(line)).expect("a loss");
            // Two, and the one that the trigger made for who signed up.
            let foreign = if line.contains("auth") { 1 } else { 3 };
            assert!(
                line.contains(&format!("{foreign} not from seeders")),
                "{line}"
            );
        }
        assert_eq!(content(&db), before);
    }
    call(&url, "migrate down --all --yes").success();
}

/// A database as Supabase makes it: `auth.users` is another role's, has more columns and policies,
/// and tables of its own refer to it. Whoever works there sees all rows and owns none of that.
#[track_caller]
fn supabase() -> (TestDb, String) {
    let db = TestDb::new(Db::Postgres);
    let (admin, _) = db.account();
    let (role, url) = db.account();
    db.sql(&format!(
        "ALTER ROLE {role} BYPASSRLS CREATEROLE;
         GRANT CREATE ON DATABASE {} TO {role};
         ALTER SCHEMA public OWNER TO {role};
         CREATE SCHEMA auth AUTHORIZATION {admin};
         GRANT USAGE ON SCHEMA auth TO {role};
         SET ROLE {admin};
         CREATE TABLE auth.users (
           instance_id uuid, id uuid NOT NULL PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
           encrypted_password varchar(255), email_confirmed_at timestamptz, last_sign_in_at timestamptz,
           raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz, updated_at timestamptz,
           phone text UNIQUE DEFAULT NULL, is_sso_user boolean NOT NULL DEFAULT false, is_anonymous boolean NOT NULL DEFAULT false,
           confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, last_sign_in_at)) STORED
         );
         CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
         ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
         CREATE TABLE auth.identities (
           id uuid PRIMARY KEY DEFAULT gen_random_uuid(), provider text NOT NULL,
           user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE
         );
         CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
           $$ SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
         GRANT ALL ON auth.users, auth.identities TO {role};",
        db.name()
    ));
    // The administrator of the server made the API's roles, for all databases.
    for (name, attributes) in [
        ("anon", ""),
        ("authenticated", ""),
        ("service_role", "BYPASSRLS"),
    ] {
        db.sql(&format!(
            "DO $$ BEGIN LOOP
               BEGIN
                 IF to_regrole('{name}') IS NULL THEN
                   CREATE ROLE {name} NOLOGIN {attributes};
                   COMMENT ON ROLE {name} IS 'made by saasdb';
                 END IF;
                 GRANT USAGE ON SCHEMA auth TO {name};
                 RETURN;
               EXCEPTION WHEN duplicate_object OR unique_violation OR undefined_object THEN NULL;
               END;
             END LOOP; END $$"
        ));
    }
    (db, url)
}

#[test]
fn the_demo_fits_into_supabases_own_users() {
    let (db, url) = supabase();
    call(&url, "migrate up --env dev").success();
    comes_and_goes(&db, &url);
    let row = db.rows(&format!(
        "SELECT email, aud, role, encrypted_password, created_at IS NOT NULL FROM auth.users WHERE id = '{OWNER}'"
    ));
    assert_eq!(
        row.concat(),
        ["ines@velo-nord.example", "NULL", "NULL", "NULL", "t"]
    );

    // Her account there would go with her, and nobody asked for that.
    db.sql(&format!(
        "INSERT INTO auth.identities (provider, user_id) VALUES ('email', '{OWNER}')"
    ));
    call(&url, "seed undo").success();
    assert_eq!(
        column(&db, "SELECT email FROM auth.users"),
        ["ines@velo-nord.example"]
    );
    assert_eq!(one(&db, "SELECT count(*) FROM auth.identities"), "1");
    db.sql("DELETE FROM auth.identities");
    call(&url, "seed undo").success();
    assert_eq!(total(&content(&db)), 0);
}

#[test]
fn users_that_stay_when_the_set_goes_can_still_be_undone() {
    let (db, url) = supabase();
    call(&url, "migrate up --env dev").success();
    call(&url, "seed").success();
    db.sql("INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'nora@example.com')");
    // Only the trigger's organization is nobody's seed; the table of users is not ours to drop.
    let refused = call(&url, "migrate down --all").code(6);
    assert!(!refused.stderr.contains("auth.users"), "{}", refused.stderr);
    call(&url, "migrate down --all --yes").success();
    assert_eq!(one(&db, "SELECT count(*) FROM auth.users"), "6");
    assert_eq!(
        column(&db, "SELECT DISTINCT table_name FROM saasdb_seeds"),
        ["auth.users"]
    );
    // Back again: the users are the demo's as before.
    call(&url, "migrate up").success();
    let again = json_of(&url, "seed");
    assert_eq!(again["seeders"][1]["existing"], 0, "{again}");
    assert_eq!(again["seeders"][1]["unchanged"], 5, "{again}");
    call(&url, "migrate fresh").success();
    call(&url, "seed undo").success();
    assert_eq!(
        column(&db, "SELECT email FROM auth.users"),
        ["nora@example.com"]
    );
}
