//! What Supabase provides and plain PostgreSQL lacks: the schema `auth` with its users, and the function
//! that says who is asking. Each is made where it is missing, marked, and taken back only with the mark.

use super::roles::DEFINER;
use super::sql::{MARK, block};

/// Makes the schema, the users and the function.
pub(super) fn make() -> [String; 3] {
    [
        block(&format!(
            "BEGIN
  IF to_regnamespace('auth') IS NULL THEN
    CREATE SCHEMA auth;
    COMMENT ON SCHEMA auth IS '{MARK}';
  END IF;
END"
        )),
        // The columns that applications read most, named and typed as on Supabase.
        block(&format!(
            "BEGIN
  IF to_regclass('auth.users') IS NULL THEN
    CREATE TABLE auth.users (
      id uuid NOT NULL PRIMARY KEY DEFAULT gen_random_uuid(),
      email text UNIQUE,
      encrypted_password text,
      email_confirmed_at timestamptz,
      last_sign_in_at timestamptz,
      raw_app_meta_data jsonb,
      raw_user_meta_data jsonb,
      created_at timestamptz DEFAULT CURRENT_TIMESTAMP,
      updated_at timestamptz DEFAULT CURRENT_TIMESTAMP
    );
    COMMENT ON TABLE auth.users IS '{MARK}';
  END IF;
END"
        )),
        // Claims are whatever a session says. Those that make no sense are nobody's.
        block(&format!(
            "BEGIN
  IF to_regprocedure('auth.uid()') IS NULL THEN
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, pg_temp AS $body$
    DECLARE
      subject text := nullif(current_setting('request.jwt.claim.sub', true), '');
    BEGIN
      IF subject IS NULL THEN
        subject := nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub';
      END IF;
      RETURN subject::uuid;
    EXCEPTION WHEN invalid_text_representation OR untranslatable_character THEN
      RETURN NULL;
    END
    $body$;
    COMMENT ON FUNCTION auth.uid() IS '{MARK}';
  END IF;
END"
        )),
    ]
}

/// Lets the roles in: everybody where the schema is ours, elsewhere only the owner of our functions, if
/// that is possible; if not, the functions get another owner.
pub(super) fn open() -> String {
    block(&format!(
        "BEGIN
  IF obj_description(to_regnamespace('auth'), 'pg_namespace') = '{MARK}' THEN
    GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
  END IF;
  IF to_regrole('{DEFINER}') IS NOT NULL THEN
    IF NOT has_schema_privilege('{DEFINER}', 'auth', 'USAGE') THEN
      GRANT USAGE ON SCHEMA auth TO {DEFINER};
    END IF;
    IF NOT has_function_privilege('{DEFINER}', 'auth.uid()', 'EXECUTE') THEN
      GRANT EXECUTE ON FUNCTION auth.uid() TO {DEFINER};
    END IF;
  END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END"
    ))
}

/// Keeps the history of migrations from the API, which on Supabase gives anybody who asks what is in a new
/// table.
pub(super) fn hide_history() -> String {
    block(
        "DECLARE
  history text;
BEGIN
  FOREACH history IN ARRAY ARRAY['seaql_migrations', 'saasdb_migrations', 'saasdb_meta'] LOOP
    IF to_regclass(history) IS NOT NULL THEN
      EXECUTE format('REVOKE ALL ON %I FROM anon, authenticated', history);
    END IF;
  END LOOP;
END",
    )
}

/// Takes back what [`make`] and [`open`] did, except what something else in this database still uses: a
/// second set in another schema, or the application. Code is no dependency that PostgreSQL knows of, so
/// functions that call `auth.uid()` are looked for. A second set may still be on its way there; it has its
/// members from the first migration on, and as long as it has, everything stays.
pub(super) fn take_back() -> String {
    block(&format!(
        "BEGIN
  IF EXISTS (SELECT FROM pg_class m JOIN pg_constraint k ON k.conrelid = m.oid
             JOIN pg_class book ON book.relnamespace = m.relnamespace
             WHERE m.relname = 'organization_members' AND k.confrelid = to_regclass('auth.users')
               AND book.relname = 'saasdb_meta')
  THEN
    RETURN;
  END IF;
  IF obj_description(to_regprocedure('auth.uid()'), 'pg_proc') = '{MARK}'
    AND NOT EXISTS (SELECT FROM pg_proc WHERE prosrc LIKE '%auth.uid(%')
  THEN
    BEGIN
      DROP FUNCTION auth.uid();
    EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
    END;
  END IF;
  IF obj_description(to_regclass('auth.users'), 'pg_class') = '{MARK}' THEN
    BEGIN
      DROP TABLE auth.users;
    EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
    END;
  END IF;
  IF obj_description(to_regnamespace('auth'), 'pg_namespace') = '{MARK}' THEN
    BEGIN
      DROP SCHEMA auth;
    EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
    END;
  END IF;
  IF to_regrole('{DEFINER}') IS NOT NULL AND to_regnamespace('auth') IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_proc WHERE proowner = to_regrole('{DEFINER}'))
  THEN
    IF EXISTS (SELECT FROM pg_namespace, aclexplode(nspacl) a
               WHERE nspname = 'auth' AND a.grantee = to_regrole('{DEFINER}'))
    THEN
      REVOKE ALL ON SCHEMA auth FROM {DEFINER};
    END IF;
    IF EXISTS (SELECT FROM pg_proc, aclexplode(proacl) a
               WHERE oid = to_regprocedure('auth.uid()') AND a.grantee = to_regrole('{DEFINER}'))
    THEN
      REVOKE ALL ON FUNCTION auth.uid() FROM {DEFINER};
    END IF;
  END IF;
END"
    ))
}
