//! The roles. They belong to the whole server, so other databases may make, use and drop them at the same
//! moment.

use super::sql::{MARK, block};

/// The owner of the functions that may see more than who calls them.
pub(super) const DEFINER: &str = "saasdb_definer";

/// Each role with its attributes. Everybody goes through them in this order, up and down: two runs that
/// wait for each other's locks cannot be.
const ROLES: [(&str, &str); 4] = [
    ("anon", "NOLOGIN NOINHERIT"),
    ("authenticated", "NOLOGIN NOINHERIT"),
    ("service_role", "NOLOGIN NOINHERIT BYPASSRLS"),
    (DEFINER, "NOLOGIN NOINHERIT BYPASSRLS"),
];

/// Makes the roles that are missing, and ties all of them to this database by a privilege on the function
/// of [`Touch`](crate::support::Touch). A role with such a tie cannot be dropped.
pub(super) fn make() -> Vec<String> {
    ROLES
        .iter()
        .map(|(role, attributes)| {
            // Who is no superuser seeds tables that bind their owner as service_role, and must belong to
            // the role that functions are given to.
            let also = if attributes.contains("BYPASSRLS") {
                format!(
                    "
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
          GRANT {role} TO CURRENT_USER;
        END IF;"
                )
            } else {
                String::new()
            };
            // Then the functions stay with who runs this, as they do on Supabase.
            let may_lack = if *role == DEFINER {
                "
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
      RETURN;
    END IF;"
            } else {
                ""
            };
            block(&format!(
                "BEGIN
  FOR attempt IN 1..100 LOOP
    BEGIN
      IF to_regrole('{role}') IS NULL THEN
        CREATE ROLE {role} {attributes};
        COMMENT ON ROLE {role} IS '{MARK}';{also}
      END IF;
      GRANT EXECUTE ON FUNCTION update_updated_at_column() TO {role};
      RETURN;
    EXCEPTION WHEN duplicate_object OR unique_violation OR undefined_object THEN
      NULL; -- another database made or dropped it in this moment
    END;
  END LOOP;
  RAISE EXCEPTION 'the role {role} keeps coming and going';
EXCEPTION WHEN insufficient_privilege THEN{may_lack}
  RAISE insufficient_privilege USING MESSAGE = format(
    'the role {role} is missing and %I may not make it (%s); a superuser can: CREATE ROLE {role} {attributes}',
    current_user, SQLERRM);
END"
            ))
        })
        .collect()
}

/// Drops the roles that a set made, in this database or another one, unless something still depends on
/// them.
pub(super) fn take_back() -> Vec<String> {
    ROLES
        .iter()
        .map(|(role, _)| {
            // The comment is made again for its lock: of two databases that let go at once, each would
            // find the other's privileges and leave the role to it. Whoever waits here comes last and
            // drops it.
            block(&format!(
                "BEGIN
  IF shobj_description(to_regrole('{role}'), 'pg_authid') = '{MARK}' THEN
    COMMENT ON ROLE {role} IS '{MARK}';
    IF NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
                   WHERE m.roleid = to_regrole('{role}') AND NOT (r.rolsuper OR r.rolcreaterole))
    THEN
      BEGIN
        DROP ROLE {role};
      EXCEPTION WHEN dependent_objects_still_exist THEN NULL;
      END;
    END IF;
  END IF;
EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL;
END"
            ))
        })
        .collect()
}

/// Gives functions to the role that row level security does not bind. Where that cannot be, they stay with
/// who runs this, provided that it does not bind them either.
///
/// A new owner must be allowed to create in the schema, except where a superuser hands over.
pub(super) fn own(functions: &[&str]) -> String {
    let alter: Vec<String> = functions
        .iter()
        .map(|function| format!("      ALTER FUNCTION {function} OWNER TO {DEFINER};"))
        .collect();
    let alter = alter.join("\n");
    block(&format!(
        "DECLARE
  me pg_roles;
  lent boolean := false;
  reason text := 'it cannot use auth.uid()';
BEGIN
  SELECT * INTO me FROM pg_roles WHERE rolname = current_user;
  IF to_regrole('{DEFINER}') IS NOT NULL
    AND has_schema_privilege('{DEFINER}', 'auth', 'USAGE')
    AND has_function_privilege('{DEFINER}', 'auth.uid()', 'EXECUTE')
  THEN
    BEGIN
      IF NOT me.rolsuper AND NOT has_schema_privilege('{DEFINER}', current_schema(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON SCHEMA %I TO {DEFINER}', current_schema());
        lent := true;
      END IF;
{alter}
      IF lent THEN
        EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM {DEFINER}', current_schema());
      END IF;
      RETURN;
    EXCEPTION WHEN insufficient_privilege THEN
      reason := SQLERRM; -- what was lent is taken back with everything since BEGIN
    END;
  END IF;
  IF NOT me.rolsuper AND NOT me.rolbypassrls THEN
    RAISE insufficient_privilege USING MESSAGE = format(
      'functions that look up memberships need an owner with BYPASSRLS, which %I has not, and {DEFINER} cannot be it: %s',
      current_user, reason);
  END IF;
END"
    ))
}

/// What the functions' owner needs of the tables.
pub(super) fn equip() -> String {
    block(&format!(
        "BEGIN
  IF to_regrole('{DEFINER}') IS NOT NULL THEN
    GRANT SELECT, INSERT ON organizations, organization_members TO {DEFINER};
    GRANT SELECT, INSERT, UPDATE ON organization_usage TO {DEFINER};
    GRANT SELECT ON subscription_plans TO {DEFINER};
  END IF;
END"
    ))
}

/// Takes back what [`equip`] gave.
pub(super) fn unequip() -> String {
    block(&format!(
        "BEGIN
  IF to_regrole('{DEFINER}') IS NOT NULL THEN
    REVOKE ALL ON organizations, organization_members, organization_usage, subscription_plans
      FROM {DEFINER};
  END IF;
END"
    ))
}

/// Lets the roles into the schema, where not everybody is in it already, and makes the function that takes
/// back exactly what this gave.
pub(super) fn let_in() -> String {
    let names: Vec<String> = ROLES
        .iter()
        .map(|(role, _)| format!("('{role}')"))
        .collect();
    block(&format!(
        "DECLARE
  lacking text := (
    SELECT string_agg(role, ', ') FROM (VALUES {}) AS all_roles (role)
    WHERE to_regrole(role) IS NOT NULL AND NOT has_schema_privilege(role, current_schema(), 'USAGE'));
  back text := '';
BEGIN
  IF lacking IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %s', current_schema(), lacking);
    back := format(' REVOKE USAGE ON SCHEMA %I FROM %s;', current_schema(), lacking);
  END IF;
  EXECUTE format(
    'CREATE FUNCTION {LET_OUT} RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %L',
    'BEGIN' || back || ' END');
END",
        names.join(", ")
    ))
}

/// The function that [`let_in`] makes. In a DO block of a `down`, text that is put together and executed
/// would need the user's consent every time, because it may be anything.
pub(super) const LET_OUT: &str = "saasdb_let_out()";
