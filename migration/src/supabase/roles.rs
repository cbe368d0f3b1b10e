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
            // For those who are not superuser, so that they can seed tables that bind their owner.
            let also = if *role == "service_role" {
                "
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
          GRANT service_role TO CURRENT_USER;
        END IF;"
            } else {
                ""
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
